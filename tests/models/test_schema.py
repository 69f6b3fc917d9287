"""What the models want stands in the database itself: the ORM leaves constraints out without a word."""

import re
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from capabilities.own_data import IMPERSONAL, PLACES, Fate, Place, person_columns, sealed_columns
from kit.ids import uuid7
from models.database import opened
from models.event import Event
from models.greeting import Greeting
from models.person import Person
from models.scan import Direction, Scan, ScanWay
from models.shift import Shift
from tests.models.schema import _foreign_keys, all_models, read_schema, what_is_missing

MODELS = Path(__file__).parents[2] / "models"
SQLITE_WITHOUT_A_CHECK = (
    "PRAGMA writable_schema = ON",
    "UPDATE sqlite_master SET sql = replace(sql, 'CONSTRAINT \"ck_shift_seats\" CHECK (seats >= 1)', 'CHECK (1)') "
    "WHERE name = 'shift'",
)
SQLITE_NULL = (
    "PRAGMA writable_schema = ON",
    "UPDATE sqlite_master SET sql = replace(sql, '\"theme\" VARCHAR(60) NOT NULL', '\"theme\" VARCHAR(60)') "
    "WHERE name = 'campaign'",
)
SQLITE_CASCADE = (
    "PRAGMA writable_schema = ON",
    "UPDATE sqlite_master SET sql = replace(sql, 'ON DELETE RESTRICT', 'ON DELETE CASCADE') WHERE name = 'attendance'",
)
POSTGRES_CASCADE = (
    "DO $$ DECLARE c record; BEGIN FOR c IN SELECT conname FROM pg_constraint WHERE conrelid = 'attendance'::regclass "
    "AND contype = 'f' LOOP EXECUTE 'ALTER TABLE attendance DROP CONSTRAINT ' || quote_ident(c.conname); END LOOP; "
    "END $$",
    "ALTER TABLE attendance ADD FOREIGN KEY (event_id) REFERENCES event ON DELETE CASCADE",
    "ALTER TABLE attendance ADD FOREIGN KEY (enrolment_id) REFERENCES enrolment ON DELETE CASCADE",
)
# What is done to a sound database on SQLite, on PostgreSQL → what the comparison must then say.
HARM = {
    "index": (("DROP INDEX {index}",), ("DROP INDEX {index}",), ["event: no index on status, starts_at, id"]),
    "unique": (
        ("DROP INDEX uq_scan_nonce",),
        ("ALTER TABLE scan DROP CONSTRAINT uq_scan_nonce",),
        ["scan: no unique uq_scan_nonce"],
    ),
    "partial unique": (
        ("DROP INDEX uq_ticket_live",),
        ("DROP INDEX uq_ticket_live",),
        ["ticket: no partial unique uq_ticket_live"],
    ),
    "narrower partial unique": (
        ("DROP INDEX uq_enrolment_live", "CREATE UNIQUE INDEX uq_enrolment_live ON enrolment (event_id, person_id)"
         " WHERE status IN ('confirmed', 'waitlisted')"),
        ("DROP INDEX uq_enrolment_live", "CREATE UNIQUE INDEX uq_enrolment_live ON enrolment (event_id, person_id)"
         " WHERE status IN ('confirmed', 'waitlisted')"),
        ["enrolment: no partial unique uq_enrolment_live"],
    ),
    "check": (
        SQLITE_WITHOUT_A_CHECK,
        ("ALTER TABLE shift DROP CONSTRAINT ck_shift_seats",),
        ["shift: no check ck_shift_seats"],
    ),
    "not null": (
        SQLITE_NULL,
        ("ALTER TABLE campaign ALTER theme DROP NOT NULL",),
        ["campaign: theme may be null"],
    ),
    "reference": (
        SQLITE_CASCADE,
        POSTGRES_CASCADE,
        [
            "attendance: event_id is no reference that restricts",
            "attendance: enrolment_id is no reference that restricts",
        ],
    ),
    "trigger": (
        ("DROP TRIGGER scan_no_delete",),
        ("DROP TRIGGER scan_append_only ON scan",
         "CREATE TRIGGER scan_append_only BEFORE UPDATE ON scan FOR EACH ROW EXECUTE FUNCTION refuse_change()"),
        ["scan: takes DELETE"],
    ),
    "table": (("DROP TABLE login",), ("DROP TABLE login",), ["login: no table"]),
}  # fmt: skip


LISTED = {place.model: place for place in PLACES}


def named_by(place: Place) -> set[str]:
    is_column = place.owner and "__" not in place.owner and place.owner != "id"
    return {*place.acted, *([place.owner] if is_column else [])}


class TestSchema:
    async def test_has_everything_that_the_models_want(self, database: BaseDBAsyncClient) -> None:
        assert what_is_missing(await read_schema(database)) == []

    async def test_is_asked_for_all_there_is(self, database: BaseDBAsyncClient) -> None:
        """A walk that finds nothing would find nothing missing."""
        constraints = [each for model in all_models() for each in model._meta.constraints or ()]
        keys = [key for model in all_models() for key in _foreign_keys(model)]
        written = [re.findall(r"^class (\w+)\(Model\)", file.read_text("utf-8"), re.M) for file in MODELS.glob("*.py")]
        assert {model.__name__ for model in all_models()} == set(chain.from_iterable(written))
        assert len([each for each in constraints if isinstance(each, CheckConstraint)]) >= 13
        assert len([each for each in constraints if isinstance(each, UniqueConstraint)]) >= 6
        assert len(keys) >= 30
        assert len([1 for model in all_models() for _ in model._meta.indexes]) >= 35

    async def test_refers_to_what_may_not_be_deleted(self, database: BaseDBAsyncClient) -> None:
        found = {rule for table in (await read_schema(database)).values() for _, rule in table.references.values()}
        assert found == {"RESTRICT"}

    @pytest.mark.parametrize("harm", HARM)
    async def test_shows_it_when_one_thing_is_gone(self, scratch_url: str, is_postgres: bool, harm: str) -> None:
        """The control: each kind of thing, taken away from a sound database."""
        on_sqlite, on_postgres, missing = HARM[harm]
        async with opened(scratch_url) as connection:
            index = await self.index_on(connection, "event", ("status", "starts_at", "id"))
            for statement in on_postgres if is_postgres else on_sqlite:
                await connection.execute_script(
                    statement.format(index=f'"{index}"') if "{index}" in statement else statement
                )
        async with opened(scratch_url) as connection:
            assert what_is_missing(await read_schema(connection)) == missing

    async def index_on(self, connection: BaseDBAsyncClient, table: str, columns: tuple[str, ...]) -> str:
        (name,) = [each.name for each in (await read_schema(connection))[table].indexes if each.columns == columns]
        return name


class TestPersonalData:
    """Every table and column that leads to a person has a place in `capabilities/own_data/places.py`.

    A later table is forgotten by nobody: it fails here until somebody says what becomes of it.
    """

    async def test_name_every_table_once(self, database: BaseDBAsyncClient) -> None:
        assert {model.__name__ for model in all_models()} == {model.__name__ for model in [*LISTED, *IMPERSONAL]}
        assert not set(LISTED) & set(IMPERSONAL)
        assert len(LISTED) == len(PLACES)

    async def test_know_every_column_that_names_a_person(self, database: BaseDBAsyncClient) -> None:
        for model in all_models():
            columns = set(person_columns(model))
            assert columns == (named_by(LISTED[model]) if model in LISTED else set()), model.__name__

    async def test_know_every_sealed_column(self, database: BaseDBAsyncClient) -> None:
        """Whatever is sealed is removed with its row, or written over; a person's own are done by hand and shown."""
        by_hand = {Person: {"openid"}, Greeting: {"guardian"}}
        for model in all_models():
            sealed = set(sealed_columns(model))
            if model not in LISTED or LISTED[model].fate is Fate.REMOVED:
                assert model in LISTED or not sealed, model.__name__
                continue
            assert sealed == set(LISTED[model].blanks) & sealed | by_hand.get(model, set()), model.__name__


class TestAppendOnly:
    INSERT = (
        "INSERT INTO transition (id, subject, subject_id, after, at) VALUES "
        "('01900000-0000-7000-8000-000000000001', 'event', '01900000-0000-7000-8000-000000000002', 'draft', "
        "'2019-05-30 00:00:00+00:00')"
    )

    @pytest.mark.parametrize("statement", ["UPDATE transition SET after = 'x'", "DELETE FROM transition"])
    async def test_refuses_to_change_what_was_logged(self, database: BaseDBAsyncClient, statement: str) -> None:
        await database.execute_query(self.INSERT)
        with pytest.raises(Exception, match="append-only"):
            await database.execute_query(statement)
        rows = await database.execute_query_dict("SELECT after FROM transition")
        assert rows == [{"after": "draft"}]


class TestScanForgets:
    """The one thing that the log of scans lets go of: which device it was. A later column is guarded too, or fails."""

    async def a_scan(self, event: Event) -> Scan:
        return await Scan.create(
            event_id=event.id, scanned_by_id=uuid7(), way=ScanWay.MANUAL, direction=Direction.IN, nonce="nonce",
            code_digest="", scanned_at=event.created_at, received_at=event.created_at, verdict="CheckedIn",
            device="phone-1", gate="gate-1", clock_error_s=3,
        )  # fmt: skip

    async def test_lets_the_device_be_emptied(self, event: Event) -> None:
        scan = await self.a_scan(event)
        await Scan.filter(id=scan.id).update(device=None, gate=None, clock_error_s=None)
        assert (await Scan.get(id=scan.id)).device is None

    @pytest.mark.parametrize("column", sorted(set(Scan._meta.db_fields) - {"id", "device", "gate", "clock_error_s"}))
    async def test_lets_nothing_else_be_changed_with_it(self, event: Event, column: str) -> None:
        await self.a_scan(event)
        values: dict[str, Any] = dict.fromkeys(("point_id", "enrolment_id"), uuid7())
        values |= {"is_admitted": True, "is_late": True, "facts": {"a": 1}, "way": "venue_code", "direction": "out"}
        values |= dict.fromkeys(("scanned_at", "received_at", "happened_at"), datetime(2020, 1, 1, tzinfo=UTC))
        values |= dict.fromkeys(("id", "event_id", "scanned_by_id"), uuid7())
        emptied: dict[str, Any] = {"device": None, "gate": None, "clock_error_s": None}
        with pytest.raises(Exception, match="append-only"):
            await Scan.all().update(**emptied, **{column: values.get(column, "x")})

    async def test_lets_no_device_be_written_over(self, event: Event) -> None:
        await self.a_scan(event)
        with pytest.raises(Exception, match="append-only"):
            await Scan.all().update(device="phone-2")


class TestChecks:
    """Their text is compared by nobody, so the one that guards every seat is tried out."""

    async def test_let_nobody_sell_more_seats_than_there_are(self, event: Event) -> None:
        shift = event.shifts[0]
        await Shift.filter(id=shift.id).update(taken=shift.seats)
        with pytest.raises(IntegrityError):
            await Shift.filter(id=shift.id).update(taken=shift.seats + 1)
