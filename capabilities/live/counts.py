"""What is pushed: an event's counts, in all and by door, encoded once for everybody who watches."""

from uuid import UUID

import msgspec

from models.live_counts import Count, EventCount, PointCount, count_event


class GateNow(msgspec.Struct):
    gate: str
    checked_in: int
    present: int

    @classmethod
    def of(cls, count: Count) -> "GateNow":
        return cls(count.gate, count.came, count.present)


class PointNow(msgspec.Struct):
    id: UUID
    name: str
    is_entrance: bool
    checked_in: int
    present: int
    gates: list[GateNow]

    @classmethod
    def of(cls, point: PointCount) -> "PointNow":
        gates = [GateNow.of(each) for each in point.gates]
        return cls(point.id, point.name, point.is_entrance, point.whole.came, point.whole.present, gates)


class LiveNow(msgspec.Struct):
    """`enrolled` are the confirmed; `present` came and have not left. Where `wall` is another one, the wall is too."""

    enrolled: int
    checked_in: int
    present: int
    points: list[PointNow]
    wall: str

    @classmethod
    def of(cls, event: EventCount, wall: str) -> "LiveNow":
        points = [PointNow.of(each) for each in event.points]
        return cls(event.enrolled, event.whole.came, event.whole.present, points, wall)


async def read(event_id: UUID, wall: str) -> bytes:
    """One message of the stream (HTML Living Standard, server-sent events)."""
    now = LiveNow.of(await count_event(event_id), wall)
    return b"event: counts\ndata: " + msgspec.json.encode(now) + b"\n\n"
