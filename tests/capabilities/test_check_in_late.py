"""Scans without a network: uploaded late, twice, in halves, shuffled, by several phones, with wrong clocks."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capabilities.caller import NotYourEvent
from capabilities.check_in import (
    ConflictDecided,
    LateAnswer,
    LateScan,
    LateScans,
    MyScan,
    NoSuchConflict,
    NoSuchScan,
    NothingToAnnul,
    ReasonForChangeNeeded,
    UnknownCode,
    annul,
    check_in,
    conflicts,
    decide,
    rederived,
    upload,
)
from capabilities.check_in.attending import conflicts_in, derive, entrance_of
from capabilities.check_in.late import clock_error, corrected
from capabilities.enrolment import cancel, enrol
from capabilities.judging import Verdict
from capabilities.office import Office
from capabilities.sign_in_code import my_ticket, personal_code, six_digits, ticket_key, venue_code
from kit.clock import StandingClock
from models.attendance import Attendance
from models.conflict import Conflict, ConflictKind, Device
from models.enrolment import Enrolment
from models.event import Event, Point, PointPolicy
from models.scan import Direction, Scan, ScanWay
from tests.cast import Cast, Someone
from tests.stage import MINUTE, NINE, SECOND, door_of, published, refused, shift_of

IN, OUT = Direction.IN, Direction.OUT
HOUR = timedelta(hours=1)


@dataclass
class Phone:
    """A staff phone that has no network: what it scans is kept, with the time that its own clock shows."""

    office: Office
    event: Event
    staff: Someone
    name: str
    ahead: timedelta = timedelta(0)
    kept: list[LateScan] = field(default_factory=list)

    def scan(
        self, ticket_id: UUID, at: datetime, direction: Direction = IN, door: str = "东门", seen: str | None = None
    ) -> LateScan:
        """The owner's phone shows the code of `at`; the staff phone writes down its own time."""
        code = personal_code(ticket_id, ticket_key(self.office, ticket_id), at)
        default = Verdict.CHECKED_IN if direction is IN else Verdict.CHECKED_OUT
        scan = LateScan(
            door_of(self.event, door).id,
            code,
            uuid4().hex,
            at + self.ahead,
            direction,
            Verdict(seen) if seen else default,
        )
        self.kept.append(scan)
        return scan

    async def send(self, scans: Sequence[LateScan] | None = None) -> list[LateAnswer]:
        sent_at = self.office.now() + self.ahead
        late = LateScans(self.name, sent_at, list(self.kept if scans is None else scans))
        return await upload(self.office, await self.staff.caller(), late)


@dataclass
class Hall:
    office: Office
    cast: Cast
    event: Event
    staff: Someone
    tickets: list[UUID] = field(default_factory=list)
    people: list[Someone] = field(default_factory=list)
    enrolments: list[Enrolment] = field(default_factory=list)

    async def expect(self, name: str) -> UUID:
        """Somebody more with a seat and a ticket."""
        someone = await self.cast.volunteer(name)
        who = await someone.caller()
        standing = await enrol(self.office, who, shift_of(self.event).id)
        ticket = (await my_ticket(self.office, who, standing.enrolment.id)).ticket.id
        self.people.append(someone)
        self.enrolments.append(standing.enrolment)
        self.tickets.append(ticket)
        return ticket

    def phone(self, name: str = "phone-a", *, staff: Someone | None = None, ahead: timedelta = timedelta(0)) -> Phone:
        return Phone(self.office, self.event, staff or self.staff, name, ahead)


@pytest.fixture
async def hall(office: Office, cast: Cast) -> Hall:
    event = await published(doors=["东门", "西门"], seats=(50,), unit_code="150105")
    found = Hall(office, cast, event, await cast.staff(event))
    await found.expect("巴特尔")
    return found


def verdicts(answers: Sequence[LateAnswer]) -> list[str | None]:
    return [each.scan.verdict if each.scan else each.refusal and each.refusal.code for each in answers]


async def kinds() -> list[ConflictKind]:
    return sorted(row.kind for row in await Conflict.all())


class TestUpload:
    async def test_counts_when_it_happened_and_not_when_it_came(self, hall: Hall, clock: StandingClock) -> None:
        phone = hall.phone()
        phone.scan(hall.tickets[0], NINE)
        phone.scan(hall.tickets[0], NINE + HOUR, OUT)
        clock.set(NINE + 2 * HOUR)
        answers = await phone.send()
        assert verdicts(answers) == ["CheckedIn", "CheckedOut"]
        assert [each.name for each in answers] == ["巴特尔", "巴特尔"]
        came = await Attendance.get()
        assert (came.checked_in_at, came.checked_out_at) == (NINE, NINE + HOUR)
        assert await kinds() == []

    async def test_twice_changes_nothing_and_answers_the_same(self, hall: Hall, clock: StandingClock) -> None:
        phone = hall.phone()
        phone.scan(hall.tickets[0], NINE)
        clock.set(NINE + HOUR)
        first, lines = await phone.send(), await Scan.all().values()
        clock.advance(HOUR)
        again = await phone.send()
        assert [each.scan and each.scan.id for each in again] == [each.scan and each.scan.id for each in first]
        assert await Scan.all().values() == lines

    async def test_moves_the_scans_of_a_phone_whose_clock_is_wrong(self, hall: Hall, clock: StandingClock) -> None:
        phone = hall.phone(ahead=-10 * MINUTE)
        phone.scan(hall.tickets[0], NINE)
        clock.set(NINE + HOUR)
        assert verdicts(await phone.send()) == ["CheckedIn"]
        line = await Scan.get()
        assert (line.scanned_at, line.at, line.clock_error_s) == (NINE - 10 * MINUTE, NINE, -600)
        assert (await Attendance.get()).checked_in_at == NINE
        # Ten minutes are more than a witness may be off: a person looks.
        assert await kinds() == [ConflictKind.CLOCK_OFF]
        assert (await Device.get()).clock_error_s == -600

    async def test_takes_no_code_that_was_old_when_it_was_scanned(self, hall: Hall, clock: StandingClock) -> None:
        phone = hall.phone()
        scan = phone.scan(hall.tickets[0], NINE)
        phone.kept = [msgspec.structs.replace(scan, scanned_at=NINE + 5 * MINUTE)]
        clock.set(NINE + HOUR)
        assert verdicts(await phone.send()) == ["CodeExpired"]
        # Staff let somebody in with it, so that a person decides.
        assert await kinds() == [ConflictKind.SEEN_DIFFERS]
        assert not await Attendance.exists()

    async def test_lets_a_check_out_wait_for_its_check_in(self, hall: Hall, clock: StandingClock) -> None:
        """The phone at the exit finds a network before the one at the entrance does."""
        entrance, exit_ = hall.phone("phone-in"), hall.phone("phone-out")
        entrance.scan(hall.tickets[0], NINE)
        exit_.scan(hall.tickets[0], NINE + HOUR, OUT)
        clock.set(NINE + 2 * HOUR)
        assert verdicts(await exit_.send()) == ["NotCheckedIn"]
        assert not await Attendance.exists()
        assert verdicts(await entrance.send()) == ["CheckedIn"]
        came = await Attendance.get()
        assert (came.checked_in_at, came.checked_out_at) == (NINE, NINE + HOUR)

    async def test_puts_an_earlier_scan_before_one_that_came_online(self, hall: Hall, clock: StandingClock) -> None:
        phone = hall.phone()
        phone.scan(hall.tickets[0], NINE)
        clock.set(NINE + 20 * MINUTE)
        online = MyScan(venue_code(hall.office, door_of(hall.event, "西门"), clock.now()).text, uuid4().hex)
        await check_in(hall.office, await hall.people[0].caller(), online)
        await phone.send()
        came = await Attendance.get()
        assert (came.checked_in_at, came.way) == (NINE, ScanWay.PERSONAL_CODE)
        assert await kinds() == [ConflictKind.TWO_DEVICES]

    async def test_answers_each_scan_by_itself(self, hall: Hall, cast: Cast, clock: StandingClock) -> None:
        other = await published(doors=["东门"], title="另一场")
        phone = hall.phone()
        good = phone.scan(hall.tickets[0], NINE)
        strange = msgspec.structs.replace(good, nonce=uuid4().hex, code="LZ1.AAAA")
        elsewhere = msgspec.structs.replace(good, nonce=uuid4().hex, point_id=door_of(other, "东门").id)
        nowhere = msgspec.structs.replace(good, nonce=uuid4().hex, point_id=uuid4())
        clock.set(NINE + HOUR)
        answers = await phone.send([strange, elsewhere, good, nowhere])
        assert verdicts(answers) == ["UnknownCode", "NotYourEvent", "CheckedIn", "NoSuchPoint"]
        # What one may not scan is not in the log, and stays on the phone.
        assert await Scan.all().count() == 2

    async def test_still_counts_after_the_event_was_ended(self, hall: Hall, clock: StandingClock) -> None:
        phone = hall.phone()
        phone.scan(hall.tickets[0], NINE)
        clock.set(NINE + 4 * HOUR)
        await Event.filter(id=hall.event.id).update(status="ended")
        assert verdicts(await phone.send()) == ["CheckedIn"]

    async def test_shows_whom_staff_let_in_after_they_had_cancelled(self, hall: Hall, clock: StandingClock) -> None:
        phone = hall.phone()
        phone.scan(hall.tickets[0], NINE)
        await cancel(hall.office, await hall.people[0].caller(), hall.enrolments[0].id)
        clock.set(NINE + HOUR)
        assert verdicts(await phone.send()) == ["EnrolmentCancelled"]
        assert await kinds() == [ConflictKind.SEEN_DIFFERS]


class TestClockError:
    @pytest.mark.parametrize(
        ("ahead", "error"), [(0, 0), (1.9, 0), (-2, 0), (3, 3), (600, 600), (-600, -600), (86_400, 86_400)]
    )
    def test_is_not_the_network(self, ahead: float, error: int) -> None:
        assert clock_error(NINE + timedelta(seconds=ahead), NINE) == timedelta(seconds=error)

    def test_never_moves_a_scan_into_the_future_or_the_distant_past(self) -> None:
        assert corrected(NINE + HOUR, timedelta(0), NINE) == NINE
        assert corrected(datetime(1970, 1, 1, tzinfo=NINE.tzinfo), timedelta(0), NINE) == NINE - timedelta(days=2)


class TestAnnul:
    async def test_leaves_what_the_other_scans_say(self, hall: Hall, clock: StandingClock) -> None:
        early, later = hall.phone("phone-a"), hall.phone("phone-b")
        wrong, _ = early.scan(hall.tickets[0], NINE), later.scan(hall.tickets[0], NINE + 10 * MINUTE)
        clock.set(NINE + HOUR)
        answers = [*await early.send(), *await later.send()]
        assert (await Attendance.get()).checked_in_at == NINE
        who = await hall.staff.caller()
        assert answers[0].scan is not None
        await annul(hall.office, who, answers[0].scan.id, "扫到了旁边的人")
        assert (await Attendance.get()).checked_in_at == NINE + 10 * MINUTE
        assert wrong.nonce == answers[0].nonce
        await refused(NothingToAnnul, annul(hall.office, who, answers[0].scan.id, "再来一次"))

    async def test_of_the_only_one_leaves_nobody_there(self, hall: Hall, clock: StandingClock) -> None:
        phone = hall.phone()
        phone.scan(hall.tickets[0], NINE)
        clock.set(NINE + MINUTE)
        (answer,) = await phone.send()
        assert answer.scan is not None
        await annul(hall.office, await hall.staff.caller(), answer.scan.id, "扫错")
        assert not await Attendance.exists()
        assert await rederived(hall.event.id) == []

    async def test_needs_a_reason_and_a_duty(self, hall: Hall, cast: Cast, clock: StandingClock) -> None:
        phone = hall.phone()
        phone.scan(hall.tickets[0], NINE)
        clock.set(NINE + MINUTE)
        (answer,) = await phone.send()
        assert answer.scan is not None
        await refused(ReasonForChangeNeeded, annul(hall.office, await hall.staff.caller(), answer.scan.id, "  "))
        stranger = await (await cast.staff(await published())).caller()
        await refused(NotYourEvent, annul(hall.office, stranger, answer.scan.id, "理由"))
        await refused(NoSuchScan, annul(hall.office, stranger, uuid4(), "理由"))


class TestDecide:
    async def test_annuls_the_losing_side_and_closes(self, hall: Hall, clock: StandingClock) -> None:
        for name, minutes in (("phone-a", 0), ("phone-b", 10)):
            phone = hall.phone(name)
            phone.scan(hall.tickets[0], NINE + minutes * MINUTE)
            clock.set(NINE + HOUR)
            await phone.send()
        who = await hall.staff.caller()
        (found,) = await conflicts(who, hall.event.id, is_open=True)
        assert [side.device for side in found.sides] == ["phone-a", "phone-b"]
        wrong = found.sides[0].id
        await refused(
            ReasonForChangeNeeded, decide(hall.office, who, found.conflict.id, annul_scans=[wrong], reason=" ")
        )
        await decide(hall.office, who, found.conflict.id, annul_scans=[wrong], reason="本人十分钟后才到")
        assert (await Attendance.get()).checked_in_at == NINE + 10 * MINUTE
        assert await conflicts(who, hall.event.id, is_open=True) == []
        await refused(ConflictDecided, decide(hall.office, who, found.conflict.id, annul_scans=[], reason="再次"))
        await refused(NoSuchConflict, decide(hall.office, who, uuid4(), annul_scans=[], reason="没有"))

    async def test_annuls_no_scan_of_somebody_else(self, hall: Hall, clock: StandingClock) -> None:
        phone, other = hall.phone("phone-a"), hall.phone("phone-b")
        second = await hall.expect("斯琴高娃")
        for each in (phone, other):
            each.scan(hall.tickets[0], NINE)
        phone.scan(second, NINE)
        clock.set(NINE + HOUR)
        await other.send()
        answers = await phone.send()
        who = await hall.staff.caller()
        (found,) = await conflicts(who, hall.event.id, is_open=True)
        foreign = answers[1].scan
        assert foreign is not None
        await refused(NoSuchScan, decide(hall.office, who, found.conflict.id, annul_scans=[foreign.id], reason="理由"))


class TestRederived:
    async def test_finds_what_somebody_changed_by_hand(self, hall: Hall, clock: StandingClock) -> None:
        phone = hall.phone()
        phone.scan(hall.tickets[0], NINE)
        clock.set(NINE + HOUR)
        await phone.send()
        assert await rederived(hall.event.id) == []
        await Attendance.all().update(checked_in_at=NINE + SECOND)
        (found,) = await rederived(hall.event.id)
        assert found.derived is not None
        assert found.derived.came_at == NINE


@dataclass(frozen=True)
class Line:
    """A scan as a story draws it: minutes after nine, which phone, how."""

    minute: int
    phone: int
    direction: Direction
    is_late: bool
    clock_error_s: int = 0


LINES = st.lists(
    st.builds(
        Line,
        st.integers(0, 12),
        st.integers(0, 2),
        st.sampled_from(list(Direction)),
        st.booleans(),
        st.sampled_from([0, 0, 0, 400]),
    ),
    min_size=1,
    max_size=9,
)
POINT = Point(id=UUID(int=7), event_id=UUID(int=1), name="东门")


def scan_of(line: Line, number: int) -> Scan:
    at = NINE + line.minute * MINUTE
    verdict = Verdict.CHECKED_IN if line.direction is IN else Verdict.CHECKED_OUT
    return Scan(
        id=UUID(int=100 + number), event_id=UUID(int=1), point_id=POINT.id, enrolment_id=UUID(int=2),
        scanned_by_id=UUID(int=50), way=ScanWay.PERSONAL_CODE, direction=line.direction, nonce=f"nonce-{number}",
        code_digest="", scanned_at=at, received_at=at, happened_at=at, verdict=verdict.value, is_admitted=True,
        is_late=line.is_late, seen=verdict.value, device=f"phone-{line.phone}", clock_error_s=line.clock_error_s,
    )  # fmt: skip


class TestDerive:
    """The property on which everything rests: the set of scans decides, never their order."""

    @given(LINES, st.randoms(use_true_random=False), st.booleans(), st.sampled_from(list(PointPolicy)))
    def test_says_the_same_of_scans_in_any_order(
        self, lines: list[Line], chance: random.Random, allows_re_entry: bool, policy: PointPolicy
    ) -> None:
        point = Point(id=POINT.id, event_id=UUID(int=1), name="东门", policy=policy)
        entrance = entrance_of(Event(id=UUID(int=1), allows_re_entry=allows_re_entry), [point])
        scans = [scan_of(line, number) for number, line in enumerate(lines)]
        shuffled = list(scans)
        chance.shuffle(shuffled)
        points = {point.id: point}
        assert derive(scans, entrance, points) == derive(shuffled, entrance, points)
        assert conflicts_in(scans, entrance, points) == conflicts_in(shuffled, entrance, points)

    @given(LINES)
    def test_lets_nobody_leave_before_having_come(self, lines: list[Line]) -> None:
        entrance = entrance_of(Event(id=UUID(int=1), allows_re_entry=True), [POINT])
        found = derive([scan_of(line, number) for number, line in enumerate(lines)], entrance, {POINT.id: POINT})
        ins = [line.minute for line in lines if line.direction is IN]
        assert (found is None) == (not ins)
        if found is not None:
            assert found.came_at == NINE + min(ins) * MINUTE
            assert found.left_at is None or found.left_at >= found.came_at


class TestAnyOrder:
    """Through the database: two phones, one with a wrong clock, upload in halves, shuffled, twice."""

    @settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(lines=LINES, seed=st.integers(0, 10_000))
    async def test_comes_to_the_same(
        self, office: Office, cast: Cast, clock: StandingClock, lines: list[Line], seed: int
    ) -> None:
        chance = random.Random(seed)
        outcomes = [await self._play(office, cast, clock, lines, chance) for _ in range(3)]
        assert outcomes[0] == outcomes[1] == outcomes[2]

    async def _play(
        self, office: Office, cast: Cast, clock: StandingClock, lines: list[Line], chance: random.Random
    ) -> Any:
        """The story at an event of its own: a log cannot be emptied for another try."""
        clock.set(NINE - 10 * MINUTE)
        event = await published(doors=["东门", "西门"], seats=(50,), unit_code="150105", title=uuid4().hex[:20])
        hall = Hall(office, cast, event, await cast.staff(event))
        ticket = await hall.expect("巴特尔")
        phones = [hall.phone("phone-a"), hall.phone("phone-b", ahead=8 * MINUTE), hall.phone("phone-c")]
        for number, line in enumerate(lines):
            phone = phones[line.phone]
            phone.scan(ticket, NINE + line.minute * MINUTE, line.direction)
            phone.kept[-1] = msgspec.structs.replace(phone.kept[-1], nonce=f"nonce-{number:04}")
        clock.set(NINE + HOUR)
        for phone in chance.sample(phones, len(phones)):
            await self._send_shuffled(phone, chance)
        assert await rederived(event.id) == []
        came = await Attendance.get_or_none(event_id=event.id)
        found = sorted(row.kind for row in await Conflict.filter(event_id=event.id))
        return (came.checked_in_at, came.checked_out_at) if came else None, found

    async def _send_shuffled(self, phone: Phone, chance: random.Random) -> None:
        scans = chance.sample(phone.kept, len(phone.kept))
        cut = chance.randint(0, len(scans))
        for part in (scans[:cut], scans[cut:], chance.sample(scans, len(scans) // 2)):
            if part:
                await phone.send(part)


class TestSixDigits:
    """For a phone whose camera fails: the digits beside the QR code."""

    async def test_let_in_who_is_expected_here(self, hall: Hall, clock: StandingClock) -> None:
        digits = six_digits(hall.office, door_of(hall.event, "东门"), clock.now())
        assert digits is not None
        judged = await check_in(hall.office, await hall.people[0].caller(), MyScan(digits, uuid4().hex))
        assert (judged.scan.verdict, judged.scan.way) == (Verdict.CHECKED_IN, ScanWay.SIX_DIGITS)

    async def test_change_with_the_code_and_mean_nothing_to_a_stranger(
        self, hall: Hall, cast: Cast, clock: StandingClock
    ) -> None:
        digits = six_digits(hall.office, door_of(hall.event, "东门"), clock.now())
        assert digits is not None
        stranger = await (await cast.volunteer()).caller()
        await refused(UnknownCode, check_in(hall.office, stranger, MyScan(digits, uuid4().hex)), writes=["scan"])
        clock.advance(2 * MINUTE)
        assert six_digits(hall.office, door_of(hall.event, "东门"), clock.now()) != digits
        me = await hall.people[0].caller()
        await refused(UnknownCode, check_in(hall.office, me, MyScan(digits, uuid4().hex)), writes=["scan"])

    async def test_are_not_printed(self, hall: Hall, clock: StandingClock) -> None:
        point = door_of(hall.event, "东门")
        point.rotates = False
        assert six_digits(hall.office, point, clock.now()) is None
