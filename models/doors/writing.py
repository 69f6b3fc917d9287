"""Write a whole batch of judged scans, durably, and of each person only where what was read of it still stands.

On PostgreSQL one statement is the whole transaction: it locks the enrolments in one order, so that lanes and
processes never cross, raises the version of those that are as they were read, and writes the log and the attendance of
these and of no others. On SQLite the caller's transaction has the only pen from the first read on.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import msgspec
from tortoise.exceptions import IntegrityError

from models.asyncpg_pool import PooledPostgresClient
from models.database import connection, transaction
from models.scan import ScanLine


class Mark(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What a line is written under, and what it brings: the status and version that the enrolment must still have, and
    what its attendance becomes."""

    status: str | None = None
    door_version: int | None = None
    attendance_id: UUID | None = None
    came_way: str | None = None
    came_point_id: UUID | None = None
    came_at: datetime | None = None
    came_by: UUID | None = None
    left_at: datetime | None = None
    left_by: UUID | None = None


UNMARKED = Mark()


class Entry(NamedTuple):
    """One line of the log; marked, it is written only if the enrolment still is as the mark says."""

    line: ScanLine
    mark: Mark = UNMARKED


_LINE = (
    "id", "event_id", "point_id", "enrolment_id", "scanned_by_id", "way", "direction", "nonce", "code_digest",
    "scanned_at", "received_at", "verdict", "happened_at", "is_admitted", "is_late", "seen", "device",
    "gate", "place", "clock_error_s", "reason", "facts",
)  # fmt: skip
_LINE_TYPES = tuple(zip(_LINE, (
    "uuid", "uuid", "uuid", "uuid", "uuid", "text", "text", "text", "text",
    "timestamptz", "timestamptz", "text", "timestamptz", "bool", "bool", "text", "text",
    "text", "text", "int", "text", "jsonb",
), strict=True))  # fmt: skip
# What is as it usually is, is not written into the text at all.
_COALESCED = {"is_late": "COALESCE(g.is_late, FALSE)", "facts": "COALESCE(g.facts, '{}')"}
_MARK = (
    ("status", "text"), ("door_version", "int"), ("attendance_id", "uuid"), ("came_way", "text"),
    ("came_point_id", "uuid"), ("came_at", "timestamptz"), ("came_by", "uuid"), ("left_at", "timestamptz"),
    ("left_by", "uuid"),
)  # fmt: skip
_ATTENDANCE = (
    "way", "point_id", "checked_in_at", "check_in_scan_id", "checked_out_at", "check_out_scan_id",
)  # fmt: skip
_PUT = ", ".join(f"{name} = excluded.{name}" for name in _ATTENDANCE)
_WRITE_POSTGRES = f"""
WITH given AS MATERIALIZED (
  SELECT * FROM ROWS FROM (
    json_to_recordset($1::text::json) AS ({", ".join(f"{name} {kind}" for name, kind in _LINE_TYPES)}),
    json_to_recordset($2::text::json) AS ({", ".join(f"{name} {kind}" for name, kind in _MARK)})
  ) AS g
), held AS MATERIALIZED (
  SELECT e.id FROM given g JOIN enrolment e ON e.id = g.enrolment_id
  WHERE e.door_version = g.door_version AND e.status = g.status
  ORDER BY e.id FOR NO KEY UPDATE OF e
), raised AS (
  UPDATE enrolment e SET door_version = e.door_version + 1 FROM held h WHERE e.id = h.id RETURNING e.id
), written AS (
  INSERT INTO scan ({", ".join(_LINE)})
  SELECT {", ".join(_COALESCED.get(name, f"g.{name}") for name in _LINE)} FROM given g
  WHERE g.door_version IS NULL OR g.enrolment_id IN (SELECT id FROM raised)
  RETURNING id
), attended AS (
  INSERT INTO attendance (id, event_id, enrolment_id, {", ".join(_ATTENDANCE)})
  SELECT g.attendance_id, g.event_id, g.enrolment_id, g.came_way, g.came_point_id, g.came_at, g.came_by, g.left_at,
    g.left_by
  FROM given g WHERE g.attendance_id IS NOT NULL AND g.enrolment_id IN (SELECT id FROM raised)
  ON CONFLICT (event_id, enrolment_id) DO UPDATE SET {_PUT}
)
SELECT id FROM written
"""  # noqa: S608 - our own names
# As the ORM writes a moment: in UTC, with a blank between day and time.
_GIVEN_SQLITE = {
    name: f"replace(replace(:{name}, 'T', ' '), 'Z', '+00:00')" if kind == "timestamptz" else f":{name}"
    for name, kind in (*_LINE_TYPES, *_MARK)
}
_SCAN_SQLITE = f"INSERT INTO scan ({', '.join(_LINE)}) VALUES ({', '.join(_GIVEN_SQLITE[name] for name in _LINE)})"  # noqa: S608
_RAISE_SQLITE = "UPDATE enrolment SET door_version = door_version + 1 WHERE id = :enrolment_id"
_ATTENDANCE_SQLITE = (
    f"INSERT INTO attendance (id, event_id, enrolment_id, {', '.join(_ATTENDANCE)}) "  # noqa: S608
    f"VALUES (:attendance_id, :event_id, :enrolment_id, {', '.join(_GIVEN_SQLITE[name] for name, _ in _MARK[3:])}) "
    f"ON CONFLICT (event_id, enrolment_id) DO UPDATE SET {_PUT}"
)
_USUAL = dict.fromkeys([*_LINE, *(name for name, _ in _MARK)]) | {"is_late": False}


def at_the_desk() -> AbstractAsyncContextManager[Any]:
    """Around reading and writing: on SQLite one transaction; PostgreSQL's statement sees to it by itself."""
    return nullcontext() if isinstance(connection(), PooledPostgresClient) else transaction()


async def write(entries: Sequence[Entry]) -> set[UUID]:
    """The ids of the lines that were written, once they are safe; the others must be judged anew.

    Raises `IntegrityError`, and writes nothing, where a nonce stands in the log by now.
    """
    client = connection()
    if not entries:
        return set()
    if not isinstance(client, PooledPostgresClient):
        return await _write_on_sqlite(client, entries)
    # As one text: a parameter for each of thirty columns costs this process more than reading the text costs the other.
    lines, marks = _json([entry.line for entry in entries]), _json([entry.mark for entry in entries])
    try:
        async with client.kept() as kept:
            rows = await kept.fetch(_WRITE_POSTGRES, lines, marks)
    except asyncpg.IntegrityConstraintViolationError as error:
        raise IntegrityError(error) from error
    return {row[0] for row in rows}


def _json(given: Sequence[Any]) -> str:
    return msgspec.json.encode(given).decode()


async def _write_on_sqlite(client: Any, entries: Sequence[Entry]) -> set[UUID]:
    given = [_plain(entry) for entry in entries]
    await client.execute_many(_SCAN_SQLITE, given)
    if raised := [each for each in given if each["door_version"] is not None]:
        await client.execute_many(_RAISE_SQLITE, raised)
    if attended := [each for each in raised if each["attendance_id"] is not None]:
        await client.execute_many(_ATTENDANCE_SQLITE, attended)
    return {entry.line.id for entry in entries}


def _plain(entry: Entry) -> dict[str, Any]:
    line = entry.line
    facts = {"facts": msgspec.json.encode(line.facts).decode()}
    given: dict[str, Any] = _USUAL | msgspec.to_builtins(line) | msgspec.to_builtins(entry.mark) | facts
    return given
