"""A unit reviews what was handed in, and an approved volunteer gets a number."""

import secrets
from datetime import date, datetime
from typing import Any
from uuid import UUID

from capabilities.caller import Caller
from capabilities.message import moment, tell
from capabilities.office import Office
from capabilities.registration.refusals import (
    AlreadyDecided,
    CityDecides,
    NoSuchRegistration,
    NotYourOwn,
    ReasonNeeded,
)
from capabilities.transition import note
from kit.clock import LOCAL
from kit.ids import with_check_digit
from kit.paging import limit_of, row_of
from kit.working_days import add_working_days
from models.database import transaction
from models.message import MessageKind
from models.role import RoleName
from models.volunteer import Volunteer, VolunteerStatus

# `domain.md` §4.1: the review's clock.
REVIEW_WORKING_DAYS = 5
_NEWS = {
    VolunteerStatus.APPROVED: MessageKind.REGISTRATION_APPROVED,
    VolunteerStatus.RETURNED: MessageKind.REGISTRATION_RETURNED,
    VolunteerStatus.REJECTED: MessageKind.REGISTRATION_REJECTED,
}


async def to_review(
    who: Caller, *, status: VolunteerStatus | None, cursor: str | None, limit: int | None
) -> list[Volunteer]:
    """Registrations of the caller's units, oldest first; one more than the page holds where there are more."""
    query = Volunteer.filter(who.scope("unit__path"), status__not=VolunteerStatus.DRAFT)
    if status is not None:
        query = query.filter(status=status)
    after = row_of(cursor)
    if after is not None:
        query = query.filter(id__gt=after)
    return await query.select_related("unit", "person").order_by("id").limit(limit_of(limit) + 1)


async def one_to_review(who: Caller, registration_id: UUID) -> Volunteer:
    found = Volunteer.get_or_none(who.scope("unit__path"), id=registration_id)
    volunteer = await found.select_related("unit", "person")
    if volunteer is None or volunteer.status is VolunteerStatus.DRAFT:
        raise NoSuchRegistration
    return volunteer


def due_on(volunteer: Volunteer) -> date | None:
    """The last day on which the reviewers should answer; None where nothing waits for them."""
    if volunteer.status is not VolunteerStatus.SUBMITTED or volunteer.submitted_at is None:
        return None
    return add_working_days(volunteer.submitted_at.astimezone(LOCAL).date(), REVIEW_WORKING_DAYS)


async def decide(
    office: Office,
    who: Caller,
    registration_id: UUID,
    decision: VolunteerStatus,
    reason: str | None,
    *,
    version: int | None = None,
) -> Volunteer:
    """Approve, send back or refuse what was submitted, as the reviewer read it at `version`.

    Raises `NotYourOwn`, `CityDecides`, `ReasonNeeded` or `AlreadyDecided`.
    """
    volunteer = await one_to_review(who, registration_id)
    reason = (reason or "").strip() or None
    _require_right_to_decide(who, volunteer, decision)
    if decision is not VolunteerStatus.APPROVED and not reason:
        raise ReasonNeeded(fields={"reason": ReasonNeeded.words})
    if version not in (None, volunteer.version):
        raise AlreadyDecided
    await _decide_once(office, volunteer, decision, reason, who)
    return await one_to_review(who, registration_id)


def _require_right_to_decide(who: Caller, volunteer: Volunteer, decision: VolunteerStatus) -> None:
    if volunteer.person_id == who.person_id:
        raise NotYourOwn
    is_for_city = decision is VolunteerStatus.REJECTED or volunteer.appealed_at is not None
    if is_for_city and not who.holds(RoleName.CITY_ADMIN):
        raise CityDecides


async def _decide_once(
    office: Office, volunteer: Volunteer, decision: VolunteerStatus, reason: str | None, who: Caller
) -> None:
    now, after = office.now(), decision
    if decision is VolunteerStatus.APPROVED and volunteer.is_barred(now):
        # Who left while suspended and comes back is suspended still.
        after = VolunteerStatus.SUSPENDED
    changes: dict[str, Any] = {"status": after, "decided_at": now, "return_reason": reason}
    if decision is VolunteerStatus.APPROVED:
        changes |= {"volunteer_no": await _free_number(volunteer, now)}
    async with transaction():
        changed = await Volunteer.filter(
            id=volunteer.id, status=VolunteerStatus.SUBMITTED, version=volunteer.version
        ).update(**changes, version=volunteer.version + 1)
        if not changed:
            raise AlreadyDecided
        await note("volunteer", volunteer.id, who.person_id, VolunteerStatus.SUBMITTED, after, now, reason)
        await tell(
            office,
            volunteer.person_id,
            MessageKind.SUSPENDED if after is VolunteerStatus.SUSPENDED else _NEWS[decision],
            about=_facts(volunteer, changes, reason),
            key=f"registration:{volunteer.id}:{volunteer.version + 1}",
        )


def _facts(volunteer: Volunteer, changes: dict[str, Any], reason: str | None) -> dict[str, str]:
    until = moment(volunteer.suspended_until) if volunteer.suspended_until else ""
    return {"reason": reason or "", "volunteer_no": changes.get("volunteer_no", ""), "until": until}


async def _free_number(volunteer: Volunteer, now: datetime) -> str:
    """A number that nobody has yet; the unique key still decides between two approvals at the same moment."""
    if volunteer.volunteer_no:
        return volunteer.volunteer_no
    while True:
        number = new_volunteer_no(volunteer.division_code or "000000", now.astimezone(LOCAL).year)
        if not await Volunteer.exists(volunteer_no=number):
            return number


def new_volunteer_no(division_code: str, year: int) -> str:
    """`V` + division (6) + year (2) + serial (7) + check digit (`domain.md` §2.5).

    The serial is random: a counter would queue all approvals of a city behind one row and tell how many there are.
    """
    return "V" + with_check_digit(f"{division_code}{year % 100:02d}{secrets.randbelow(10**7):07d}")
