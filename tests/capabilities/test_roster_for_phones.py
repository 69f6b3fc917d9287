"""The roster as a phone carries it: whole once, then what has changed."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from capabilities.caller import NotYourEvent
from capabilities.check_in import MyScan, annul, check_in
from capabilities.enrolment import cancel, enrol
from capabilities.event import NoSuchEvent
from capabilities.office import Office
from capabilities.roster import ChangesSince, PhoneRoster, PhoneRow, phone_roster, short
from capabilities.roster.for_phones import OVERLAP, STATUSES
from capabilities.sign_in_code import my_ticket, revoke_ticket, venue_code
from kit.clock import StandingClock
from models.enrolment import Enrolment
from models.event import Event
from models.scan import Direction, Scan
from tests.cast import Cast, Someone
from tests.stage import door_of, published, refused, shift_of
from tests.statements import counted

LATER = OVERLAP + timedelta(seconds=1)


class Hall:
    """An event with three enrolled people, each with a code, and the phone at its door."""

    def __init__(self, office: Office, event: Event, staff: Someone, people: Sequence[Someone]) -> None:
        self.office, self.event, self.staff, self.people = office, event, staff, people
        self.enrolments: list[Enrolment] = []

    async def roster(self, since: str | None = None) -> PhoneRoster:
        who = await self.staff.caller()
        return await phone_roster(self.office, who, self.event.id, ChangesSince.read(since))

    async def row(self, number: int) -> PhoneRow:
        wanted = short(self.enrolments[number].id)
        return next(row for row in (await self.roster()).rows if row.enrolment == wanted)

    async def passes(self, number: int, direction: Direction = Direction.IN) -> Scan:
        code = venue_code(self.office, door_of(self.event), self.office.now()).text
        who = await self.people[number].caller()
        return (await check_in(self.office, who, MyScan(code, uuid4().hex, direction))).scan


@pytest.fixture
async def hall(office: Office, cast: Cast) -> Hall:
    event = await published(seats=[2])
    people = [await cast.volunteer(name) for name in ("巴特尔", "欧阳修", "乌云·其其格")]
    hall = Hall(office, event, await cast.staff(event), people)
    for each in people:
        hall.enrolments.append((await enrol(office, await each.caller(), shift_of(event).id)).enrolment)
        await my_ticket(office, await each.caller(), hall.enrolments[-1].id)
    return hall


class TestPhoneRoster:
    async def test_says_who_is_expected_and_by_which_code(self, hall: Hall) -> None:
        found = await hall.roster()
        statuses = [STATUSES[row.status] for row in found.rows]
        assert (found.is_full, statuses) == (True, ["confirmed", "confirmed", "waitlisted"])
        assert [row.name for row in found.rows] == ["巴**", "欧**", "乌**"]
        assert [len(row.tickets) for row in found.rows] == [1, 1, 1]
        assert {row.shift for row in found.rows} == {0}

    async def test_names_the_ticket_that_the_code_holds(self, hall: Hall) -> None:
        someone = await hall.people[0].caller()
        ticket = (await my_ticket(hall.office, someone, hall.enrolments[0].id)).ticket
        assert (await hall.row(0)).tickets == (short(ticket.id),)

    async def test_says_which_codes_are_revoked(self, hall: Hall) -> None:
        someone = await hall.people[0].caller()
        lost = (await hall.row(0)).tickets
        await revoke_ticket(hall.office, someone, hall.enrolments[0].id)
        await my_ticket(hall.office, someone, hall.enrolments[0].id)
        row = await hall.row(0)
        assert row.revoked == lost
        assert len(row.tickets) == 1
        assert row.tickets != lost

    async def test_says_who_has_passed_and_forgets_what_was_annulled(self, hall: Hall) -> None:
        now = round(hall.office.now().timestamp() * 1000)
        scan = await hall.passes(0)
        assert (await hall.row(0)).passages == (("in", now, 0),)
        await annul(hall.office, await hall.staff.caller(), scan.id, "扫错了人")
        assert (await hall.row(0)).passages == ()

    async def test_is_for_who_is_on_duty_here(self, hall: Hall, cast: Cast) -> None:
        elsewhere = await published()
        for who in (await cast.volunteer(), await cast.staff(elsewhere)):
            await refused(NotYourEvent, phone_roster(hall.office, await who.caller(), hall.event.id, None))
        await refused(NoSuchEvent, phone_roster(hall.office, await hall.staff.caller(), uuid4(), None))

    @pytest.mark.parametrize("text", [None, "", "x", "-1", "١٢", "9" * 15, "1.5"])
    async def test_is_whole_for_a_version_that_is_not_ours(self, hall: Hall, text: str | None) -> None:
        found = await hall.roster(text)
        assert (found.is_full, len(found.rows)) == (True, 3)


class TestChanges:
    async def test_are_none_where_nothing_happened(self, hall: Hall, clock: StandingClock) -> None:
        clock.advance(LATER)
        found = await hall.roster((await hall.roster()).version)
        assert (found.is_full, list(found.rows)) == (False, [])

    async def test_are_told_of_a_cancelled_enrolment_and_of_who_moved_up(
        self, hall: Hall, clock: StandingClock
    ) -> None:
        clock.advance(LATER)
        version = (await hall.roster()).version
        await cancel(hall.office, await hall.people[0].caller(), hall.enrolments[0].id)
        found = await hall.roster(version)
        assert {(row.name, STATUSES[row.status]) for row in found.rows} == {("巴**", "cancelled"), ("乌**", "offered")}

    async def test_are_told_of_a_new_and_a_revoked_code(self, hall: Hall, clock: StandingClock) -> None:
        clock.advance(LATER)
        version = (await hall.roster()).version
        someone = await hall.people[1].caller()
        await revoke_ticket(hall.office, someone, hall.enrolments[1].id)
        assert [(row.name, row.tickets) for row in (await hall.roster(version)).rows] == [("欧**", ())]
        await my_ticket(hall.office, someone, hall.enrolments[1].id)
        (row,) = (await hall.roster(version)).rows
        assert (len(row.tickets), len(row.revoked)) == (1, 1)

    async def test_are_told_of_a_passage_and_of_its_annulment(self, hall: Hall, clock: StandingClock) -> None:
        clock.advance(LATER)
        version = (await hall.roster()).version
        scan = await hall.passes(0)
        (row,) = (after := await hall.roster(version)).rows
        assert len(row.passages) == 1
        clock.advance(LATER)
        await annul(hall.office, await hall.staff.caller(), scan.id, "扫错了人")
        (row,) = (await hall.roster(after.version)).rows
        assert row.passages == ()

    async def test_do_not_miss_what_was_committed_a_moment_late(self, hall: Hall, clock: StandingClock) -> None:
        clock.advance(LATER)
        moment = hall.office.now()
        version = (await hall.roster()).version
        await Enrolment.filter(id=hall.enrolments[2].id).update(changed_at=moment - timedelta(seconds=30))
        assert [row.name for row in (await hall.roster(version)).rows] == ["乌**"]

    async def test_ask_the_database_as_often_for_many_as_for_few(
        self, hall: Hall, cast: Cast, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clock.advance(LATER)
        version = (await hall.roster()).version
        asked: dict[int, tuple[int, int]] = {}
        for more in (1, 4):
            for _ in range(more):
                someone = await cast.volunteer()
                await enrol(hall.office, await someone.caller(), shift_of(hall.event).id)
            with counted(monkeypatch) as whole:
                await hall.roster()
            with counted(monkeypatch) as changes:
                rows = (await hall.roster(version)).rows
            asked[len(rows)] = (len(whole), len(changes))
        assert asked[1] == asked[5]
        assert min(asked[1]) > 5


class TestShort:
    def test_is_what_a_phone_finds_in_a_code(self) -> None:
        assert short(UUID(bytes=bytes(range(16)))) == "CAkKCwwNDg8"
