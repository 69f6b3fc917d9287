"""At the desk: somebody is found by a few characters and signed in by hand."""

from datetime import timedelta
from uuid import uuid4

import pytest

from capabilities.caller import NotYourEvent
from capabilities.check_in import AlreadyCheckedIn, ReasonForChangeNeeded
from capabilities.desk import ManualScan, SearchTooShort, search, sign_in
from capabilities.enrolment import NoSuchEnrolment, enrol
from capabilities.office import Office
from kit.clock import StandingClock
from models.attendance import Attendance
from models.enrolment import Enrolment
from models.event import Event
from models.scan import Scan, ScanWay
from models.transition import Transition
from models.volunteer import Volunteer
from tests.cast import Cast, Someone
from tests.stage import door_of, published, refused, shift_of


@pytest.fixture
async def hall(office: Office, cast: Cast) -> Event:
    """With 斯琴高娃, 斯琴 and 巴特尔 on the roster."""
    event = await published(seats=(10,), unit_code="150105")
    for name, phone in (("斯琴高娃", "13812345678"), ("斯琴", "13900001111"), ("巴特尔", "13700002222")):
        someone = await cast.volunteer(name)
        await Volunteer.filter(person_id=someone.id).update(phone=phone)
        await enrol(office, await someone.caller(), shift_of(event).id)
    return event


@pytest.fixture
async def staff(cast: Cast, hall: Event) -> Someone:
    return await cast.staff(hall)


class TestSearch:
    async def test_finds_by_part_of_a_name_and_masks_it(self, office: Office, hall: Event, staff: Someone) -> None:
        found = await search(office, await staff.caller(), hall.id, " 斯 琴 ")
        assert sorted((each.name, each.phone) for each in found) == [("斯*", "139****1111"), ("斯***", "138****5678")]

    async def test_finds_by_the_end_of_a_phone_number(self, office: Office, hall: Event, staff: Someone) -> None:
        (found,) = await search(office, await staff.caller(), hall.id, "2222")
        assert found.name == "巴**"

    @pytest.mark.parametrize("text", ["斯", " 斯 ", "1"])
    async def test_asks_for_two_characters(self, office: Office, hall: Event, staff: Someone, text: str) -> None:
        await refused(SearchTooShort, search(office, await staff.caller(), hall.id, text))

    async def test_finds_nobody_of_another_event(self, office: Office, cast: Cast, hall: Event) -> None:
        other = await published(title="另一场", unit_code="150105")
        who = await (await cast.staff(other)).caller()
        assert await search(office, who, other.id, "斯琴") == []
        await refused(NotYourEvent, search(office, who, hall.id, "斯琴"))

    async def test_lists_at_most_twenty(self, office: Office, cast: Cast) -> None:
        event = await published(seats=(30,), unit_code="150105")
        for _ in range(21):
            await enrol(office, await (await cast.volunteer("张三丰")).caller(), shift_of(event).id)
        assert len(await search(office, await (await cast.staff(event)).caller(), event.id, "三丰")) == 20

    async def test_is_noted_without_what_was_asked(self, office: Office, hall: Event, staff: Someone) -> None:
        await search(office, await staff.caller(), hall.id, "斯琴")
        line = await Transition.get(subject="event", after="searched")
        assert (line.subject_id, line.actor_id, line.reason) == (hall.id, staff.id, "找到2人")


class TestSignIn:
    async def manual(self, hall: Event, reason: str = "手机没电") -> ManualScan:
        enrolment = await Enrolment.filter(event_id=hall.id).first()
        assert enrolment is not None
        return ManualScan(door_of(hall).id, enrolment.id, uuid4().hex, reason)

    async def test_keeps_the_reason_with_the_scan(self, office: Office, hall: Event, staff: Someone) -> None:
        judged = await sign_in(office, await staff.caller(), await self.manual(hall))
        came = await Attendance.get()
        assert (judged.name, came.way) == ("斯琴高娃", ScanWay.MANUAL)
        assert (await Scan.get()).reason == "手机没电"

    async def test_is_judged_as_any_scan(
        self, office: Office, hall: Event, staff: Someone, clock: StandingClock
    ) -> None:
        who = await staff.caller()
        await sign_in(office, who, await self.manual(hall))
        clock.advance(timedelta(minutes=1))
        await refused(AlreadyCheckedIn, sign_in(office, who, await self.manual(hall)), writes=["scan"])

    async def test_needs_a_reason(self, office: Office, hall: Event, staff: Someone) -> None:
        await refused(ReasonForChangeNeeded, sign_in(office, await staff.caller(), await self.manual(hall, "  ")))

    async def test_knows_nobody_of_another_event(self, office: Office, cast: Cast, hall: Event, staff: Someone) -> None:
        other = await published(title="另一场", seats=(3,))
        guest = await cast.volunteer("呼格吉勒")
        foreign = (await enrol(office, await guest.caller(), shift_of(other).id)).enrolment
        scan = ManualScan(door_of(hall).id, foreign.id, uuid4().hex, "手机没电")
        await refused(NoSuchEnrolment, sign_in(office, await staff.caller(), scan))
