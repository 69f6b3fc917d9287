"""The same storage in a bucket: with the keys that it was given, and whole or not at all."""

import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from kit.storage import NoSuchObject, Storage, StorageFull, StorageUnavailable, open_storage
from tests.bucket import WRITTEN_AT, Bucket, a_bucket


@pytest.fixture
async def bucket() -> AsyncIterator[Bucket]:
    async with a_bucket() as bucket:
        yield bucket


@pytest.fixture
def storage(bucket: Bucket) -> Storage:
    options = {"endpoint": bucket.url, "region": "r", "access_key_id": "canary-id", "secret_access_key": "canary-key"}
    return open_storage("s3://lizan/media", options)


def file_of(folder: Path, content: bytes) -> Path:
    file = folder / "given"
    file.write_bytes(content)
    return file


class TestBucket:
    @pytest.mark.parametrize("size", [10, 13_000_000])
    async def test_gives_back_what_was_put(self, size: int, storage: Storage, bucket: Bucket, tmp_path: Path) -> None:
        content = os.urandom(size)
        await storage.put("ab/file", file_of(tmp_path, content))
        assert bucket.objects == {"media/ab/file": content}
        assert await storage.size("ab/file") == size
        found = await storage.get("ab/file", start=2, end=9)
        assert (found.size, b"".join([piece async for piece in found.content])) == (size, content[2:9])

    async def test_signs_with_its_own_keys_and_tells_none(
        self, storage: Storage, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "from-elsewhere")
        await storage.put("ab/file", file_of(tmp_path, b"x"))
        assert all("Credential=canary-id/" in line and "canary-key" not in line for line in bucket.signed)

    async def test_knows_deletes_and_lists(self, storage: Storage, tmp_path: Path) -> None:
        with pytest.raises(NoSuchObject):
            await storage.get("ab/file")
        await storage.put("ab/file", file_of(tmp_path, b"x"))
        assert [key async for key in storage.every_key(before=WRITTEN_AT + timedelta(days=1))] == ["ab/file"]
        assert [key async for key in storage.every_key(before=WRITTEN_AT)] == []
        await storage.delete(["ab/file", "ab/never"])
        with pytest.raises(NoSuchObject):
            await storage.size("ab/file")

    @pytest.mark.parametrize(
        ("answer", "refusal"), [((403, "AccessDenied"), StorageUnavailable), ((403, "QuotaExceeded"), StorageFull)]
    )
    async def test_says_that_it_takes_nothing(
        self, answer: tuple[int, str], refusal: type[Exception], storage: Storage, bucket: Bucket, tmp_path: Path
    ) -> None:
        bucket.refuses = answer
        with pytest.raises(refusal) as refused:
            await storage.put("ab/file", file_of(tmp_path, b"x" * 100))
        assert bucket.objects == {}
        assert "canary" not in str(refused.value)

    async def test_says_that_it_does_not_answer(self, tmp_path: Path) -> None:
        gone = open_storage(
            "s3://lizan/media",
            {"endpoint": "http://127.0.0.1:9", "region": "r", "access_key_id": "i", "secret_access_key": "k"},
        )
        with pytest.raises(StorageUnavailable):
            await gone.put("ab/file", file_of(tmp_path, b"x"))
