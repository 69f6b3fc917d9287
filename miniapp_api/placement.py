"""Choose greetings for a channel, and write down where they were placed."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities import placement
from capabilities.caller import Caller, RoleNeeded
from capabilities.channel_consent import ChannelConsentMissing, NoSuchChannel, channel_named, local_day, name_on
from capabilities.greeting import ANONYMOUS, NoSuchGreeting
from capabilities.office import Office
from capabilities.placement import (
    AlreadySelected,
    GreetingNotAccepted,
    NewPlacement,
    NotSelected,
    PlacementInvalid,
    SecondPersonNeeded,
    ShownByItself,
)
from miniapp_api.door import Page, cut, door
from models.greeting import Channel, Greeting, GreetingStatus
from models.placement import Copy, Placement, Selection


class Selectable(msgspec.Struct):
    """A greeting as it may be shown on the channel that was asked for: signed so, until that day."""

    id: UUID
    status: GreetingStatus
    topic: str
    text: str
    byline: str
    until: date | None
    version: int
    is_selected: bool

    @classmethod
    def of(cls, row: Greeting, channel: Channel, today: date) -> "Selectable":
        consent = next(each for each in row.consents if each.channel is channel and each.is_live(today))
        chosen = any(each.channel is channel and each.ended_at is None for each in row.selections)
        byline = name_on(row, channel, today) or ANONYMOUS
        return cls(row.id, row.status, row.topic, row.text, byline, consent.until, row.version, chosen)


class SelectableSearch(msgspec.Struct, forbid_unknown_fields=True):
    is_selected: bool | None = None
    cursor: str | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] | None = None


class ForChannel(msgspec.Struct, forbid_unknown_fields=True):
    channel: Channel


class Selected(msgspec.Struct):
    greeting_id: UUID
    channel: Channel
    version: int
    selected_at: datetime

    @classmethod
    def of(cls, row: Selection) -> "Selected":
        return cls(row.greeting_id, row.channel, row.version, row.selected_at)


class CopyPlaced(msgspec.Struct):
    """`state` is that of its take-down, or `live`."""

    greeting_id: UUID
    version: int
    state: str

    @classmethod
    def of(cls, row: Copy) -> "CopyPlaced":
        (state,) = [each.state.value for each in row.take_downs] or ["live"]
        return cls(row.greeting_id, row.version, state)


class Placed(msgspec.Struct):
    id: UUID
    channel: Channel
    outlet: str
    title: str
    link: str
    published_on: date
    needs_person_to_remove: bool
    placed_at: datetime
    greetings: list[CopyPlaced]

    @classmethod
    def of(cls, row: Placement) -> "Placed":
        names = ("id", "channel", "outlet", "title", "link", "published_on", "placed_at")
        same = {name: getattr(row, name) for name in names}
        copies = [CopyPlaced.of(each) for each in row.copies]
        return cls(**same, needs_person_to_remove=row.needs_person, greetings=copies)


class PlacementSearch(msgspec.Struct, forbid_unknown_fields=True):
    channel: Channel | None = None
    cursor: str | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] | None = None


@door.get("/channels/<channel:str>/greetings", refusals=(RoleNeeded, NoSuchChannel))
async def list_selectable(who: Caller, office: Office, channel: str, asked: SelectableSearch) -> Page[Selectable]:
    """可为某一渠道选用的祝福（已通过审核且作者同意）"""
    where = channel_named(channel)
    rows = await placement.selectable(
        office, who, where, is_selected=asked.is_selected, cursor=asked.cursor, limit=asked.limit
    )
    page, following = cut(rows, asked.limit)
    today = local_day(office.now())
    return Page([Selectable.of(row, where, today) for row in page], following)


@door.post(
    "/greetings/<greeting_id:uuid>/selection",
    status=201,
    limit=1024,
    refusals=(
        RoleNeeded,
        NoSuchGreeting,
        GreetingNotAccepted,
        SecondPersonNeeded,
        ChannelConsentMissing,
        AlreadySelected,
        ShownByItself,
    ),
)
async def select(who: Caller, office: Office, greeting_id: UUID, what: ForChannel) -> Selected:
    """为某一渠道选用"""
    return Selected.of(await placement.select(office, who, greeting_id, what.channel))


@door.post("/greetings/<greeting_id:uuid>/deselection", status=204, limit=1024, refusals=(RoleNeeded, NoSuchGreeting))
async def deselect(who: Caller, office: Office, greeting_id: UUID, what: ForChannel) -> None:
    """取消选用"""
    await placement.deselect(office, who, greeting_id, what.channel)


@door.post(
    "/placements",
    status=201,
    limit=16_384,
    refusals=(RoleNeeded, NoSuchGreeting, NotSelected, ChannelConsentMissing, PlacementInvalid),
)
async def place(who: Caller, office: Office, what: NewPlacement) -> Placed:
    """登记刊播（再次核对每条祝福的授权）"""
    return Placed.of(await placement.place(office, who, what))


@door.get("/placements", refusals=(RoleNeeded,))
async def list_placements(who: Caller, asked: PlacementSearch) -> Page[Placed]:
    """刊播登记"""
    rows = await placement.placements(who, channel=asked.channel, cursor=asked.cursor, limit=asked.limit)
    page, following = cut(rows, asked.limit)
    return Page([Placed.of(row) for row in page], following)
