"""The gap list (无队伍的单位、行业): where no team stands yet, and the reason that the unit states."""

from dataclasses import dataclass
from typing import Any

from tortoise.exceptions import IntegrityError

from capabilities.caller import Caller
from capabilities.office import Office
from capabilities.team.refusals import NoSuchUnit
from capabilities.transition import note
from models.code_list import codes
from models.database import transaction
from models.team import Team, TeamGap
from models.unit import Unit, UnitKind

LONGEST_CODE = 16


@dataclass(frozen=True)
class Gaps:
    """`units` with the reason that each states, if any; `trades` are codes of `team_trade`."""

    units: list[tuple[Unit, TeamGap | None]]
    trades: list[str]


async def gaps(who: Caller) -> Gaps:
    """Among the caller's units; partners were not asked to found teams (四(三))."""
    scope = who.scope("path")
    units = await Unit.filter(scope).exclude(kind=UnitKind.PARTNER).order_by("path")
    teams = await Team.active().filter(who.scope("unit__path")).values_list("unit_id", "trade")
    covered, trades = {str(unit_id) for unit_id, _ in teams}, {trade for _, trade in teams}
    stated = {gap.unit_id: gap for gap in await TeamGap.all()}
    without = [(unit, stated.get(unit.id)) for unit in units if str(unit.id) not in covered]
    return Gaps(without, [code for code in codes("team_trade") if code not in trades])


async def state_reason(office: Office, who: Caller, unit_code: str, reason: str) -> TeamGap:
    """Say why the unit has no team; said again it replaces the older reason. Raises `NoSuchUnit` or `NotYourUnit`."""
    who.require_organizer()
    # It came in the path, where nothing bounds it; the field's own length is no refusal but a fault.
    unit = await Unit.get_or_none(code=unit_code) if len(unit_code) <= LONGEST_CODE else None
    if unit is None:
        raise NoSuchUnit
    who.require_organizer_of(unit.path)
    try:
        return await _write(office, who, unit, reason)
    except IntegrityError:
        # Two wrote the first reason at once; now there is one to replace.
        return await _write(office, who, unit, reason)


async def _write(office: Office, who: Caller, unit: Unit, reason: str) -> TeamGap:
    said: dict[str, Any] = {"reason": reason.strip(), "stated_by_id": who.person_id, "stated_at": office.now()}
    async with transaction():
        if not await TeamGap.filter(unit_id=unit.id).update(**said):
            await TeamGap.create(unit_id=unit.id, **said)
        gap = await TeamGap.get(unit_id=unit.id).select_related("unit")
        await note("team_gap", gap.id, who.person_id, None, "stated", office.now(), reason.strip())
    return gap
