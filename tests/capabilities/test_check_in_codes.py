"""Codes that are not what they seem, and clocks that are wrong: each told by its name, and nobody let in by one."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from capabilities.check_in import (
    CodeExpired,
    EnrolmentCancelled,
    Judged,
    MyScan,
    NotEnrolled,
    ScanRefused,
    StaffScan,
    UnknownCode,
    check_in,
    scan_person,
)
from capabilities.enrolment import cancel, enrol
from capabilities.office import Office
from capabilities.sign_in_code import PERSONAL_PREFIX, my_ticket, personal_code, ticket_key, venue_code
from kit.clock import StandingClock
from models.attendance import Attendance
from models.event import Event
from models.scan import Direction, Scan
from tests.cast import Cast, Someone
from tests.stage import MINUTE, NINE, door_of, published, refused, shift_of

DAY = timedelta(days=1)


@dataclass
class Hall:
    """An event of three days, somebody who is enrolled, and somebody on duty."""

    office: Office
    event: Event
    bataar: Someone
    staff: Someone
    enrolment_id: UUID
    ticket: str

    async def mine(self, code: str, nonce: str) -> Judged:
        return await check_in(self.office, await self.bataar.caller(), MyScan(code, nonce, Direction.IN))

    async def theirs(self, code: str, nonce: str, *, phone_says: datetime | None = None) -> Judged:
        scan = StaffScan(door_of(self.event).id, code, nonce, Direction.IN, phone_says)
        return await scan_person(self.office, await self.staff.caller(), scan)


@pytest.fixture
async def hall(office: Office, cast: Cast) -> Hall:
    found = await published(length=3 * DAY)
    bataar = await cast.volunteer()
    standing = await enrol(office, await bataar.caller(), shift_of(found).id)
    ticket = (await my_ticket(office, await bataar.caller(), standing.enrolment.id)).code
    return Hall(office, found, bataar, await cast.staff(found), standing.enrolment.id, ticket)


def spoilt(code: str, since: int) -> list[str]:
    """The code with one character changed, once at each place from `since` on."""
    return [
        code[:place] + ("B" if code[place] == "A" else "A") + code[place + 1 :] for place in range(since, len(code))
    ]


async def nobody_came() -> bool:
    return not await Attendance.exists()


class TestOneCharacter:
    """A code that was misread or made up is unknown at every place, and stands in the log all the same."""

    async def test_of_the_venues_code_changed(self, hall: Hall) -> None:
        code = venue_code(hall.office, door_of(hall.event), hall.office.now()).text
        wrong = spoilt(code, code.index("/c/") + 3)
        await self._are_unknown([hall.mine(each, f"venue-{n:03}") for n, each in enumerate(wrong)])

    async def test_of_a_personal_code_changed(self, hall: Hall) -> None:
        wrong = spoilt(hall.ticket, 0)
        await self._are_unknown([hall.theirs(each, f"mine-{n:03}") for n, each in enumerate(wrong)])

    async def _are_unknown(self, tries: Sequence[Awaitable[Judged]]) -> None:
        assert len(tries) > 40
        refusals = await asyncio.gather(*tries, return_exceptions=True)
        assert {type(each) for each in refusals} == {UnknownCode}
        assert await Scan.filter(verdict="UnknownCode").count() == len(tries)
        assert await nobody_came()


class TestYesterday:
    async def test_is_over_for_the_venues_code(self, hall: Hall, clock: StandingClock) -> None:
        code = venue_code(hall.office, door_of(hall.event), hall.office.now()).text
        clock.advance(DAY)
        await refused(CodeExpired, hall.mine(code, "yesterday-1"), writes=["scan"])

    async def test_is_over_for_a_personal_code(self, hall: Hall, clock: StandingClock) -> None:
        clock.advance(DAY)
        await refused(CodeExpired, hall.theirs(hall.ticket, "yesterday-2"), writes=["scan"])

    async def test_is_over_at_midnight_as_at_any_time(self, hall: Hall, clock: StandingClock) -> None:
        """The slots go on over local midnight, and over midnight in UTC: only the seconds count."""
        for midnight in (NINE + timedelta(hours=15), NINE + timedelta(hours=23)):
            clock.set(midnight - timedelta(seconds=10))
            code = venue_code(hall.office, door_of(hall.event), hall.office.now()).text
            clock.set(midnight + timedelta(seconds=50))
            await refused(CodeExpired, hall.mine(code, f"late-{midnight:%H}-nonce"), writes=["scan"])
            clock.set(midnight + timedelta(seconds=20))
            kind = "CheckedIn" if await nobody_came() else "AlreadyCheckedIn"
            assert await verdict(hall.mine(code, f"in-time-{midnight:%H}")) == kind


async def verdict(doing: Awaitable[Judged]) -> str:
    try:
        return (await doing).scan.verdict
    except ScanRefused as refusal:
        return refusal.code


class TestAnotherEvent:
    async def test_takes_nobody_who_is_enrolled_elsewhere(self, hall: Hall) -> None:
        """Its venue's code is good, and says nothing of the event that Bataar is enrolled in."""
        other = await published(title="另一场")
        code = venue_code(hall.office, door_of(other), hall.office.now()).text
        await refused(NotEnrolled, hall.mine(code, "another-event"), writes=["scan"])
        assert (await Scan.get()).event_id == other.id
        assert await nobody_came()


class TestCancelled:
    async def test_is_told_to_staff_who_scan_the_code_that_was_shown_before(self, hall: Hall) -> None:
        await cancel(hall.office, await hall.bataar.caller(), hall.enrolment_id)
        await refused(EnrolmentCancelled, hall.theirs(hall.ticket, "cancelled-1"), writes=["scan"])


class TestClocks:
    @pytest.mark.parametrize("ahead", [-10 * MINUTE, 10 * MINUTE])
    async def test_of_the_visitors_phone_make_a_code_of_another_time(self, hall: Hall, ahead: timedelta) -> None:
        """The phone makes its code by itself; ten minutes off is more than is forgiven, either way."""
        shown = await my_ticket(hall.office, await hall.bataar.caller(), hall.enrolment_id)
        code = personal_code(shown.ticket.id, ticket_key(hall.office, shown.ticket.id), hall.office.now() + ahead)
        assert code.startswith(PERSONAL_PREFIX)
        await refused(CodeExpired, hall.theirs(code, f"clock-{ahead.total_seconds():.0f}"), writes=["scan"])

    @pytest.mark.parametrize("ahead", [-10 * MINUTE, 10 * MINUTE])
    async def test_of_the_staffs_phone_judge_nothing(self, hall: Hall, ahead: timedelta) -> None:
        now = hall.office.now()
        judged = await hall.theirs(hall.ticket, "staff-clock", phone_says=now + ahead)
        assert (judged.scan.verdict, judged.scan.at, judged.scan.scanned_at) == ("CheckedIn", now, now + ahead)
        assert (await Attendance.get()).checked_in_at == now
