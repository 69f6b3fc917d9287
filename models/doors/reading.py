"""Read for a whole batch of scans, in one statement: the points around, and what each scan speaks of."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec

from models.asyncpg_pool import PooledPostgresClient
from models.database import connection
from models.doors.rows import EarlierScan, EnrolmentRow, EventRow, Found, LoggedScan, PointRow, ShiftRow
from models.enrolment import LIVE, EnrolmentStatus
from models.event import EventStatus, PointPolicy
from models.fields import key_of, moment_of
from models.scan import counts_in


class Asked(msgspec.Struct, frozen=True, gc=False):
    """By its ticket, or else, at `own_point_id`, the enrolment of whoever scanned in that point's event."""

    actor_id: UUID
    nonce: str
    ticket_id: UUID | None
    own_point_id: UUID | None


# Once for the batch and not for each of its lines.
_POINTS = """
SELECT {rows} FROM point p JOIN event ev ON ev.id = p.event_id JOIN unit u ON u.id = ev.unit_id
WHERE p.event_id IN (SELECT q.event_id FROM point q WHERE q.id IN {given})
"""
_POINT = (
    "p.id, p.event_id, p.name, p.rotates, p.rotation_seconds, p.grace_seconds, p.policy, p.is_entrance, "
    "p.leaves_others, p.latitude, p.longitude, p.radius_m, "
    "ev.title, ev.status, ev.check_in_opens_minutes, ev.allows_re_entry, u.path"
)
_LIVE = ", ".join(f"'{each.value}'" for each in LIVE)
# Written so that each look-up can go by one index only, whatever the planner believes of the sizes: no EXISTS, which it
# may answer for the whole table at once, no order, which the fold makes itself, and nothing said of the event where the
# enrolment says it.
# Of each person in each event the live enrolment, or the latest of those that are over.
_FOUND = """
SELECT g.n,
  (SELECT {logged} FROM scan k WHERE k.scanned_by_id = g.actor_id AND k.nonce = g.nonce LIMIT 1) AS logged,
  t.id AS ticket_id, t.revoked_at IS NOT NULL AS is_revoked,
  e.id AS enrolment_id, e.event_id, e.status, e.door_version, s.starts_at, s.ends_at, v.name,
  (SELECT {lines} FROM scan c WHERE c.enrolment_id = e.id AND c.event_id IS NOT DISTINCT FROM e.event_id
    AND ({counts} OR c.seen IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM annulment a WHERE a.scan_id = c.id)) AS earlier,
  (SELECT 1 FROM conflict f WHERE f.event_id = e.event_id AND f.enrolment_id = e.id LIMIT 1) AS has_conflict,
  CASE WHEN g.n = 1 THEN ({points}) END AS points
FROM {given}
LEFT JOIN ticket t ON t.id = g.ticket_id
LEFT JOIN enrolment e ON e.id = COALESCE(t.enrolment_id, (
  SELECT x.id FROM enrolment x WHERE g.ticket_id IS NULL AND x.person_id = g.actor_id
    AND x.event_id = (SELECT o.event_id FROM point o WHERE o.id = g.own_point_id)
  ORDER BY x.status IN ({live}) DESC, x.id DESC LIMIT 1))
LEFT JOIN shift s ON s.id = e.shift_id
LEFT JOIN volunteer v ON g.ticket_id IS NOT NULL AND v.person_id = e.person_id
"""
_COUNTS = counts_in("c")
_COLUMNS = (
    "c.id, c.direction, {at}, {counts}, c.point_id, {late}, COALESCE(c.device, {actor}), c.nonce, c.seen, c.verdict, "
    "c.clock_error_s, c.way"
)
_POSTGRES_COLUMNS = _COLUMNS.format(
    at="""to_char(COALESCE(c.happened_at, c.received_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
    counts=_COUNTS,
    late="c.is_late",
    actor="c.scanned_by_id::text",
)
_SQLITE_COLUMNS = _COLUMNS.format(
    at="replace(COALESCE(c.happened_at, c.received_at), ' ', 'T')",
    counts=f"json(CASE WHEN {_COUNTS} THEN 'true' ELSE 'false' END)",
    late="json(CASE WHEN c.is_late THEN 'true' ELSE 'false' END)",
    actor="c.scanned_by_id",
)
_LOGGED = "k.id, k.verdict, k.direction, k.enrolment_id, k.event_id, k.nonce"
_FOUND_POSTGRES = _FOUND.format(
    logged=f"json_build_array({_LOGGED}, k.facts)",
    lines=f"json_agg(json_build_array({_POSTGRES_COLUMNS}))",
    counts=_COUNTS,
    live=_LIVE,
    points=_POINTS.format(rows=f"json_agg(json_build_array({_POINT}))", given="(SELECT unnest($2::uuid[]))"),
    # As one text: a parameter for each column costs this process more than reading the text costs the other.
    given="ROWS FROM (json_to_recordset($1::text::json) "
    "AS (actor_id uuid, nonce text, ticket_id uuid, own_point_id uuid)) "
    "WITH ORDINALITY AS g(actor_id, nonce, ticket_id, own_point_id, n)",
)
_FOUND_SQLITE = _FOUND.format(
    logged=f"json_array({_LOGGED}, json(k.facts))",
    lines=f"json_group_array(json_array({_SQLITE_COLUMNS}))",
    counts=_COUNTS,
    live=_LIVE,
    given="(SELECT key + 1 AS n, value ->> 'actor_id' AS actor_id, value ->> 'nonce' AS nonce, "
    "value ->> 'ticket_id' AS ticket_id, value ->> 'own_point_id' AS own_point_id FROM json_each(?2)) AS g",
    points=_POINTS.format(rows=f"json_group_array(json_array({_POINT}))", given="(SELECT value FROM json_each(?1))"),
)
_EVENT_STATUS = {each.value: each for each in EventStatus}
_POLICY = {each.value: each for each in PointPolicy}
_STATUS = {each.value: each for each in EnrolmentStatus}
_EARLIER = msgspec.json.Decoder(list[EarlierScan])
_LOGGED_SCAN = msgspec.json.Decoder(LoggedScan)


async def read(asked: Sequence[Asked], point_ids: Collection[UUID]) -> tuple[dict[UUID, PointRow], list[Found]]:
    """These points and all others of their events, and in the order asked what is known to each scan.

    It reads without locks: what is written by it is written only where it still stands.
    """
    client = connection()
    rows: Sequence[Sequence[Any]]
    if isinstance(client, PooledPostgresClient):
        async with client.kept() as kept:
            rows = await kept.fetch(_FOUND_POSTGRES, _json(asked), list(point_ids))
    else:
        values = [_json(list(point_ids)), _json(asked)]
        rows = list(map(tuple, (await client.execute_query(_FOUND_SQLITE, values))[1]))
    found: list[Any] = [None] * len(asked)
    points: dict[UUID, PointRow] = {}
    for row in rows:
        found[row[0] - 1] = _found(*row[:-1])
        if row[-1] is not None:
            points = dict(_points(row[-1]))
    return points, found


def _json(given: Any) -> str:
    return msgspec.json.encode(given).decode()


# The same doors are asked for by every batch, and seldom change: what comes out the same is the same.
@lru_cache(maxsize=64)
def _points(text: str) -> dict[UUID, PointRow]:
    points = (_point(*row) for row in msgspec.json.decode(text))
    return {point.id: point for point in points}


def _point(*row: Any) -> PointRow:
    id_, event_id, name, rotates, rotation, grace, policy, is_entrance, leaves_others = row[:9]
    latitude, longitude, radius, title, status, opens_minutes, allows_re_entry, unit_path = row[9:]
    event = EventRow(UUID(event_id), title, _EVENT_STATUS[status], opens_minutes, bool(allows_re_entry), unit_path)
    return PointRow(
        UUID(id_), event.id, name, bool(rotates), rotation, grace, _POLICY[policy], bool(is_entrance),
        bool(leaves_others), latitude, longitude, radius, event,
    )  # fmt: skip


def _found(
    _: int, logged: Any, ticket_id: Any, is_revoked: Any, enrolment_id: Any, event_id: Any, status: Any,
    door_version: Any, starts_at: Any, ends_at: Any, name: Any, earlier: Any, has_conflict: Any,
) -> Found:  # fmt: skip
    enrolment = None
    if enrolment_id is not None:
        shift = ShiftRow(moment_of(starts_at), moment_of(ends_at))
        enrolment = EnrolmentRow(key_of(enrolment_id), key_of(event_id), _STATUS[status], door_version, shift)
    return Found(
        _LOGGED_SCAN.decode(logged) if logged else None,
        ticket_id is not None,
        bool(is_revoked),
        enrolment,
        name,
        _EARLIER.decode(earlier) if earlier else [],
        bool(has_conflict),
    )
