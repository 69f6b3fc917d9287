"""Files under keys: whole or not at all, found again, gone when deleted; a place that cannot be used says so."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kit.storage import NoSuchObject, Storage, StorageFull, StorageUnusable, in_memory, open_storage
from tests.disks import tiny_disk

CONTENT = bytes(range(256)) * 40


@pytest.fixture(params=["folder", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    return open_storage(f"file://{tmp_path}/media") if request.param == "folder" else in_memory()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "given"
    file.write_bytes(CONTENT)
    return file


async def read(storage: Storage, key: str, **part: int) -> bytes:
    found = await storage.get(key, **part)
    assert found.size == len(CONTENT)
    return b"".join([piece async for piece in found.content])


async def keys(storage: Storage, before: datetime | None = None) -> list[str]:
    return [key async for key in storage.every_key(before=before)]


class TestStorage:
    async def test_gives_back_what_was_put(self, storage: Storage, file: Path) -> None:
        await storage.put("ab/cd/file", file)
        assert await read(storage, "ab/cd/file") == CONTENT
        assert await storage.size("ab/cd/file") == len(CONTENT)

    @pytest.mark.parametrize(("start", "end"), [(0, 1), (5, 20), (10_000, 10_240), (100, None)])
    async def test_gives_a_part(self, storage: Storage, file: Path, start: int, end: int | None) -> None:
        await storage.put("key", file)
        more = {} if end is None else {"end": end}
        assert await read(storage, "key", start=start, **more) == CONTENT[start:end]

    async def test_knows_no_key_that_was_not_put(self, storage: Storage) -> None:
        with pytest.raises(NoSuchObject):
            await storage.get("nothing")
        with pytest.raises(NoSuchObject):
            await storage.size("nothing")

    async def test_deletes_once_and_again(self, storage: Storage, file: Path) -> None:
        await storage.put("a/file", file)
        await storage.put("b/file", file)
        await storage.delete(["a/file", "never/was"])
        await storage.delete(["a/file"])
        assert await keys(storage) == ["b/file"]

    async def test_lists_what_is_older_than_a_moment(self, storage: Storage, file: Path) -> None:
        await storage.put("a/file", file)
        now = datetime.now(UTC)
        assert await keys(storage, now + timedelta(minutes=1)) == ["a/file"]
        assert await keys(storage, now - timedelta(minutes=1)) == []

    async def test_never_leaves_its_folder(self, tmp_path: Path, file: Path) -> None:
        storage = open_storage(f"file://{tmp_path}/media")
        with pytest.raises(ValueError, match="path"):
            await storage.put("../outside", file)
        assert not (tmp_path / "outside").exists()


class TestFullDisk:
    async def test_refuses_and_leaves_nothing(self, file: Path, tmp_path: Path) -> None:
        with tiny_disk(tmp_path / "disk", kilobytes=512) as disk:
            storage = open_storage(f"file://{disk}")
            large = tmp_path / "large"
            for size in (600_000, 12_000_000):
                large.write_bytes(os.urandom(size))
                with pytest.raises(StorageFull):
                    await storage.put("a/file", large)
                assert [each for each in disk.rglob("*") if each.is_file()] == []
            await storage.put("a/file", file)
            assert await read(storage, "a/file") == CONTENT


class TestOpenStorage:
    def test_says_which_folder_cannot_be_written_to(self, tmp_path: Path) -> None:
        (tmp_path / "taken").write_text("a file where a folder should be")
        with pytest.raises(StorageUnusable, match=r"无法写入文件夹 .*taken.*LIZAN_MEDIA_URL"):
            open_storage(f"file://{tmp_path}/taken")

    def test_says_that_a_bucket_has_no_name(self) -> None:
        with pytest.raises(StorageUnusable, match="存储桶"):
            open_storage("s3:///media")

    def test_sweeps_what_a_killed_process_left_half_written(self, tmp_path: Path) -> None:
        old, new, whole = tmp_path / "ab" / "file#1", tmp_path / "ab" / "file#2", tmp_path / "ab" / "file"
        (tmp_path / "ab").mkdir()
        for each in (old, new, whole):
            each.write_bytes(b"x")
        hours_ago = time.time() - 7200
        for each in (old, whole):
            os.utime(each, (hours_ago, hours_ago))
        open_storage(f"file://{tmp_path}")
        assert sorted(each.name for each in tmp_path.rglob("file*")) == ["file", "file#2"]
