"""Leave a team, be put out of it, go over to another, take another role in it."""

from uuid import UUID

from capabilities.caller import Caller
from capabilities.membership.join import held, mine, with_team
from capabilities.membership.refusals import AdminsFull, MembershipNotLive
from capabilities.office import Office
from capabilities.team import admit, end, hold_active_teams, hold_volunteers, require_authority
from capabilities.team import for_everyone as team_for_everyone
from capabilities.transition import note
from models.database import transaction
from models.team import LIVE_MEMBERSHIP, Membership, MembershipStatus, Team, TeamRole

MOST_ADMINS = 5


async def leave(office: Office, who: Caller, membership_id: UUID) -> None:
    """Leave the team, take back the own application, or decline an invitation; nobody may refuse that.

    Raises `NoSuchMembership` or `MembershipNotLive`.
    """
    row = await mine(who, membership_id)
    async with transaction():
        _, _, row = await held(row, *LIVE_MEMBERSHIP)
        is_member = row.status is MembershipStatus.ACTIVE
        after = MembershipStatus.LEFT if is_member else MembershipStatus.DECLINED
        await end([row], after, None, office.now(), who.person_id)


async def remove(office: Office, who: Caller, membership_id: UUID, reason: str) -> Membership:
    """Put a member out, with a reason; an invitation that waits is taken back the same way.

    Raises `NoSuchMembership`, `NotYourTeam` or `MembershipNotLive`.
    """
    row = await with_team(membership_id)
    await require_authority(who, row.team)
    async with transaction():
        _, _, fresh = await held(row, MembershipStatus.ACTIVE, MembershipStatus.INVITED)
        await require_authority(who, row.team, fresh.role)
        await end([fresh], MembershipStatus.REMOVED, reason, office.now(), who.person_id)
    return await with_team(membership_id)


async def transfer(office: Office, who: Caller, membership_id: UUID, team_id: UUID, reason: str) -> Membership:
    """Move a member to another team as a plain member; for who has a say in both. Returns the new membership.

    Raises `NoSuchMembership`, `NoSuchTeam`, `NotYourTeam`, `MembershipNotLive`, `AlreadyInTeam` or `MemberNotApproved`.
    """
    row, goal = await with_team(membership_id), await team_for_everyone(team_id)
    await require_authority(who, row.team, row.role)
    await require_authority(who, goal)
    async with transaction():
        _, goal = await hold_active_teams(row.team_id, goal.id)
        volunteer = (await hold_volunteers([row.person_id])).get(row.person_id)
        fresh = await Membership.get(id=row.id)
        if fresh.status is not MembershipStatus.ACTIVE or fresh.version != row.version:
            raise MembershipNotLive(membership_status=fresh.status.value)
        # Ended first: the place among the five that it frees is the one that the new membership takes.
        await end([fresh], MembershipStatus.TRANSFERRED, reason, office.now(), who.person_id)
        new = await admit(goal, volunteer, office.now(), who.person_id)
    return await with_team(new.id)


async def change_role(office: Office, who: Caller, membership_id: UUID, role: TeamRole) -> Membership:
    """Give a member another role; a new leader makes the old one a plain member in the same transaction.

    The caller must have a say over the old role and the new. Raises `NoSuchMembership`, `NotYourTeam`,
    `MembershipNotLive` or `AdminsFull`.
    """
    row = await with_team(membership_id)
    await require_authority(who, row.team)
    async with transaction():
        team, _, fresh = await held(row, MembershipStatus.ACTIVE)
        await require_authority(who, row.team, fresh.role, role)
        if role is TeamRole.ADMIN and fresh.role is not role:
            await _require_room_for_admin(team)
        if role is TeamRole.LEADER:
            for former in await Membership.active().filter(team_id=team.id, role=TeamRole.LEADER):
                await _put(former, TeamRole.MEMBER, who, office)
        await _put(fresh, role, who, office)
    return await with_team(membership_id)


async def _require_room_for_admin(team: Team) -> None:
    """Asked when the role is given; who leaves the team later takes nobody's role along."""
    members = Membership.active().filter(team_id=team.id)
    if await members.filter(role=TeamRole.ADMIN).count() >= most_admins(await members.count()):
        raise AdminsFull


def most_admins(members: int) -> int:
    return min(MOST_ADMINS, -(-members // 100))


async def _put(row: Membership, role: TeamRole, who: Caller, office: Office) -> None:
    if row.role is role:
        return
    await Membership.filter(id=row.id).update(role=role, version=row.version + 1)
    await note("membership_role", row.id, who.person_id, row.role, role, office.now())
