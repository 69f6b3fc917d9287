"""How many are expected, came and are there, by door: one statement, because it is asked while the doors are busy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from models.database import connection

# At entrances attendance is the truth. At another point who is inside is whose last passage there was inwards, who has
# not checked in since where that leaves all others, and who has not left the event since.
_COUNTS = """
WITH passage AS (
  SELECT s.enrolment_id, s.point_id, s.direction, COALESCE(s.happened_at, s.received_at) AS at, p.leaves_others,
    p.is_entrance, row_number() OVER (PARTITION BY s.enrolment_id, s.point_id
      ORDER BY COALESCE(s.happened_at, s.received_at) DESC, s.direction DESC, s.id DESC) AS back
  FROM scan s JOIN point p ON p.id = s.point_id AND p.event_id = s.event_id
  WHERE s.event_id = {event} AND s.enrolment_id IS NOT NULL
    AND EXISTS (SELECT 1 FROM point i WHERE i.event_id = {event} AND NOT i.is_entrance)
    AND COALESCE(s.is_admitted, s.verdict IN
      ('CheckedIn', 'CheckedOut', 'AlreadyCheckedIn', 'AlreadyCheckedOut', 'NotCheckedIn'))
    AND NOT EXISTS (SELECT 1 FROM annulment n WHERE n.scan_id = s.id)
)
SELECT 'enrolled' AS kind, CAST(NULL AS uuid) AS point_id, '' AS gate, count(*) AS came, 0 AS present
  FROM enrolment e WHERE e.event_id = {event} AND e.status = 'confirmed'
UNION ALL
SELECT 'attended', CAST(NULL AS uuid), '', count(*), count(*) - count(a.checked_out_at)
  FROM attendance a WHERE a.event_id = {event}
UNION ALL
SELECT 'gate', a.point_id, COALESCE(s.gate, ''), count(*), count(*) - count(a.checked_out_at)
  FROM attendance a LEFT JOIN scan s ON s.id = a.check_in_scan_id
  WHERE a.event_id = {event} GROUP BY a.point_id, COALESCE(s.gate, '')
UNION ALL
SELECT 'inner', x.point_id, '', count(DISTINCT x.enrolment_id) FILTER (WHERE x.direction = 'in'),
  count(*) FILTER (WHERE x.back = 1 AND x.direction = 'in'
    AND NOT EXISTS (SELECT 1 FROM passage y WHERE y.enrolment_id = x.enrolment_id AND y.point_id <> x.point_id
      AND y.leaves_others AND y.direction = 'in' AND y.at > x.at)
    AND NOT EXISTS (SELECT 1 FROM attendance a WHERE a.event_id = {event} AND a.enrolment_id = x.enrolment_id
      AND a.checked_out_at > x.at))
  FROM passage x WHERE NOT x.is_entrance GROUP BY x.point_id
"""
_POINTS = "SELECT p.id, p.name, p.is_entrance FROM point p WHERE p.event_id = {event} ORDER BY p.id"


@dataclass(frozen=True)
class Count:
    """`gate` is empty where none was named."""

    came: int = 0
    present: int = 0
    gate: str = ""


@dataclass(frozen=True)
class PointCount:
    id: UUID
    name: str
    is_entrance: bool
    whole: Count
    gates: Sequence[Count]


@dataclass(frozen=True)
class EventCount:
    enrolled: int
    whole: Count
    points: Sequence[PointCount]


async def count_event(event_id: UUID) -> EventCount:
    """All points, in the order in which they were made, also those where nobody came yet."""
    # The two drivers write parameters differently; a UUID is safe as a literal in both.
    asked = {"event": f"'{event_id}'"}
    points = await connection().execute_query_dict(_POINTS.format(**asked))
    rows = await connection().execute_query_dict(_COUNTS.format(**asked))
    enrolled, attended = (next(row for row in rows if row["kind"] == kind) for kind in ("enrolled", "attended"))
    return EventCount(enrolled["came"], _count(attended), [_point(point, rows) for point in points])


def _point(point: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> PointCount:
    kind = "gate" if point["is_entrance"] else "inner"
    here = [_count(row) for row in rows if row["kind"] == kind and str(row["point_id"]) == str(point["id"])]
    whole = Count(sum(each.came for each in here), sum(each.present for each in here))
    gates = sorted((each for each in here if each.gate), key=lambda each: each.gate)
    return PointCount(UUID(str(point["id"])), point["name"], bool(point["is_entrance"]), whole, gates)


def _count(row: Mapping[str, Any]) -> Count:
    return Count(row["came"], row["present"], row["gate"])
