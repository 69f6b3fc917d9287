"""What is sent is made anew and stored whole, or nothing of it is left."""

import asyncio
import errno
import sys
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from capabilities.consent import ConsentNeeded
from capabilities.office import Office
from capabilities.upload import (
    take,
)
from kit.errors import Refusal
from kit.media.refusals import MediaTooLarge, MediaTypeRefused, MediaUnreadable
from kit.multipart import MultipartFaulty
from kit.storage import StorageFull, StorageUnavailable, open_storage
from models.transition import Transition
from models.upload import Upload, UploadAllowance, UploadKind, UploadStatus
from tests.cast import Cast, Someone
from tests.disks import tiny_disk
from tests.media import HEIC, SVG, bomb, from_a_phone, jpeg, noise, recording, voice
from tests.stage import refused
from tests.uploads import files_below, held, keys, send

MEGABYTE = 1024 * 1024


TAKING = sys.modules[take.__module__]


class TestTake:
    async def test_stores_a_picture_with_its_thumbnail(self, office: Office, sender: Someone) -> None:
        upload = await send(office, sender, from_a_phone(orientation=6))
        assert (upload.kind, upload.status, upload.width, upload.height) == ("image", "stored", 480, 640)
        assert await keys(office) == [f"{upload.storage_key}/file", f"{upload.storage_key}/thumbnail"]
        found = await office.storage.get(f"{upload.storage_key}/file")
        content = b"".join([piece async for piece in found.content])
        assert (len(content), sha256(content).hexdigest()) == (upload.bytes, upload.sha256)
        assert b"Canary" not in content
        assert await Upload.get(id=upload.id) == upload

    async def test_stores_voice_and_video_with_what_can_be_checked_of_it(
        self, office: Office, sender: Someone, tmp_path: Path
    ) -> None:
        heard = await send(office, sender, voice(tmp_path, "aac"))
        seen = await send(office, sender, recording(tmp_path, seconds=1))
        assert (heard.kind, seen.kind) == (UploadKind.VOICE, UploadKind.VIDEO)
        assert len(await keys(office)) == 1 + 3 + seen.frames
        assert (heard.width, seen.width, seen.height, seen.has_sound) == (None, 320, 240, True)

    async def test_notes_it_and_counts_it(self, office: Office, sender: Someone) -> None:
        upload = await send(office, sender, jpeg())
        noted = await Transition.get(subject="upload", subject_id=upload.id)
        assert (noted.before, noted.after, noted.actor_id) == (None, "stored", sender.id)
        allowance = await UploadAllowance.get(person_id=sender.id)
        assert (allowance.files, allowance.bytes, allowance.held_bytes) == (1, upload.bytes, upload.bytes)

    async def test_needs_the_policy_before_a_byte_is_read(self, office: Office, cast: Cast) -> None:
        async def unread() -> AsyncIterator[bytes]:
            raise AssertionError
            yield b""

        await refused(ConsentNeeded, take(office, await (await cast.visitor()).caller(), unread()))

    @pytest.mark.parametrize(
        ("content", "refusal"),
        [(bomb(6000), MediaTooLarge), (HEIC, MediaTypeRefused), (SVG, MediaTypeRefused), (b"", MediaUnreadable),
         (jpeg()[:300], MediaUnreadable), (jpeg() + b"\0" * 11 * MEGABYTE, MediaTooLarge)],
        ids=["bomb", "heic", "svg", "empty", "cut", "large"],
    )  # fmt: skip
    async def test_leaves_nothing_of_what_is_refused(
        self, content: bytes, refusal: type[Refusal], office: Office, sender: Someone, tmp_path: Path
    ) -> None:
        await refused(refusal, send(office, sender, content))
        assert await keys(office) == []
        assert files_below(tmp_path / "incoming") == ["alive"]

    async def test_reads_no_more_than_its_kind_may_have(self, office: Office, sender: Someone) -> None:
        read = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal read
            yield jpeg()
            while True:
                read += 100_000
                yield b"\0" * 100_000

        with pytest.raises(MediaTooLarge):
            await take(office, await sender.caller(), endless())
        assert read < 12 * MEGABYTE

    async def test_leaves_nothing_of_a_body_that_was_cut(self, office: Office, sender: Someone, tmp_path: Path) -> None:
        async def cut() -> AsyncIterator[bytes]:
            yield jpeg()
            raise MultipartFaulty

        await refused(MultipartFaulty, take(office, await sender.caller(), cut()))
        assert (await keys(office), files_below(tmp_path / "incoming")) == ([], ["alive"])


class TestTakeWithoutRoom:
    async def test_refuses_when_the_storage_is_full(self, office: Office, sender: Someone, tmp_path: Path) -> None:
        with tiny_disk(tmp_path / "disk", kilobytes=300) as disk:
            office.storage = open_storage(f"file://{disk}")
            await refused(StorageFull, send(office, sender, noise((1200, 900))), writes=("upload_allowance",))
            assert files_below(disk) == []
            assert await held(sender) == 0
            assert (await send(office, sender, jpeg())).status is UploadStatus.STORED

    async def test_refuses_when_there_is_no_room_on_the_way(
        self, office: Office, sender: Someone, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        def full(*_: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(TAKING, "_append", full)
        refusal = await refused(StorageFull, send(office, sender, jpeg()))
        assert (refusal.status, refusal.retry_after, files_below(tmp_path / "incoming")) == (503, 60, ["alive"])

    @pytest.mark.parametrize("fails_at", [1, 2])
    async def test_takes_back_what_the_storage_did_not_take_whole(
        self, fails_at: int, office: Office, sender: Someone, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put, count = office.storage.put, 0

        async def failing(key: str, file: Path) -> None:
            nonlocal count
            count += 1
            if count == fails_at:
                raise StorageUnavailable
            await put(key, file)

        monkeypatch.setattr(office.storage, "put", failing)
        await refused(StorageUnavailable, send(office, sender, jpeg()), writes=("upload_allowance",))
        assert (await keys(office), await held(sender)) == ([], 0)

    async def test_takes_it_back_when_its_sender_hangs_up_meanwhile(
        self, office: Office, sender: Someone, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put, begun = office.storage.put, asyncio.Event()

        async def slow(key: str, file: Path) -> None:
            begun.set()
            await asyncio.sleep(0.1)
            await put(key, file)

        monkeypatch.setattr(office.storage, "put", slow)
        sending = asyncio.create_task(send(office, sender, jpeg()))
        await begun.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert (await keys(office), await Upload.all().count(), await held(sender)) == ([], 0, 0)
