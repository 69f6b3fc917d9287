"""The inbox, and what a person answered when WeChat asked whether reminders may come."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities import message
from capabilities.caller import Caller
from capabilities.message import Answers, NoSuchMessage, Standing
from capabilities.office import Office
from kit.paging import BadCursor
from miniapp_api.door import cut, door
from models.message import Delivery, Message, MessageKind, ReminderKind


class MessageShown(msgspec.Struct):
    """`page` is where a tap leads in the mini-program; `delivery` is what became of the WeChat reminder."""

    id: UUID
    kind: MessageKind
    title: str
    words: str
    page: str
    event_id: UUID | None
    at: datetime
    read_at: datetime | None
    delivery: Delivery

    @classmethod
    def of(cls, row: Message) -> "MessageShown":
        return cls(**{name: getattr(row, name) for name in cls.__struct_fields__})


class Inbox(msgspec.Struct):
    items: list[MessageShown]
    unread: int
    next_cursor: str | None = None


class InboxAsked(msgspec.Struct, forbid_unknown_fields=True):
    cursor: str | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] | None = None


class Unread(msgspec.Struct):
    unread: int


class SeenUpTo(msgspec.Struct, forbid_unknown_fields=True):
    """The newest message that was on the screen: what arrived since stays unread."""

    up_to: UUID


class ReminderShown(msgspec.Struct):
    """`left` is how many reminders of this kind may still come; `rejected_at` says when the person last said no."""

    kind: ReminderKind
    template_id: str
    left: int
    rejected_at: datetime | None

    @classmethod
    def of(cls, row: Standing) -> "ReminderShown":
        return cls(row.reminder, row.template_id, row.left, row.rejected_at)


@door.get("/me/messages", refusals=(BadCursor,))
async def list_mine(who: Caller, asked: InboxAsked) -> Inbox:
    """我的消息，最新在前"""
    page, following = cut(await message.mine(who, cursor=asked.cursor, limit=asked.limit), asked.limit)
    return Inbox([MessageShown.of(row) for row in page], await message.unread(who), following)


@door.post("/me/messages/<message_id:uuid>/reading", refusals=(NoSuchMessage,))
async def read(who: Caller, office: Office, message_id: UUID) -> Unread:
    """标记一条消息为已读"""
    return Unread(await message.read(office, who, message_id))


@door.post("/me/messages/reading")
async def read_all(who: Caller, office: Office, what: SeenUpTo) -> Unread:
    """把看到的消息全部标记为已读"""
    return Unread(await message.read_all(office, who, up_to=what.up_to))


@door.get("/me/reminders")
async def show_reminders(who: Caller, office: Office) -> list[ReminderShown]:
    """可订阅的提醒及剩余次数"""
    return [ReminderShown.of(row) for row in await message.standing(office, who)]


@door.post("/me/reminders", limit=4096)
async def note_answers(who: Caller, office: Office, what: Answers) -> list[ReminderShown]:
    """记录订阅授权的结果：一次允许即一条提醒"""
    return [ReminderShown.of(row) for row in await message.note_answers(office, who, what)]
