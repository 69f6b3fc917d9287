"""Find events: the published ones for everybody, the own ones for organizers and staff."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta
from tortoise.expressions import Q

from capabilities.caller import Caller
from capabilities.event.refusals import NoSuchEvent
from capabilities.office import Office
from kit.paging import BadCursor, limit_of, row_of
from models.event import Event, EventStatus
from models.event_rows import EventRow, Wanted, published, shown
from models.role import RoleName

Moment = Annotated[datetime, Meta(tz=True)]


class EventSearch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """`from` and `to` bound the event's time; `unit` is a unit's code and means also those below."""

    from_: Moment | None = None
    to: Moment | None = None
    unit: Annotated[str, Meta(max_length=16)] | None = None
    category: Annotated[str, Meta(max_length=20)] | None = None
    q: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    cursor: str | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] | None = None


async def for_organizer(who: Caller, event_id: UUID) -> Event:
    """The event in any state, for who organizes its unit. Raises `NoSuchEvent` or `NotYourUnit`."""
    who.require_organizer()
    event = await _with_parts(Event.filter(id=event_id))
    if event is None:
        raise NoSuchEvent
    who.require_organizer_of(event.unit.path)
    return event


async def for_everyone(office: Office, event_id: UUID) -> EventRow:
    """A published, cancelled or ended event; a draft is as if it were not there."""
    return await office.together(_show, event_id)


async def _show(_: Office, event_ids: Sequence[UUID]) -> list[EventRow | NoSuchEvent]:
    """What several people open in one moment, read in one statement that began after the last of them asked."""
    found = await shown(set(event_ids))
    return [found.get(event_id) or NoSuchEvent() for event_id in event_ids]


async def _with_parts(query: Any) -> Event | None:
    found: Event | None = (
        await query.select_related("unit", "recording_unit", "campaign").prefetch_related("shifts", "points").first()
    )
    return found


async def search(office: Office, asked: EventSearch) -> Sequence[EventRow]:
    """Published events by time; one more than the page holds where there are more. Raises `BadCursor`."""
    return await office.together(_search, asked)


async def _search(_: Office, asked: Sequence[EventSearch]) -> list[Sequence[EventRow] | BadCursor]:
    """Whoever asks for the same in the same moment is told the same: read once, after the last of them asked."""
    found = {each: await _found(each) for each in dict.fromkeys(asked)}
    return [found[each] for each in asked]


async def _found(asked: EventSearch) -> Sequence[EventRow] | BadCursor:
    try:
        after = row_of(asked.cursor)
    except BadCursor as bad:
        return bad
    most = limit_of(asked.limit) + 1
    rows = await published(Wanted(asked.from_, asked.to, asked.unit, asked.category, asked.q, after, most))
    # Nothing follows what is not there either.
    if after and not rows and not await Event.exists(id=after):
        return BadCursor()
    return rows


async def of_staff(who: Caller) -> list[Event]:
    """Events at whose doors the caller is on duty, or that the caller organizes and that are published."""
    own = [grant.event_id for grant in who.grants if grant.role is RoleName.EVENT_STAFF and grant.event_id]
    condition = Q(id__in=own)
    if who.organized_paths():
        condition = condition | who.scope("unit__path")
    query = Event.filter(condition, status=EventStatus.PUBLISHED)
    return await query.select_related("unit", "recording_unit", "campaign").prefetch_related("shifts", "points")
