"""Give back all that somebody has ahead of them, because they leave; or hand it over to their new account."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from capabilities.enrolment.enrol import lock_shifts
from capabilities.enrolment.queue import let_in, move
from capabilities.office import Office
from models.attendance import Attendance
from models.enrolment import HOLDS_SEAT, LIVE, Enrolment, EnrolmentStatus
from models.shift import Shift


async def hold_shifts_of(person_id: UUID) -> dict[UUID, Shift]:
    """The shifts of all live enrolments, under lock: first of all locks, before the registration's."""
    return await lock_shifts({each.shift_id for each in await Enrolment.live().filter(person_id=person_id)})


async def give_up_all(office: Office, person_id: UUID, shifts: Mapping[UUID, Shift], now: datetime) -> bool:
    """Cancel what has not begun and let the next in, in the caller's transaction, which holds `shifts`.

    False where an enrolment lies in a shift that is not held: it came in meanwhile, and the caller begins anew. What
    has begun, or where the person is already, stays as it happened.
    """
    rows = await Enrolment.live().filter(person_id=person_id).select_for_update().order_by("id")
    if any(each.shift_id not in shifts for each in rows):
        return False
    there = {each.enrolment_id for each in await Attendance.filter(enrolment_id__in=[row.id for row in rows])}
    for each in rows:
        shift = shifts[each.shift_id]
        has_begun = shift.starts_at <= now and each.status is EnrolmentStatus.CONFIRMED
        if has_begun or each.id in there:
            continue
        shift.taken -= each.status in HOLDS_SEAT
        await move(each, EnrolmentStatus.CANCELLED, now, person_id)
        await let_in(office, shift, now)
    return True


async def hand_over_enrolments(old_person_id: UUID, new_person_id: UUID) -> None:
    """Enrolments, past and ahead, follow a registration to another account, in the caller's transaction.

    The caller holds the registration, so that no new one is made meanwhile. Where the new account has a live one in
    the same event, the old stays where it is: one person has one seat.
    """
    taken = {row.event_id for row in await Enrolment.live().filter(person_id=new_person_id)}
    rows = await Enrolment.filter(person_id=old_person_id).only("id", "event_id", "status")
    goes = [row.id for row in rows if row.status not in LIVE or row.event_id not in taken]
    if goes:
        await Enrolment.filter(id__in=goes).update(person_id=new_person_id)
