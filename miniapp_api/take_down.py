"""Copies that must go: what is to do, what became of it, and what their writer sees of it."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities import take_down
from capabilities.caller import Caller, RoleNeeded
from capabilities.office import Office
from capabilities.take_down import HowNeeded, NoSuchTakeDown, Place, TakeDownSettled
from miniapp_api.door import Page, cut, door
from models.greeting import Channel
from models.placement import TakeDown, TakeDownReason, TakeDownState

OUR_WALL = "本小程序祝福墙"


class CopyShown(msgspec.Struct):
    """`live`: it stands there; `to_do`: a person takes it down by `due_on`; `impossible`: `how` says why it stays."""

    channel: Channel
    outlet: str
    title: str
    link: str
    published_on: date | None
    state: Literal["live", "to_do", "done", "impossible"]
    due_on: date | None
    how: str | None

    @classmethod
    def of(cls, place: Place) -> "CopyShown":
        at, task = place.placement, place.task
        if at is None:
            return cls(place.channel, OUR_WALL, "", "", None, "done" if place.is_gone else "live", None, None)
        if task is None:
            return cls(at.channel, at.outlet, at.title, at.link, at.published_on, "live", None, None)
        due_on = task.due_on if task.state is TakeDownState.TO_DO else None
        return cls(at.channel, at.outlet, at.title, at.link, at.published_on, task.state.value, due_on, task.how)


class ToTakeDown(msgspec.Struct):
    """Where it stands and since when it must go; nothing of who wrote it."""

    id: UUID
    greeting_id: UUID
    channel: Channel
    outlet: str
    title: str
    link: str
    published_on: date
    version: int
    reason: TakeDownReason
    state: TakeDownState
    ordered_at: datetime
    due_on: date
    how: str | None
    settled_at: datetime | None

    @classmethod
    def of(cls, row: TakeDown) -> "ToTakeDown":
        of_copy = {name: getattr(row.copy, name) for name in ("greeting_id", "version")}
        names = ("channel", "outlet", "title", "link", "published_on")
        of_placement = {name: getattr(row.copy.placement, name) for name in names}
        own = ("id", "reason", "state", "ordered_at", "due_on", "how", "settled_at")
        return cls(**of_copy, **of_placement, **{name: getattr(row, name) for name in own})


class TakeDownSearch(msgspec.Struct, forbid_unknown_fields=True):
    state: TakeDownState | None = None
    cursor: str | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] | None = None


class TakeDownOutcome(msgspec.Struct, forbid_unknown_fields=True):
    """`how` it was taken down, or why it cannot be."""

    state: Literal["done", "impossible"]
    how: Annotated[str, Meta(min_length=1, max_length=300)]


@door.get("/take-downs", refusals=(RoleNeeded,))
async def list_take_downs(who: Caller, asked: TakeDownSearch) -> Page[ToTakeDown]:
    """须撤下的内容"""
    rows = await take_down.listed(who, state=asked.state, cursor=asked.cursor, limit=asked.limit)
    page, following = cut(rows, asked.limit)
    return Page([ToTakeDown.of(row) for row in page], following)


@door.post(
    "/take-downs/<take_down_id:uuid>/outcome",
    limit=4096,
    refusals=(RoleNeeded, NoSuchTakeDown, TakeDownSettled, HowNeeded),
)
async def settle(who: Caller, office: Office, take_down_id: UUID, what: TakeDownOutcome) -> ToTakeDown:
    """登记撤下结果"""
    return ToTakeDown.of(await take_down.settle(office, who, take_down_id, TakeDownState(what.state), what.how))
