"""The one door of the mini-program's API, and what its lists look like."""

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar
from uuid import UUID

import msgspec

from kit.door import Door, Route
from kit.pace import By, Pace
from kit.paging import after, limit_of

# No hand gets near these; they stop a script, also one that has got hold of somebody's token.
READING = Pace(1200, 60, name="reading")
WRITING = Pace(600, 60, name="writing")
# A whole hall stands behind one address, so what is open to all has room for hundreds who open the app at once.
LOOKING_AROUND = Pace(30_000, 60, By.ADDRESS, name="looking-around")
# What could be found by trying. Ten in a quarter of an hour: where two windows meet one more gets through.
GUESSING = Pace(9, 15 * 60)
# A greeting costs a check by WeChat and a moderator's minute.
COMPOSING = Pace(20, 10 * 60, name="composing")
UPLOADING = Pace(60, 10 * 60, name="uploading")
SAVING = Pace(60, 10 * 60)


def usual_pace(route: Route) -> Pace:
    if route.is_public:
        return LOOKING_AROUND
    return READING if route.method == "GET" else WRITING


door = Door("miniapp_api", "/api/v1", usual=usual_pace)

Item = TypeVar("Item")


class HasId(Protocol):
    @property
    def id(self) -> UUID: ...


Row = TypeVar("Row", bound=HasId)


class Page(msgspec.Struct, Generic[Item]):
    """`next_cursor` leads to the following page; null on the last one."""

    items: list[Item]
    next_cursor: str | None = None


def cut(rows: Sequence[Row], limit: int | None) -> tuple[Sequence[Row], str | None]:
    """The rows of this page and the cursor of the next; lists are read with one row more than they show."""
    size = limit_of(limit)
    return rows[:size], after(rows[size - 1].id) if len(rows) > size else None
