"""A hall screen: in by a link that works once, one door's code and its event's counts, and nothing else."""

from datetime import timedelta
from uuid import uuid4

import pytest

from capabilities.caller import STAFF_OVERTIME, NotYourEvent, NotYourUnit, RoleNeeded, SessionEnded, caller_with
from capabilities.check_in import MyScan, StaffScan, check_in, scan_person
from capabilities.check_in.refusals import CodeExpired
from capabilities.enrolment import enrol
from capabilities.event import NoSuchEvent
from capabilities.office import Office
from capabilities.screen import NoSuchScreen, make_screen_link, screens, show, take_screen_back
from capabilities.sign_in_code import NoSuchPoint, show_venue_code, six_digits, venue_code
from capabilities.staff_phone import NoSuchStaffPhone, StaffLinkInvalid, open_session, phones, take_back
from kit.clock import StandingClock
from models.event import Event, Point
from tests.cast import Cast
from tests.stage import SECOND, door_of, everything, published, refused, shift_of


@pytest.fixture
async def event(cast: Cast) -> Event:
    return await published(doors=["东门", "西门"])


@pytest.fixture
def east(event: Event) -> Point:
    return door_of(event, "东门")


async def secret_for(office: Office, cast: Cast, point: Point) -> str:
    who = await (await cast.city_admin()).caller()
    return (await make_screen_link(office, who, point.id, label="", shows_wall=False)).url.partition("#")[2]


class TestMakeScreenLink:
    async def test_leads_to_this_point_and_keeps_its_secret_nowhere(
        self, office: Office, cast: Cast, east: Point
    ) -> None:
        who = await (await cast.city_admin()).caller()
        made = await make_screen_link(office, who, east.id, label="", shows_wall=True)
        address, _, secret = made.url.partition("#")
        assert address == f"{office.public_url}/staff/screen/{east.id}"
        assert (made.row.label, made.row.shows_wall) == ("东门", True)
        assert len(secret) >= 22
        assert secret not in str(await everything())

    async def test_is_for_who_organizes_the_event(self, office: Office, cast: Cast, event: Event, east: Point) -> None:
        for someone, refusal in (
            (await cast.staff(event), RoleNeeded),
            (await cast.phone(event), RoleNeeded),
            (await cast.screen(east), RoleNeeded),
            (await cast.organizer("150104"), NotYourUnit),
        ):
            who = await someone.caller()
            await refused(refusal, make_screen_link(office, who, east.id, label="", shows_wall=False))
            await refused(refusal, screens(who, event.id))
        admin = await (await cast.city_admin()).caller()
        await refused(NoSuchPoint, make_screen_link(office, admin, uuid4(), label="", shows_wall=False))
        await refused(NoSuchEvent, screens(admin, uuid4()))


class TestOpenSession:
    async def test_is_given_once_and_for_this_point(
        self, office: Office, cast: Cast, event: Event, east: Point
    ) -> None:
        secret, west = await secret_for(office, cast, east), door_of(event, "西门")
        await refused(StaffLinkInvalid, open_session(office, secret, device="s", point_id=west.id))
        # Nor does a screen's link make a staff phone, or a phone's link a screen.
        await refused(StaffLinkInvalid, open_session(office, secret, device="s"))
        await open_session(office, secret, device="s", point_id=east.id)
        await refused(StaffLinkInvalid, open_session(office, secret, device="other", point_id=east.id))

    async def test_ends_with_the_event(self, office: Office, cast: Cast, east: Point, clock: StandingClock) -> None:
        screen = await cast.screen(east)
        clock.set(east.event.ends_at + STAFF_OVERTIME - SECOND)
        await caller_with(office, screen.token)
        clock.advance(SECOND)
        await refused(SessionEnded, caller_with(office, screen.token))


class TestShow:
    async def test_has_the_code_of_now_and_the_next_one(
        self, office: Office, cast: Cast, east: Point, clock: StandingClock
    ) -> None:
        now = await show(office, await (await cast.screen(east)).caller(), east.id)
        current, following = now.codes
        assert (now.now, now.point.id, now.shows_wall) == (clock.now(), east.id, False)
        assert current.shown == venue_code(office, east, clock.now())
        assert current.six_digits == six_digits(office, east, clock.now())
        assert following.valid_from == current.shown.valid_until
        clock.set(following.valid_from)
        assert following.shown == venue_code(office, east, clock.now())
        assert following.six_digits == six_digits(office, east, clock.now())

    async def test_gives_nobody_the_next_code_before_its_time(self, office: Office, cast: Cast, east: Point) -> None:
        guest = await cast.volunteer()
        await enrol(office, await guest.caller(), shift_of(east.event).id)
        _, following = (await show(office, await (await cast.screen(east)).caller(), east.id)).codes
        scan = MyScan(following.shown.text, uuid4().hex)
        await refused(CodeExpired, check_in(office, await guest.caller(), scan), writes=["scan"])

    async def test_has_one_code_where_it_is_printed(self, office: Office, cast: Cast, east: Point) -> None:
        await Point.filter(id=east.id).update(rotates=False)
        (code,) = (await show(office, await (await cast.screen(east)).caller(), east.id)).codes
        assert (code.six_digits, code.shown.period_seconds) == (None, 0)

    async def test_says_whether_the_wall_is_wanted(self, office: Office, cast: Cast, east: Point) -> None:
        screen = await cast.screen(east, shows_wall=True)
        assert (await show(office, await screen.caller(), east.id)).shows_wall

    async def test_is_of_this_point_only(self, office: Office, cast: Cast, event: Event, east: Point) -> None:
        who = await (await cast.screen(east)).caller()
        elsewhere = await published()
        await refused(NotYourEvent, show(office, who, door_of(event, "西门").id))
        await refused(NotYourEvent, show(office, who, door_of(elsewhere).id))
        await refused(NoSuchPoint, show(office, who, uuid4()))

    async def test_is_all_that_a_screen_may(self, office: Office, cast: Cast, event: Event, east: Point) -> None:
        """Also where the porter let it through: it holds no role."""
        who = await (await cast.screen(east)).caller()
        scan = StaffScan(east.id, "LZ1.x", uuid4().hex)
        await refused(NotYourEvent, scan_person(office, who, scan))
        await refused(NotYourEvent, show_venue_code(office, who, east.id))
        assert who.grants == ()


class TestTakeScreenBack:
    async def test_is_refused_from_now_on(self, office: Office, cast: Cast, event: Event, east: Point) -> None:
        screen, admin = await cast.screen(east), await (await cast.city_admin()).caller()
        await caller_with(office, screen.token)
        (row,) = await screens(admin, event.id)
        await take_screen_back(office, admin, row.id)
        await refused(SessionEnded, caller_with(office, screen.token))

    async def test_ends_a_link_that_nobody_used(self, office: Office, cast: Cast, event: Event, east: Point) -> None:
        secret, admin = await secret_for(office, cast, east), await (await cast.city_admin()).caller()
        (row,) = await screens(admin, event.id)
        await take_screen_back(office, admin, row.id)
        await refused(StaffLinkInvalid, open_session(office, secret, device="s", point_id=east.id))

    async def test_knows_screens_from_phones(self, office: Office, cast: Cast, event: Event, east: Point) -> None:
        await cast.screen(east)
        await cast.phone(event)
        admin = await (await cast.city_admin()).caller()
        (screen,), (phone,) = await screens(admin, event.id), await phones(admin, event.id)
        assert screen.id != phone.id
        await refused(NoSuchStaffPhone, take_back(office, admin, screen.id))
        await refused(NoSuchScreen, take_screen_back(office, admin, phone.id))

    async def test_is_for_who_organizes(self, office: Office, cast: Cast, event: Event, east: Point) -> None:
        await cast.screen(east)
        (row,) = await screens(await (await cast.city_admin()).caller(), event.id)
        await refused(RoleNeeded, take_screen_back(office, await (await cast.staff(event)).caller(), row.id))
        assert row.link_expires_at == row.made_at + timedelta(hours=24)
