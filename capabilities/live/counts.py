"""What is pushed: an event's counts, in all and by door, encoded once for everybody who watches."""

from uuid import UUID

import msgspec

from models.live_counts import EventCount, PointCount, count_event


class GateNow(msgspec.Struct):
    gate: str
    checked_in: int


class PointNow(msgspec.Struct):
    """`present` by `capabilities/presence.py`: who is at this very point."""

    id: UUID
    name: str
    is_entrance: bool
    checked_in: int
    present: int
    gates: list[GateNow]

    @classmethod
    def of(cls, point: PointCount) -> "PointNow":
        gates = [GateNow(gate, came) for gate, came in point.gates.items()]
        return cls(point.id, point.name, point.is_entrance, point.came, point.present, gates)


class LiveNow(msgspec.Struct):
    """`enrolled` are the confirmed; `present` came and have not left. Where `wall` is another one, the wall is too."""

    enrolled: int
    checked_in: int
    present: int
    points: list[PointNow]
    wall: str

    @classmethod
    def of(cls, event: EventCount, wall: str) -> "LiveNow":
        return cls(event.enrolled, event.came, event.present, [PointNow.of(each) for each in event.points], wall)


async def read(event_id: UUID, wall: str) -> bytes:
    """One message of the stream (HTML Living Standard, server-sent events)."""
    now = LiveNow.of(await count_event(event_id), wall)
    return b"event: counts\ndata: " + msgspec.json.encode(now) + b"\n\n"
