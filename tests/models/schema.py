"""The schema as the models want it, and as the database itself says that it is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tortoise import Model, Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

# Unique among some rows only. The ORM cannot say this on SQLite, so it stands in a migration and here.
PARTIAL_UNIQUES = {
    "uq_claim_open": ("claim", ("person_id",), {"status", "open"}),
    "uq_correction_open": ("correction", ("volunteer_id",), {"status", "open"}),
    "uq_enrolment_live": ("enrolment", ("event_id", "person_id"), {"status", "confirmed", "waitlisted", "offered"}),
    "uq_ticket_live": ("ticket", ("enrolment_id",), {"revoked_at", "null"}),
    "uq_consent_live": ("consent", ("person_id", "scope", "policy_version"), {"withdrawn_at", "null"}),
    "uq_channel_consent_live": ("channel_consent", ("greeting_id", "channel"), {"withdrawn_at", "null"}),
    "uq_team_name_live": ("team", ("name_key",), {"status", "submitted", "active"}),
    "uq_membership_live": ("membership", ("team_id", "person_id"), {"status", "applied", "invited", "active"}),
    "uq_membership_leader": ("membership", ("team_id",), {"role", "leader", "status", "active"}),
    "uq_membership_slot": ("membership", ("person_id", "slot"), {"slot", "not", "null"}),
    "uq_selection_live": ("selection", ("greeting_id", "channel"), {"ended_at", "null"}),
}
APPEND_ONLY = ("annulment", "scan", "transition")


@dataclass(frozen=True)
class FoundIndex:
    """`condition` holds the words of a partial index's WHERE."""

    name: str
    columns: tuple[str, ...]
    is_unique: bool
    condition: frozenset[str] = frozenset()


@dataclass
class Table:
    nullable: dict[str, bool] = field(default_factory=dict)
    checks: set[str] = field(default_factory=set)
    indexes: list[FoundIndex] = field(default_factory=list)
    # Column → (table it leads to, what a deletion there does).
    references: dict[str, tuple[str, str]] = field(default_factory=dict)
    # What is refused on it: UPDATE, DELETE.
    refuses: set[str] = field(default_factory=set)

    def has_unique(self, columns: tuple[str, ...], condition: set[str] | None = None) -> bool:
        return any(
            each.is_unique and each.columns == columns and (condition or set()) <= each.condition
            and bool(each.condition) == bool(condition)
            for each in self.indexes
        )  # fmt: skip

    def has_index(self, columns: tuple[str, ...]) -> bool:
        return any(each.columns == columns and not each.condition for each in self.indexes)

    def has_index_from(self, column: str) -> bool:
        return any(each.columns[0] == column and not each.condition for each in self.indexes)


def _words(condition: str | None) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", (condition or "").lower()))


async def read_schema(connection: BaseDBAsyncClient) -> dict[str, Table]:
    is_sqlite = connection.capabilities.dialect == "sqlite"
    return await (_read_sqlite(connection) if is_sqlite else _read_postgres(connection))


async def _read_sqlite(connection: BaseDBAsyncClient) -> dict[str, Table]:
    rows = await connection.execute_query_dict("SELECT type, name, tbl_name, sql FROM sqlite_master")
    text = {(row["type"], row["name"]): row["sql"] for row in rows}
    tables = {row["name"]: Table() for row in rows if row["type"] == "table"}
    for name, table in tables.items():
        for column in await connection.execute_query_dict(f'PRAGMA table_info("{name}")'):
            table.nullable[column["name"]] = not column["notnull"]
        table.checks = set(re.findall(r'CONSTRAINT "?(\w+)"? CHECK', text["table", name] or ""))
        for index in await connection.execute_query_dict(f'PRAGMA index_list("{name}")'):
            columns = await connection.execute_query_dict(f'PRAGMA index_info("{index["name"]}")')
            condition = _words((text.get(("index", index["name"])) or "").partition(" WHERE ")[2])
            names = tuple(each["name"] for each in columns)
            table.indexes.append(FoundIndex(index["name"], names, bool(index["unique"]), condition))
        for key in await connection.execute_query_dict(f'PRAGMA foreign_key_list("{name}")'):
            table.references[key["from"]] = (key["table"], key["on_delete"])
    for row in rows:
        if row["type"] == "trigger" and "RAISE(ABORT" in row["sql"]:
            tables[row["tbl_name"]].refuses |= set(re.findall(r"BEFORE (UPDATE|DELETE)", row["sql"]))
    return tables


_POSTGRES_INDEXES = """
SELECT t.relname AS "table", i.relname AS name, x.indisunique AS is_unique,
       pg_get_expr(x.indpred, x.indrelid) AS condition,
       array(SELECT a.attname::text FROM unnest(x.indkey) WITH ORDINALITY k(no, place)
             JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.no ORDER BY k.place) AS columns
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE n.nspname = current_schema() AND x.indisvalid
"""
_POSTGRES_CONSTRAINTS = """
SELECT t.relname AS "table", c.conname AS name, c.contype::text AS kind, c.confdeltype::text AS on_delete,
       f.relname AS leads_to,
       (SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum = c.conkey[1]) AS "column"
FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid LEFT JOIN pg_class f ON f.oid = c.confrelid
JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE n.nspname = current_schema() AND c.convalidated
"""
_POSTGRES_TRIGGERS = """
SELECT event_object_table AS "table", event_manipulation AS verb FROM information_schema.triggers
WHERE trigger_schema = current_schema() AND action_timing = 'BEFORE'
  AND action_statement LIKE '%refuse_change()%'
"""


async def _read_postgres(connection: BaseDBAsyncClient) -> dict[str, Table]:
    tables: dict[str, Table] = {}
    columns = "SELECT * FROM information_schema.columns WHERE table_schema = current_schema()"
    for row in await connection.execute_query_dict(columns):
        tables.setdefault(row["table_name"], Table()).nullable[row["column_name"]] = row["is_nullable"] == "YES"
    for row in await connection.execute_query_dict(_POSTGRES_INDEXES):
        found = FoundIndex(row["name"], tuple(row["columns"]), row["is_unique"], _words(row["condition"]))
        tables[row["table"]].indexes.append(found)
    for row in await connection.execute_query_dict(_POSTGRES_CONSTRAINTS):
        if row["kind"] == "c":
            tables[row["table"]].checks.add(row["name"])
        if row["kind"] == "f":
            what = {"r": "RESTRICT", "a": "NO ACTION", "c": "CASCADE", "n": "SET NULL"}[row["on_delete"]]
            tables[row["table"]].references[row["column"]] = (row["leads_to"], what)
    for row in await connection.execute_query_dict(_POSTGRES_TRIGGERS):
        tables[row["table"]].refuses.add(row["verb"])
    return tables


def what_is_missing(tables: dict[str, Table]) -> list[str]:
    """One line for everything that a model wants and the database has not."""
    return [*_missing_of_models(tables), *_missing_partial_uniques(tables), *_missing_triggers(tables)]


def all_models() -> list[type[Model]]:
    return list((Tortoise.apps or {})["models"].values())


def _missing_of_models(tables: dict[str, Table]) -> Iterator[str]:
    for model in all_models():
        name = model._meta.db_table
        if name not in tables:
            yield f"{name}: no table"
            continue
        yield from (f"{name}: {line}" for line in _missing_of(model, tables[name]))


def _missing_of(model: type[Model], table: Table) -> Iterator[str]:
    for each in _columns(model):
        column = each.source_field or each.model_field_name
        if column not in table.nullable:
            yield f"no column {column}"
        elif table.nullable[column] and not each.null:
            yield f"{column} may be null"
        if each.unique and not table.has_unique((column,)):
            yield f"{column} is not unique"
    for key in _foreign_keys(model):
        yield from _missing_of_key(key, table)
    yield from _missing_of_meta(model, table)


def _columns(model: type[Model]) -> Iterator[Any]:
    return (each for each in model._meta.fields_map.values() if each.has_db_field)


def _foreign_keys(model: type[Model]) -> Iterator[ForeignKeyFieldInstance[Any]]:
    return (each for each in model._meta.fields_map.values() if isinstance(each, ForeignKeyFieldInstance))


def _missing_of_key(key: ForeignKeyFieldInstance[Any], table: Table) -> Iterator[str]:
    column = str(key.source_field)
    if table.references.get(column) != (key.related_model._meta.db_table, "RESTRICT"):
        yield f"{column} is no reference that restricts"
    if not table.has_index_from(column):
        yield f"{column} has no index"


def _missing_of_meta(model: type[Model], table: Table) -> Iterator[str]:
    for constraint in model._meta.constraints or ():
        if isinstance(constraint, CheckConstraint) and constraint.name not in table.checks:
            yield f"no check {constraint.name}"
        if isinstance(constraint, UniqueConstraint) and not table.has_unique(tuple(constraint.fields)):
            yield f"no unique {constraint.name}"
    for index in model._meta.indexes:
        columns = tuple(index.fields if isinstance(index, Index) else index)
        if not table.has_index(columns):
            yield f"no index on {', '.join(columns)}"


def _missing_partial_uniques(tables: dict[str, Table]) -> Iterator[str]:
    for name, (table, columns, condition) in PARTIAL_UNIQUES.items():
        if table not in tables or not tables[table].has_unique(columns, condition):
            yield f"{table}: no partial unique {name}"


def _missing_triggers(tables: dict[str, Table]) -> Iterator[str]:
    for table in APPEND_ONLY:
        for verb in sorted({"UPDATE", "DELETE"} - (tables[table].refuses if table in tables else set())):
            yield f"{table}: takes {verb}"
