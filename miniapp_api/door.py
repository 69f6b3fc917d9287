"""The one door of the mini-program's API, and what its lists look like."""

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar
from uuid import UUID

import msgspec

from kit.door import Door
from kit.paging import after, limit_of

door = Door("miniapp_api", "/api/v1")

Item = TypeVar("Item")


class HasId(Protocol):
    id: UUID


Row = TypeVar("Row", bound=HasId)


class Page(msgspec.Struct, Generic[Item]):
    """`next_cursor` leads to the following page; null on the last one."""

    items: list[Item]
    next_cursor: str | None = None


def cut(rows: Sequence[Row], limit: int | None) -> tuple[Sequence[Row], str | None]:
    """The rows of this page and the cursor of the next; lists are read with one row more than they show."""
    size = limit_of(limit)
    return rows[:size], after(rows[size - 1].id) if len(rows) > size else None
