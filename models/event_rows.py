"""Events as everybody sees them, each with its shifts and points, as plain columns in one statement.

By hand, because the most opened list of the program shows fifty at once: as models they would cost a hundred times
what reading them costs.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from models.asyncpg_pool import PooledPostgresClient
from models.database import connection
from models.event import EventStatus
from models.fields import key_of, maybe_moment_of


class ShiftRow(msgspec.Struct, array_like=True, frozen=True):
    id: UUID
    role: str
    starts_at: datetime
    ends_at: datetime
    seats: int
    seats_left: int


class PointRow(msgspec.Struct, array_like=True, frozen=True):
    id: UUID
    name: str
    rotates: bool


class EventRow(NamedTuple):
    """Shifts by their time, points in the order in which they were made."""

    id: UUID
    status: EventStatus
    title: str
    category: str
    mode: str
    batch: str | None
    unit_code: str
    unit_name: str
    recording_unit_name: str
    place: str
    content: str
    person_in_charge: str
    contact_phone: str
    risk_level: str
    risk_note: str
    counts_service_hours: bool
    min_age: int
    starts_at: datetime | None
    ends_at: datetime | None
    enrolment_opens_at: datetime | None
    enrolment_closes_at: datetime | None
    is_outside_window: bool
    cancel_reason: str | None
    version: int
    shifts: tuple[ShiftRow, ...]
    points: tuple[PointRow, ...]


class Wanted(NamedTuple):
    """Published events by time: `ends_from` and `starts_before` bound it, `unit` is a code and means also those below.

    `text` stands in the title or the place; `after` is the event before the first.
    """

    ends_from: datetime | None
    starts_before: datetime | None
    unit: str | None
    category: str | None
    text: str | None
    after: UUID | None
    most: int


_COLUMNS = """
SELECT e.id, e.status, e.title, e.category, e.mode, e.batch, u.code, u.name, r.name AS recording_name, e.place,
  e.content, e.person_in_charge, e.contact_phone, e.risk_level, e.risk_note, e.counts_service_hours, e.min_age,
  e.starts_at, e.ends_at, e.enrolment_opens_at, e.enrolment_closes_at, e.is_outside_window, e.cancel_reason, e.version,
  (SELECT {shifts} FROM shift s WHERE s.event_id = e.id) AS shifts,
  (SELECT {points} FROM point p WHERE p.event_id = e.id) AS points
FROM event e JOIN unit u ON u.id = e.unit_id JOIN unit r ON r.id = e.recording_unit_id
"""
_IN_JSON = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
_POSTGRES_COLUMNS = _COLUMNS.format(
    shifts=f"json_agg(json_build_array(s.id, s.role, {_IN_JSON.format('s.starts_at')}, {_IN_JSON.format('s.ends_at')}, "
    "s.seats, s.seats - s.taken))",
    points="json_agg(json_build_array(p.id, p.name, p.rotates))",
)
_SQLITE_COLUMNS = _COLUMNS.format(
    shifts="json_group_array(json_array(s.id, s.role, replace(s.starts_at, ' ', 'T'), replace(s.ends_at, ' ', 'T'), "
    "s.seats, s.seats - s.taken))",
    points="json_group_array(json_array(p.id, p.name, json(CASE WHEN p.rotates THEN 'true' ELSE 'false' END)))",
)
_SHOWN = "WHERE e.id IN {} AND e.published_at IS NOT NULL"
_SHOWN_SQLITE = _SQLITE_COLUMNS + _SHOWN.format("(SELECT value FROM json_each(?))")
_SHOWN_POSTGRES = _POSTGRES_COLUMNS + _SHOWN.format("(SELECT unnest($1::uuid[]))")
_WORDS = "lower(e.title || '\n' || e.place)"
_SHIFTS = msgspec.json.Decoder(tuple[ShiftRow, ...])
_POINTS = msgspec.json.Decoder(tuple[PointRow, ...])
_STATUS = {each.value: each for each in EventStatus}


async def shown(event_ids: Collection[UUID]) -> dict[UUID, EventRow]:
    """Those of these that were published once, whatever became of them."""
    client = connection()
    if isinstance(client, PooledPostgresClient):
        rows = await _fetch(_SHOWN_POSTGRES, [list(event_ids)])
    else:
        rows = await _fetch(_SHOWN_SQLITE, [msgspec.json.encode(list(event_ids)).decode()])
    return {row.id: row for row in map(_row, rows)}


async def published(wanted: Wanted) -> tuple[EventRow, ...]:
    """At most `wanted.most`; none where `after` is no event."""
    is_postgres = isinstance(connection(), PooledPostgresClient)
    conditions, values = ["e.status = 'published'"], list[Any]()
    for condition, value in _conditions(wanted):
        values.append(value if is_postgres else _text(value))
        conditions.append(condition.format(f"${len(values)}" if is_postgres else f"?{len(values)}"))
    columns = _POSTGRES_COLUMNS if is_postgres else _SQLITE_COLUMNS
    chosen = f"WHERE {' AND '.join(conditions)} ORDER BY e.starts_at, e.id LIMIT {wanted.most:d}"
    return tuple(map(_row, await _fetch(columns + chosen, values)))


def _conditions(wanted: Wanted) -> Iterator[tuple[str, Any]]:
    if wanted.ends_from:
        yield "e.ends_at >= {0}", wanted.ends_from
    if wanted.starts_before:
        yield "e.starts_at < {0}", wanted.starts_before
    if wanted.category:
        yield "e.category = {0}", wanted.category
    if wanted.text:
        # Compared and not matched: what is asked for may hold a percent sign.
        yield f"replace({_WORDS}, lower({{0}}), '') <> {_WORDS}", wanted.text
    if wanted.unit:
        yield (
            "EXISTS (SELECT 1 FROM unit x WHERE x.code = {0} AND substr(u.path, 1, length(x.path)) = x.path)",
            wanted.unit,
        )
    if wanted.after:
        yield "(e.starts_at, e.id) > (SELECT a.starts_at, a.id FROM event a WHERE a.id = {0})", wanted.after


async def _fetch(query: str, values: Sequence[Any]) -> Sequence[Any]:
    client = connection()
    if isinstance(client, PooledPostgresClient):
        async with client.kept() as kept:
            return list(await kept.fetch(query, *values))
    return (await client.execute_query(query, list(values)))[1]


def _text(value: Any) -> Any:
    """As SQLite has it."""
    return str(value.astimezone(UTC)) if isinstance(value, datetime) else str(value)


def _row(row: Iterable[Any]) -> EventRow:
    (
        id_, status, title, category, mode, batch, unit_code, unit_name, recording_name, place, content, person, phone,
        risk, risk_note, counts, min_age, starts_at, ends_at, opens_at, closes_at, is_outside, reason, version,
        shifts, points,
    ) = tuple(row)  # fmt: skip
    return EventRow(
        key_of(id_), _STATUS[status], title, category, mode, batch, unit_code, unit_name, recording_name, place,
        content, person, phone, risk, risk_note, bool(counts), min_age, maybe_moment_of(starts_at),
        maybe_moment_of(ends_at), maybe_moment_of(opens_at), maybe_moment_of(closes_at), bool(is_outside), reason,
        version,
        tuple(sorted(_SHIFTS.decode(shifts or "[]"), key=_by_time)),
        tuple(sorted(_POINTS.decode(points or "[]"), key=_by_id)),
    )  # fmt: skip


def _by_time(shift: ShiftRow) -> tuple[datetime, UUID]:
    return shift.starts_at, shift.id


def _by_id(point: PointRow) -> UUID:
    return point.id
