"""Links: one per target, for who may run it; the picture drawn ahead, once, and what stands in for it."""

import asyncio
import hashlib
from typing import Any
from uuid import uuid4

import pytest

from capabilities.caller import NotYourEvent, NotYourUnit, RoleNeeded
from capabilities.event import NoSuchEvent, publish
from capabilities.job import run_due
from capabilities.link import (
    LinkBeingDrawn,
    LinkInvalid,
    NoSuchLink,
    draw,
    draw_again,
    found,
    link_of,
    make,
    pages,
    picture,
    where,
)
from capabilities.office import Office
from capabilities.sign_in_code import NoSuchPoint
from capabilities.team import NoSuchTeam, NotYourTeam
from kit.clock import StandingClock
from kit.errors import Refusal
from models.campaign import Campaign
from models.event import Event, EventStatus
from models.job import Job, JobStatus
from models.link import DRAW, Link, LinkKind, LinkState
from server.works import WORKS
from tests.cast import Cast
from tests.doubles import FakeWeChat
from tests.stage import door_of, published, refused
from tests.teams import standing
from wechat.errors import CodeNotDrawable, WeChatMisconfigured, WeChatQuotaUsedUp, WeChatUnavailable

EVENT = LinkKind.EVENT
DRAWN = {DRAW: WORKS[DRAW]}


@pytest.fixture
async def link(office: Office, event: Event) -> Link:
    return await link_of(office, EVENT, str(event.id))


def about(event: Event) -> dict[str, str]:
    return {"kind": "event", "target": str(event.id)}


class TestMake:
    async def test_gives_one_target_one_link_however_often_and_at_once(
        self, office: Office, cast: Cast, event: Event
    ) -> None:
        who = await (await cast.city_admin()).caller()
        links = await asyncio.gather(*(make(office, who, EVENT, str(event.id)) for _ in range(6)))
        assert len({each.code for each in links}) == await Link.all().count() == 1
        assert await Job.filter(work=DRAW).count() == 1
        assert (await found(links[0].code)).page == "pages/event/show"

    async def test_makes_a_code_that_wechat_takes_and_nobody_guesses(self, link: Link) -> None:
        assert len(link.code) == 12
        assert link.code.isascii()
        assert link.code.isalnum()

    async def test_is_for_who_may_run_the_target(self, office: Office, cast: Cast, event: Event) -> None:
        team = await standing(cast)
        point = door_of(event, event.points[0].name)
        for someone, kind, target, refusal in (
            (await cast.volunteer(), EVENT, event.id, RoleNeeded),
            (await cast.organizer("150102"), EVENT, event.id, NotYourUnit),
            (await cast.volunteer(), LinkKind.POINT, point.id, NotYourEvent),
            (await cast.volunteer(), LinkKind.TEAM, team.id, NotYourTeam),
            (await cast.organizer("150105"), LinkKind.PAGE, "pages/event/list", RoleNeeded),
            (await cast.city_admin(), EVENT, uuid4(), NoSuchEvent),
            (await cast.city_admin(), LinkKind.POINT, uuid4(), NoSuchPoint),
            (await cast.city_admin(), LinkKind.TEAM, uuid4(), NoSuchTeam),
            (await cast.city_admin(), LinkKind.PAGE, "pages/secret", LinkInvalid),
            (await cast.city_admin(), EVENT, "x", LinkInvalid),
        ):
            await refused(refusal, make(office, await someone.caller(), kind, str(target)))
        for someone, kind, target in (
            (await cast.organizer(event.unit.code), EVENT, event.id),
            (await cast.staff(event), LinkKind.POINT, point.id),
            (await cast.organizer("150105"), LinkKind.TEAM, team.id),
            (await cast.city_admin(), LinkKind.PAGE, "pages/event/list"),
        ):
            assert (await make(office, await someone.caller(), kind, str(target))).page in pages()

    async def test_takes_two_spellings_of_an_id_for_one_target(self, office: Office, cast: Cast, event: Event) -> None:
        who = await (await cast.city_admin()).caller()
        for spelling in (str(event.id), event.id.hex, str(event.id).upper()):
            await make(office, who, EVENT, spelling)
        assert await Link.all().count() == 1

    @pytest.mark.parametrize("code", ["", "x", "A" * 12, "A" * 33, "💥" * 12])
    async def test_finds_no_link_that_nobody_made(self, link: Link, code: str) -> None:
        await refused(NoSuchLink, found(code))


class TestPublish:
    async def test_orders_the_code_ahead(self, office: Office, cast: Cast, wechat: FakeWeChat) -> None:
        event = await published(status=EventStatus.DRAFT, published_at=None)
        await publish(office, await (await cast.city_admin()).caller(), event.id)
        assert await run_due(office, DRAWN) == 1
        link = await link_of(office, EVENT, str(event.id))
        assert wechat.drawn == [(link.code, "pages/event/show", True, "release")]
        # The order that making the link leaves finds it drawn.
        await run_due(office, DRAWN)
        assert len(wechat.drawn) == 1
        assert (await Job.filter(work=DRAW).values_list("status", flat=True)) == [JobStatus.DONE] * 2


class TestDraw:
    async def test_keeps_the_picture_with_its_hash(
        self, office: Office, event: Event, link: Link, wechat: FakeWeChat
    ) -> None:
        await draw(office, about(event))
        shown = await picture(link.code)
        assert shown is not None
        assert shown.content.endswith(link.code.encode())
        assert (shown.content_type, shown.hash) == ("image/png", hashlib.sha256(shown.content).hexdigest())
        assert (await found(link.code)).drawn_at == office.now()
        await draw(office, about(event))
        assert len(wechat.drawn) == 1

    async def test_is_done_by_one_of_many_processes(
        self, office: Office, event: Event, link: Link, wechat: FakeWeChat
    ) -> None:
        wechat.before_picture = lambda: asyncio.sleep(0.2)
        answers: list[Any] = await asyncio.gather(
            *(draw(office, about(event)) for _ in range(5)), return_exceptions=True
        )
        assert len(wechat.drawn) == 1
        assert [type(each) for each in answers].count(LinkBeingDrawn) == 4

    async def test_goes_on_where_a_killed_process_left_it(
        self, office: Office, event: Event, link: Link, wechat: FakeWeChat, clock: StandingClock
    ) -> None:
        await Link.filter(id=link.id).update(held_until=office.now())
        await draw(office, about(event))
        assert len(wechat.drawn) == 1

    @pytest.mark.parametrize("trouble", [WeChatUnavailable(), WeChatQuotaUsedUp(retry_after=60)])
    async def test_is_tried_again_where_wechat_is_away_or_a_minutes_quota_is_used_up(
        self, office: Office, event: Event, link: Link, wechat: FakeWeChat, clock: StandingClock, trouble: Refusal
    ) -> None:
        wechat.refusal = trouble
        await run_due(office, DRAWN)
        job = await Job.get(work=DRAW)
        assert (job.status, job.fault, job.run_at > office.now()) == (JobStatus.WAITING, trouble.code, True)
        assert await picture(link.code) is None
        wechat.refusal = None
        clock.set(job.run_at)
        await run_due(office, DRAWN)
        assert (await found(link.code)).state is LinkState.DRAWN

    @pytest.mark.parametrize("trouble", [WeChatMisconfigured(), CodeNotDrawable()])
    async def test_lets_a_plain_code_stand_in_where_wechat_would_not_draw_it(
        self, office: Office, cast: Cast, event: Event, link: Link, wechat: FakeWeChat, trouble: Refusal
    ) -> None:
        wechat.refusal = trouble
        await run_due(office, DRAWN)
        assert (await Job.get(work=DRAW)).status is JobStatus.DONE
        left = await found(link.code)
        assert (left.state, left.fault) == (LinkState.STAND_IN, trouble.code)
        assert await picture(link.code) is None
        # Somebody released the page and asks again; twice is once.
        wechat.refusal = None
        who = await (await cast.city_admin()).caller()
        for _ in range(2):
            await draw_again(office, who, link.code)
        assert await run_due(office, DRAWN) == 1
        assert (await found(link.code)).state is LinkState.DRAWN
        await refused(RoleNeeded, draw_again(office, await (await cast.volunteer()).caller(), link.code))

    async def test_takes_no_answer_for_a_picture_that_is_none(
        self, office: Office, event: Event, link: Link, wechat: FakeWeChat
    ) -> None:
        async def answer(*_: Any, **__: Any) -> bytes:
            return b'{"errcode":41030}'

        office.wechat.draw_code = answer  # type: ignore[method-assign]
        await draw(office, about(event))
        assert (await found(link.code)).state is LinkState.STAND_IN

    async def test_asks_for_the_version_that_the_settings_name(
        self, office: Office, event: Event, link: Link, wechat: FakeWeChat
    ) -> None:
        office.program_version = "trial"
        await draw(office, about(event))
        assert wechat.drawn == [(link.code, "pages/event/show", False, "trial")]


class TestWhere:
    async def test_tells_of_a_draft_nothing(self, office: Office, campaign: Campaign) -> None:
        draft = await published(status=EventStatus.DRAFT, published_at=None)
        link = await link_of(office, EVENT, str(draft.id))
        assert (await where(link.code)).event is None

    async def test_names_the_event_or_the_team(self, office: Office, cast: Cast, event: Event, link: Link) -> None:
        team = await standing(cast)
        leads = await where((await link_of(office, LinkKind.TEAM, str(team.id))).code)
        assert leads.team is not None
        assert leads.team.id == team.id
        leads = await where(link.code)
        assert leads.event is not None
        assert leads.event.id == event.id
