"""Judge a scan: one pure function from what is known to a verdict, the same for both scan directions.

Its cases stand in `judging_cases.json`; the scanning page runs the same table against its own copy of these rules.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from kit.clock import LOCAL
from models.enrolment import EnrolmentStatus
from models.event import EventStatus, PointPolicy
from models.scan import Direction, Place

NO_POINT = UUID(int=0)
# Who leaves last still checks out; the door closes for good this long after the shift.
CHECK_OUT_GRACE = timedelta(minutes=60)


class Verdict(StrEnum):
    """The words of the contract; all but the first two are refusals."""

    CHECKED_IN = "CheckedIn"
    CHECKED_OUT = "CheckedOut"
    UNKNOWN_CODE = "UnknownCode"
    CODE_EXPIRED = "CodeExpired"
    WRONG_EVENT = "WrongEvent"
    NOT_ENROLLED = "NotEnrolled"
    WAITLISTED = "Waitlisted"
    ENROLMENT_CANCELLED = "EnrolmentCancelled"
    TOO_EARLY = "TooEarly"
    TOO_LATE = "TooLate"
    ALREADY_CHECKED_IN = "AlreadyCheckedIn"
    ALREADY_CHECKED_OUT = "AlreadyCheckedOut"
    NOT_CHECKED_IN = "NotCheckedIn"
    TICKET_REVOKED = "TicketRevoked"
    OUT_OF_AREA = "OutOfArea"
    EVENT_CANCELLED = "EventCancelled"

    @property
    def is_accepted(self) -> bool:
        return self in (Verdict.CHECKED_IN, Verdict.CHECKED_OUT)


class Passage(Struct, frozen=True, gc=False):
    """Somebody passed a point. `mark` orders what happened in one moment, the same way on every machine."""

    direction: Direction
    at: datetime
    point_id: UUID
    is_entrance: bool = True
    mark: str = ""
    leaves_others: bool = False

    @property
    def place_in_time(self) -> tuple[datetime, str, str]:
        # In before out: "in" sorts before "out".
        return self.at, self.direction.value, self.mark


class RosterEntry(Struct, frozen=True, gc=False):
    """One enrolment as the door sees it, with where it has passed so far."""

    event_id: UUID
    enrolment_id: UUID
    status: EnrolmentStatus
    shift_starts_at: datetime
    shift_ends_at: datetime
    passages: tuple[Passage, ...] = ()


class DoorPolicy(Struct, frozen=True, gc=False):
    """The point and its event's rules. All entrances of an event count together, any other point by itself."""

    event_id: UUID
    event_status: EventStatus
    opens_before: timedelta
    point_id: UUID = NO_POINT
    policy: PointPolicy = PointPolicy.ONCE
    is_entrance: bool = True
    allows_re_entry: bool = False


class ScannedCode(Struct, frozen=True, gc=False):
    """What the code by itself shows. `is_known` is false where no key of ours made it."""

    is_known: bool = True
    is_fresh: bool = True
    is_revoked: bool = False


class Attempt(Struct, frozen=True, gc=False):
    """`at` is the server's clock online, and the device's corrected one for what comes late."""

    direction: Direction
    at: datetime
    place: Place = Place.UNKNOWN


class Judgement(Struct, frozen=True, gc=False):
    """`is_admitted`: nothing but an earlier or missing passage speaks against it.

    What is admitted counts towards the attendance whatever its verdict was, so that the order in which scans
    arrive decides nothing: a check-out that was refused because its check-in had not been uploaded yet stands
    once that arrives.
    """

    verdict: Verdict
    is_admitted: bool


class Standing(Struct, frozen=True, gc=False):
    """What passages come to: when somebody first came, whether they are in now, and since when they are out."""

    came: Passage | None = None
    last_in: Passage | None = None
    left: Passage | None = None


NOBODY_CAME = Standing()


def judge(entry: RosterEntry | None, door: DoorPolicy | None, code: ScannedCode, attempt: Attempt) -> Judgement:
    """What this scan means. `entry` is None where the person has no enrolment, `door` where the point is unknown.

    The rules run from the code over the event to the person, so that each is told the first thing that must change.
    """
    refused = _judge_code(entry, door, code, attempt)
    if refused is not None or entry is None or door is None:
        return Judgement(refused or Verdict.NOT_ENROLLED, is_admitted=False)
    too_soon_or_late = _judge_time(entry, door, attempt)
    earlier = _judge_earlier(entry, door, attempt)
    accepted = Verdict.CHECKED_IN if attempt.direction is Direction.IN else Verdict.CHECKED_OUT
    return Judgement(earlier or too_soon_or_late or accepted, is_admitted=too_soon_or_late is None)


def _judge_code(
    entry: RosterEntry | None, door: DoorPolicy | None, code: ScannedCode, attempt: Attempt
) -> Verdict | None:
    if not code.is_known or door is None:
        return Verdict.UNKNOWN_CODE
    if code.is_revoked:
        return Verdict.TICKET_REVOKED
    if entry is not None and entry.event_id != door.event_id:
        return Verdict.WRONG_EVENT
    if not code.is_fresh:
        return Verdict.CODE_EXPIRED
    if door.event_status is EventStatus.CANCELLED:
        return Verdict.EVENT_CANCELLED
    if entry is None:
        return Verdict.NOT_ENROLLED
    return _judge_status(entry) or (Verdict.OUT_OF_AREA if attempt.place is Place.OUTSIDE else None)


def _judge_status(entry: RosterEntry) -> Verdict | None:
    if entry.status is EnrolmentStatus.CONFIRMED:
        return None
    is_waiting = entry.status in (EnrolmentStatus.WAITLISTED, EnrolmentStatus.OFFERED)
    return Verdict.WAITLISTED if is_waiting else Verdict.ENROLMENT_CANCELLED


def _judge_time(entry: RosterEntry, door: DoorPolicy, attempt: Attempt) -> Verdict | None:
    is_in = attempt.direction is Direction.IN
    if is_in and attempt.at < entry.shift_starts_at - door.opens_before:
        return Verdict.TOO_EARLY
    closes_at = entry.shift_ends_at + (timedelta(0) if is_in else CHECK_OUT_GRACE)
    is_over = attempt.at >= closes_at or door.event_status is EventStatus.ENDED
    return Verdict.TOO_LATE if is_over else None


def _judge_earlier(entry: RosterEntry, door: DoorPolicy, attempt: Attempt) -> Verdict | None:
    """What the passages before this one say against it."""
    until_now = [each for each in entry.passages if each.at <= attempt.at]
    stands = standing(until_now, door, on=day_of(attempt.at) if door.policy is PointPolicy.DAILY else None)
    if attempt.direction is Direction.OUT:
        if stands.last_in is None:
            return Verdict.NOT_CHECKED_IN
        return Verdict.ALREADY_CHECKED_OUT if stands.left else None
    if stands.last_in is None or door.policy is PointPolicy.MANY:
        return None
    return None if stands.left and door.allows_re_entry else Verdict.ALREADY_CHECKED_IN


def standing(passages: Sequence[Passage], door: DoorPolicy, *, on: date | None = None) -> Standing:
    """Fold passages in the order of time, whatever order they are given in; `on` looks at one local day only."""
    if not passages:
        return NOBODY_CAME
    came = last_in = left = None
    for each in ordered(_counted(passages, door, on)):
        if each.direction is Direction.IN:
            if last_in is None or (left is not None and _begins_anew(each, last_in, door)):
                came, last_in, left = came or each, each, None
        elif last_in is not None and left is None:
            left = each
    return Standing(came, last_in, left)


def _counted(passages: Sequence[Passage], door: DoorPolicy, on: date | None) -> list[Passage]:
    return [
        each
        for each in passages
        if (each.is_entrance if door.is_entrance else each.point_id == door.point_id)
        and (on is None or day_of(each.at) == on)
    ]


def _begins_anew(each: Passage, last_in: Passage, door: DoorPolicy) -> bool:
    is_another_day = door.policy is PointPolicy.DAILY and day_of(each.at) != day_of(last_in.at)
    return is_another_day or door.allows_re_entry or door.policy is PointPolicy.MANY


def ordered(passages: Sequence[Passage]) -> Sequence[Passage]:
    return sorted(passages, key=lambda each: each.place_in_time) if len(passages) > 1 else passages


def day_of(at: datetime) -> date:
    return at.astimezone(LOCAL).date()
