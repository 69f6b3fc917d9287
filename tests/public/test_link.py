"""What a browser sees of a short link: the event or team, a picture that scans, and nothing of a draft."""

import io
from datetime import timedelta

import httpx
import zxingcpp
from PIL import Image

from capabilities.link import draw, link_of
from capabilities.membership import code_of
from capabilities.office import Office
from models.campaign import Campaign
from models.event import Event, EventStatus
from models.link import LinkKind
from models.team import TeamInvitation
from tests.cast import Cast
from tests.stage import published
from tests.teams import standing


def read(picture: bytes) -> str:
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    return str(found.text)


class TestPicture:
    async def test_is_a_plain_code_of_the_link_until_wechat_has_drawn(
        self, browser: httpx.AsyncClient, office: Office, event: Event
    ) -> None:
        link = await link_of(office, LinkKind.EVENT, str(event.id))
        answer = await browser.get(f"/c/{link.code}.png")
        assert (answer.headers["content-type"], answer.headers["x-code-kind"]) == ("image/png", "plain-qr")
        assert read(answer.content) == f"{office.public_url}/c/{link.code}"
        assert answer.headers["cache-control"] == "public, max-age=60"

    async def test_is_what_wechat_drew_and_is_kept_by_the_browser(
        self, browser: httpx.AsyncClient, office: Office, event: Event
    ) -> None:
        link = await link_of(office, LinkKind.EVENT, str(event.id))
        await draw(office, {"kind": "event", "target": str(event.id)})
        answer = await browser.get(f"/c/{link.code}.png")
        assert (answer.headers["x-code-kind"], answer.content[-12:]) == ("mini-program", link.code.encode())
        again = await browser.get(f"/c/{link.code}.png", headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")

    async def test_of_no_link_is_not_there(self, browser: httpx.AsyncClient) -> None:
        assert (await browser.get("/c/AAAAAAAAAAAA.png")).status_code == 404


class TestPage:
    async def test_tells_of_the_event_and_how_to_come_in(
        self, browser: httpx.AsyncClient, office: Office, event: Event
    ) -> None:
        link = await link_of(office, LinkKind.EVENT, str(event.id))
        answer = await browser.get(f"/c/{link.code}")
        assert answer.status_code == 200
        for words in (event.title, event.unit.name, "扫一扫", "没有智能手机", f"/c/{link.code}.png"):
            assert words in answer.text

    async def test_says_that_an_event_is_called_off(
        self, browser: httpx.AsyncClient, office: Office, campaign: Campaign
    ) -> None:
        event = await published(status=EventStatus.CANCELLED, cancel_reason="<b>大风</b>")
        link = await link_of(office, LinkKind.EVENT, str(event.id))
        answer = await browser.get(f"/c/{link.code}")
        assert "活动已取消" in answer.text
        assert "&lt;b&gt;大风" in answer.text

    async def test_tells_nothing_of_a_draft(
        self, browser: httpx.AsyncClient, office: Office, campaign: Campaign
    ) -> None:
        draft = await published(status=EventStatus.DRAFT, published_at=None, title="机密草稿")
        link = await link_of(office, LinkKind.EVENT, str(draft.id))
        answer = await browser.get(f"/c/{link.code}")
        assert answer.status_code == 200
        assert "机密草稿" not in answer.text

    async def test_of_no_link_is_not_there(self, browser: httpx.AsyncClient) -> None:
        answer = await browser.get("/c/AAAAAAAAAAAA")
        assert (answer.status_code, answer.json()["code"]) == (404, "NoSuchLink")

    async def test_of_an_invitation_names_the_team_until_it_ends(
        self, browser: httpx.AsyncClient, office: Office, cast: Cast
    ) -> None:
        leader = await cast.volunteer("乌兰图雅")
        team = await standing(cast, leader=leader, name="赛罕区医疗队")
        made = await TeamInvitation.create(
            team=team,
            made_by=leader.person,
            made_at=office.now(),
            expires_at=office.now() + timedelta(days=1),
        )
        path = code_of(office, made).removeprefix(office.public_url)
        answer = await browser.get(path)
        assert "邀请您加入「赛罕区医疗队」" in answer.text
        assert "乌兰" not in answer.text
        await TeamInvitation.filter(id=made.id).update(revoked_at=office.now())
        assert "赛罕区医疗队" not in (await browser.get(path)).text
