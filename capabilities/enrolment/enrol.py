"""Take a seat, or a place at the end of the queue."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from tortoise.exceptions import IntegrityError

from capabilities.caller import Caller
from capabilities.enrolment.refusals import (
    AlreadyEnrolled,
    EnrolmentClosed,
    NoSeatLeft,
    NoSuchShift,
    TooYoung,
    WalkInsNotAllowed,
)
from capabilities.office import Office
from capabilities.registration import age_on, standing_refusal
from kit.clock import LOCAL
from kit.errors import Refusal
from models.database import transaction
from models.enrolment import Enrolment, EnrolmentStatus
from models.event import Event, EventStatus
from models.shift import Shift
from models.volunteer import Volunteer


@dataclass(frozen=True)
class Standing:
    """`place` counts from 1 in the queue; None for who has a seat."""

    enrolment: Enrolment
    place: int | None


@dataclass(frozen=True)
class Application:
    """A walk-in (现场报名) stands at the door: a seat or nothing, and also after enrolment has closed."""

    person_id: UUID
    shift_id: UUID
    at: datetime
    is_walk_in: bool = False


async def enrol(office: Office, who: Caller, shift_id: UUID) -> Standing:
    """A seat where one is free and nobody waits, else the end of the queue.

    Raises `RegistrationNotApproved`, `RegistrationSuspended`, `NoSuchShift`, `EnrolmentClosed`, `TooYoung` or
    `AlreadyEnrolled`.
    """
    return await place(office, Application(who.person_id, shift_id, office.now()))


async def place(office: Office, application: Application) -> Standing:
    """Raises what `enrol` raises, and for a walk-in `WalkInsNotAllowed` or `NoSeatLeft`."""
    try:
        return await office.together(enrol_all, application)
    except IntegrityError:
        # In the same moment another lane or process enrolled this person in another shift of the event, and the
        # unique key let only one through. Decided again, this application finds the one that stands.
        return await office.together(enrol_all, application)


async def enrol_all(office: Office, applications: Sequence[Application]) -> list[Standing | BaseException]:
    """Decide many applications in one transaction, in the order in which they came."""
    async with transaction():
        shifts = await lock_shifts({each.shift_id for each in applications})
        volunteers = await _lock_volunteers({each.person_id for each in applications})
        waiting = await Enrolment.waiting_in(shifts)
        live = await _live_of(applications, shifts)
        answers: list[Standing | BaseException] = [
            _decide(each, volunteers.get(each.person_id), shifts, waiting, live) for each in applications
        ]
        placed = [answer for answer in answers if isinstance(answer, Standing)]
        await Enrolment.bulk_create([standing.enrolment for standing in placed])
        await save_counts([shifts[shift_id] for shift_id in {each.enrolment.shift_id for each in placed}])
        for event_id in {each.enrolment.event_id for each in placed}:
            office.changed(event_id)
    return answers


async def lock_shifts(ids: Collection[UUID]) -> dict[UUID, Shift]:
    """These shifts under lock, each with its event as it is once the lock is held."""
    shifts = await Shift.locked(ids)
    # Not joined to the lock: PostgreSQL would hand out the event as it was before the wait for the lock.
    events = await Event.in_bulk({shift.event_id for shift in shifts}, "id")
    for shift in shifts:
        shift.event = events[shift.event_id]
    return {shift.id: shift for shift in shifts}


async def _lock_volunteers(person_ids: Collection[UUID]) -> dict[UUID, Volunteer]:
    """Registrations by person, held so that nobody leaves or is suspended while being given a seat.

    Locked after the shifts, here as everywhere, and in the order of their ids.
    """
    known = ("id", "person_id", "status", "suspended_until", "birth_date")
    rows = Volunteer.filter(person_id__in=list(person_ids)).only(*known).select_for_update().order_by("id")
    return {row.person_id: row for row in await rows}


async def _live_of(applications: Sequence[Application], shifts: dict[UUID, Shift]) -> dict[tuple[UUID, UUID], UUID]:
    """Live enrolments of these people in these events: (event, person) → enrolment."""
    events, people = {shift.event_id for shift in shifts.values()}, {each.person_id for each in applications}
    rows = await Enrolment.live().filter(event_id__in=list(events), person_id__in=list(people))
    return {(row.event_id, row.person_id): row.id for row in rows}


def _decide(
    application: Application,
    volunteer: Volunteer | None,
    shifts: dict[UUID, Shift],
    waiting: dict[UUID, int],
    live: dict[tuple[UUID, UUID], UUID],
) -> Standing | Refusal:
    shift = shifts.get(application.shift_id)
    refusal = standing_refusal(volunteer, application.at)
    refusal = refusal or refusal_of(shift, application.at, is_walk_in=application.is_walk_in)
    if volunteer is None or shift is None or refusal is not None:
        return refusal or NoSuchShift()
    day = shift.starts_at.astimezone(LOCAL).date()
    if (too_young := age_refusal(volunteer.born_on, day, shift.event.min_age)) is not None:
        return too_young
    standing_id = live.get((shift.event_id, application.person_id))
    if standing_id is not None:
        return AlreadyEnrolled(enrolment_id=str(standing_id))
    if application.is_walk_in and (not shift.seats_left or waiting[shift.id]):
        return NoSeatLeft()
    standing = _place(application, shift, waiting)
    live[shift.event_id, application.person_id] = standing.enrolment.id
    return standing


def refusal_of(shift: Shift | None, now: datetime, *, is_walk_in: bool = False) -> Refusal | None:
    """Why nobody may enrol in this shift now; None where anybody may."""
    if shift is None:
        return NoSuchShift()
    event: Event = shift.event
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


def _place(application: Application, shift: Shift, waiting: dict[UUID, int]) -> Standing:
    """A free seat is only for who comes when nobody waits: the queue goes first."""
    has_seat = shift.seats_left > 0 and not waiting[shift.id]
    shift.queue_tail += 1
    if has_seat:
        shift.taken += 1
    else:
        waiting[shift.id] += 1
    enrolment = Enrolment(
        event_id=shift.event_id,
        shift_id=shift.id,
        person_id=application.person_id,
        status=EnrolmentStatus.CONFIRMED if has_seat else EnrolmentStatus.WAITLISTED,
        queue_no=shift.queue_tail,
        enrolled_at=application.at,
        changed_at=application.at,
    )
    return Standing(enrolment, None if has_seat else waiting[shift.id])


async def save_counts(shifts: Sequence[Shift]) -> None:
    for shift in shifts:
        await shift.save(update_fields=["taken", "queue_tail"])
