"""Find events: the published ones for everybody, the own ones for organizers and staff."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta
from tortoise.expressions import Q

from capabilities.caller import Caller
from capabilities.event.refusals import NoSuchEvent
from kit.paging import BadCursor, limit_of, row_of
from models.event import Event, EventStatus
from models.role import RoleName
from models.unit import Unit

Moment = Annotated[datetime, Meta(tz=True)]


class EventSearch(msgspec.Struct, forbid_unknown_fields=True, rename={"from_": "from"}):
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


async def for_everyone(event_id: UUID) -> Event:
    """A published, cancelled or ended event; a draft is as if it were not there."""
    event = await _with_parts(Event.filter(id=event_id, published_at__isnull=False))
    if event is None:
        raise NoSuchEvent
    return event


async def _with_parts(query: Any) -> Event | None:
    found: Event | None = (
        await query.select_related("unit", "recording_unit", "campaign").prefetch_related("shifts", "points").first()
    )
    return found


async def search(asked: EventSearch) -> list[Event]:
    """Published events by time; one more than the page holds where there are more. Raises `BadCursor`."""
    query = Event.published().select_related("unit", "recording_unit", "campaign").prefetch_related("shifts", "points")
    if asked.from_:
        query = query.filter(ends_at__gte=asked.from_)
    if asked.to:
        query = query.filter(starts_at__lt=asked.to)
    if asked.category:
        query = query.filter(category=asked.category)
    if asked.q:
        query = query.filter(Q(title__icontains=asked.q) | Q(place__icontains=asked.q))
    if asked.unit:
        unit = await Unit.get_or_none(code=asked.unit)
        if unit is None:
            return []
        query = query.filter(unit__path__startswith=unit.path)
    return await _page(query, asked)


async def _page(query: Any, asked: EventSearch) -> list[Event]:
    if row := row_of(asked.cursor):
        after = await Event.get_or_none(id=row)
        if after is None:
            raise BadCursor
        query = query.filter(Q(starts_at__gt=after.starts_at) | Q(starts_at=after.starts_at, id__gt=after.id))
    events: list[Event] = await query.order_by("starts_at", "id").limit(limit_of(asked.limit) + 1)
    return events


async def of_staff(who: Caller) -> list[Event]:
    """Events at whose doors the caller is on duty, or that the caller organizes and that are published."""
    own = [grant.event_id for grant in who.grants if grant.role is RoleName.EVENT_STAFF and grant.event_id]
    condition = Q(id__in=own)
    if who.organized_paths():
        condition = condition | who.scope("unit__path")
    query = Event.filter(condition, status=EventStatus.PUBLISHED)
    return await query.select_related("unit", "recording_unit", "campaign").prefetch_related("shifts", "points")
