"""The rows of a roster as plain columns: thousands at once, where a model for each would cost a second.

Keys stay as the driver gives them (text on SQLite, UUID on PostgreSQL) and are compared with one another only.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from models.database import connection
from models.scan import counts_in
from models.volunteer import Volunteer

Key = str | UUID
Row = dict[str, Any]

_ENROLLED = """
SELECT e.id, e.shift_id, e.status, v.name FROM enrolment e LEFT JOIN volunteer v ON v.person_id = e.person_id
WHERE e.event_id = {event} {only} ORDER BY e.shift_id, e.queue_no
"""
_TICKETS = """
SELECT e.id, e.enrolment_id, e.revoked_at IS NOT NULL AS is_revoked FROM ticket e
WHERE e.event_id = {event} {only} ORDER BY e.id
"""
# Which lines `e` of the log are passages: what counts and nobody annulled.
PASSES = f"""
  e.enrolment_id IS NOT NULL AND e.point_id IS NOT NULL AND {counts_in("e")}
  AND NOT EXISTS (SELECT 1 FROM annulment a WHERE a.scan_id = e.id)
"""  # noqa: S608 - our own words
_PASSAGES = """
SELECT e.enrolment_id, e.point_id, e.direction, COALESCE(e.happened_at, e.received_at) AS at FROM scan e
WHERE e.event_id = {event} {only} AND {passes}
ORDER BY e.id
"""


async def enrolled_in(event_id: UUID, only: Collection[UUID] | None = None) -> list[Row]:
    """id, shift_id, status and the whole name of each, in the order of the queues."""
    rows = await _read(_ENROLLED, event_id, "e.id", only)
    name: Any = Volunteer._meta.fields_map["name"]
    return [{**row, "name": name.to_python_value(row["name"]) or ""} for row in rows]


async def tickets_of(event_id: UUID, only: Collection[UUID] | None = None) -> list[Row]:
    """id, enrolment_id, is_revoked."""
    return await _read(_TICKETS, event_id, "e.enrolment_id", only)


async def passages_of(event_id: UUID, only: Collection[UUID] | None = None) -> list[Row]:
    """enrolment_id, point_id, direction, at: what counts and nobody annulled."""
    rows = await _read(_PASSAGES, event_id, "e.enrolment_id", only)
    for row in rows:
        if isinstance(row["at"], str):
            row["at"] = datetime.fromisoformat(row["at"])
    return rows


async def _read(query: str, event_id: UUID, column: str, only: Collection[UUID] | None) -> list[Row]:
    # The two drivers write parameters differently; a UUID is safe as a literal in both.
    listed = ", ".join(f"'{each}'" for each in only or ())
    chosen = "" if only is None else f"AND {column} IN ({listed})"
    return list(await connection().execute_query_dict(query.format(event=f"'{event_id}'", only=chosen, passes=PASSES)))
