"""The counter (名额柜台): one short transaction that holds what a batch is decided by, and writes what was decided."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

import asyncpg
import msgspec
from tortoise.exceptions import IntegrityError

from models.asyncpg_pool import PooledPostgresClient
from models.database import connection, transaction
from models.enrolment import LIVE, EnrolmentStatus
from models.event import EventStatus
from models.fields import key_of, maybe_moment_of, moment_of
from models.seats import statements
from models.seats.rows import EnrolmentLine, EventRow, Held, HeldShift, Registration
from models.volunteer import VolunteerStatus

_EVENT_STATUS = {each.value: each for each in EventStatus}
_STATUS = {each.value: each for each in VolunteerStatus}
_WAITS = EnrolmentStatus.WAITLISTED.value
Rows = Sequence[Mapping[str, Any]]


class Counter(Protocol):
    async def hold(self, wanted: Sequence[tuple[UUID, UUID]]) -> Held:
        """What is needed for these (shift, person), as it is once the locks are held, until the transaction ends.

        Nobody else then gives a seat in these shifts, and nobody of these people leaves or is suspended.
        """

    async def write(self, lines: Sequence[EnrolmentLine], shifts: Iterable[HeldShift]) -> None:
        """Raises `IntegrityError` where one of these people has a live enrolment in the event by now."""


@asynccontextmanager
async def at_the_counter() -> AsyncIterator[Counter]:
    """Written is only what stands when this is left without an exception."""
    client = connection()
    if isinstance(client, PooledPostgresClient):
        async with client.kept() as kept, kept.transaction():
            yield _OnPostgres(kept)
    else:
        async with transaction() as whole:
            yield _OnSqlite(whole)


class _OnPostgres:
    def __init__(self, kept: Any) -> None:
        self._kept = kept

    async def hold(self, wanted: Sequence[tuple[UUID, UUID]]) -> Held:
        fetch = self._kept.fetch
        shift_ids, person_ids = list({shift for shift, _ in wanted}), list({person for _, person in wanted})
        await fetch(statements.LOCK_SHIFTS, shift_ids)
        registrations = await fetch(statements.LOCK_REGISTRATIONS, person_ids)
        # In statements of their own: one that waited for a lock sees everything else as it was before it waited.
        shifts = await fetch(statements.SHIFTS_POSTGRES, shift_ids, _WAITS)
        event_ids = [row["event_id"] for row in shifts]
        return _held(shifts, registrations, await fetch(statements.STANDING_POSTGRES, person_ids, event_ids, LIVE))

    async def write(self, lines: Sequence[EnrolmentLine], shifts: Iterable[HeldShift]) -> None:
        counts = [{"id": each.id, "taken": each.taken, "queue_tail": each.queue_tail} for each in shifts]
        try:
            # As text: the driver looks at every element of an array, and the row's own names are those of the struct.
            await self._kept.execute(statements.WRITE_POSTGRES, _json(lines), _json(counts))
        except asyncpg.IntegrityConstraintViolationError as error:
            raise IntegrityError(error) from error


class _OnSqlite:
    def __init__(self, whole: Any) -> None:
        self._whole = whole

    async def hold(self, wanted: Sequence[tuple[UUID, UUID]]) -> Held:
        people = _json({person for _, person in wanted})
        shifts = await self._rows(statements.SHIFTS_SQLITE, _WAITS, _json({shift for shift, _ in wanted}))
        registrations = await self._rows(statements.REGISTRATIONS, people)
        event_ids = _json([row["event_id"] for row in shifts])
        return _held(
            shifts, registrations, await self._rows(statements.STANDING_SQLITE, people, event_ids, _json(LIVE))
        )

    async def _rows(self, statement: str, *given: str) -> Rows:
        rows: Rows = (await self._whole.execute_query(statement, list(given)))[1]
        return rows

    async def write(self, lines: Sequence[EnrolmentLine], shifts: Iterable[HeldShift]) -> None:
        rows = [
            (each.id, each.event_id, each.shift_id, each.person_id, each.status, each.queue_no, _text(each.enrolled_at))
            for each in lines
        ]
        await self._whole.execute_query(statements.ENROL_SQLITE, [_json(rows)])
        counts = [(each.id, each.taken, each.queue_tail) for each in shifts]
        await self._whole.execute_query(statements.COUNT_SQLITE, [_json(counts)])


def _json(given: Any) -> str:
    return msgspec.json.encode(given).decode()


def _text(moment: datetime) -> str:
    """As the ORM writes it: in UTC, with a blank between day and time."""
    return moment.astimezone(UTC).isoformat(" ")


def _held(shifts: Rows, registrations: Rows, standing: Rows) -> Held:
    return Held(
        {shift.id: shift for shift in map(_shift, shifts)},
        {
            key_of(row["person_id"]): Registration(
                _STATUS[row["status"]], maybe_moment_of(row["suspended_until"]), row["birth_date"]
            )
            for row in registrations
        },
        {(key_of(row["event_id"]), key_of(row["person_id"])): key_of(row["id"]) for row in standing},
    )


def _shift(row: Mapping[str, Any]) -> HeldShift:
    event = EventRow(
        key_of(row["event_id"]),
        _EVENT_STATUS[row["status"]],
        row["min_age"],
        maybe_moment_of(row["enrolment_opens_at"]),
        maybe_moment_of(row["enrolment_closes_at"]),
        bool(row["allows_walk_ins"]),
    )
    starts_at, ends_at = moment_of(row["starts_at"]), moment_of(row["ends_at"])
    counts = row["seats"], row["taken"], row["queue_tail"], row["waiting"]
    return HeldShift(key_of(row["id"]), event, starts_at, ends_at, *counts)
