"""Watch (查看实时人数) an event: for who is on duty there, and for its screens."""

from collections.abc import AsyncGenerator
from uuid import UUID

from capabilities.caller import Caller
from capabilities.event import NoSuchEvent
from capabilities.live.hub import hubs_of
from capabilities.office import Office
from kit.errors import Unavailable
from models.event import Event


class TooManyWatch(Unavailable):
    """This process pushes to as many as it can."""

    words = "同时查看的人太多，请稍后再试。"


async def watch(office: Office, who: Caller, event_id: UUID) -> AsyncGenerator[bytes, None]:
    """The messages of a stream of server-sent events. Raises `NoSuchEvent`, `NotYourEvent` or `TooManyWatch`."""
    event = await Event.get_or_none(id=event_id).select_related("unit")
    if event is None:
        raise NoSuchEvent
    who.require_watcher_of(event.id, event.unit.path)
    hubs = hubs_of(office)
    if not hubs.has_room:
        raise TooManyWatch
    return hubs.frames(event, who)
