"""POST /uploads and what follows: the form of the body, the answer, and nothing left of what was refused or cut."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from capabilities.office import Office
from kit.media.workbench import Workbench
from kit.storage import open_storage
from models.upload import Upload
from tests.cast import Cast, Someone
from tests.disks import tiny_disk
from tests.media import HEIC, SCRIPT, SVG, bomb, from_a_phone, jpeg, noise, recording, voice
from tests.stage import code_of
from tests.uploads import FORM, files_below, form, held, keys, sending, stored, until


async def post(someone: Someone, base_url: str, content: bytes, name: str = "x.jpg") -> httpx.Response:
    async with someone.client(base_url) as client:
        return await client.post("/uploads", files={"file": (name, content, "image/jpeg")})


async def nothing_is_left(office: Office, folder: Path) -> bool:
    left = (await Upload.all().count(), await keys(office), files_below(folder / "incoming"))
    return left == (0, [], ["alive"])


class TestTake:
    async def test_says_what_was_made(self, sender: Someone, base_url: str, tmp_path: Path) -> None:
        picture = await post(sender, base_url, from_a_phone(orientation=6))
        assert picture.status_code == 201
        said = picture.json()
        assert set(said) == {"id", "kind", "url", "thumbnail_url", "width", "height", "seconds", "bytes"}
        assert (said["kind"], said["width"], said["height"], said["seconds"]) == ("image", 480, 640, None)
        heard = (await post(sender, base_url, voice(tmp_path, "mp3"), "holiday.jpg")).json()
        assert (heard["kind"], heard["thumbnail_url"], round(heard["seconds"])) == ("voice", None, 2)
        seen = (await post(sender, base_url, recording(tmp_path, kind="mov"), "x.html")).json()
        assert (seen["kind"], seen["width"], seen["height"]) == ("video", 320, 240)

    async def test_gives_addresses_that_show_it_to_whoever_has_them(
        self, sender: Someone, base_url: str, office: Office
    ) -> None:
        said = (await post(sender, base_url, from_a_phone())).json()
        assert said["url"].startswith(f"{office.public_url}/media/")
        async with httpx.AsyncClient() as anybody:
            for name in ("url", "thumbnail_url"):
                shown = await anybody.get(said[name].replace(office.public_url, base_url.removesuffix("/api/v1")))
                assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
                assert b"Canary" not in shown.content

    @pytest.mark.parametrize(
        ("content", "answer"),
        [(bomb(9000), (413, "MediaTooLarge")), (HEIC, (415, "MediaTypeRefused")), (SVG, (415, "MediaTypeRefused")),
         (SCRIPT, (415, "MediaTypeRefused")), (b"GIF89a" + b"\0" * 99, (415, "MediaTypeRefused")),
         (b"%PDF-1.4" + b"\0" * 99, (415, "MediaTypeRefused")), (jpeg()[:400], (422, "MediaUnreadable")),
         (b"", (422, "MediaUnreadable")), (jpeg() + b"\0" * 10 * 2**20, (413, "MediaTooLarge"))],
        ids=["bomb", "heic", "svg", "html", "gif", "pdf", "cut", "empty", "large"],
    )  # fmt: skip
    async def test_refuses_in_words_and_keeps_nothing(
        self, content: bytes, answer: tuple[int, str], sender: Someone, base_url: str, office: Office, tmp_path: Path
    ) -> None:
        assert code_of(await post(sender, base_url, content)) == answer
        assert await nothing_is_left(office, tmp_path)

    @pytest.mark.parametrize(
        ("body", "kind", "answer"),
        [(b"{}", "application/json", (415, "NotMultipart")), (b"", FORM, (400, "MultipartFaulty")),
         (form(jpeg()) * 2, "multipart/form-data", (415, "NotMultipart")),
         (form(jpeg()).replace(b'name="file"', b'name="other"'), FORM, (400, "MultipartFaulty")),
         (form(jpeg())[:-30] + b"\r\n" + form(jpeg()), FORM, (400, "MultipartFaulty")),
         (form(jpeg())[:-12], FORM, (400, "MultipartFaulty"))],
        ids=["json", "empty", "no boundary", "other name", "two files", "no end"],
    )  # fmt: skip
    async def test_refuses_a_body_that_is_not_one_file(
        self, body: bytes, kind: str, answer: tuple[int, str], sender: Someone, base_url: str, office: Office,
        tmp_path: Path,
    ) -> None:  # fmt: skip
        async with sender.client(base_url) as client:
            said = await client.post("/uploads", content=body, headers={"content-type": kind})
        assert code_of(said) == answer
        assert await nothing_is_left(office, tmp_path)

    @pytest.mark.parametrize("tenth", range(1, 10))
    async def test_leaves_nothing_of_an_upload_that_breaks_off(
        self, tenth: int, sender: Someone, base_url: str, office: Office, tmp_path: Path
    ) -> None:
        whole = form(noise((900, 700)))
        assert len(whole) > 300_000
        async with sending(base_url, sender.headers, whole, len(whole) * tenth // 10):
            await until(lambda: office.workbench.arrivals == 1)
        await until(lambda: office.workbench.arrivals == 0)
        assert await nothing_is_left(office, tmp_path)

    async def test_says_503_and_keeps_nothing_when_the_disk_is_full(
        self, cast: Cast, base_url: str, office: Office, tmp_path: Path
    ) -> None:
        sender = await cast.scientist()
        with tiny_disk(tmp_path / "disk", kilobytes=200) as disk:
            office.storage = open_storage(f"file://{disk}")
            answer = await post(sender, base_url, noise((1000, 900)))
            assert code_of(answer) == (503, "StorageFull")
            assert answer.headers["retry-after"] == "60"
            assert (files_below(disk), await Upload.all().count(), await held(sender)) == ([], 0, 0)

    async def test_says_503_rather_than_letting_many_wait(self, cast: Cast, base_url: str, office: Office) -> None:
        office.workbench = Workbench(hands=1, queue=1, patience=0.2)
        senders = [await cast.scientist() for _ in range(6)]
        answers = await asyncio.gather(*(post(each, base_url, noise((2500, 2000))) for each in senders))
        busy = [answer for answer in answers if answer.status_code != 201]
        assert 1 <= len(busy) < 6
        for answer in busy:
            assert code_of(answer) == (503, "MediaBusy")
            assert answer.headers["retry-after"] == "5"
        assert await Upload.all().count() == 6 - len(busy)


class TestListMine:
    async def test_lists_page_by_page_with_fresh_addresses(
        self, sender: Someone, base_url: str, office: Office
    ) -> None:
        made = [await stored(office, sender.id) for _ in range(3)]
        async with sender.client(base_url) as client:
            first = (await client.get("/me/uploads", params={"limit": 2})).json()
            second = (await client.get("/me/uploads", params={"limit": 2, "cursor": first["next_cursor"]})).json()
        found: list[dict[str, Any]] = [*first["items"], *second["items"]]
        assert [each["id"] for each in found] == [str(upload.id) for upload in reversed(made)]
        assert second["next_cursor"] is None
        assert {each["status"] for each in found} == {"stored"}
        assert all("/media/" in each["url"] for each in found)


class TestRemove:
    async def test_takes_the_address_away_at_once(self, sender: Someone, base_url: str, office: Office) -> None:
        said = (await post(sender, base_url, jpeg())).json()
        address = said["url"].replace(office.public_url, base_url.removesuffix("/api/v1"))
        async with sender.client(base_url) as client:
            assert (await client.get(address)).status_code == 200
            assert (await client.delete(f"/uploads/{said['id']}")).status_code == 204
            assert code_of(await client.get(address)) == (410, "MediaGone")
            assert (await client.get("/me/uploads")).json()["items"] == []
