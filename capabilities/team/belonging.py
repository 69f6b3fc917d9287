"""Let people into teams and out again: the ground under joining, founding, merging and leaving.

Who writes memberships holds the teams first and the people's volunteer rows next, each by id. So nobody gets a sixth
team by two approvals at once, nobody is let in while being suspended, and two callers never wait for each other.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from tortoise.expressions import F

from capabilities.team.refusals import AlreadyInTeam, MemberNotApproved, NoSuchTeam, TeamNotOpenToChange, TooManyTeams
from capabilities.transition import note, note_each
from models.team import MAX_TEAMS, Membership, MembershipStatus, Team, TeamRole, TeamStatus
from models.unit import Unit
from models.volunteer import Volunteer, VolunteerStatus


async def hold_teams(*ids: UUID) -> list[Team]:
    """These teams under lock, in the order asked for, each with its unit. Raises `NoSuchTeam`."""
    rows = {team.id: team for team in await Team.filter(id__in=list(ids)).select_for_update().order_by("id")}
    if len(rows) < len(set(ids)):
        raise NoSuchTeam
    units = await Unit.in_bulk({team.unit_id for team in rows.values()}, "id")
    for team in rows.values():
        team.unit = units[team.unit_id]
    return [rows[each] for each in ids]


async def hold_active_teams(*ids: UUID) -> list[Team]:
    """Raises `NoSuchTeam`, or `TeamNotOpenToChange` where one of them does not stand (any more)."""
    teams = await hold_teams(*ids)
    for team in teams:
        if team.status is not TeamStatus.ACTIVE:
            raise TeamNotOpenToChange(team_status=team.status.value)
    return teams


async def hold_volunteers(person_ids: Collection[UUID]) -> dict[UUID, Volunteer]:
    rows = await Volunteer.filter(person_id__in=list(person_ids)).select_for_update().order_by("id")
    return {row.person_id: row for row in rows}


async def admit(
    team: Team, volunteer: Volunteer | None, now: datetime, actor_id: UUID, role: TeamRole = TeamRole.MEMBER
) -> Membership:
    """Make the person a member; an application or invitation that waits becomes the membership.

    Team and volunteer are held. Raises `MemberNotApproved`, `AlreadyInTeam` or `TooManyTeams`.
    """
    if volunteer is None or volunteer.status is not VolunteerStatus.APPROVED:
        raise MemberNotApproved
    waiting = await Membership.live().get_or_none(team_id=team.id, person_id=volunteer.person_id)
    if waiting is not None and waiting.status is MembershipStatus.ACTIVE:
        raise AlreadyInTeam(membership_id=str(waiting.id), membership_status=waiting.status.value)
    slot = await free_slot(volunteer.person_id)
    row = waiting or Membership(team_id=team.id, person_id=volunteer.person_id, applied_at=now, version=0)
    before = row.status if waiting else None
    row.role, row.status, row.slot, row.joined_at = role, MembershipStatus.ACTIVE, slot, now
    row.version += 1
    await row.save(force_create=waiting is None)
    await note("membership", row.id, actor_id, before, row.status, now)
    return row


async def free_slot(person_id: UUID) -> int:
    """The first of the person's five places that is free. Raises `TooManyTeams`."""
    used = {row.slot for row in await Membership.active().filter(person_id=person_id)}
    free = [slot for slot in range(1, MAX_TEAMS + 1) if slot not in used]
    if not free:
        raise TooManyTeams
    return free[0]


async def end(
    rows: Sequence[Membership], after: MembershipStatus, reason: str | None, now: datetime, actor_id: UUID | None
) -> None:
    """Close these memberships; what they were stays readable in the row and its dates."""
    if not rows:
        return
    await Membership.filter(id__in=[row.id for row in rows]).update(
        status=after, slot=None, ended_at=now, reason=reason, version=F("version") + 1
    )
    await note_each("membership", {row.id: row.status for row in rows}, actor_id, after, now, reason)


async def end_memberships(person_id: UUID, at: datetime, reason: str, *, actor_id: UUID | None = None) -> int:
    """A person who leaves volunteering leaves every team; returns how many there were.

    Runs in the caller's transaction, which has written or locked the person's volunteer row already.
    """
    rows = await Membership.live().filter(person_id=person_id).order_by("id")
    active = [row for row in rows if row.status is MembershipStatus.ACTIVE]
    await end(active, MembershipStatus.LEFT, reason, at, actor_id)
    await end([row for row in rows if row not in active], MembershipStatus.DECLINED, reason, at, actor_id)
    return len(rows)
