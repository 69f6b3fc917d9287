"""Whether somebody stands as a volunteer at this moment."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from capabilities.registration.refusals import RegistrationNotApproved, RegistrationSuspended
from kit.clock import LOCAL
from kit.errors import Refusal
from models.seats import Registration
from models.volunteer import Volunteer, VolunteerStatus


def standing_refusal(volunteer: Volunteer | Registration | None, now: datetime) -> Refusal | None:
    """Why this is no volunteer who may act now. A suspension whose time is up bars nobody, noticed or not."""
    if volunteer is None or volunteer.status not in (VolunteerStatus.APPROVED, VolunteerStatus.SUSPENDED):
        return RegistrationNotApproved()
    if volunteer.status is VolunteerStatus.SUSPENDED and volunteer.is_barred(now):
        return suspended(volunteer)
    return None


def suspended(volunteer: Volunteer | Registration) -> RegistrationSuspended:
    until = volunteer.suspended_until
    if until is None:
        return RegistrationSuspended()
    day = until.astimezone(LOCAL)
    words = f"您的志愿者资格暂停至{day.year}年{day.month}月{day.day}日{day:%H:%M}，期间可以查看，不能报名。"
    return RegistrationSuspended(words, until=until.isoformat())


async def require_approved(person_id: UUID) -> None:
    """Raises `RegistrationSuspended` or `RegistrationNotApproved`."""
    volunteer = await Volunteer.get_or_none(person_id=person_id)
    if volunteer is not None and volunteer.status is VolunteerStatus.SUSPENDED:
        raise suspended(volunteer)
    if volunteer is None or volunteer.status is not VolunteerStatus.APPROVED:
        raise RegistrationNotApproved


async def names_of(person_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Real names for those who may see them, by person."""
    rows = await Volunteer.filter(person_id__in=list(person_ids)).only("id", "person_id", "name")
    return {row.person_id: row.name for row in rows if row.name}
