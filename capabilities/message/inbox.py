"""The inbox (消息): what a person was told, the newest first, and what they have read of it."""

from datetime import datetime
from uuid import UUID

from capabilities.caller import Caller
from capabilities.office import Office
from kit.errors import NotFound
from kit.paging import limit_of, row_of
from models.message import Message


class NoSuchMessage(NotFound):
    words = "没有找到这条消息。"


async def mine(who: Caller, *, cursor: str | None, limit: int | None) -> list[Message]:
    """One more than the page holds where there are more. Raises `BadCursor`."""
    query = Message.filter(person_id=who.person_id)
    before = row_of(cursor)
    if before is not None:
        query = query.filter(id__lt=before)
    return await query.order_by("-id").limit(limit_of(limit) + 1)


async def unread(who: Caller) -> int:
    return await Message.unread(who.person_id).count()


async def read(office: Office, who: Caller, message_id: UUID) -> int:
    """Mark one as read, for the first time only; returns how many are unread. Raises `NoSuchMessage`."""
    if not await Message.exists(id=message_id, person_id=who.person_id):
        raise NoSuchMessage
    await Message.unread(who.person_id).filter(id=message_id).update(read_at=office.now())
    return await unread(who)


async def read_all(office: Office, who: Caller, *, up_to: UUID) -> int:
    """Mark what the person can have seen: up to the newest message on the screen. Returns how many are unread."""
    now: datetime = office.now()
    await Message.unread(who.person_id).filter(id__lte=up_to).update(read_at=now)
    return await unread(who)
