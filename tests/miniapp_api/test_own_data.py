"""My own data over the door: a copy for programs, a page for people, neither kept on the way."""

import base64
import io
import re
from hashlib import sha256

import httpx
import pytest
from tortoise.fields.data import CharEnumFieldInstance

from capabilities.office import Office
from capabilities.own_data import PLACES, Place
from capabilities.transition import note
from miniapp_api.own_data import COPYING
from miniapp_api.own_data.page import shown
from miniapp_api.own_data.words import FIRST, LABELS, LAST, QUIET
from models.claim import Claim, ClaimStatus
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
        assert len(sections["transition"]["rows"]) > 0

    async def test_stands_in_no_log(self, office: Office, cast: Cast, base_url: str, stream: io.StringIO) -> None:
        life = await full_life(office, cast)
        async with life.someone.client(base_url) as client:
            await client.get("/me/data")
        said = stream.getvalue()
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

    async def test_begins_with_what_a_person_looks_for(self, office: Office, cast: Cast, base_url: str) -> None:
        life = await full_life(office, cast)
        async with life.someone.client(base_url) as client:
            page = (await client.get("/me/data.html")).text
        headings = re.findall(r"<h2>(.*?)（\d+）</h2>", page)
        assert headings[:6] == ["志愿者登记", "账号", "同意", "报名", "签到记录", "祝福与建议"]
        assert headings[-4:] == ["登录记录", "登录会话", "防重复提交的应答", "办理流水"]
        assert "证件号码认领" in headings
        number = (await Volunteer.get(person_id=life.someone.id)).volunteer_no
        fields = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page)
        assert fields[:3] == [("姓名", NAME), ("电话", PHONE), ("志愿者编号", number)]

    async def test_says_of_a_claim_how_it_ended(self, office: Office, cast: Cast, base_url: str) -> None:
        someone, holder = await cast.scientist(), await cast.volunteer()
        row = await Volunteer.get(person_id=holder.id)
        claim = await Claim.create(
            person=someone.person, volunteer=row, unit_id=row.unit_id, id_number_index="-", attempt=1,
            status=ClaimStatus.REFUSED, statement="refused", made_at=office.now(), decided_by_id=holder.id,
            decided_at=office.now(), reason="材料不符",
        )  # fmt: skip
        await note("claim", claim.id, holder.id, "open", "refused", office.now(), "材料不符")
        async with someone.client(base_url) as client:
            page = (await client.get("/me/data.html")).text
        fields = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page)
        assert {("状态", "未通过"), ("申请说明", "refused"), ("理由", "材料不符"), ("第几次申请", "1")} <= set(fields)
        assert {("原状态", "待核实"), ("新状态", "未通过")} <= set(fields)
        assert str(holder.id) not in page

    @pytest.mark.parametrize("place", [place for place in PLACES if place.is_owned], ids=lambda place: place.table)
    def test_has_a_word_for_every_code(self, place: Place) -> None:
        for name in set(place.columns()) & set(LABELS):
            codes = place.model._meta.fields_map[name]
            if isinstance(codes, CharEnumFieldInstance):
                said = [shown(each, name, (place.table, name)) for each in codes.enum_type]
                assert not [each for each in said if each.isascii()], (place.table, name)

    def test_orders_only_places_that_there_are(self) -> None:
        assert {*FIRST, *LAST} <= {place.table for place in PLACES}
        assert not set(FIRST) & set(LAST)

    def test_has_a_word_for_every_column(self) -> None:
        columns = {name for place in PLACES if place.is_owned for name in (*place.columns(), *place.also)}
        assert columns - set(LABELS) - QUIET == set()
        assert not set(LABELS) & QUIET
