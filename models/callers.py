"""Whom sessions belong to, with the roles that were given and not taken: one question for all who come in a moment.

By hand, because building this question with the ORM costs five times what answering it does.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from models.asyncpg_pool import PooledPostgresClient
from models.database import connection
from models.fields import key_of, moment_of
from models.role import RoleName


class HeldRole(NamedTuple):
    """`ends_at` of the event is the role's end too, for those who work at its doors."""

    name: RoleName
    unit_path: str
    event_id: UUID | None
    until: datetime | None
    event_ends_at: datetime | None


class SessionRow(NamedTuple):
    id: UUID
    person_id: UUID
    expires_at: datetime
    revoked_at: datetime | None
    closed_at: datetime | None
    restricted_at: datetime | None
    roles: tuple[HeldRole, ...]

    def is_open(self, now: datetime) -> bool:
        return self.revoked_at is None and self.closed_at is None and now < self.expires_at


_SESSION = """
SELECT s.token_hash, s.id, s.person_id, s.expires_at, s.revoked_at, p.closed_at, p.restricted_at,
  r.name, u.path, r.event_id, r.until, e.ends_at
FROM session s JOIN person p ON p.id = s.person_id
LEFT JOIN role r ON r.person_id = s.person_id AND r.taken_at IS NULL
LEFT JOIN unit u ON u.id = r.unit_id
LEFT JOIN event e ON e.id = r.event_id
WHERE {given}
"""
_WITH_POSTGRES = _SESSION.format(given="s.token_hash = ANY($1::text[])")
_WITH_SQLITE = _SESSION.format(given="s.token_hash IN (SELECT value FROM json_each(?))")
_OF_POSTGRES, _OF_SQLITE = _SESSION.format(given="s.id = $1"), _SESSION.format(given="s.id = ?")


async def sessions_with(token_hashes: Collection[str]) -> dict[str, SessionRow]:
    """By the hash, read in one statement that began after this was called."""
    client = connection()
    rows: Sequence[Mapping[str, Any]]
    if isinstance(client, PooledPostgresClient):
        async with client.kept() as kept:
            rows = await kept.fetch(_WITH_POSTGRES, list(token_hashes))
    else:
        rows = (await client.execute_query(_WITH_SQLITE, [msgspec.json.encode(list(token_hashes)).decode()]))[1]
    of_each: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        of_each.setdefault(row["token_hash"], []).append(row)
    return {token_hash: _row(lines) for token_hash, lines in of_each.items()}


async def session_of(session_id: UUID) -> SessionRow | None:
    client = connection()
    rows: Sequence[Mapping[str, Any]]
    if isinstance(client, PooledPostgresClient):
        async with client.kept() as kept:
            rows = await kept.fetch(_OF_POSTGRES, session_id)
    else:
        rows = (await client.execute_query(_OF_SQLITE, [str(session_id)]))[1]
    return _row(rows) if rows else None


def _row(rows: Sequence[Mapping[str, Any]]) -> SessionRow:
    first = rows[0]
    return SessionRow(
        key_of(first["id"]),
        key_of(first["person_id"]),
        moment_of(first["expires_at"]),
        _maybe(first["revoked_at"]),
        _maybe(first["closed_at"]),
        _maybe(first["restricted_at"]),
        tuple(_role(row) for row in rows if row["name"] is not None),
    )


def _role(row: Mapping[str, Any]) -> HeldRole:
    event_id = key_of(row["event_id"]) if row["event_id"] else None
    return HeldRole(RoleName(row["name"]), row["path"] or "", event_id, _maybe(row["until"]), _maybe(row["ends_at"]))


def _maybe(value: datetime | str | None) -> datetime | None:
    return None if value is None else moment_of(value)
