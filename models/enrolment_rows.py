"""What several people enrolled in, each with its event, its time and its place in the queue, in one statement."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from models.asyncpg_pool import PooledPostgresClient
from models.database import connection
from models.enrolment import EnrolmentStatus
from models.fields import key_of, maybe_moment_of, moment_of


class EnrolmentRow(NamedTuple):
    """`place` counts from 1 in the queue; None for who has a seat or an offer."""

    id: UUID
    event_id: UUID
    shift_id: UUID
    status: EnrolmentStatus
    place: int | None
    offer_expires_at: datetime | None
    enrolled_at: datetime
    event_title: str
    place_name: str
    starts_at: datetime
    ends_at: datetime


_OF_PEOPLE = """
SELECT e.person_id, e.id, e.event_id, e.shift_id, e.status,
  CASE WHEN e.status = 'waitlisted' THEN (SELECT count(*) FROM enrolment w
    WHERE w.shift_id = e.shift_id AND w.status = 'waitlisted' AND w.queue_no <= e.queue_no) END AS place,
  e.offer_expires_at, e.enrolled_at, v.title, v.place AS place_name, s.starts_at, s.ends_at
FROM enrolment e JOIN event v ON v.id = e.event_id JOIN shift s ON s.id = e.shift_id
WHERE e.person_id {among} ORDER BY e.id DESC
"""
_POSTGRES = _OF_PEOPLE.format(among="= ANY($1::uuid[])")
_SQLITE = _OF_PEOPLE.format(among="IN (SELECT value FROM json_each(?))")
_STATUS = {each.value: each for each in EnrolmentStatus}


async def of_people(person_ids: Collection[UUID]) -> dict[UUID, list[EnrolmentRow]]:
    """All enrolments of each, newest first."""
    client = connection()
    rows: Sequence[Any]
    if isinstance(client, PooledPostgresClient):
        async with client.kept() as kept:
            rows = await kept.fetch(_POSTGRES, list(person_ids))
    else:
        rows = (await client.execute_query(_SQLITE, [msgspec.json.encode(list(person_ids)).decode()]))[1]
    found: dict[UUID, list[EnrolmentRow]] = {each: [] for each in person_ids}
    for person_id, *columns in map(tuple, rows):
        found[key_of(person_id)].append(_row(*columns))
    return found


def _row(*columns: Any) -> EnrolmentRow:
    id_, event_id, shift_id, status, place, expires_at, enrolled_at, title, place_name, starts_at, ends_at = columns
    return EnrolmentRow(
        key_of(id_), key_of(event_id), key_of(shift_id), _STATUS[status], place, maybe_moment_of(expires_at),
        moment_of(enrolled_at), title, place_name, moment_of(starts_at), moment_of(ends_at),
    )  # fmt: skip
