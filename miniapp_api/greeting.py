"""Leave, follow, change and withdraw greetings and suggestions; the wall."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities import greeting
from capabilities.caller import Caller
from capabilities.consent import ConsentNeeded
from capabilities.event import NoCampaign
from capabilities.greeting import (
    GreetingInvalid,
    GreetingNotChangeable,
    GreetingWords,
    GuardianNeeded,
    NewGreeting,
    NoSuchGreeting,
    byline_of,
)
from capabilities.office import Office
from miniapp_api.door import COMPOSING, Page, cut, door
from models.greeting import Channel, Greeting, GreetingKind, GreetingStatus


class MyGreeting(msgspec.Struct):
    id: UUID
    kind: GreetingKind
    status: GreetingStatus
    topic: str
    text: str
    byline: str
    channels: list[Channel]
    version: int
    reason_code: str | None
    reason_note: str | None
    submitted_at: datetime

    @classmethod
    def of(cls, row: Greeting) -> "MyGreeting":
        return cls(
            id=row.id,
            kind=row.kind,
            status=row.status,
            topic=row.topic,
            text=row.text,
            byline=byline_of(row),
            channels=[each.channel for each in row.consents if each.withdrawn_at is None],
            version=row.version,
            reason_code=row.reason_code,
            reason_note=row.reason_note,
            submitted_at=row.submitted_at,
        )


class OnTheWall(msgspec.Struct):
    """Nothing but the words and how their writer chose to sign."""

    id: UUID
    topic: str
    text: str
    byline: str

    @classmethod
    def of(cls, row: Greeting) -> "OnTheWall":
        return cls(row.id, row.topic, row.text, byline_of(row))


class WallSearch(msgspec.Struct, forbid_unknown_fields=True):
    cursor: str | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] | None = None


WRITING = (ConsentNeeded, NoCampaign, GuardianNeeded, GreetingInvalid)


@door.get("/greetings")
async def show_wall(asked: WallSearch) -> Page[OnTheWall]:
    """祝福墙：已通过且作者同意上墙的祝福"""
    page, following = cut(await greeting.wall(cursor=asked.cursor, limit=asked.limit), asked.limit)
    return Page([OnTheWall.of(row) for row in page], following)


@door.post("/greetings", status=201, limit=16_384, refusals=WRITING, pace=COMPOSING)
async def leave(who: Caller, office: Office, what: NewGreeting) -> MyGreeting:
    """写祝福或建议"""
    return MyGreeting.of(await greeting.leave(office, who, what))


@door.get("/me/greetings")
async def list_mine(who: Caller) -> list[MyGreeting]:
    """我的祝福和建议"""
    return [MyGreeting.of(row) for row in await greeting.mine(who)]


@door.put(
    "/greetings/<greeting_id:uuid>",
    limit=16_384,
    refusals=(NoSuchGreeting, GreetingNotChangeable, *WRITING),
    pace=COMPOSING,
)
async def change(who: Caller, office: Office, greeting_id: UUID, what: GreetingWords) -> MyGreeting:
    """修改（重新审核）"""
    return MyGreeting.of(await greeting.change(office, who, greeting_id, what))


@door.delete("/greetings/<greeting_id:uuid>", refusals=(NoSuchGreeting,))
async def withdraw(who: Caller, office: Office, greeting_id: UUID) -> None:
    """撤回"""
    await greeting.withdraw(office, who, greeting_id)
