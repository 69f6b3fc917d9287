"""Who gets a seat, who waits and who is refused: the rules, by what is held and nothing else."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from capabilities.enrolment.refusals import (
    AlreadyEnrolled,
    EnrolmentClosed,
    NoSeatLeft,
    NoSuchShift,
    TooYoung,
    WalkInsNotAllowed,
)
from capabilities.registration import age_on, standing_refusal
from kit.clock import LOCAL
from kit.encryption import UnreadableCiphertext
from kit.errors import Refusal
from kit.ids import uuid7
from models.enrolment import Enrolment, EnrolmentStatus
from models.event import Event, EventStatus
from models.seats import EnrolmentLine, EventRow, Held, HeldShift
from models.shift import Shift

Row = TypeVar("Row", Enrolment, EnrolmentLine)


class Standing(NamedTuple, Generic[Row]):
    """`place` counts from 1 in the queue; None for who has a seat."""

    enrolment: Row
    place: int | None


class Application(NamedTuple):
    """A walk-in (现场报名) stands at the door: a seat or nothing, and also after enrolment has closed."""

    person_id: UUID
    shift_id: UUID
    at: datetime
    is_walk_in: bool = False


def decide_all(applications: Sequence[Application], held: Held) -> list[Standing[EnrolmentLine] | BaseException]:
    """In the order in which they came. What is given goes on in `held`, so that the next finds it taken."""
    days = {shift.id: shift.starts_at.astimezone(LOCAL).date() for shift in held.shifts.values()}
    return [_decide(each, held, days) for each in applications]


def _decide(application: Application, held: Held, days: dict[UUID, date]) -> Standing[EnrolmentLine] | BaseException:
    person_id, shift_id, at, is_walk_in = application
    registration, shift = held.registrations.get(person_id), held.shifts.get(shift_id)
    refusal = standing_refusal(registration, at) or refusal_of(shift, at, is_walk_in=is_walk_in)
    if registration is None or shift is None or refusal is not None:
        return refusal or NoSuchShift()
    try:
        born = registration.born_on
    except UnreadableCiphertext as fault:
        # It is this person's row that nobody can read; the neighbours in the batch have nothing to do with it.
        return fault
    if (too_young := age_refusal(born, days[shift_id], shift.event.min_age)) is not None:
        return too_young
    standing_id = held.live.get((shift.event_id, person_id))
    if standing_id is not None:
        return AlreadyEnrolled(enrolment_id=str(standing_id))
    if is_walk_in and (not shift.seats_left or shift.waiting):
        return NoSeatLeft()
    standing = _place(application, shift)
    held.live[shift.event_id, person_id] = standing.enrolment.id
    return standing


def refusal_of(shift: Shift | HeldShift | None, now: datetime, *, is_walk_in: bool = False) -> Refusal | None:
    """Why nobody may enrol in this shift now; None where anybody may."""
    if shift is None:
        return NoSuchShift()
    event: Event | EventRow = shift.event
    if event.status is EventStatus.DRAFT or event.status is EventStatus.PENDING_REVIEW:
        return NoSuchShift()
    if is_walk_in and not event.allows_walk_ins:
        return WalkInsNotAllowed()
    is_open = is_walk_in or event.takes_enrolments(now)
    if event.status is not EventStatus.PUBLISHED or not is_open or shift.ends_at <= now:
        return EnrolmentClosed(event_status=event.status.value)
    return None


def age_refusal(born: date | None, day: date, min_age: int) -> TooYoung | None:
    """Whether who was born then is old enough on the day itself (志愿服务条例 第十五条).

    An age that nobody knows is old enough for nothing.
    """
    if born is not None and age_on(day, born) >= min_age:
        return None
    return TooYoung(f"本活动要求活动当天年满{min_age}周岁，欢迎报名其他活动。", min_age=min_age)


def _place(application: Application, shift: HeldShift) -> Standing[EnrolmentLine]:
    """A free seat is only for who comes when nobody waits: the queue goes first."""
    has_seat = shift.seats_left > 0 and not shift.waiting
    shift.queue_tail += 1
    if has_seat:
        shift.taken += 1
    else:
        shift.waiting += 1
    status = EnrolmentStatus.CONFIRMED if has_seat else EnrolmentStatus.WAITLISTED
    line = EnrolmentLine(
        uuid7(), shift.event_id, shift.id, application.person_id, status, shift.queue_tail, application.at
    )
    return Standing(line, None if has_seat else shift.waiting)
