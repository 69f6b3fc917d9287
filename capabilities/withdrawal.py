"""A volunteer leaves (退出): what is still ahead is given back, teams are left, the number is kept for a return."""

from capabilities.caller import Caller
from capabilities.enrolment import give_up_all, hold_shifts_of
from capabilities.office import Office
from capabilities.registration import AlreadyDecided, mine
from capabilities.team import end_memberships
from capabilities.transition import note
from kit.errors import Conflict
from models.database import transaction
from models.volunteer import Volunteer, VolunteerStatus

LEAVABLE = (VolunteerStatus.APPROVED, VolunteerStatus.SUSPENDED)


class NothingToLeave(Conflict):
    """Only who has been approved can leave; twice is told so."""

    words = "您当前不是已通过审核的志愿者，无需退出。"


async def leave(office: Office, who: Caller) -> None:
    """Leave; every enrolment that has not begun is cancelled, and its seat goes to the next; every team is left.

    A suspension runs on: who comes back is suspended until its end. Raises `NoSuchRegistration`, `NothingToLeave` or,
    where something of this person changes at this very moment, `AlreadyDecided`.
    """
    volunteer, now = await mine(who), office.now()
    if volunteer.status not in LEAVABLE:
        raise NothingToLeave(registration_status=volunteer.status.value)
    async with transaction():
        shifts = await hold_shifts_of(who.person_id)
        read = Volunteer.filter(id=volunteer.id, status=volunteer.status, version=volunteer.version)
        after = VolunteerStatus.WITHDRAWN
        # From this line on nobody gives this person a seat: enrolling holds the same row.
        if not await read.update(status=after, changed_at=now, version=volunteer.version + 1):
            raise AlreadyDecided
        if not await give_up_all(office, who.person_id, shifts, now):
            raise AlreadyDecided
        await end_memberships(who.person_id, now, "本人退出", actor_id=who.person_id)
        await note("volunteer", volunteer.id, who.person_id, volunteer.status, after, now, "本人退出")
