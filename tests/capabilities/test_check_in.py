"""At the door: what is scanned is judged, answered, logged, and counted once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from asyncpg.exceptions import RaiseError
from tortoise.exceptions import IntegrityError

from capabilities import event as events
from capabilities.caller import NotYourEvent
from capabilities.check_in import (
    AlreadyCheckedIn,
    AlreadyCheckedOut,
    CodeExpired,
    EnrolmentCancelled,
    EventCancelled,
    Judged,
    MyScan,
    NotCheckedIn,
    NotEnrolled,
    OutOfArea,
    Presentation,
    ScanRefused,
    StaffScan,
    TicketRevoked,
    TooEarly,
    TooLate,
    UnknownCode,
    Waitlisted,
    WrongEvent,
    check_in,
    judge_all,
    scan_person,
)
from capabilities.check_in.place import Location
from capabilities.enrolment import cancel, enrol
from capabilities.judging import Verdict
from capabilities.office import Office
from capabilities.sign_in_code import NoSuchPoint, my_ticket, revoke_ticket, venue_code
from kit.clock import StandingClock
from models.attendance import Attendance
from models.consent import Consent, ConsentScope
from models.enrolment import Enrolment
from models.event import Event, Point
from models.fields import blind
from models.scan import NOWHERE, Direction, Scan, ScanWay
from tests.cast import Cast, Someone
from tests.stage import MINUTE, NINE, SECOND, door_of, published, refused, shift_of

HOUR = timedelta(hours=1)
IN, OUT = Direction.IN, Direction.OUT


def a_nonce() -> str:
    return uuid4().hex


@dataclass
class Hall:
    """An event with two doors and one seat, somebody who has it, and somebody on duty."""

    office: Office
    event: Event
    bataar: Someone
    staff: Someone
    enrolment: Enrolment

    def venue(self, door: str = "东门", event: Event | None = None) -> str:
        return venue_code(self.office, door_of(event or self.event, door), self.office.now()).text

    async def code(self) -> str:
        """Bataar's personal code of this moment."""
        return (await my_ticket(self.office, await self.bataar.caller(), self.enrolment.id)).code

    async def check_in(
        self, who: Someone | None = None, code: str | None = None, nonce: str | None = None, direction: Direction = IN
    ) -> Judged:
        scan = MyScan(code or self.venue(), nonce or a_nonce(), direction)
        return await check_in(self.office, await (who or self.bataar).caller(), scan)

    async def scan(
        self, code: str | None = None, door: str = "东门", nonce: str | None = None, direction: Direction = IN
    ) -> Judged:
        point = door_of(self.event, door)
        scan = StaffScan(point.id, code or await self.code(), nonce or a_nonce(), direction)
        return await scan_person(self.office, await self.staff.caller(), scan)


@pytest.fixture
async def hall(office: Office, cast: Cast) -> Hall:
    found = await published(doors=["东门", "西门"], unit_code="150105")
    bataar, staff = await cast.volunteer("巴特尔"), await cast.staff(found)
    standing = await enrol(office, await bataar.caller(), shift_of(found).id)
    return Hall(office, found, bataar, staff, standing.enrolment)


async def turned_away(kind: type[ScanRefused], doing: Awaitable[Any]) -> ScanRefused:
    """The refusal; it wrote one line of the log, of the same verdict, and nothing else."""
    before = await Scan.all().count()
    refusal = await refused(kind, doing, writes=["scan"])
    assert await Scan.all().count() == before + 1
    line = await Scan.get(id=refusal.facts["scan_id"])
    assert line.verdict == refusal.facts["verdict"] == kind.__name__
    return refusal


class TestCheckIn:
    """I scan the code on the venue's screen."""

    async def test_notes_when_and_where_and_how(self, hall: Hall) -> None:
        judged = await hall.check_in()
        came = await Attendance.get(enrolment_id=hall.enrolment.id)
        assert judged.scan.verdict == Verdict.CHECKED_IN
        assert (came.way, came.point_id) == (ScanWay.VENUE_CODE, door_of(hall.event, "东门").id)
        assert (came.checked_in_at, came.check_in_scan_id) == (hall.office.now(), judged.scan.id)
        assert (came.checked_out_at, came.event_id) == (None, hall.event.id)

    async def test_names_the_point_and_the_event_and_no_person(self, hall: Hall) -> None:
        judged = await hall.check_in()
        assert judged.name is None
        assert judged.scan.facts == {
            "point_name": "东门",
            "event_title": "科普讲座",
            "checked_in_at": hall.office.now().isoformat(),
            "checked_in_at_point": "东门",
        }

    async def test_counts_two_scans_once(self, hall: Hall, clock: StandingClock) -> None:
        first = await hall.check_in()
        clock.advance(MINUTE)
        refusal = await turned_away(AlreadyCheckedIn, hall.check_in(code=hall.venue("西门")))
        assert refusal.facts["checked_in_at"] == first.scan.facts["checked_in_at"]
        assert await Attendance.all().count() == 1

    async def test_says_where_one_came_in(self, hall: Hall) -> None:
        """Scanned at the west door, in since a minute by the east door."""
        await hall.check_in()
        refusal = await turned_away(AlreadyCheckedIn, hall.check_in(code=hall.venue("西门")))
        assert (refusal.facts["point_name"], refusal.facts["checked_in_at_point"]) == ("西门", "东门")

    async def test_checks_out(self, hall: Hall, clock: StandingClock) -> None:
        await hall.check_in()
        clock.advance(3 * HOUR)
        judged = await hall.check_in(direction=OUT)
        left = await Attendance.get(enrolment_id=hall.enrolment.id)
        assert judged.scan.verdict == Verdict.CHECKED_OUT
        assert (left.checked_out_at, left.check_out_scan_id) == (hall.office.now(), judged.scan.id)
        assert left.checked_in_at == hall.office.now() - 3 * HOUR

    async def test_checks_out_once(self, hall: Hall, clock: StandingClock) -> None:
        await hall.check_in()
        await hall.check_in(direction=OUT)
        clock.advance(MINUTE)
        refusal = await turned_away(AlreadyCheckedOut, hall.check_in(direction=OUT))
        assert refusal.facts["checked_out_at"] == (hall.office.now() - MINUTE).isoformat()

    async def test_knows_an_event_over_midnight_as_one(self, office: Office, cast: Cast, clock: StandingClock) -> None:
        """From ten in the evening to two in the morning."""
        night = await published(starts_at=NINE + 13 * HOUR, length=4 * HOUR, doors=["东门"])
        bataar = await cast.volunteer()
        standing = await enrol(office, await bataar.caller(), shift_of(night).id)
        hall = Hall(office, night, bataar, await cast.staff(night), standing.enrolment)
        clock.set(NINE + 14 * HOUR + 59 * MINUTE)
        await hall.check_in()
        clock.set(NINE + 15 * HOUR + MINUTE)
        await turned_away(AlreadyCheckedIn, hall.check_in())
        clock.set(NINE + 17 * HOUR)
        await hall.check_in(direction=OUT)
        came = await Attendance.get(enrolment_id=standing.enrolment.id)
        assert came.checked_out_at is not None
        assert came.checked_out_at - came.checked_in_at == 2 * HOUR + MINUTE

    async def test_takes_a_printed_code_all_day(self, hall: Hall, clock: StandingClock) -> None:
        point = door_of(hall.event, "东门")
        point.rotates = False
        await point.save()
        code = hall.venue()
        clock.advance(2 * HOUR)
        assert (await hall.check_in(code=code)).scan.verdict == Verdict.CHECKED_IN


Story = Callable[[Hall, Cast, StandingClock], Awaitable[Awaitable[Judged]]]


async def _a_code_nobody_made(hall: Hall, cast: Cast, clock: StandingClock) -> Awaitable[Judged]:
    return hall.check_in(code="https://example.com/c/" + "A" * 48)


async def _a_code_a_minute_old(hall: Hall, cast: Cast, clock: StandingClock) -> Awaitable[Judged]:
    code = hall.venue()
    clock.advance(61 * SECOND)
    return hall.check_in(code=code)


async def _another_events_ticket(hall: Hall, cast: Cast, clock: StandingClock) -> Awaitable[Judged]:
    other = await published()
    standing = await enrol(hall.office, await hall.bataar.caller(), shift_of(other).id)
    return hall.scan((await my_ticket(hall.office, await hall.bataar.caller(), standing.enrolment.id)).code)


async def _a_stranger(hall: Hall, cast: Cast, clock: StandingClock) -> Awaitable[Judged]:
    return hall.check_in(await cast.volunteer())


async def _who_waits(hall: Hall, cast: Cast, clock: StandingClock) -> Awaitable[Judged]:
    waiting = await cast.volunteer()
    await enrol(hall.office, await waiting.caller(), shift_of(hall.event).id)
    return hall.check_in(waiting)


async def _who_was_offered_a_seat(hall: Hall, cast: Cast, clock: StandingClock) -> Awaitable[Judged]:
    doing = await _who_waits(hall, cast, clock)
    await cancel(hall.office, await hall.bataar.caller(), hall.enrolment.id)
    return doing


async def _who_cancelled(hall: Hall, cast: Cast, clock: StandingClock) -> Awaitable[Judged]:
    await cancel(hall.office, await hall.bataar.caller(), hall.enrolment.id)
    return hall.check_in()


async def _before_the_doors_open(hall: Hall, cast: Cast, clock: StandingClock) -> Awaitable[Judged]:
    clock.set(NINE - 31 * MINUTE)
    return hall.check_in()


async def _after_the_end(hall: Hall, cast: Cast, clock: StandingClock) -> Awaitable[Judged]:
    clock.set(NINE + 3 * HOUR)
    return hall.check_in()


async def _after_the_closing(hall: Hall, cast: Cast, clock: StandingClock) -> Awaitable[Judged]:
    clock.set(NINE + HOUR)
    await events.close(hall.office, await (await cast.city_admin()).caller(), hall.event.id)
    return hall.check_in()


async def _a_second_time(hall: Hall, cast: Cast, clock: StandingClock) -> Awaitable[Judged]:
    await hall.check_in()
    return hall.check_in()


async def _out_a_second_time(hall: Hall, cast: Cast, clock: StandingClock) -> Awaitable[Judged]:
    await hall.check_in()
    await hall.check_in(direction=OUT)
    return hall.check_in(direction=OUT)


async def _out_without_in(hall: Hall, cast: Cast, clock: StandingClock) -> Awaitable[Judged]:
    return hall.check_in(direction=OUT)


async def _a_revoked_ticket(hall: Hall, cast: Cast, clock: StandingClock) -> Awaitable[Judged]:
    code = await hall.code()
    await revoke_ticket(hall.office, await hall.bataar.caller(), hall.enrolment.id)
    return hall.scan(code)


async def _an_event_that_is_off(hall: Hall, cast: Cast, clock: StandingClock) -> Awaitable[Judged]:
    await events.cancel(hall.office, await (await cast.city_admin()).caller(), hall.event.id, "大风预警")
    return hall.check_in()


async def _from_somewhere_else(hall: Hall, cast: Cast, clock: StandingClock) -> Awaitable[Judged]:
    """The point asks where the phone is, its owner agreed to say so, and it is two kilometres away."""
    place = {"latitude": 40.842, "longitude": 111.749, "radius_m": 200}
    await Point.filter(id=door_of(hall.event, "东门").id).update(**place)
    now = hall.office.now()
    await Consent.create(person=hall.bataar.person, scope=ConsentScope.LOCATION, policy_version="1", given_at=now)
    scan = MyScan(hall.venue(), a_nonce(), location=Location(40.860, 111.749))
    return check_in(hall.office, await hall.bataar.caller(), scan)


STORIES: dict[Story, type[ScanRefused]] = {
    _a_code_nobody_made: UnknownCode,
    _a_code_a_minute_old: CodeExpired,
    _another_events_ticket: WrongEvent,
    _a_stranger: NotEnrolled,
    _who_waits: Waitlisted,
    _who_was_offered_a_seat: Waitlisted,
    _who_cancelled: EnrolmentCancelled,
    _before_the_doors_open: TooEarly,
    _after_the_end: TooLate,
    _after_the_closing: TooLate,
    _a_second_time: AlreadyCheckedIn,
    _out_a_second_time: AlreadyCheckedOut,
    _out_without_in: NotCheckedIn,
    _a_revoked_ticket: TicketRevoked,
    _an_event_that_is_off: EventCancelled,
    _from_somewhere_else: OutOfArea,
}


class TestScanRefused:
    @pytest.mark.parametrize(("story", "kind"), STORIES.items(), ids=[each.__name__.strip("_") for each in STORIES])
    async def test_writes_one_line_and_nothing_else(
        self, hall: Hall, cast: Cast, clock: StandingClock, story: Story, kind: type[ScanRefused]
    ) -> None:
        await turned_away(kind, await story(hall, cast, clock))

    def test_has_a_story_for_each_kind(self) -> None:
        assert set(STORIES.values()) == set(ScanRefused.__subclasses__())


class TestScanPerson:
    """Staff scan the code on a person's phone."""

    async def test_lets_in_and_names_the_person(self, hall: Hall) -> None:
        judged = await hall.scan()
        came = await Attendance.get(enrolment_id=hall.enrolment.id)
        assert (judged.name, judged.scan.verdict, came.way) == ("巴特尔", Verdict.CHECKED_IN, ScanWay.PERSONAL_CODE)

    async def test_checks_out(self, hall: Hall, clock: StandingClock) -> None:
        await hall.check_in()
        clock.advance(HOUR)
        assert (await hall.scan(direction=OUT)).scan.verdict == Verdict.CHECKED_OUT

    async def test_names_who_is_turned_away(self, hall: Hall) -> None:
        await hall.scan()
        assert (await turned_away(AlreadyCheckedIn, hall.scan())).facts["name"] == "巴特尔"

    async def test_keeps_the_name_out_of_the_log(self, hall: Hall) -> None:
        judged = await hall.scan()
        assert "巴特尔" not in str(asdict_of(await Scan.get(id=judged.scan.id)))

    async def test_tells_nothing_of_another_events_people(self, hall: Hall, cast: Cast, clock: StandingClock) -> None:
        """The ticket is of an event where these staff have no business: no name, and not whether its owner came."""
        refusal = await turned_away(WrongEvent, await _another_events_ticket(hall, cast, clock))
        assert set(refusal.facts) == {"verdict", "scan_id", "point_name", "event_title"}
        assert refusal.facts["event_title"] == hall.event.title

    async def test_counts_both_ways_of_one_person_once(self, hall: Hall) -> None:
        await hall.check_in()
        await turned_away(AlreadyCheckedIn, hall.scan(await hall.code()))
        assert await Attendance.all().count() == 1

    async def test_notes_what_the_staffs_device_says_of_the_time(self, hall: Hall) -> None:
        """The server's clock judges; the device's is kept beside it."""
        scanned_at = NINE - 5 * HOUR
        scan = StaffScan(door_of(hall.event, "东门").id, await hall.code(), a_nonce(), IN, scanned_at)
        judged = await scan_person(hall.office, await hall.staff.caller(), scan)
        assert judged.scan.verdict == Verdict.CHECKED_IN
        assert (judged.scan.scanned_at, judged.scan.received_at) == (scanned_at, hall.office.now())

    async def test_refuses_a_venue_code(self, hall: Hall) -> None:
        refusal = await turned_away(UnknownCode, hall.scan(hall.venue()))
        assert (await Scan.get(id=refusal.facts["scan_id"])).event_id == hall.event.id

    async def test_is_for_who_is_on_duty_here(self, hall: Hall, cast: Cast) -> None:
        """The organizer's role stands for the duty; nobody else's scan is even logged."""
        for who in (await cast.staff(await published()), await cast.volunteer(), await cast.organizer("150104")):
            hall.staff = who
            await refused(NotYourEvent, hall.scan(await hall.code()))
        hall.staff = await cast.organizer("150105")
        assert (await hall.scan()).scan.verdict == Verdict.CHECKED_IN

    async def test_does_not_know_a_point_that_is_not_there(self, hall: Hall) -> None:
        scan = StaffScan(uuid4(), await hall.code(), a_nonce())
        await refused(NoSuchPoint, scan_person(hall.office, await hall.staff.caller(), scan))


def asdict_of(scan: Scan) -> dict[str, Any]:
    return {name: getattr(scan, name) for name in scan._meta.fields}


async def answer_of(doing: Awaitable[Judged]) -> tuple[Any, ...]:
    """Everything that the caller is told, accepted or refused."""
    try:
        judged = await doing
    except ScanRefused as refusal:
        return refusal.code, refusal.status, refusal.detail, dict(refusal.facts)
    return judged.scan.id, judged.scan.verdict, judged.scan.direction, judged.scan.facts, judged.name


class TestNonce:
    """The same nonce from the same scanner: the same answer, before any other rule."""

    async def test_gets_the_first_answer_whatever_changed(self, hall: Hall, clock: StandingClock) -> None:
        nonce, code = a_nonce(), hall.venue()
        first = await answer_of(hall.check_in(code=code, nonce=nonce))
        clock.advance(HOUR)
        await hall.check_in(direction=OUT)
        assert await answer_of(hall.check_in(code=code, nonce=nonce)) == first
        assert await Scan.all().count() == 2

    async def test_gets_the_first_refusal_whatever_changed(self, hall: Hall, clock: StandingClock) -> None:
        clock.set(NINE - HOUR)
        nonce = a_nonce()
        first = await answer_of(hall.check_in(nonce=nonce))
        assert first[0] == "TooEarly"
        clock.set(NINE)
        assert await answer_of(hall.check_in(nonce=nonce)) == first
        assert await Attendance.all().count() == 0
        assert (await hall.check_in()).scan.verdict == Verdict.CHECKED_IN

    async def test_gets_the_first_answer_for_another_code_too(self, hall: Hall) -> None:
        nonce = a_nonce()
        first = await answer_of(hall.check_in(nonce=nonce))
        assert await answer_of(hall.check_in(nonce=nonce, code=hall.venue("西门"), direction=OUT)) == first

    async def test_gets_one_answer_in_parallel(self, hall: Hall) -> None:
        nonce, code = a_nonce(), hall.venue()
        answers = await asyncio.gather(*(answer_of(hall.check_in(code=code, nonce=nonce)) for _ in range(8)))
        assert [each == answers[0] for each in answers] == [True] * 8
        assert (await Scan.all().count(), await Attendance.all().count()) == (1, 1)

    async def test_gets_one_answer_for_staff_too(self, hall: Hall, clock: StandingClock) -> None:
        nonce, code = a_nonce(), await hall.code()
        first = await answer_of(hall.scan(code, nonce=nonce))
        clock.advance(HOUR)
        assert await answer_of(hall.scan(code, nonce=nonce)) == first

    async def test_is_the_scanners_own(self, hall: Hall, cast: Cast) -> None:
        """Two phones may draw the same nonce."""
        nonce, stranger = a_nonce(), await cast.volunteer()
        assert (await hall.check_in(nonce=nonce)).scan.verdict == Verdict.CHECKED_IN
        await turned_away(NotEnrolled, hall.check_in(stranger, nonce=nonce))


class TestJudgeAll:
    def presented(self, hall: Hall, code: str, *, nonce: str | None = None, direction: Direction = IN) -> Presentation:
        """Each a moment after the one before."""
        self.received_at = getattr(self, "received_at", hall.office.now()) + SECOND / 1000
        at = self.received_at
        return Presentation(hall.bataar.id, ScanWay.VENUE_CODE, direction, nonce or a_nonce(), code, at, at)

    async def test_judges_good_and_bad_each_by_itself(self, hall: Hall, cast: Cast) -> None:
        other = await published(doors=["东门"])
        mixed = [
            self.presented(hall, "no code at all"),
            self.presented(hall, hall.venue(), direction=OUT),
            self.presented(hall, hall.venue()),
            self.presented(hall, hall.venue(event=other)),
            self.presented(hall, hall.venue("西门")),
            self.presented(hall, hall.venue(), direction=OUT),
            self.presented(hall, hall.venue(), direction=OUT),
        ]
        scans = await judge_all(hall.office, mixed)
        assert [scan.verdict for scan in scans if not isinstance(scan, BaseException)] == [
            "UnknownCode", "NotCheckedIn", "CheckedIn", "NotEnrolled", "AlreadyCheckedIn", "CheckedOut",
            "AlreadyCheckedOut",
        ]  # fmt: skip
        assert await Scan.all().count() == 7
        came = await Attendance.get()
        assert (came.checked_in_at, came.checked_out_at) == (mixed[2].received_at, mixed[5].received_at)

    async def test_judges_one_nonce_once_within_a_batch(self, hall: Hall) -> None:
        twice = [self.presented(hall, hall.venue(), nonce="the-same-nonce") for _ in range(2)]
        first, second = await judge_all(hall.office, twice)
        assert first is second
        assert (await Scan.all().count(), await Attendance.all().count()) == (1, 1)

    async def test_judges_nothing_for_nobody(self, hall: Hall) -> None:
        assert await judge_all(hall.office, []) == []


class TestLog:
    async def test_has_a_line_for_every_scan(self, hall: Hall, cast: Cast) -> None:
        await hall.check_in()
        for doing in (hall.check_in(), hall.check_in(await cast.volunteer()), hall.check_in(code="no code")):
            with pytest.raises(ScanRefused):
                await doing
        verdicts = sorted(scan.verdict for scan in await Scan.all())
        assert verdicts == ["AlreadyCheckedIn", "CheckedIn", "NotEnrolled", "UnknownCode"]

    async def test_has_the_unknown_under_no_event_and_by_a_keyed_hash_only(self, hall: Hall) -> None:
        """What a person scanned may be anything, a payment code too: we keep only whether it was the same again."""
        text = "https://pay.example/secret-account-6222"
        refusal = await turned_away(UnknownCode, hall.check_in(code=text))
        line = await Scan.get(id=refusal.facts["scan_id"])
        assert (line.event_id, line.point_id, line.enrolment_id) == (NOWHERE, None, None)
        assert line.code_digest == blind(text, kind="scanned")
        assert "6222" not in str(asdict_of(line))

    async def test_only_grows(self, hall: Hall) -> None:
        judged = await hall.check_in()
        line = Scan.filter(id=judged.scan.id)
        for doing in (line.update(verdict="TooLate"), line.delete()):
            with pytest.raises((IntegrityError, RaiseError), match="append-only"):
                await doing
        assert (await Scan.get(id=judged.scan.id)).verdict == "CheckedIn"
