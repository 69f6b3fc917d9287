"""Find teams; found, flag, merge and dissolve them; see where none stands yet."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities import team
from capabilities.caller import Caller, NotYourUnit, RoleNeeded
from capabilities.masks import mask_name
from capabilities.office import Office
from capabilities.team import (
    Gaps,
    MemberNotApproved,
    NewTeam,
    NoSuchTeam,
    NoSuchUnit,
    TeamChangedMeanwhile,
    TeamChanges,
    TeamIncomplete,
    TeamInvalid,
    TeamNameTaken,
    TeamNotOpenToChange,
    TeamReasonNeeded,
    TeamSearch,
    TeamSeen,
    TeamsHangOnIt,
    TooManyTeams,
)
from kit.paging import BadCursor
from miniapp_api.door import Page, cut, door
from models.team import Team, TeamGap, TeamLevel, TeamStatus

Reason = Annotated[str, Meta(min_length=2, max_length=300)]


class TeamShown(msgspec.Struct):
    """`leader_name` is masked for who is not signed in; a team that ended says why and names its successor."""

    id: UUID
    name: str
    level: TeamLevel
    trade: str
    status: TeamStatus
    unit_code: str
    unit_name: str
    parent_id: UUID | None
    leader_name: str | None
    members: int
    founded_on: date | None
    flag_given_on: date | None
    flag_given_by: str | None
    successor_id: UUID | None
    successor_name: str | None
    reason: str | None

    @classmethod
    def of(cls, seen: TeamSeen, guest: Caller | None) -> "TeamShown":
        row: Team = seen.team
        same = {name: getattr(row, name) for name in cls.__struct_fields__ if hasattr(row, name)}
        return cls(
            **same
            | {
                "unit_code": row.unit.code,
                "unit_name": row.unit.name,
                "leader_name": seen.leader if guest or not seen.leader else mask_name(seen.leader),
                "members": seen.members,
                "successor_name": row.successor.name if row.successor else None,
            }
        )


class TeamDecision(msgspec.Struct, forbid_unknown_fields=True):
    """Sending back needs a reason."""

    decision: Literal["active", "returned"]
    reason: Annotated[str, Meta(max_length=300)] | None = None


class FlagGiven(msgspec.Struct, forbid_unknown_fields=True):
    given_on: date
    given_by: Annotated[str, Meta(min_length=2, max_length=60)]


class Merger(msgspec.Struct, forbid_unknown_fields=True):
    successor_id: UUID
    reason: Reason


class Dissolution(msgspec.Struct, forbid_unknown_fields=True):
    reason: Reason


class UnitWithoutTeam(msgspec.Struct):
    unit_code: str
    unit_name: str
    reason: str | None

    @classmethod
    def of(cls, row: TeamGap) -> "UnitWithoutTeam":
        return cls(row.unit.code, row.unit.name, row.reason)


class GapsShown(msgspec.Struct):
    """`trades` are the codes of the list `team_trade` in which no team stands."""

    units: list[UnitWithoutTeam]
    trades: list[str]

    @classmethod
    def of(cls, found: Gaps) -> "GapsShown":
        units = [UnitWithoutTeam(unit.code, unit.name, gap.reason if gap else None) for unit, gap in found.units]
        return cls(units, found.trades)


class GapReason(msgspec.Struct, forbid_unknown_fields=True):
    reason: Reason


async def _shown(row: Team, who: Caller) -> TeamShown:
    (seen,) = await team.seen([row])
    return TeamShown.of(seen, who)


FOUNDING = (RoleNeeded, NotYourUnit, NoSuchTeam, TeamNotOpenToChange, TeamChangedMeanwhile)


@door.get("/teams", refusals=(BadCursor,))
async def search(guest: Caller | None, asked: TeamSearch) -> Page[TeamShown]:
    """科技志愿服务队（可按单位、级别、行业、上级队伍查找）"""
    page, following = cut(await team.search(asked), asked.limit)
    return Page([TeamShown.of(each, guest) for each in await team.seen(page)], following)


@door.get("/teams/<team_id:uuid>", refusals=(NoSuchTeam,))
async def read_one(guest: Caller | None, team_id: UUID) -> TeamShown:
    """一支队伍（已合并的注明并入哪支队伍）"""
    (seen,) = await team.seen([await team.for_everyone(team_id)])
    return TeamShown.of(seen, guest)


@door.get("/managed-teams")
async def list_managed(who: Caller) -> list[TeamShown]:
    """我管理的队伍（含草稿和待审核）"""
    return [TeamShown.of(each, who) for each in await team.seen(await team.managed(who))]


@door.get("/teams/gaps", refusals=(RoleNeeded,))
async def list_gaps(who: Caller) -> GapsShown:
    """无队伍的单位和行业"""
    return GapsShown.of(await team.gaps(who))


@door.put("/units/<code:str>/team-gap", limit=4096, refusals=(RoleNeeded, NotYourUnit, NoSuchUnit))
async def state_gap_reason(who: Caller, office: Office, code: str, what: GapReason) -> UnitWithoutTeam:
    """说明本单位暂无队伍的原因"""
    return UnitWithoutTeam.of(await team.state_reason(office, who, code, what.reason))


@door.post("/teams", status=201, limit=4096, refusals=(RoleNeeded, NotYourUnit, TeamInvalid))
async def draft(who: Caller, office: Office, what: NewTeam) -> TeamShown:
    """新建队伍（草稿）"""
    return await _shown(await team.for_organizer(who, (await team.draft(office, who, what)).id), who)


@door.patch("/teams/<team_id:uuid>", limit=4096, refusals=(*FOUNDING, TeamInvalid, TeamIncomplete))
async def change(who: Caller, office: Office, team_id: UUID, what: TeamChanges) -> TeamShown:
    """修改未提交或被退回的队伍；已成立的队伍只能调整上级队伍"""
    return await _shown(await team.change(office, who, team_id, what), who)


@door.post("/teams/<team_id:uuid>/submission", refusals=(*FOUNDING, TeamIncomplete, TeamNameTaken))
async def submit(who: Caller, office: Office, team_id: UUID) -> TeamShown:
    """提交上级单位审核"""
    return await _shown(await team.submit(office, who, team_id), who)


@door.post(
    "/teams/<team_id:uuid>/decision",
    limit=4096,
    refusals=(*FOUNDING, TeamReasonNeeded, TeamIncomplete, TooManyTeams, MemberNotApproved),
)
async def decide(who: Caller, office: Office, team_id: UUID, what: TeamDecision) -> TeamShown:
    """批准或退回下级单位新建的队伍"""
    approve = what.decision == "active"
    return await _shown(await team.decide(office, who, team_id, approve=approve, reason=what.reason), who)


@door.put("/teams/<team_id:uuid>/flag", limit=4096, refusals=(*FOUNDING, TeamInvalid))
async def give_flag(who: Caller, office: Office, team_id: UUID, what: FlagGiven) -> TeamShown:
    """登记授旗日期和授旗单位"""
    return await _shown(await team.give_flag(office, who, team_id, given_on=what.given_on, given_by=what.given_by), who)


@door.post("/teams/<team_id:uuid>/merger", limit=4096, refusals=(*FOUNDING, TeamInvalid, TeamsHangOnIt))
async def merge(who: Caller, office: Office, team_id: UUID, what: Merger) -> TeamShown:
    """并入另一支队伍，队员一并转入"""
    return await _shown(await team.merge(office, who, team_id, what.successor_id, what.reason), who)


@door.post("/teams/<team_id:uuid>/dissolution", limit=4096, refusals=(*FOUNDING, TeamsHangOnIt))
async def dissolve(who: Caller, office: Office, team_id: UUID, what: Dissolution) -> TeamShown:
    """撤销队伍"""
    return await _shown(await team.dissolve(office, who, team_id, what.reason), who)
