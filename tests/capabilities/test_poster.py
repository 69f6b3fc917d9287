"""Posters: a code on paper only where it lasts, and the mini-program's code as far as WeChat has drawn it."""

from uuid import uuid4

import pytest

from capabilities.caller import NotYourEvent
from capabilities.job import run_due
from capabilities.office import Office
from capabilities.poster import NoPosterNeeded, print_poster
from capabilities.sign_in_code import NoSuchPoint, is_fresh_venue_code, open_venue_code
from documents.poster import Size
from kit.clock import StandingClock
from kit.qr import png
from models.event import Event, EventStatus, Point
from models.link import DRAW, Link, LinkKind
from server.works import WORKS
from tests.cast import Cast, Someone
from tests.doubles import FakeWeChat
from tests.printed import Paper
from tests.stage import door_of, published, refused


@pytest.fixture
async def event(cast: Cast) -> Event:
    return await published(title="气象科普", unit_code="150105")


@pytest.fixture
async def staff(cast: Cast, event: Event) -> Someone:
    return await cast.staff(event)


async def paper(office: Office, who: Someone, point: Point) -> Paper:
    _, printed = await print_poster(office, await who.caller(), point.id, Size.A4)
    return Paper(printed)


class TestPrintPoster:
    async def test_prints_a_code_that_opens_the_door_as_long_as_it_hangs(
        self, office: Office, event: Event, staff: Someone, clock: StandingClock
    ) -> None:
        point = door_of(event)
        await Point.filter(id=point.id).update(rotates=False)
        (code,) = (await paper(office, staff, point)).codes()
        opened = open_venue_code(office, code)
        assert opened is not None
        assert opened.point_id == point.id
        assert event.ends_at is not None
        clock.set(event.ends_at)
        assert is_fresh_venue_code(opened, await Point.get(id=point.id), office.now())

    async def test_prints_none_that_would_be_dead_before_it_hangs(
        self, office: Office, event: Event, staff: Someone
    ) -> None:
        printed = await paper(office, staff, door_of(event))
        assert printed.codes() == []
        assert "请扫描旁边屏幕上的码" in printed.text

    async def test_says_what_the_event_says(self, office: Office, event: Event, staff: Someone) -> None:
        text = (await paper(office, staff, door_of(event))).text
        for words in ("礼赞共和国", "气象科普", "2019年5月30日（星期四）9:00–12:00", "市科技馆", "主入口"):
            assert words in text

    async def test_orders_the_mini_program_code_and_prints_it_once_drawn(
        self, office: Office, event: Event, staff: Someone, wechat: FakeWeChat
    ) -> None:
        point = door_of(event)
        assert "未印小程序码" in (await paper(office, staff, point)).text
        wechat.picture = png("mini-program")
        assert await run_due(office, {DRAW: WORKS[DRAW]}) == 1
        assert (await paper(office, staff, point)).codes() == ["mini-program"]
        assert await Link.filter(kind=LinkKind.POINT, target=str(point.id)).count() == 1

    async def test_is_for_organizers_and_staff_on_duty(self, office: Office, cast: Cast, event: Event) -> None:
        point = door_of(event)
        for who in (await cast.organizer("150105"), await cast.city_admin(), await cast.phone(event)):
            assert "主入口" in (await paper(office, who, point)).text
        for who in (await cast.volunteer(), await cast.organizer("150104"), await cast.staff(await published())):
            await refused(NotYourEvent, print_poster(office, await who.caller(), point.id, Size.A4))

    async def test_does_not_know_what_is_not_there(self, office: Office, staff: Someone) -> None:
        await refused(NoSuchPoint, print_poster(office, await staff.caller(), uuid4(), Size.A4))

    @pytest.mark.parametrize("status", [EventStatus.CANCELLED, EventStatus.ENDED])
    async def test_prints_none_for_what_is_over(
        self, office: Office, cast: Cast, event: Event, status: EventStatus
    ) -> None:
        await Event.filter(id=event.id).update(status=status)
        who = await cast.city_admin()
        await refused(NoPosterNeeded, print_poster(office, await who.caller(), door_of(event).id, Size.A4))

    async def test_is_printed_ahead_for_a_draft(self, office: Office, cast: Cast, event: Event) -> None:
        await Event.filter(id=event.id).update(status=EventStatus.DRAFT, starts_at=None, ends_at=None)
        assert "时间待定" in (await paper(office, await cast.city_admin(), door_of(event))).text
