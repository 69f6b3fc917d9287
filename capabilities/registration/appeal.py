"""A refused registration is looked at once more when its person appeals (申诉)."""

from capabilities.caller import Caller
from capabilities.office import Office
from capabilities.registration.refusals import AlreadyDecided, AppealUsedUp, NothingToAppeal
from capabilities.registration.register import mine
from capabilities.transition import note
from models.database import transaction
from models.volunteer import Volunteer, VolunteerStatus


async def appeal(office: Office, who: Caller, statement: str) -> Volunteer:
    """Back to the reviewers, once; the city answers. Raises `NothingToAppeal` or `AppealUsedUp`."""
    volunteer, now = await mine(who), office.now()
    if volunteer.status is not VolunteerStatus.REJECTED:
        raise NothingToAppeal(registration_status=volunteer.status.value)
    if volunteer.appealed_at is not None:
        raise AppealUsedUp
    read = Volunteer.filter(id=volunteer.id, status=VolunteerStatus.REJECTED, version=volunteer.version)
    async with transaction():
        changed = await read.update(
            status=VolunteerStatus.SUBMITTED,
            appeal=statement.strip(),
            appealed_at=now,
            submitted_at=now,
            changed_at=now,
            version=volunteer.version + 1,
        )
        if not changed:
            raise AlreadyDecided
        await note("volunteer", volunteer.id, who.person_id, volunteer.status, VolunteerStatus.SUBMITTED, now, "申诉")
    return await mine(who)
