"""A city to measure in: people, events, enrolments, tickets and sessions, thousands a second past the ORM."""

import hmac
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from tortoise import Model

from capabilities.sign_in_code import personal_code
from kit.encryption import KeyRing
from kit.ids import uuid7
from kit.seals import MAC_BYTES, derive
from models.database import is_sqlite, opened, sqlite_file
from models.enrolment import Enrolment, Ticket
from models.event import Event, Point
from models.fields import SealedTextField
from models.migrating import plain_url
from models.person import Person
from models.session import Session
from models.shift import Shift
from models.volunteer import Volunteer
from scripts.benchmark.served import SECRETS

SECRET = SECRETS["LIZAN_SECRET_KEY"].encode()
TICKET_KEY = derive(SECRET, "ticket")
MANY = 20_000
# Two hundred characters, as an event says about itself.
CONTENT = "邀请全市科技工作者走进社区，面对面为居民答疑解惑。" * 8
# What a new event does not take from its pattern.
FRESH = ("id", "enrolment_opens_at", "enrolment_closes_at")


def use_keys() -> None:
    index = SECRETS["LIZAN_INDEX_KEY"].encode()
    SealedTextField.use_keys(KeyRing(SECRETS["LIZAN_DATA_KEY"].encode(), index_secret=index))


@dataclass
class Hall:
    """An event that is running now; of each person the enrolment, the ticket and the token."""

    event_id: UUID
    shift_id: UUID
    point_id: UUID
    people: list[UUID] = field(default_factory=list)
    enrolments: list[UUID] = field(default_factory=list)
    tickets: list[UUID] = field(default_factory=list)

    def code_of(self, number: int, now: datetime) -> str:
        ticket = self.tickets[number]
        key = hmac.digest(TICKET_KEY, ticket.bytes, sha256)[:MAC_BYTES]
        return personal_code(ticket, key, now)


class Writer:
    """Rows by the thousand, on either database. Columns are those of a model; what is not given has its default."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def add(self, model: type[Model], rows: Iterable[dict[str, Any]]) -> None:
        given = list(rows)
        if not given:
            return
        columns, written = _columns(model), []
        for row in given:
            instance = model(**row)
            written.append(tuple(column.to_db_value(getattr(instance, name), instance) for name, column in columns))
        names = [column.source_field or name for name, column in columns]
        if is_sqlite(self._url):
            self._to_sqlite(model._meta.db_table, names, written)
        else:
            await self._to_postgres(model._meta.db_table, names, written)

    def _to_sqlite(self, table: str, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        with sqlite3.connect(sqlite_file(self._url), timeout=30) as connection:
            marks = ", ".join("?" * len(names))
            plain = [[str(each) if isinstance(each, UUID | datetime) else each for each in row] for row in rows]
            connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", plain)  # noqa: S608
        connection.close()

    async def _to_postgres(self, table: str, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        connection = await asyncpg.connect(plain_url(self._url))
        try:
            await connection.copy_records_to_table(table, records=rows, columns=list(names))
        finally:
            await connection.close()


def _columns(model: type[Model]) -> list[tuple[str, Any]]:
    meta = model._meta
    return [(name, meta.fields_map[name]) for name in meta.fields_db_projection]


async def people(writer: Writer, count: int, now: datetime) -> list[UUID]:
    """Approved volunteers, each with the same sealed name: sealing a thousand would take longer than measuring."""
    ids = [uuid7() for _ in range(count)]
    await writer.add(Person, ({"id": each, "openid": "o", "openid_index": str(each), "joined_at": now} for each in ids))
    numbers = (uuid4().hex[:16] for _ in ids)
    await writer.add(
        Volunteer,
        (
            {
                "person_id": each,
                "status": "approved",
                "name": "乌兰图雅",
                "birth_date": "1980-01-01",
                "volunteer_no": number,
                "changed_at": now,
            }
            for each, number in zip(ids, numbers, strict=True)
        ),
    )
    return ids


async def sessions(writer: Writer, person_ids: Sequence[UUID], now: datetime) -> list[str]:
    """A token for each."""
    tokens = [f"bench-{uuid4().hex}" for _ in person_ids]
    await writer.add(
        Session,
        (
            {"person_id": person, "token_hash": Session.hash_of(token), "opened_at": now}
            | {"expires_at": now + timedelta(days=1)}
            for person, token in zip(person_ids, tokens, strict=True)
        ),
    )
    return tokens


async def hall(
    url: str,
    writer: Writer,
    person_ids: Sequence[UUID],
    now: datetime,
    *,
    seats: int | None = None,
    is_ahead: bool = False,
) -> Hall:
    """An event that began a quarter of an hour ago, or is ahead, with everybody enrolled in one shift."""
    async with opened(url):
        pattern = await Event.all().order_by("id").first()
        if pattern is None:
            raise RuntimeError("no event to follow")
        event = Event(**{name: getattr(pattern, name) for name in Event._meta.db_fields if name not in FRESH})
        event.id, event.status = uuid7(), type(pattern.status).PUBLISHED
        event.title = "千人报告会"
        begins = now + timedelta(days=7) if is_ahead else now - timedelta(minutes=15)
        event.starts_at, event.ends_at = begins, begins + timedelta(hours=6)
        await event.save(force_create=True)
        room = max(len(person_ids), 1) if seats is None else seats
        count = len(person_ids)
        shift = await Shift.create(
            event=event,
            role="听众",
            seats=room,
            taken=count,
            queue_tail=count,
            starts_at=event.starts_at,
            ends_at=event.ends_at,
        )
        point = await Point.create(event=event, name="主入口")
    made = Hall(event.id, shift.id, point.id, list(person_ids))
    made.enrolments = [uuid7() for _ in person_ids]
    made.tickets = [uuid7() for _ in person_ids]
    # Long ago for whoever asks what is new.
    long_ago = now - timedelta(days=1)
    common = {"event_id": event.id, "shift_id": shift.id, "status": "confirmed"}
    await writer.add(
        Enrolment,
        (
            {
                "id": id_,
                "person_id": person,
                "queue_no": number,
                "enrolled_at": long_ago,
                "changed_at": long_ago,
                **common,
            }
            for number, (id_, person) in enumerate(zip(made.enrolments, person_ids, strict=True), 1)
        ),
    )
    await writer.add(
        Ticket,
        (
            {"id": id_, "event_id": event.id, "enrolment_id": enrolment, "made_at": long_ago}
            for id_, enrolment in zip(made.tickets, made.enrolments, strict=True)
        ),
    )
    return made


async def events(url: str, writer: Writer, count: int, now: datetime) -> list[Hall]:
    """Published events of the coming weeks, each with a shift and a point."""
    async with opened(url):
        pattern = await Event.all().order_by("id").first()
        if pattern is None:
            raise RuntimeError("no event to follow")
        same = {name: getattr(pattern, name) for name in Event._meta.db_fields if name not in FRESH}
    halls = [Hall(uuid7(), uuid7(), uuid7()) for _ in range(count)]
    times = [now + timedelta(hours=1 + number / 4) for number in range(count)]
    begun = list(zip(halls, times, strict=True))
    span = timedelta(hours=3)
    await writer.add(
        Event,
        (
            same
            | {"id": hall.event_id, "status": "published", "title": f"科普讲座 {number}", "content": CONTENT}
            | {"starts_at": at, "ends_at": at + span}
            for number, (hall, at) in enumerate(begun)
        ),
    )
    shifts = (
        {"id": hall.shift_id, "event_id": hall.event_id, "role": "讲解", "seats": 200, "taken": 0}
        | {"starts_at": at, "ends_at": at + span}
        for hall, at in begun
    )
    await writer.add(Shift, shifts)
    await writer.add(Point, ({"id": hall.point_id, "event_id": hall.event_id, "name": "主入口"} for hall in halls))
    return halls


async def enrol_some(writer: Writer, halls: Sequence[Hall], person_ids: Sequence[UUID], now: datetime) -> None:
    """Each of them in five events."""
    rows = (
        {"event_id": hall.event_id, "shift_id": hall.shift_id, "person_id": person, "status": "confirmed"}
        | {"queue_no": number + 1, "enrolled_at": now, "changed_at": now}
        for number, person in enumerate(person_ids)
        for hall in (halls[(number * 5 + each) % len(halls)] for each in range(5))
    )
    await writer.add(Enrolment, rows)


def right_now() -> datetime:
    return datetime.now(UTC)
