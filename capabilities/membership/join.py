"""Join a team: apply and be let in, or accept an invitation; a no always carries its reason."""

from uuid import UUID

from capabilities.caller import Caller
from capabilities.membership.refusals import MembershipNotLive, NoSuchMembership, NoSuchVolunteer
from capabilities.message import tell
from capabilities.office import Office
from capabilities.registration import require_approved
from capabilities.team import (
    AlreadyInTeam,
    MemberNotApproved,
    TeamReasonNeeded,
    admit,
    end,
    free_slot,
    hold_active_teams,
    hold_volunteers,
    require_authority,
)
from capabilities.team import for_everyone as team_for_everyone
from capabilities.transition import note
from models.database import transaction
from models.message import MessageKind
from models.team import Membership, MembershipStatus, Team
from models.volunteer import Volunteer, VolunteerStatus


async def apply(office: Office, who: Caller, team_id: UUID) -> Membership:
    """Ask to join; who has five teams already is told now and not at the decision.

    Raises `RegistrationNotApproved`, `NoSuchTeam`, `TeamNotOpenToChange`, `AlreadyInTeam` or `TooManyTeams`.
    """
    await require_approved(who.person_id)
    await team_for_everyone(team_id)
    async with transaction():
        row = await _wait(office, team_id, who.person_id, MembershipStatus.APPLIED, who)
    return await with_team(row.id)


async def invite_volunteer(office: Office, who: Caller, team_id: UUID, volunteer_no: str) -> Membership:
    """Invite one approved volunteer by number; the person accepts or declines. Raises `NoSuchVolunteer`."""
    team = await team_for_everyone(team_id)
    await require_authority(who, team)
    number = volunteer_no.strip().upper()
    volunteer = await Volunteer.get_or_none(volunteer_no=number, status=VolunteerStatus.APPROVED)
    if volunteer is None:
        raise NoSuchVolunteer
    async with transaction():
        row = await _wait(office, team_id, volunteer.person_id, MembershipStatus.INVITED, who)
    return await with_team(row.id)


async def _wait(office: Office, team_id: UUID, person_id: UUID, status: MembershipStatus, who: Caller) -> Membership:
    (team,) = await hold_active_teams(team_id)
    volunteer = (await hold_volunteers([person_id])).get(person_id)
    if volunteer is None or volunteer.status is not VolunteerStatus.APPROVED:
        raise MemberNotApproved
    standing = await Membership.live().get_or_none(team_id=team.id, person_id=person_id)
    if standing is not None:
        raise AlreadyInTeam(membership_id=str(standing.id), membership_status=standing.status.value)
    await free_slot(person_id)
    row = await Membership.create(team_id=team.id, person_id=person_id, status=status, applied_at=office.now())
    await note("membership", row.id, who.person_id, None, status, office.now())
    return row


async def decide(office: Office, who: Caller, membership_id: UUID, *, approve: bool, reason: str | None) -> Membership:
    """Let an applicant in, or say no with a reason. For who leads the team or organizes its unit.

    Raises `NoSuchMembership`, `NotYourTeam`, `TeamReasonNeeded`, `MembershipNotLive`, `MemberNotApproved` or
    `TooManyTeams`.
    """
    row = await with_team(membership_id)
    await require_authority(who, row.team)
    reason = (reason or "").strip() or None
    if not approve and not reason:
        raise TeamReasonNeeded(fields={"reason": TeamReasonNeeded.words})
    async with transaction():
        team, volunteer, row = await held(row, MembershipStatus.APPLIED)
        if approve:
            await admit(team, volunteer, office.now(), who.person_id)
        else:
            await end([row], MembershipStatus.REJECTED, reason, office.now(), who.person_id)
        await _tell(office, team, row, approve=approve, reason=reason)
    return await with_team(membership_id)


async def _tell(office: Office, team: Team, row: Membership, *, approve: bool, reason: str | None) -> None:
    await tell(
        office,
        row.person_id,
        MessageKind.MEMBERSHIP_DECIDED,
        about={
            "team": team.name,
            "team_id": str(team.id),
            "outcome": "已通过" if approve else "未通过",
            "reason": reason or "",
        },
        key=f"membership:{row.id}:{row.version}",
    )


async def accept(office: Office, who: Caller, membership_id: UUID) -> Membership:
    """Take up an invitation that names the caller. Raises `NoSuchMembership`, `MembershipNotLive`, `TooManyTeams`."""
    row = await mine(who, membership_id)
    async with transaction():
        team, volunteer, row = await held(row, MembershipStatus.INVITED)
        await admit(team, volunteer, office.now(), who.person_id)
    return await with_team(membership_id)


async def held(row: Membership, *allowed: MembershipStatus) -> tuple[Team, Volunteer | None, Membership]:
    """Team, volunteer and membership as they are under their locks. Raises `MembershipNotLive`."""
    (team,) = await hold_active_teams(row.team_id)
    volunteer = (await hold_volunteers([row.person_id])).get(row.person_id)
    fresh = await Membership.get(id=row.id)
    if fresh.status not in allowed:
        raise MembershipNotLive(membership_status=fresh.status.value)
    return team, volunteer, fresh


async def with_team(membership_id: UUID) -> Membership:
    row = await Membership.get_or_none(id=membership_id).select_related("team__unit")
    if row is None:
        raise NoSuchMembership
    return row


async def mine(who: Caller, membership_id: UUID) -> Membership:
    row = await Membership.get_or_none(id=membership_id, person_id=who.person_id).select_related("team__unit")
    if row is None:
        raise NoSuchMembership
    return row
