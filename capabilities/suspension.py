"""Suspend (暂停) a volunteer for a time: who is suspended may look at everything and enrol in nothing."""

from datetime import datetime, timedelta
from uuid import UUID

from capabilities.caller import Caller, RoleNeeded
from capabilities.message import moment, tell
from capabilities.office import Office
from capabilities.registration import AlreadyDecided, NoSuchRegistration, NotYourOwn
from capabilities.transition import note
from kit.errors import Conflict, Invalid
from models.database import transaction
from models.message import MessageKind
from models.role import RoleName
from models.volunteer import Volunteer, VolunteerStatus

# False hours bar somebody for up to three years (`domain.md` §2.4).
LONGEST = timedelta(days=3 * 366)


class SuspensionInvalid(Invalid):
    words = "暂停信息有误，请按提示修改。"


class NotSuspendable(Conflict):
    """Only an approved volunteer is suspended; a running suspension gets another end the same way."""

    words = "只有已通过审核的志愿者可以暂停。"


class NotSuspended(Conflict):
    words = "该志愿者没有被暂停。"


async def suspend(office: Office, who: Caller, registration_id: UUID, *, reason: str, until: datetime) -> Volunteer:
    """Suspend until then; enrolments that stand are kept. A second time sets another end.

    Raises `RoleNeeded`, `NoSuchRegistration`, `NotYourOwn`, `SuspensionInvalid` or `NotSuspendable`.
    """
    volunteer, now = await _for_city(who, registration_id), office.now()
    if not now < until <= now + LONGEST:
        raise SuspensionInvalid(fields={"until": "须晚于现在，且不超过三年"})
    if volunteer.status not in (VolunteerStatus.APPROVED, VolunteerStatus.SUSPENDED):
        raise NotSuspendable(registration_status=volunteer.status.value)
    await _move(office, volunteer, VolunteerStatus.SUSPENDED, who.person_id, reason, until)
    return await _for_city(who, registration_id)


async def lift(office: Office, who: Caller, registration_id: UUID, *, reason: str) -> Volunteer:
    """End a suspension before its time. Raises `RoleNeeded`, `NoSuchRegistration`, `NotYourOwn` or `NotSuspended`."""
    volunteer = await _for_city(who, registration_id)
    if volunteer.status is not VolunteerStatus.SUSPENDED:
        raise NotSuspended
    await _move(office, volunteer, VolunteerStatus.APPROVED, who.person_id, reason, None)
    return await _for_city(who, registration_id)


async def lift_ended_suspensions(office: Office) -> int:
    """Write down which suspensions have run out; nobody waits for it (`registration.standing_refusal`)."""
    now = office.now()
    ended = await Volunteer.filter(status=VolunteerStatus.SUSPENDED, suspended_until__lte=now)
    for volunteer in ended:
        try:
            await _move(office, volunteer, VolunteerStatus.APPROVED, None, "暂停期满", None)
        except AlreadyDecided:
            continue
    return len(ended)


async def _for_city(who: Caller, registration_id: UUID) -> Volunteer:
    if not who.holds(RoleName.CITY_ADMIN):
        raise RoleNeeded
    volunteer = await Volunteer.get_or_none(id=registration_id).select_related("unit", "person")
    if volunteer is None or volunteer.status is VolunteerStatus.DRAFT:
        raise NoSuchRegistration
    if volunteer.person_id == who.person_id:
        raise NotYourOwn
    return volunteer


async def _move(
    office: Office,
    volunteer: Volunteer,
    after: VolunteerStatus,
    actor_id: UUID | None,
    reason: str,
    until: datetime | None,
) -> None:
    now, reason, version = office.now(), reason.strip(), volunteer.version + 1
    read = Volunteer.filter(id=volunteer.id, status=volunteer.status, version=volunteer.version)
    async with transaction():
        if not await read.update(status=after, suspended_until=until, changed_at=now, version=version):
            raise AlreadyDecided
        await note("volunteer", volunteer.id, actor_id, volunteer.status, after, now, reason)
        kind = MessageKind.SUSPENSION_LIFTED if until is None else MessageKind.SUSPENDED
        about = {"reason": reason, "until": moment(until) if until else ""}
        await tell(office, volunteer.person_id, kind, about=about, key=f"suspension:{volunteer.id}:{version}")
