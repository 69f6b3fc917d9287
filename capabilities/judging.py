"""Judge a scan: one pure function from what is known to a verdict, the same for both scan directions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from models.enrolment import EnrolmentStatus
from models.event import EventStatus
from models.scan import Direction

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
    EVENT_CANCELLED = "EventCancelled"

    @property
    def is_accepted(self) -> bool:
        return self in (Verdict.CHECKED_IN, Verdict.CHECKED_OUT)


@dataclass(frozen=True)
class RosterEntry:
    """One enrolment as the door sees it."""

    event_id: UUID
    enrolment_id: UUID
    status: EnrolmentStatus
    shift_starts_at: datetime
    shift_ends_at: datetime
    checked_in_at: datetime | None = None
    checked_out_at: datetime | None = None


@dataclass(frozen=True)
class DoorPolicy:
    """The point's event, and from how long before a shift it lets people in."""

    event_id: UUID
    event_status: EventStatus
    opens_before: timedelta


@dataclass(frozen=True)
class ScannedCode:
    """What the code by itself shows. `is_known` is false where no key of ours made it."""

    is_known: bool = True
    is_fresh: bool = True
    is_revoked: bool = False


def judge(
    entry: RosterEntry | None, door: DoorPolicy | None, code: ScannedCode, direction: Direction, now: datetime
) -> Verdict:
    """What this scan means. `entry` is None where the person has no enrolment, `door` where the point is unknown.

    The rules run from the code over the event to the person, so that each is told the first thing that must change.
    """
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
    return _judge_standing(entry) or _judge_direction(entry, door, direction, now)


def _judge_standing(entry: RosterEntry) -> Verdict | None:
    if entry.status is EnrolmentStatus.CONFIRMED:
        return None
    is_waiting = entry.status in (EnrolmentStatus.WAITLISTED, EnrolmentStatus.OFFERED)
    return Verdict.WAITLISTED if is_waiting else Verdict.ENROLMENT_CANCELLED


def _judge_direction(entry: RosterEntry, door: DoorPolicy, direction: Direction, now: datetime) -> Verdict:
    if direction is Direction.OUT:
        return _judge_check_out(entry, door, now)
    if entry.checked_in_at is not None:
        return Verdict.ALREADY_CHECKED_IN
    if now < entry.shift_starts_at - door.opens_before:
        return Verdict.TOO_EARLY
    is_over = now >= entry.shift_ends_at or door.event_status is EventStatus.ENDED
    return Verdict.TOO_LATE if is_over else Verdict.CHECKED_IN


def _judge_check_out(entry: RosterEntry, door: DoorPolicy, now: datetime) -> Verdict:
    if entry.checked_in_at is None:
        return Verdict.NOT_CHECKED_IN
    if entry.checked_out_at is not None:
        return Verdict.ALREADY_CHECKED_OUT
    is_over = now >= entry.shift_ends_at + CHECK_OUT_GRACE or door.event_status is EventStatus.ENDED
    return Verdict.TOO_LATE if is_over else Verdict.CHECKED_OUT
