"""My own data over the door: a copy for programs, a page for people, neither kept on the way."""

import base64
import re
from hashlib import sha256

import httpx
import pytest

from capabilities.office import Office
from capabilities.own_data import PLACES
from miniapp_api.own_data import COPYING
from miniapp_api.own_data.words import LABELS, QUIET
from models.volunteer import Volunteer
from tests.cast import Cast
from tests.leaving import NAME, NUMBER, PHONE, WORDS, full_life


class TestCopyOwnData:
    async def test_holds_all_sections_with_their_terms(self, office: Office, cast: Cast, base_url: str) -> None:
        life = await full_life(office, cast)
        async with life.someone.client(base_url) as client:
            answer = await client.get("/me/data")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        sections = {each["place"]: each for each in answer.json()["sections"]}
        assert set(sections) == {place.table for place in PLACES}
        (row,) = sections["volunteer"]["rows"]
        assert (row["name"], row["phone"], row["id_number"]) == (NAME, PHONE, NUMBER)
        assert sections["volunteer"]["on_erasure"] == "de_identified"
        assert sections["transition"]["acted"] > 0

    async def test_stands_in_no_log(
        self, office: Office, cast: Cast, base_url: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        life = await full_life(office, cast)
        async with life.someone.client(base_url) as client:
            await client.get("/me/data")
        said = "".join(capsys.readouterr())
        assert "me/data" in said
        for canary in (NAME, PHONE, NUMBER, WORDS):
            assert canary not in said

    async def test_is_asked_for_now_and_then_only(self, cast: Cast, base_url: str) -> None:
        async with (await cast.scientist()).client(base_url) as client:
            answers = [await client.get("/me/data") for _ in range(COPYING.times + 1)]
        assert [each.status_code for each in answers] == [200] * COPYING.times + [429]
        assert answers[-1].headers["retry-after"]

    async def test_is_for_who_is_logged_in(self, anyone: httpx.AsyncClient) -> None:
        for path in ("/me/data", "/me/data.html"):
            assert (await anyone.get(path)).json()["code"] == "Unauthenticated"


class TestReadOwnData:
    async def test_is_one_page_that_fetches_nothing(self, office: Office, cast: Cast, base_url: str) -> None:
        life = await full_life(office, cast)
        async with life.someone.client(base_url) as client:
            answer = await client.get("/me/data.html")
        page = answer.text
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.headers["cache-control"] == "no-store"
        for own in (NAME, PHONE, NUMBER, WORDS, "证件号码", "已通过", "科普讲座"):
            assert own in page
        assert not re.search(r"\b(src|href)=|https?://|@import|url\(", page)
        style = re.findall(r"<style>(.*?)</style>", page, re.S)[0]
        seal = base64.b64encode(sha256(style.encode()).digest()).decode()
        assert f"'sha256-{seal}'" in answer.headers["content-security-policy"]

    async def test_escapes_what_people_wrote(self, office: Office, cast: Cast, base_url: str) -> None:
        someone = await cast.volunteer()
        await Volunteer.filter(person_id=someone.id).update(workplace="<script>alert(1)</script>&'\"")
        async with someone.client(base_url) as client:
            page = (await client.get("/me/data.html")).text
        assert "<script" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;" in page

    def test_has_a_word_for_every_column(self) -> None:
        columns = {name for place in PLACES if place.is_owned for name in (*place.columns(), *place.also)}
        assert columns - set(LABELS) - QUIET == set()
        assert not set(LABELS) & QUIET
