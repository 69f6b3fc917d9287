"""What looks odd in an event's log, for staff."""

from datetime import datetime
from uuid import UUID

import msgspec

from capabilities import signals
from capabilities.caller import Caller, NotYourEvent
from capabilities.event import NoSuchEvent
from capabilities.signals import Signal, SignalKind
from miniapp_api.door import door


class SignalShown(msgspec.Struct):
    """`subject`: the device's own name, the point's id, or the first of the refused scans."""

    kind: SignalKind
    subject: str
    count: int
    first_at: datetime
    last_at: datetime

    @classmethod
    def of(cls, row: Signal) -> "SignalShown":
        return cls(row.kind, row.subject, row.count, row.first_at, row.last_at)


@door.get("/events/<event_id:uuid>/signals", refusals=(NoSuchEvent, NotYourEvent))
async def list_signals(who: Caller, event_id: UUID) -> list[SignalShown]:
    """签到异常提示（一机多人、瞬间大量、反复被拒），只提示不拦截"""
    return [SignalShown.of(row) for row in await signals.signals(who, event_id)]
