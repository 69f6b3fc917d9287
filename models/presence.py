"""How many people are at each point of an event now: the rule of `capabilities/presence.py`, folded by the database.

The screens of a hall ask this several times a second; thousands of passages would hold up the event loop.
"""

from uuid import UUID

from models.database import connection
from models.roster_rows import PASSES

# The order of `Passage.place_in_time`: within one moment in before out, then by what marks the scan.
_PRESENT = """
WITH passed AS (
  SELECT e.enrolment_id, e.point_id, e.direction, p.leaves_others, p.is_entrance,
    CASE WHEN p.is_entrance THEN NULL ELSE e.point_id END AS place,
    ROW_NUMBER() OVER (PARTITION BY e.enrolment_id ORDER BY COALESCE(e.happened_at, e.received_at), e.direction,
      CASE WHEN e.is_late THEN 'late/' || COALESCE(e.device, CAST(e.scanned_by_id AS TEXT)) || '/' || e.nonce
        ELSE 'here/' || CAST(e.id AS TEXT) END {collation}) AS nth
  FROM scan e JOIN point p ON p.id = e.point_id
  WHERE e.event_id = {event} AND p.event_id = {event} AND {passes}
), told AS (
  SELECT point_id, direction, nth,
    MAX(nth) OVER (PARTITION BY enrolment_id, place) AS last_here,
    MAX(CASE WHEN (direction = 'in' AND leaves_others) OR (direction = 'out' AND is_entrance) THEN nth ELSE 0 END)
      OVER (PARTITION BY enrolment_id) AS left_others
  FROM passed
)
SELECT point_id, COUNT(*) AS present FROM told
WHERE direction = 'in' AND nth = last_here AND nth >= left_others
GROUP BY point_id
"""


async def present_by_point(event_id: UUID) -> dict[UUID, int]:
    """Only points where somebody is."""
    client = connection()
    # Bytes decide, as in Python, whatever language the database sorts by.
    collation = 'COLLATE "C"' if client.capabilities.dialect == "postgres" else "COLLATE BINARY"
    query = _PRESENT.format(event=f"'{event_id}'", passes=PASSES, collation=collation)
    return {UUID(str(row["point_id"])): row["present"] for row in await client.execute_query_dict(query)}
