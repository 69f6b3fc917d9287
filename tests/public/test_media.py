"""Sealed addresses: they show one part to whoever has them, for a while, as long as it may be seen."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from capabilities.greeting import NewGreeting, leave, withdraw
from capabilities.office import Office
from capabilities.upload import Purpose, media_url
from kit.clock import StandingClock
from kit.seals import Sealer
from models.greeting import Byline, Channel, ChannelConsent, Greeting, GreetingStatus
from models.upload import Upload, UploadStatus
from public.media import asked_range
from tests.cast import Cast, Someone
from tests.clients import client_of
from tests.media import jpeg, recording
from tests.stage import code_of
from tests.uploads import send


@pytest.fixture
async def upload(office: Office, sender: Someone, tmp_path: Path) -> Upload:
    return await send(office, sender, recording(tmp_path, seconds=1))


@pytest.fixture
async def browser(office: Office, base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(base_url.removesuffix("/api/v1")) as client:
        yield client


def path_of(office: Office, upload: Upload, purpose: Purpose = Purpose.OWN, **more: Any) -> str:
    return media_url(office, upload, purpose, **more).removeprefix(office.public_url)


async def content_of(office: Office, upload: Upload, part: str = "file") -> bytes:
    found = await office.storage.get(f"{upload.storage_key}/{part}")
    return b"".join([piece async for piece in found.content])


class TestShow:
    @pytest.mark.parametrize(
        ("part", "kind"),
        [("file", "video/mp4"), ("thumbnail", "image/jpeg"), ("frame-1", "image/jpeg"), ("sound", "audio/mpeg")],
    )
    async def test_shows_each_part_as_what_it_is(
        self, part: str, kind: str, browser: httpx.AsyncClient, office: Office, upload: Upload
    ) -> None:
        answer = await browser.get(path_of(office, upload, part=part))
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
        assert answer.content == await content_of(office, upload, part)

    async def test_lets_nothing_in_it_run_and_nobody_else_keep_it(
        self, browser: httpx.AsyncClient, office: Office, upload: Upload
    ) -> None:
        headers = (await browser.get(path_of(office, upload, minutes=60))).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert headers["content-disposition"] == "inline"
        assert headers["cache-control"].startswith("private, max-age=")
        assert 3600 <= int(headers["cache-control"].partition("=")[2]) < 3600 + 15 * 60

    async def test_gives_one_address_within_a_quarter_of_an_hour(self, office: Office, upload: Upload) -> None:
        assert path_of(office, upload) == path_of(office, upload)
        assert path_of(office, upload) != path_of(office, upload, Purpose.CHECK)

    async def test_ends(self, browser: httpx.AsyncClient, office: Office, upload: Upload, clock: StandingClock) -> None:
        path = path_of(office, upload, minutes=30)
        clock.advance(timedelta(minutes=30))
        assert (await browser.get(path)).status_code == 200
        clock.advance(timedelta(minutes=15))
        assert code_of(await browser.get(path)) == (410, "MediaGone")

    async def test_refuses_every_altered_address(
        self, browser: httpx.AsyncClient, office: Office, upload: Upload, sender: Someone
    ) -> None:
        token = path_of(office, upload).removeprefix("/media/")
        other = path_of(office, await send(office, sender, jpeg())).removeprefix("/media/")
        forged = Sealer("media", b"x" * 40).seal(b"x" * 22)
        stranger = Sealer("venue", office.secret).seal(b"x" * 22)
        altered = [token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in range(len(token))]
        halves = token[: len(token) // 2] + other[len(token) // 2 :]
        for each in [*altered, halves, forged, stranger, token[:-1], token + "A", "x", "💥", "%00", "..%2f..%2fx"]:
            answer = await browser.get(f"/media/{each}")
            assert (each, answer.status_code) == (each, 404)

    async def test_shows_no_part_that_there_is_not(
        self, browser: httpx.AsyncClient, office: Office, sender: Someone
    ) -> None:
        picture = await send(office, sender, jpeg())
        for part in ("sound", "frame-1", "frame-99"):
            assert code_of(await browser.get(path_of(office, picture, part=part))) == (404, "NoSuchMedia")

    async def test_says_not_found_where_the_file_is_lost(
        self, browser: httpx.AsyncClient, office: Office, upload: Upload
    ) -> None:
        await office.storage.delete([f"{upload.storage_key}/file"])
        assert code_of(await browser.get(path_of(office, upload))) == (404, "NoSuchMedia")

    async def test_answers_head_and_what_is_known_already(
        self, browser: httpx.AsyncClient, office: Office, upload: Upload
    ) -> None:
        path = path_of(office, upload)
        head = await browser.head(path)
        assert (head.status_code, int(head.headers["content-length"]), head.content) == (200, upload.bytes, b"")
        again = await browser.get(path, headers={"if-none-match": head.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


class TestRange:
    @pytest.mark.parametrize(
        ("asked", "start", "end"),
        [("bytes=0-0", 0, 1), ("bytes=10-99", 10, 100), ("bytes=100-", 100, None), ("bytes=-50", -50, None),
         ("bytes=5-99999999", 5, None)],
    )  # fmt: skip
    async def test_gives_the_asked_part(
        self, asked: str, start: int, end: int | None, browser: httpx.AsyncClient, office: Office, upload: Upload
    ) -> None:
        whole = await content_of(office, upload)
        answer = await browser.get(path_of(office, upload), headers={"range": asked})
        assert (answer.status_code, answer.content) == (206, whole[start:end])
        first = start % len(whole)
        assert answer.headers["content-range"] == f"bytes {first}-{first + len(answer.content) - 1}/{len(whole)}"

    @pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
    async def test_refuses_what_lies_outside(
        self, asked: str, browser: httpx.AsyncClient, office: Office, upload: Upload
    ) -> None:
        answer = await browser.get(path_of(office, upload), headers={"range": asked})
        assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{upload.bytes}")

    @pytest.mark.parametrize("asked", ["bytes=0-1,5-9", "bytes=9-5", "lines=1-2", "bytes=x-", "bytes=-", "x" * 500])
    async def test_gives_the_whole_where_no_single_part_is_asked(
        self, asked: str, browser: httpx.AsyncClient, office: Office, upload: Upload
    ) -> None:
        answer = await browser.get(path_of(office, upload), headers={"range": asked})
        assert (answer.status_code, len(answer.content)) == (200, upload.bytes)

    def test_of_another_content_is_the_whole(self) -> None:
        assert asked_range({"range": "bytes=0-1", "if-range": '"old"'}, 10, '"new"') is None
        assert asked_range({"range": "bytes=0-1", "if-range": '"new"'}, 10, '"new"') == (0, 2)


class TestMayBeSeen:
    """An address opens nothing by itself: each is asked again."""

    @pytest.fixture
    async def greeting_id(self, office: Office, sender: Someone, upload: Upload) -> UUID:
        words = NewGreeting(
            topic="motherland", text="祝福", byline=Byline.ANONYMOUS, is_over_14=True, channels=[Channel.WALL]
        )
        greeting = await leave(office, await sender.caller(), words)
        await Upload.filter(id=upload.id).update(status=UploadStatus.ATTACHED, greeting_id=greeting.id)
        return greeting.id

    async def test_not_after_it_was_removed(self, browser: httpx.AsyncClient, office: Office, upload: Upload) -> None:
        path = path_of(office, upload)
        await Upload.filter(id=upload.id).update(status=UploadStatus.REMOVED, removed_at=office.now())
        assert code_of(await browser.get(path)) == (410, "MediaGone")

    async def test_not_after_its_greeting_was_withdrawn(
        self, browser: httpx.AsyncClient, office: Office, upload: Upload, greeting_id: UUID, sender: Someone
    ) -> None:
        paths = [path_of(office, upload, purpose) for purpose in (Purpose.OWN, Purpose.MODERATION, Purpose.CHECK)]
        for path in paths:
            assert (await browser.get(path)).status_code == 200
        await withdraw(office, await sender.caller(), greeting_id)
        for path in paths:
            assert code_of(await browser.get(path)) == (410, "MediaGone")

    async def test_on_the_wall_only_while_its_greeting_is_there(
        self, browser: httpx.AsyncClient, office: Office, upload: Upload, greeting_id: UUID, cast: Cast
    ) -> None:
        path = path_of(office, upload, Purpose.WALL)
        assert (await browser.get(path)).status_code == 410
        await Greeting.filter(id=greeting_id).update(
            status=GreetingStatus.ACCEPTED, decided_by_id=(await cast.moderator()).id, decided_at=office.now()
        )
        assert (await browser.get(path)).status_code == 200
        await ChannelConsent.filter(greeting_id=greeting_id).update(withdrawn_at=office.now())
        assert (await browser.get(path)).status_code == 410
        assert (await browser.get(path_of(office, upload))).status_code == 200
