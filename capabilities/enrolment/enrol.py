"""Take a seat, or a place at the end of the queue."""

from collections.abc import Collection, Sequence
from uuid import UUID

from tortoise.exceptions import IntegrityError

from capabilities.caller import Caller
from capabilities.enrolment.deciding import Application, Standing, decide_all
from capabilities.office import Office
from models.event import Event
from models.seats import EnrolmentLine, at_the_counter
from models.shift import Shift


async def enrol(office: Office, who: Caller, shift_id: UUID) -> Standing[EnrolmentLine]:
    """A seat where one is free and nobody waits, else the end of the queue.

    Raises `RegistrationNotApproved`, `RegistrationSuspended`, `NoSuchShift`, `EnrolmentClosed`, `TooYoung` or
    `AlreadyEnrolled`.
    """
    return await place(office, Application(who.person_id, shift_id, office.now()))


async def place(office: Office, application: Application) -> Standing[EnrolmentLine]:
    """Raises what `enrol` raises, and for a walk-in `WalkInsNotAllowed` or `NoSeatLeft`."""
    try:
        return await office.together(enrol_all, application)
    except IntegrityError:
        # The lock on the registration keeps lanes and processes from enrolling one person twice in an event. Whatever
        # comes past it, the unique key lets only one through: decided again, this one finds what stands.
        return await office.together(enrol_all, application)


async def enrol_all(
    office: Office, applications: Sequence[Application]
) -> list[Standing[EnrolmentLine] | BaseException]:
    """Decide many applications in one transaction, in the order in which they came."""
    lines: list[EnrolmentLine] = []
    try:
        async with at_the_counter() as counter:
            held = await counter.hold([(each.shift_id, each.person_id) for each in applications])
            answers = decide_all(applications, held)
            lines += [each.enrolment for each in answers if isinstance(each, Standing)]
            if lines:
                await counter.write(lines, [held.shifts[shift_id] for shift_id in {each.shift_id for each in lines}])
    finally:
        # Also where the commit was cut off: nobody knows how it ended, so whoever watches looks again.
        for event_id in {each.event_id for each in lines}:
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


async def save_counts(shifts: Sequence[Shift]) -> None:
    for shift in shifts:
        await shift.save(update_fields=["taken", "queue_tail"])
