"""Moderate greetings and suggestions."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities import moderation
from capabilities.caller import Caller, RoleNeeded
from capabilities.greeting import NoSuchGreeting, byline_of
from capabilities.moderation import AlreadyModerated, ReasonCodeNeeded
from capabilities.office import Office
from miniapp_api.door import Page, cut, door
from models.greeting import Channel, Greeting, GreetingKind, GreetingStatus


class ToModerate(msgspec.Struct):
    """What a moderator may see: the words and their signature, never a phone or a workplace."""

    id: UUID
    kind: GreetingKind
    status: GreetingStatus
    topic: str
    text: str
    byline: str
    is_over_14: bool
    channels: list[Channel]
    version: int
    machine_suggest: str | None
    machine_label: int | None
    submitted_at: datetime

    @classmethod
    def of(cls, row: Greeting) -> "ToModerate":
        same = {name: getattr(row, name) for name in cls.__struct_fields__ if hasattr(row, name)}
        channels = [each.channel for each in row.consents if each.withdrawn_at is None]
        return cls(**same | {"byline": byline_of(row), "channels": channels})


class ModerationSearch(msgspec.Struct, forbid_unknown_fields=True):
    kind: GreetingKind | None = None
    cursor: str | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] | None = None


class ModerationDecision(msgspec.Struct, forbid_unknown_fields=True):
    """`version` is the one that was read; a decision on older words is refused."""

    decision: Literal["accepted", "returned", "rejected"]
    reason_code: Annotated[str, Meta(max_length=24)] | None = None
    reason_note: Annotated[str, Meta(max_length=300)] | None = None
    version: Annotated[int, Meta(ge=1, le=2**31 - 1)] | None = None


@door.get("/moderation", refusals=(RoleNeeded,))
async def list_waiting(who: Caller, asked: ModerationSearch) -> Page[ToModerate]:
    """待审核的祝福和建议"""
    rows = await moderation.waiting(who, kind=asked.kind, cursor=asked.cursor, limit=asked.limit)
    page, following = cut(rows, asked.limit)
    return Page([ToModerate.of(row) for row in page], following)


@door.post(
    "/greetings/<greeting_id:uuid>/decision",
    limit=4096,
    refusals=(RoleNeeded, NoSuchGreeting, AlreadyModerated, ReasonCodeNeeded),
)
async def decide(who: Caller, office: Office, greeting_id: UUID, what: ModerationDecision) -> ToModerate:
    """审核一条内容"""
    decided = await moderation.decide(
        office,
        who,
        greeting_id,
        GreetingStatus(what.decision),
        version=what.version,
        reason_code=what.reason_code,
        reason_note=what.reason_note,
    )
    return ToModerate.of(decided)
