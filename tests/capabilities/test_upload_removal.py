"""What is removed is shown no more and then gone; what a kill leaves is found and goes too."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from capabilities.office import Office
from capabilities.upload import (
    NoSuchUpload,
    UploadInUse,
    forget_half_stored,
    mine,
    purge_removed,
    remove,
    remove_all_of,
    remove_unattached,
    stray_keys,
    take,
)
from kit.clock import StandingClock
from kit.storage import StorageUnavailable
from models.transition import Transition
from models.upload import Upload, UploadStatus
from tests.cast import Cast, Someone
from tests.media import jpeg
from tests.stage import refused
from tests.uploads import held, keys, send, stored

TAKING = sys.modules[take.__module__]


class TestMine:
    async def test_lists_ones_own_newest_first(self, office: Office, sender: Someone, cast: Cast) -> None:
        first, second = await stored(office, sender.id), await stored(office, sender.id)
        await stored(office, (await cast.scientist()).id)
        await stored(office, sender.id, status=UploadStatus.ARRIVING)
        await stored(office, sender.id, status=UploadStatus.REMOVED, removed_at=office.now())
        assert await mine(await sender.caller(), cursor=None, limit=None) == [second, first]


class TestRemove:
    async def test_takes_row_and_files_away_once(self, office: Office, sender: Someone) -> None:
        upload, who = await send(office, sender, jpeg()), await sender.caller()
        for _ in range(2):
            await remove(office, who, upload.id)
        row = await Upload.get(id=upload.id)
        assert (row.status, row.removed_at, row.purged_at) == (UploadStatus.REMOVED, office.now(), office.now())
        assert (await keys(office), await held(sender)) == ([], 0)
        assert await Transition.filter(subject_id=upload.id, after="removed").count() == 1

    async def test_refuses_anothers_and_one_in_a_greeting(self, office: Office, sender: Someone, cast: Cast) -> None:
        upload, other = await stored(office, sender.id), await cast.scientist()
        await refused(NoSuchUpload, remove(office, await other.caller(), upload.id))
        greeting = await greeting_of(sender)
        await Upload.filter(id=upload.id).update(status=UploadStatus.ATTACHED, greeting_id=greeting)
        await refused(UploadInUse, remove(office, await sender.caller(), upload.id))

    async def test_removes_though_the_storage_is_down_and_purges_later(
        self, office: Office, sender: Someone, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        upload = await send(office, sender, jpeg())

        async def down(_: object) -> None:
            raise StorageUnavailable

        with monkeypatch.context() as patched:
            patched.setattr(office.storage, "delete", down)
            await remove(office, await sender.caller(), upload.id)
            assert await purge_removed(office) == 0
        assert (await Upload.get(id=upload.id)).status is UploadStatus.REMOVED
        assert len(await keys(office)) == 2
        assert (await purge_removed(office), await purge_removed(office)) == (1, 0)
        assert await keys(office) == []

    async def test_of_everything_of_a_person(self, office: Office, sender: Someone, cast: Cast) -> None:
        for _ in range(2):
            await stored(office, sender.id)
        left = await stored(office, (await cast.scientist()).id)
        assert await remove_all_of(office, sender.id) == 2
        assert [row.id for row in await Upload.filter(status=UploadStatus.STORED)] == [left.id]
        assert await held(sender) == 0


async def greeting_of(someone: Someone) -> Any:
    from capabilities.greeting import NewGreeting, leave  # noqa: PLC0415 - only these stories need a greeting
    from models.greeting import Byline  # noqa: PLC0415

    words = NewGreeting(topic="motherland", text="祝福", byline=Byline.ANONYMOUS, is_over_14=True)
    return (await leave(someone.office, await someone.caller(), words)).id


class TestRounds:
    async def test_remove_what_is_in_no_greeting_after_a_day(
        self, office: Office, sender: Someone, clock: StandingClock
    ) -> None:
        upload = await send(office, sender, jpeg())
        clock.advance(timedelta(hours=24))
        assert await remove_unattached(office) == 0
        clock.advance(timedelta(seconds=1))
        assert (await remove_unattached(office), await purge_removed(office)) == (1, 1)
        assert (await keys(office), await held(sender)) == ([], 0)
        assert (await Upload.get(id=upload.id)).status is UploadStatus.REMOVED

    @pytest.mark.parametrize("killed_at", ["put 1", "put 2", "there"])
    async def test_forget_what_a_kill_left_half_stored(
        self, killed_at: str, office: Office, sender: Someone, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A kill runs no `except`: the undoing is taken away as well."""
        with monkeypatch.context() as patched:
            kill_at(killed_at, office, patched)
            with pytest.raises(Killed):
                await send(office, sender, jpeg())
        assert await Upload.filter(status=UploadStatus.ARRIVING).count() == 1
        assert [key async for key in stray_keys(office, before=office.now() + timedelta(days=9999))] == []
        assert await forget_half_stored(office) == 0
        clock.advance(timedelta(minutes=16))
        assert await forget_half_stored(office) == 1
        assert (await keys(office), await Upload.all().count(), await held(sender)) == ([], 0, 0)

    async def test_find_what_no_row_names(self, office: Office, sender: Someone, tmp_path: Path) -> None:
        await send(office, sender, jpeg())
        (tmp_path / "stray").write_bytes(b"x")
        await office.storage.put("aa/stray/file", tmp_path / "stray")
        found = [key async for key in stray_keys(office, before=office.now() + timedelta(days=9999))]
        assert found == ["aa/stray/file"]


class Killed(BaseException):
    pass


def kill_at(where: str, office: Office, patched: pytest.MonkeyPatch) -> None:
    put, count = office.storage.put, 0

    async def put_until(key: str, file: Path) -> None:
        nonlocal count
        count += 1
        await put(key, file)
        if where == f"put {count}":
            raise KilledInside

    async def killed(*_: object) -> None:
        raise Killed

    patched.setattr(office.storage, "put", put_until)
    patched.setattr(TAKING, "_undo", killed)
    if where == "there":
        patched.setattr(TAKING, "_is_there", killed)


class KilledInside(Exception):
    """Within a task, where a `BaseException` would end the loop."""
