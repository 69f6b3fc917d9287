"""How many are expected, came and are there, by door: few statements, because they are asked while doors are busy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from models.database import connection
from models.presence import present_by_point
from models.roster_rows import PASSES

# Who came to the event says the attendance; who came to a point that is no entrance, the passages there.
_COUNTS = """
SELECT 'enrolled' AS kind, CAST(NULL AS uuid) AS point_id, '' AS gate, count(*) AS came, 0 AS present
  FROM enrolment e WHERE e.event_id = {event} AND e.status = 'confirmed'
UNION ALL
SELECT 'attended', CAST(NULL AS uuid), '', count(*), count(*) - count(a.checked_out_at)
  FROM attendance a WHERE a.event_id = {event}
UNION ALL
SELECT 'gate', a.point_id, COALESCE(s.gate, ''), count(*), 0
  FROM attendance a LEFT JOIN scan s ON s.id = a.check_in_scan_id
  WHERE a.event_id = {event} GROUP BY a.point_id, COALESCE(s.gate, '')
UNION ALL
SELECT 'inner', e.point_id, '', count(DISTINCT e.enrolment_id), 0
  FROM point p JOIN scan e ON e.point_id = p.id AND e.event_id = p.event_id
  WHERE p.event_id = {event} AND NOT p.is_entrance AND e.direction = 'in' AND {passes} GROUP BY e.point_id
"""
_POINTS = "SELECT p.id, p.name, p.is_entrance FROM point p WHERE p.event_id = {event} ORDER BY p.id"


@dataclass(frozen=True)
class PointCount:
    """`gates` are those that were named, and how many came by each."""

    id: UUID
    name: str
    is_entrance: bool
    came: int
    present: int
    gates: Mapping[str, int]


@dataclass(frozen=True)
class EventCount:
    """`present` came and have not checked out, at whatever point they are; the points' own are told by presence."""

    enrolled: int
    came: int
    present: int
    points: Sequence[PointCount]


async def count_event(event_id: UUID) -> EventCount:
    """All points, in the order in which they were made, also those where nobody came yet."""
    # The two drivers write parameters differently; a UUID is safe as a literal in both.
    asked = {"event": f"'{event_id}'", "passes": PASSES}
    points = await connection().execute_query_dict(_POINTS.format(**asked))
    rows = await connection().execute_query_dict(_COUNTS.format(**asked))
    present = await present_by_point(event_id)
    enrolled, attended = (next(row for row in rows if row["kind"] == kind) for kind in ("enrolled", "attended"))
    counted = [_point(point, rows, present) for point in points]
    return EventCount(enrolled["came"], attended["came"], attended["present"], counted)


def _point(point: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], present: Mapping[UUID, int]) -> PointCount:
    kind, id_ = "gate" if point["is_entrance"] else "inner", UUID(str(point["id"]))
    here = [row for row in rows if row["kind"] == kind and str(row["point_id"]) == str(id_)]
    gates = {row["gate"]: row["came"] for row in sorted(here, key=lambda row: row["gate"]) if row["gate"]}
    came = sum(row["came"] for row in here)
    return PointCount(id_, point["name"], bool(point["is_entrance"]), came, present.get(id_, 0), gates)
