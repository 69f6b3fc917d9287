"""Proof of a removal: how many rows, how old, under which rule; never whose."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from tortoise import Model

from models.removal import Removal, RemovedBy

# SQLite takes so many values in one statement with room to spare.
AT_ONCE = 500


async def prove(
    rule: str, place: str, dates: Collection[datetime], by: RemovedBy, now: datetime, *, count: int | None = None
) -> None:
    """Within the transaction that removes; nothing is written where nothing went. `count` where rows have no date."""
    gone = len(dates) if count is None else count
    if gone:
        oldest, newest = min(dates, default=None), max(dates, default=None)
        await Removal.create(rule=rule, place=place, count=gone, oldest=oldest, newest=newest, by=by, at=now)


async def delete_rows(model: type[Model], ids: Collection[UUID]) -> int:
    listed, gone = list(ids), 0
    for start in range(0, len(listed), AT_ONCE):
        gone += await model.filter(id__in=listed[start : start + AT_ONCE]).delete()
    return gone
