"""At the door without an enrolment."""

from uuid import uuid4

import pytest

from capabilities.caller import NotYourEvent
from capabilities.check_in import AlreadyCheckedIn, UnknownCode
from capabilities.enrolment import NoSeatLeft, WalkInsNotAllowed, enrol
from capabilities.office import Office
from capabilities.registration import RegistrationNotApproved
from capabilities.sign_in_code import venue_code
from capabilities.walk_in import NoSuchVolunteer, WalkIn, WalkInIncomplete, walk_in
from kit.clock import StandingClock
from models.attendance import Attendance
from models.enrolment import Enrolment, EnrolmentStatus
from models.event import Event
from models.scan import Scan, ScanWay
from models.shift import Shift
from models.volunteer import Volunteer
from tests.cast import Cast
from tests.stage import MINUTE, NINE, door_of, published, refused, shift_of


@pytest.fixture
async def event(campaign: object) -> Event:
    """Takes walk-ins; enrolment closed an hour before."""
    return await published(seats=(1,), unit_code="150105", allows_walk_ins=True, enrolment_closes_at=NINE - 60 * MINUTE)


def at_the_screen(office: Office, event: Event) -> WalkIn:
    return WalkIn(shift_of(event).id, uuid4().hex, code=venue_code(office, door_of(event), office.now()).text)


class TestWalkIn:
    async def test_gives_a_free_seat_and_checks_in(self, office: Office, cast: Cast, event: Event) -> None:
        someone = await cast.volunteer()
        await walk_in(office, await someone.caller(), event.id, at_the_screen(office, event))
        assert (await Enrolment.get()).status is EnrolmentStatus.CONFIRMED
        assert (await Attendance.get()).way is ScanWay.VENUE_CODE
        assert (await Shift.get(event_id=event.id)).taken == 1

    async def test_twice_is_once(self, office: Office, cast: Cast, event: Event, clock: StandingClock) -> None:
        who, asked = await (await cast.volunteer()).caller(), at_the_screen(office, event)
        first = await walk_in(office, who, event.id, asked)
        assert (await walk_in(office, who, event.id, asked)).scan.id == first.scan.id
        clock.advance(MINUTE)
        again = walk_in(office, who, event.id, at_the_screen(office, event))
        await refused(AlreadyCheckedIn, again, writes=["scan"])

    async def test_never_takes_more_than_there_are(self, office: Office, cast: Cast, event: Event) -> None:
        await walk_in(office, await (await cast.volunteer()).caller(), event.id, at_the_screen(office, event))
        late = await (await cast.volunteer()).caller()
        await refused(NoSeatLeft, walk_in(office, late, event.id, at_the_screen(office, event)))

    async def test_goes_behind_those_who_wait(self, office: Office, cast: Cast, event: Event) -> None:
        await Event.filter(id=event.id).update(enrolment_closes_at=None)
        for _ in range(2):
            await enrol(office, await (await cast.volunteer()).caller(), shift_of(event).id)
        await Shift.filter(event_id=event.id).update(seats=2)
        late = await (await cast.volunteer()).caller()
        await refused(NoSeatLeft, walk_in(office, late, event.id, at_the_screen(office, event)))

    async def test_is_only_where_the_organizer_allows_it(self, office: Office, cast: Cast, event: Event) -> None:
        await Event.filter(id=event.id).update(allows_walk_ins=False)
        who = await (await cast.volunteer()).caller()
        await refused(WalkInsNotAllowed, walk_in(office, who, event.id, at_the_screen(office, event)))

    async def test_is_for_approved_volunteers(self, office: Office, cast: Cast, event: Event) -> None:
        who = await (await cast.scientist()).caller()
        await refused(RegistrationNotApproved, walk_in(office, who, event.id, at_the_screen(office, event)))

    async def test_by_staff_takes_a_volunteer_number(self, office: Office, cast: Cast, event: Event) -> None:
        someone, staff = await cast.volunteer("呼格吉勒"), await cast.staff(event)
        number = (await Volunteer.get(person_id=someone.id)).volunteer_no
        asked = WalkIn(shift_of(event).id, uuid4().hex, volunteer_no=number, point_id=door_of(event).id)
        judged = await walk_in(office, await staff.caller(), event.id, asked)
        assert judged.name == "呼格吉勒"
        assert ((await Scan.get()).way, (await Scan.get()).reason) == (ScanWay.MANUAL, "现场报名")

    async def test_by_staff_needs_a_number_a_point_and_a_duty(self, office: Office, cast: Cast, event: Event) -> None:
        staff, shift = await (await cast.staff(event)).caller(), shift_of(event).id
        await refused(WalkInIncomplete, walk_in(office, staff, event.id, WalkIn(shift, uuid4().hex)))
        unknown = WalkIn(shift, uuid4().hex, volunteer_no="V0000000", point_id=door_of(event).id)
        await refused(NoSuchVolunteer, walk_in(office, staff, event.id, unknown))
        stranger = await (await cast.volunteer()).caller()
        await refused(NotYourEvent, walk_in(office, stranger, event.id, unknown))

    async def test_with_a_false_code_is_refused(self, office: Office, cast: Cast, event: Event) -> None:
        who = await (await cast.volunteer()).caller()
        asked = WalkIn(shift_of(event).id, uuid4().hex, code="no code at all")
        await refused(UnknownCode, walk_in(office, who, event.id, asked), writes=["scan"])
