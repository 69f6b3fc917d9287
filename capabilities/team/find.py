"""Find teams: the standing ones for everybody, the own ones in any state for who organizes or leads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta
from tortoise.expressions import Q

from capabilities.caller import Caller
from capabilities.team.refusals import NoSuchTeam
from kit.paging import limit_of, row_of
from models.team import LEADING, Membership, Team, TeamLevel, TeamRole, TeamStatus
from models.unit import Unit
from models.volunteer import Volunteer

# A team that ended is still found by its id, so that old links say where it went.
PUBLIC = (TeamStatus.ACTIVE, TeamStatus.MERGED, TeamStatus.DISSOLVED)


class TeamSearch(msgspec.Struct, forbid_unknown_fields=True):
    """`unit` is a unit's code and means also those below; `parent_id` gives the teams right below one."""

    unit: Annotated[str, Meta(max_length=16)] | None = None
    level: TeamLevel | None = None
    trade: Annotated[str, Meta(max_length=16)] | None = None
    parent_id: UUID | None = None
    q: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    cursor: str | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] | None = None


@dataclass(frozen=True)
class TeamSeen:
    """A team with what is counted: `leader` is the whole name of who leads it now."""

    team: Team
    members: int
    leader: str | None


async def search(asked: TeamSearch) -> list[Team]:
    """Active teams, older first; one more than the page holds where there are more. Raises `BadCursor`."""
    query = Team.active()
    if asked.unit:
        unit = await Unit.get_or_none(code=asked.unit)
        if unit is None:
            return []
        query = query.filter(unit__path__startswith=unit.path)
    wanted = {"level": asked.level, "trade": asked.trade, "parent_id": asked.parent_id, "name__icontains": asked.q}
    query = query.filter(**{name: value for name, value in wanted.items() if value})
    after = row_of(asked.cursor)
    if after is not None:
        query = query.filter(id__gt=after)
    return await query.order_by("id").limit(limit_of(asked.limit) + 1).select_related("unit", "successor")


async def for_everyone(team_id: UUID) -> Team:
    """A team that stands or once stood; a draft is as if it were not there."""
    team = await Team.get_or_none(id=team_id, status__in=PUBLIC).select_related("unit", "successor")
    if team is None:
        raise NoSuchTeam
    return team


async def managed(who: Caller) -> list[Team]:
    """Teams in any state of the caller's units, and the standing teams that the caller leads."""
    led = Membership.active().filter(person_id=who.person_id, role__in=LEADING)
    mine = Q(id__in=[UUID(str(each)) for each in await led.values_list("team_id", flat=True)])
    if who.organized_paths():
        mine = mine | who.scope("unit__path")
    return await Team.filter(mine).order_by("id").select_related("unit", "successor")


async def seen(teams: Sequence[Team]) -> list[TeamSeen]:
    ids = [team.id for team in teams]
    counted, leaders = await Membership.counted(ids), await _leaders_of(ids)
    return [TeamSeen(team, counted[team.id], leaders.get(team.id)) for team in teams]


async def _leaders_of(team_ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = await Membership.active().filter(team_id__in=list(team_ids), role=TeamRole.LEADER)
    people = await Volunteer.filter(person_id__in=[row.person_id for row in rows]).only("id", "person_id", "name")
    names = {each.person_id: each.name for each in people}
    return {row.team_id: names[row.person_id] for row in rows if names.get(row.person_id)}
