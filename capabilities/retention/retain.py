"""Retain no longer (到期清理): take out what is past its time, batch by batch, each with its proof.

Every batch is one transaction, so that a stop loses nothing and the next run goes on where this one ended.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.queryset import QuerySet

from capabilities.own_data import IMPERSONAL, PLACES, prove
from capabilities.retention.rules import RULES, Rule
from models.database import transaction
from models.removal import RemovedBy

AT_ONCE = 200


@dataclass(frozen=True)
class Outcome:
    """How many rows of one rule went, or would go."""

    rule: Rule
    count: int
    oldest: datetime | None = None
    newest: datetime | None = None


@dataclass(frozen=True)
class Left:
    """What is left in one place, how long it stays there, and why."""

    place: str
    name: str
    count: int
    kept_for: str
    why: str


async def due(now: datetime) -> list[Outcome]:
    """What is past its time, and nothing is touched."""
    return [await _due(rule, now) for rule in RULES]


async def _due(rule: Rule, now: datetime) -> Outcome:
    ready = rule.due(now - rule.keep_for).filter(rule.ready())
    oldest, newest = await _first(ready, rule.date), await _first(ready, f"-{rule.date}")
    return Outcome(rule, await ready.count(), oldest, newest)


async def _first(rows: QuerySet[Any], order: str) -> datetime | None:
    """The date of the first row. An aggregate over a condition on a join would be grouped, row by row."""
    dates: list[Any] = await rows.order_by(order).limit(1).values_list(order.removeprefix("-"), flat=True)
    return next(iter(dates), None)


async def retain(
    now: datetime,
    by: RemovedBy,
    *,
    is_time_up: Callable[[], bool] = lambda: False,
    rules: Sequence[Rule] = RULES,
    at_once: int = AT_ONCE,
) -> list[Outcome]:
    """Rule by rule; ends early between two batches where the time is up, and then the last outcome may be a part."""
    outcomes = []
    for rule in rules:
        count, after = 0, UUID(int=0)
        while not is_time_up():
            seen, gone = await _batch(rule, after, now, by, at_once)
            count += gone
            if seen is None:
                break
            after = seen
        outcomes.append(Outcome(rule, count))
    return outcomes


async def _batch(rule: Rule, after: UUID, now: datetime, by: RemovedBy, at_once: int) -> tuple[UUID | None, int]:
    """One batch behind `after`: the last row that was looked at (None at the end), and how many went."""
    overdue = rule.due(now - rule.keep_for)
    way = rule.date.rpartition("__")[0]
    async with transaction():
        looked_at = [row.id for row in await overdue.filter(id__gt=after).order_by("id").limit(at_once).only("id")]
        if not looked_at:
            return None, 0
        await rule.model.filter(id__in=looked_at).order_by("id").select_for_update().only("id")
        # Asked again under the locks: an appeal, say, may have come in between.
        rows = await overdue.filter(id__in=looked_at).select_related(*([way] if way else []))
        dates = {row.id: _date_of(row, rule.date) for row in rows}
        gone = await rule.remove(list(dates), now) if dates else []
        known = [date for row_id in gone if (date := dates[row_id]) is not None]
        await prove(rule.name, str(rule.model._meta.db_table), known, by, now, count=len(gone))
    return looked_at[-1], len(gone)


def _date_of(row: Any, way: str) -> datetime | None:
    for step in way.split("__"):
        row = getattr(row, step)
    found: datetime | None = row
    return found


async def left() -> list[Left]:
    """Every place with what lies there now, and why it may."""
    kept = [
        Left(place.table, place.name, await place.model.all().count(), place.kept_for, place.why) for place in PLACES
    ]
    others = [
        Left(str(model._meta.db_table), why, await model.all().count(), "不含个人信息", "")
        for model, why in IMPERSONAL.items()
    ]
    return kept + others
