"""What an event's doors are at now, pushed as it changes."""

from uuid import UUID

from capabilities import live
from capabilities.caller import Caller, NotYourEvent
from capabilities.event import NoSuchEvent
from capabilities.live import TooManyWatch
from capabilities.office import Office
from kit.answers import Stream
from kit.openapi import EVENTS
from miniapp_api.door import door


@door.get("/events/<event_id:uuid>/live", refusals=(NoSuchEvent, NotYourEvent, TooManyWatch), takes_bound=True)
async def watch(who: Caller, office: Office, event_id: UUID) -> Stream:
    """活动现场实时人数（SSE 推送：counts 为最新人数，over 表示权限已结束）"""
    return Stream(await live.watch(office, who, event_id), EVENTS)
