"""Leave, follow, change and withdraw greetings and suggestions; the wall."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities import greeting, upload
from capabilities.caller import Caller
from capabilities.channel_consent import local_day, name_on
from capabilities.consent import ConsentNeeded
from capabilities.event import NoCampaign
from capabilities.greeting import (
    ANONYMOUS,
    LONGEST_APPEAL,
    AlreadyAppealed,
    GreetingInvalid,
    GreetingNotChangeable,
    GreetingWords,
    GuardianNeeded,
    NewGreeting,
    NoSuchGreeting,
    NotRefused,
    WordingRefused,
    byline_of,
)
from capabilities.office import Office
from capabilities.upload import Purpose, UploadsUnfit
from miniapp_api.door import COMPOSING, Page, cut, door
from miniapp_api.take_down import CopyShown
from miniapp_api.upload import Media
from models.greeting import Byline, Channel, ChannelConsent, Greeting, GreetingKind, GreetingStatus
from models.upload import Upload

Uploads = Mapping[UUID, Sequence[Upload]]


class ChannelAgreed(msgspec.Struct):
    """`until` is the last day; `show_name` is null where it is signed as the greeting itself."""

    channel: Channel
    text_version: str | None
    given_at: datetime
    until: date | None
    show_name: Byline | None

    @classmethod
    def of(cls, row: ChannelConsent) -> "ChannelAgreed":
        return cls(**{name: getattr(row, name) for name in cls.__struct_fields__})


class MyGreeting(msgspec.Struct):
    id: UUID
    kind: GreetingKind
    status: GreetingStatus
    topic: str
    text: str
    byline: str
    channels: list[Channel]
    consents: list[ChannelAgreed]
    version: int
    reason_code: str | None
    reason_note: str | None
    submitted_at: datetime
    uploads: list[Media]
    may_appeal: bool

    @classmethod
    def of(cls, office: Office, row: Greeting, uploads: Uploads) -> "MyGreeting":
        live = [each for each in row.consents if each.withdrawn_at is None]
        return cls(
            id=row.id,
            kind=row.kind,
            status=row.status,
            topic=row.topic,
            text=row.text,
            byline=byline_of(row),
            channels=[each.channel for each in live],
            consents=[ChannelAgreed.of(each) for each in live],
            version=row.version,
            reason_code=row.reason_code,
            reason_note=row.reason_note,
            submitted_at=row.submitted_at,
            uploads=[Media.of(office, each, Purpose.OWN) for each in uploads[row.id]],
            may_appeal=row.may_be_appealed(),
        )


class OnTheWall(msgspec.Struct):
    """Nothing but the words, what goes with them, and how their writer chose to sign."""

    id: UUID
    topic: str
    text: str
    byline: str
    uploads: list[Media]

    @classmethod
    def of(cls, office: Office, row: Greeting, uploads: Uploads) -> "OnTheWall":
        name = name_on(row, Channel.WALL, local_day(office.now())) or ANONYMOUS
        media = [Media.of(office, each, Purpose.WALL) for each in uploads[row.id]]
        return cls(row.id, row.topic, row.text, name, media)


class Withdrawn(msgspec.Struct):
    """Every place that it came to: whether it is gone from there, or who must act by when."""

    copies: list[CopyShown]


class Appeal(msgspec.Struct, forbid_unknown_fields=True):
    words: Annotated[str, Meta(min_length=1, max_length=LONGEST_APPEAL)]


class WallSearch(msgspec.Struct, forbid_unknown_fields=True):
    cursor: str | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] | None = None


WRITING = (ConsentNeeded, NoCampaign, GuardianNeeded, GreetingInvalid, WordingRefused, UploadsUnfit)


@door.get("/greetings")
async def show_wall(office: Office, asked: WallSearch) -> Page[OnTheWall]:
    """祝福墙：已通过且作者同意上墙的祝福"""
    today = local_day(office.now())
    page, following = cut(await greeting.wall(today=today, cursor=asked.cursor, limit=asked.limit), asked.limit)
    uploads = await upload.of([row.id for row in page])
    return Page([OnTheWall.of(office, row, uploads) for row in page], following)


@door.post("/greetings", status=201, limit=16_384, refusals=WRITING, pace=COMPOSING)
async def leave(who: Caller, office: Office, what: NewGreeting) -> MyGreeting:
    """写祝福或建议"""
    row = await greeting.leave(office, who, what)
    return MyGreeting.of(office, row, await upload.of([row.id]))


@door.get("/me/greetings")
async def list_mine(who: Caller, office: Office) -> list[MyGreeting]:
    """我的祝福和建议"""
    rows = await greeting.mine(who)
    uploads = await upload.of([row.id for row in rows])
    return [MyGreeting.of(office, row, uploads) for row in rows]


@door.put(
    "/greetings/<greeting_id:uuid>",
    limit=16_384,
    refusals=(NoSuchGreeting, GreetingNotChangeable, *WRITING),
    pace=COMPOSING,
)
async def change(who: Caller, office: Office, greeting_id: UUID, what: GreetingWords) -> MyGreeting:
    """修改（重新审核）"""
    row = await greeting.change(office, who, greeting_id, what)
    return MyGreeting.of(office, row, await upload.of([row.id]))


@door.get("/greetings/<greeting_id:uuid>/copies", refusals=(NoSuchGreeting,))
async def list_copies(who: Caller, office: Office, greeting_id: UUID) -> list[CopyShown]:
    """我的祝福展示在哪些地方"""
    return [CopyShown.of(each) for each in await greeting.places(office, who, greeting_id)]


@door.delete("/greetings/<greeting_id:uuid>", status=200, refusals=(NoSuchGreeting,))
async def withdraw(who: Caller, office: Office, greeting_id: UUID) -> Withdrawn:
    """撤回（并告知每一处的撤下情况）"""
    await greeting.withdraw(office, who, greeting_id)
    return Withdrawn([CopyShown.of(each) for each in await greeting.places(office, who, greeting_id)])


@door.post("/greetings/<greeting_id:uuid>/appeal", limit=4096, refusals=(NoSuchGreeting, NotRefused, AlreadyAppealed))
async def appeal(who: Caller, office: Office, greeting_id: UUID, what: Appeal) -> MyGreeting:
    """对未通过的结论申诉一次"""
    row = await greeting.appeal(office, who, greeting_id, what.words)
    return MyGreeting.of(office, row, await upload.of([row.id]))
