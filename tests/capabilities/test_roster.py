"""The roster and its counts."""

import contextlib
from dataclasses import dataclass
from uuid import uuid4

import pytest

from capabilities.caller import NotYourEvent
from capabilities.check_in import MyScan, ScanRefused, StaffScan, check_in, scan_person
from capabilities.enrolment import cancel, enrol
from capabilities.event import NoSuchEvent
from capabilities.office import Office
from capabilities.roster import counts, roster
from capabilities.sign_in_code import my_ticket, venue_code
from models.enrolment import EnrolmentStatus
from models.event import Event
from models.scan import Direction
from tests.cast import Cast, Someone
from tests.stage import door_of, published, refused, shift_of


@dataclass
class Day:
    """Three enrolled for two seats, one of them came, one cancelled, and the third was offered the seat."""

    event: Event
    staff: Someone


@pytest.fixture
async def day(office: Office, cast: Cast) -> Day:
    found = await published(seats=[2], unit_code="150105")
    people = [await cast.volunteer(name) for name in ("巴特尔", "欧阳修", "乌云·其其格")]
    standings = [await enrol(office, await each.caller(), shift_of(found).id) for each in people]
    code = venue_code(office, door_of(found), office.now()).text
    for nonce, direction in (("nonce-in", Direction.IN), ("nonce-again", Direction.IN), ("nonce-out", Direction.OUT)):
        with contextlib.suppress(ScanRefused):
            await check_in(office, await people[0].caller(), MyScan(code, nonce, direction))
    await cancel(office, await people[1].caller(), standings[1].enrolment.id)
    return Day(found, await cast.staff(found))


class TestRoster:
    async def test_lists_all_in_the_order_of_the_queue_with_masked_names(self, day: Day) -> None:
        lines = await roster(await day.staff.caller(), day.event.id)
        assert [(line.name, line.enrolment.status) for line in lines] == [
            ("巴**", EnrolmentStatus.CONFIRMED),
            ("欧**", EnrolmentStatus.CANCELLED),
            ("乌**", EnrolmentStatus.OFFERED),
        ]

    async def test_says_who_came(self, day: Day) -> None:
        lines = await roster(await day.staff.caller(), day.event.id)
        assert [line.attendance is not None for line in lines] == [True, False, False]

    async def test_is_for_who_is_on_duty_here(self, day: Day, cast: Cast) -> None:
        elsewhere = await published()
        for who in (await cast.volunteer(), await cast.staff(elsewhere), await cast.organizer("150104")):
            await refused(NotYourEvent, roster(await who.caller(), day.event.id))
            await refused(NotYourEvent, counts(await who.caller(), day.event.id))
        assert len(await roster(await (await cast.organizer("150105")).caller(), day.event.id)) == 3

    async def test_does_not_know_what_is_not_there(self, day: Day) -> None:
        await refused(NoSuchEvent, roster(await day.staff.caller(), uuid4()))
        await refused(NoSuchEvent, counts(await day.staff.caller(), uuid4()))


class TestCounts:
    async def test_counts_enrolments_ways_and_verdicts(self, day: Day) -> None:
        counted = await counts(await day.staff.caller(), day.event.id)
        assert counted.enrolments == {"confirmed": 1, "cancelled": 1, "offered": 1}
        assert (counted.ways, counted.checked_out) == ({"venue_code": 1}, 1)
        assert counted.scans == {"CheckedIn": 1, "AlreadyCheckedIn": 1, "CheckedOut": 1}

    async def test_counts_each_way_by_itself(self, office: Office, cast: Cast, day: Day) -> None:
        someone = await cast.volunteer()
        other = await published(seats=[2])
        standing = await enrol(office, await someone.caller(), shift_of(other).id)
        code = (await my_ticket(office, await someone.caller(), standing.enrolment.id)).code
        staff = await (await cast.staff(other)).caller()
        await scan_person(office, staff, StaffScan(door_of(other).id, code, "some-nonce"))
        assert (await counts(staff, other.id)).ways == {"personal_code": 1}
        assert (await counts(await day.staff.caller(), day.event.id)).ways == {"venue_code": 1}

    async def test_is_empty_for_an_event_without_people(self, cast: Cast) -> None:
        quiet = await published()
        counted = await counts(await (await cast.staff(quiet)).caller(), quiet.id)
        assert (counted.enrolments, counted.ways, counted.checked_out, counted.scans) == ({}, {}, 0, {})
