"""What becomes of a team that stands: it is given its flag, it is merged into another, it is dissolved."""

from datetime import date, datetime
from uuid import UUID

from capabilities.caller import Caller
from capabilities.office import Office
from capabilities.team.belonging import end, hold_active_teams, hold_teams, hold_volunteers
from capabilities.team.found import faults_in_place, for_organizer
from capabilities.team.refusals import TeamChangedMeanwhile, TeamInvalid, TeamNotOpenToChange, TeamsHangOnIt
from capabilities.transition import note, note_each
from kit.clock import LOCAL
from models.database import transaction
from models.team import Membership, MembershipStatus, Team, TeamInvitation, TeamRole, TeamStatus


async def give_flag(office: Office, who: Caller, team_id: UUID, *, given_on: date, given_by: str) -> Team:
    """Note when and by whom the team got its flag (授旗): a dated fact, no state; given again it is corrected."""
    team, now = await for_organizer(who, team_id), office.now()
    if team.status is not TeamStatus.ACTIVE:
        raise TeamNotOpenToChange(team_status=team.status.value)
    if given_on > now.astimezone(LOCAL).date() or (team.founded_on and given_on < team.founded_on):
        raise TeamInvalid(fields={"given_on": "授旗日期应在成立之后、今天以前"})
    async with transaction():
        read = Team.filter(id=team.id, version=team.version)
        given = {"flag_given_on": given_on, "flag_given_by": given_by.strip()}
        if not await read.update(**given, version=team.version + 1):
            raise TeamChangedMeanwhile
        await note("team", team.id, who.person_id, team.status, "flag_given", now, given_on.isoformat())
    return await for_organizer(who, team_id)


async def merge(office: Office, who: Caller, team_id: UUID, successor_id: UUID, reason: str) -> Team:
    """The members go over to the successor as plain members; their past stays with this team and its dates.

    The caller organizes both units. Teams below go over too, where the successor is above them. Raises `TeamInvalid`,
    `TeamNotOpenToChange` or `TeamsHangOnIt`.
    """
    await for_organizer(who, team_id)
    if successor_id == team_id:
        raise TeamInvalid(fields={"successor_id": "请选择另一支队伍"})
    await for_organizer(who, successor_id)
    now = office.now()
    async with transaction():
        team, successor, *below = await _held_with_those_below(team_id, successor_id)
        _require_active(team, successor)
        if any(each.id == successor.id or faults_in_place(each, successor) for each in below):
            raise TeamsHangOnIt
        await Team.filter(id__in=[each.id for each in below]).update(parent_id=successor.id)
        await _move_members(team, successor, reason, who, now)
        await _finish(team, TeamStatus.MERGED, reason, who, now, successor_id=successor.id)
    return await for_organizer(who, team_id)


async def dissolve(office: Office, who: Caller, team_id: UUID, reason: str) -> Team:
    """The team ends and its memberships with it. Raises `TeamNotOpenToChange` or `TeamsHangOnIt`."""
    await for_organizer(who, team_id)
    now = office.now()
    async with transaction():
        (team,) = await hold_active_teams(team_id)
        if await Team.below(team.id).exists():
            raise TeamsHangOnIt
        await end(await _held_members(team), MembershipStatus.ENDED, reason, now, who.person_id)
        await _finish(team, TeamStatus.DISSOLVED, reason, who, now)
    return await for_organizer(who, team_id)


def _require_active(*teams: Team) -> None:
    for team in teams:
        if team.status is not TeamStatus.ACTIVE:
            raise TeamNotOpenToChange(team_status=team.status.value)


async def _held_with_those_below(team_id: UUID, successor_id: UUID) -> list[Team]:
    """All of them under lock in one go; nothing can be hung on the team from then on."""
    below = [each.id for each in await Team.below(team_id).order_by("id")]
    teams = await hold_teams(team_id, successor_id, *below)
    if [each.id for each in await Team.below(team_id).order_by("id")] != below:
        raise TeamChangedMeanwhile
    return teams


async def _held_members(team: Team) -> list[Membership]:
    """Everybody who belongs, applied or is invited, as they stand once their volunteer rows are held."""
    await hold_volunteers([row.person_id for row in await Membership.live().filter(team_id=team.id)])
    return await Membership.live().filter(team_id=team.id).order_by("id")


async def _move_members(team: Team, successor: Team, reason: str, who: Caller, now: datetime) -> None:
    """Each keeps the place among the person's five that the old membership had."""
    rows = await _held_members(team)
    members = [row for row in rows if row.status is MembershipStatus.ACTIVE]
    await end([row for row in rows if row not in members], MembershipStatus.ENDED, reason, now, who.person_id)
    await end(members, MembershipStatus.TRANSFERRED, reason, now, who.person_id)
    there = {row.person_id: row for row in await Membership.live().filter(team_id=successor.id)}
    new = [_in_successor(row, successor, now) for row in members if row.person_id not in there]
    await Membership.bulk_create(new)
    await note_each("membership", {row.id: "transferred" for row in new}, who.person_id, "active", now, reason)
    for row in members:
        waiting = there.get(row.person_id)
        if waiting is not None and waiting.status is not MembershipStatus.ACTIVE:
            await _let_in(waiting, row.slot, who, now)


def _in_successor(row: Membership, successor: Team, now: datetime) -> Membership:
    return Membership(
        team_id=successor.id,
        person_id=row.person_id,
        role=TeamRole.MEMBER,
        status=MembershipStatus.ACTIVE,
        slot=row.slot,
        applied_at=now,
        joined_at=now,
    )


async def _let_in(waiting: Membership, slot: int | None, who: Caller, now: datetime) -> None:
    before, waiting.status, waiting.slot, waiting.joined_at = waiting.status, MembershipStatus.ACTIVE, slot, now
    await waiting.save(update_fields=["status", "slot", "joined_at"])
    await note("membership", waiting.id, who.person_id, before, waiting.status, now)


async def _finish(
    team: Team, after: TeamStatus, reason: str, who: Caller, now: datetime, successor_id: UUID | None = None
) -> None:
    await Team.filter(id=team.id).update(
        status=after, reason=reason, successor_id=successor_id, ended_at=now, version=team.version + 1
    )
    await TeamInvitation.filter(team_id=team.id, revoked_at=None).update(revoked_at=now)
    await note("team", team.id, who.person_id, team.status, after, now, reason)
