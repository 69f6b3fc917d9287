"""Found a team: a unit's organizer drafts and hands in, the unit above approves or sends back."""

import unicodedata
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType
from tortoise.exceptions import IntegrityError

from capabilities import job
from capabilities.caller import Caller, NotYourUnit
from capabilities.office import Office
from capabilities.team.belonging import admit, hold_teams, hold_volunteers
from capabilities.team.refusals import (
    NoSuchTeam,
    TeamChangedMeanwhile,
    TeamIncomplete,
    TeamInvalid,
    TeamNameTaken,
    TeamNotOpenToChange,
    TeamReasonNeeded,
)
from capabilities.transition import note
from kit.clock import LOCAL
from models.code_list import codes
from models.database import transaction
from models.link import DRAW, LinkKind
from models.team import Team, TeamLevel, TeamRole, TeamStatus
from models.unit import Unit
from models.volunteer import Volunteer, VolunteerStatus

NO_SUCH_PARENT = "没有这支上级队伍，请从列表中选择"
EDITABLE = (TeamStatus.DRAFT, TeamStatus.RETURNED)

Name = Annotated[str, Meta(min_length=2, max_length=40)]
Trade = Annotated[str, Meta(max_length=16)]
VolunteerNo = Annotated[str, Meta(min_length=1, max_length=20)]


class NewTeam(msgspec.Struct, forbid_unknown_fields=True):
    """`leader_no` is the volunteer number of who shall lead; `founded_on` may lie in the past."""

    unit_code: Annotated[str, Meta(max_length=16)]
    name: Name
    level: TeamLevel
    trade: Trade
    parent_id: UUID | None = None
    leader_no: VolunteerNo | None = None
    founded_on: date | None = None


class TeamChanges(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    name: Name | UnsetType = UNSET
    level: TeamLevel | UnsetType = UNSET
    trade: Trade | UnsetType = UNSET
    parent_id: UUID | UnsetType | None = UNSET
    leader_no: VolunteerNo | UnsetType | None = UNSET
    founded_on: date | UnsetType | None = UNSET


async def draft(office: Office, who: Caller, new: NewTeam) -> Team:
    """Raises `RoleNeeded`, `NotYourUnit` or `TeamInvalid`; a draft may still lack its leader and its parent."""
    who.require_organizer()
    unit = await Unit.get_or_none(code=new.unit_code)
    if unit is None:
        raise TeamInvalid(fields={"unit_code": "没有这个单位，请从列表中选择"})
    who.require_organizer_of(unit.path)
    now = office.now()
    columns = await _columns({name: getattr(new, name) for name in new.__struct_fields__})
    team = Team(unit=unit, status=TeamStatus.DRAFT, created_by_id=who.person_id, created_at=now, **columns)
    async with transaction():
        await team.save(force_create=True)
        await note("team", team.id, who.person_id, None, team.status, now)
    return team


async def change(office: Office, who: Caller, team_id: UUID, changes: TeamChanges) -> Team:
    """What was not handed in yet or was sent back; of a team that stands only its place in the tree.

    Raises `TeamInvalid`, `TeamIncomplete`, `TeamNotOpenToChange` or `TeamChangedMeanwhile`.
    """
    team = await for_organizer(who, team_id)
    every = {name: getattr(changes, name) for name in changes.__struct_fields__}
    given = {name: value for name, value in every.items() if value is not UNSET}
    if team.status is TeamStatus.ACTIVE and set(given) == {"parent_id"}:
        await _rehang(office, who, team_id, given["parent_id"])
        return await for_organizer(who, team_id)
    if team.status not in EDITABLE:
        raise TeamNotOpenToChange(team_status=team.status.value)
    columns = await _columns(given)
    async with transaction():
        read = Team.filter(id=team.id, version=team.version, status=team.status)
        if not await read.update(**columns, version=team.version + 1):
            raise TeamChangedMeanwhile
        await note("team", team.id, who.person_id, team.status, team.status, office.now())
    return await for_organizer(who, team_id)


async def _rehang(office: Office, who: Caller, team_id: UUID, parent_id: UUID | None) -> None:
    """Hang a standing team on another one; both are held, so that neither ends meanwhile."""
    if parent_id is not None and not await Team.exists(id=parent_id):
        raise TeamInvalid(fields={"parent_id": NO_SUCH_PARENT})
    async with transaction():
        team, *parents = await hold_teams(team_id, *([parent_id] if parent_id else []))
        if team.status is not TeamStatus.ACTIVE:
            raise TeamNotOpenToChange(team_status=team.status.value)
        if faults := faults_in_place(team, parents[0] if parents else None):
            raise TeamIncomplete(fields=faults)
        await Team.filter(id=team.id).update(parent_id=parent_id, version=team.version + 1)
        await note("team", team.id, who.person_id, team.status, team.status, office.now(), "parent")


async def _columns(given: dict[str, Any]) -> dict[str, Any]:
    """The given fields as columns. Raises `TeamInvalid` with all faults at once."""
    columns: dict[str, Any] = {
        name: given[name] for name in ("level", "trade", "parent_id", "founded_on") if name in given
    }
    if "name" in given:
        columns |= {"name": given["name"].strip(), "name_key": key_of(given["name"])}
    if "leader_no" in given:
        columns["leader_id"] = await _person_with(given["leader_no"])
    faults = {}
    if len(columns.get("name_key", "队名")) < 2:
        faults["name"] = "请填写队名"
    if columns.get("trade", "general") not in codes("team_trade"):
        faults["trade"] = "请从列表中选择"
    if columns.get("parent_id") and not await Team.active().filter(id=columns["parent_id"]).exists():
        faults["parent_id"] = NO_SUCH_PARENT
    if given.get("leader_no") and columns["leader_id"] is None:
        faults["leader_no"] = "没有这个编号的已通过审核的志愿者"
    if faults:
        raise TeamInvalid(fields=faults)
    return columns


def key_of(name: str) -> str:
    """The name as it is compared: spaces and the width and case of letters make no other name."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())[:40]


async def _person_with(volunteer_no: str | None) -> UUID | None:
    found = await Volunteer.get_or_none(volunteer_no=volunteer_no or "", status=VolunteerStatus.APPROVED)
    return found.person_id if found else None


async def submit(office: Office, who: Caller, team_id: UUID) -> Team:
    """Hand in for approval; from now on the name is this team's. Raises `TeamIncomplete` or `TeamNameTaken`."""
    await for_organizer(who, team_id)
    await _move(office, who, team_id, EDITABLE, TeamStatus.SUBMITTED, None)
    return await for_organizer(who, team_id)


async def decide(office: Office, who: Caller, team_id: UUID, *, approve: bool, reason: str | None) -> Team:
    """The city or an organizer above the team's unit approves, or sends back with a reason.

    Raises `NotYourUnit`, `TeamReasonNeeded`, `TeamNotOpenToChange`, `TeamIncomplete`, or `TooManyTeams` where the
    leader has five teams already.
    """
    team = await for_organizer(who, team_id)
    if not who.organizes(_path_above(team.unit)):
        raise NotYourUnit("新建队伍由上级单位或市科协审核。")
    reason = (reason or "").strip() or None
    if not approve and not reason:
        raise TeamReasonNeeded(fields={"reason": TeamReasonNeeded.words})
    after = TeamStatus.ACTIVE if approve else TeamStatus.RETURNED
    await _move(office, who, team_id, (TeamStatus.SUBMITTED,), after, reason)
    return await for_organizer(who, team_id)


def _path_above(unit: Unit) -> str:
    """Empty above the root: there only the city itself decides."""
    return unit.path.removesuffix(f"{unit.code}/")


async def _move(
    office: Office, who: Caller, team_id: UUID, allowed: tuple[TeamStatus, ...], after: TeamStatus, reason: str | None
) -> None:
    now = office.now()
    try:
        async with transaction():
            team, parent = await _held_with_parent(team_id)
            if team.status not in allowed:
                raise TeamNotOpenToChange(team_status=team.status.value)
            before, team.status, team.reason = team.status, after, reason
            if after is not TeamStatus.RETURNED:
                await _require_complete(team, parent, now.astimezone(LOCAL).date())
            if after is TeamStatus.ACTIVE:
                team.founded_on = team.founded_on or now.astimezone(LOCAL).date()
            if after is not TeamStatus.SUBMITTED:
                team.decided_at = now
            team.version += 1
            await team.save(update_fields=["status", "reason", "founded_on", "decided_at", "version"])
            await note("team", team.id, who.person_id, before, after, now, reason)
            if after is TeamStatus.ACTIVE and team.leader_id:
                volunteer = (await hold_volunteers([team.leader_id])).get(team.leader_id)
                await admit(team, volunteer, now, who.person_id, TeamRole.LEADER)
                await job.put(office, DRAW, {"kind": LinkKind.TEAM, "target": str(team.id)}, once=f"{DRAW}:{team.id}")
    except IntegrityError:
        raise TeamNameTaken from None


async def _held_with_parent(team_id: UUID) -> tuple[Team, Team | None]:
    """Both under lock, so that the parent does not end while something is hung on it."""
    read = await Team.get(id=team_id)
    ids = [team_id, *([read.parent_id] if read.parent_id else [])]
    team, *parents = await hold_teams(*ids)
    if team.parent_id != read.parent_id:
        raise TeamChangedMeanwhile
    return team, parents[0] if parents else None


async def _require_complete(team: Team, parent: Team | None, today: date) -> None:
    """Raises `TeamIncomplete` with everything that is missing at once."""
    faults = faults_in_place(team, parent)
    leader = await Volunteer.get_or_none(person_id=team.leader_id) if team.leader_id else None
    if leader is None or leader.status is not VolunteerStatus.APPROVED:
        faults["leader_no"] = "请填写队长的志愿者编号，队长须是已通过审核的志愿者"
    if team.founded_on and team.founded_on > today:
        faults["founded_on"] = "成立日期不能晚于今天"
    if faults:
        raise TeamIncomplete(fields=faults)


def faults_in_place(team: Team, parent: Team | None) -> dict[str, str]:
    """What is wrong with its place in the tree 总队→支队→大队→中队→小队; only a root unit's team has no parent."""
    if parent is None:
        return {} if team.unit.parent_id is None else {"parent_id": "请选择上级队伍"}
    if parent.status is not TeamStatus.ACTIVE:
        return {"parent_id": "上级队伍不存在或已撤并，请重新选择"}
    if not parent.level.is_above(team.level):
        return {"parent_id": "上级队伍的级别应高于本队"}
    if not team.unit.path.startswith(parent.unit.path):
        return {"parent_id": "上级队伍应属于本单位或上级单位"}
    return {}


async def for_organizer(who: Caller, team_id: UUID) -> Team:
    """The team in any state, for who organizes its unit. Raises `RoleNeeded`, `NoSuchTeam` or `NotYourUnit`."""
    who.require_organizer()
    team = await Team.get_or_none(id=team_id).select_related("unit", "successor")
    if team is None:
        raise NoSuchTeam
    who.require_organizer_of(team.unit.path)
    return team
