"""Migrations with a guard: one process at a time, a backup first, and nothing lost on the way.

The ORM's own runner rebuilds a SQLite table by dropping it: with foreign keys on, the children go with it; the table's
indexes and triggers go in any case; and it notes a migration only after the commit. Here each migration, its
note and the proof that it lost nothing are one transaction.
"""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
from filelock import FileLock
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget, PlanStep

from models.database import config, is_sqlite, opened, sqlite_file, transaction
from models.migration_steps import Executor, Known, SilentRecorder

MIGRATIONS = "models.migrations"
LOCK_SECONDS = 120
# Any number will do, as long as every release uses the same.
POSTGRES_LOCK = 5_300_530


class MigrationLostSomething(Exception):
    """Rows, an index, a trigger or a reference was gone after a migration; it was rolled back."""


class TargetNeeded(Exception):
    """Going back without saying how far would drop every table."""


@dataclass
class Report:
    applied: list[str] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)
    backup: Path | None = None


async def migrate(url: str, *, now: datetime, target: str | None = None, migrations: str = MIGRATIONS) -> Report:
    """Bring the database at `url` to the newest migration, or to `target`. Raises `MigrationLostSomething`."""
    apps = _apps(url, migrations)
    async with _alone(url), opened(url, foreign_keys=False) as connection:
        await MigrationExecutor(connection, apps).recorder.ensure_schema(_editor(connection, apps))
        report, plan, known = Report(), await _plan(connection, apps, target), Known()
        if plan and is_sqlite(url):
            report.backup = _back_up(sqlite_file(url), now)
        for step in plan:
            await _run(step, apps, known)
            (report.undone if step.backward else report.applied).append(step.migration.name)
        return report


async def downgrade(url: str, *, now: datetime, target: str | None, migrations: str = MIGRATIONS) -> Report:
    """Raises `TargetNeeded`: the ORM's own command would empty the schema here."""
    if not target:
        raise TargetNeeded
    return await migrate(url, now=now, target=target, migrations=migrations)


async def pending(url: str) -> list[str]:
    """Names of migrations that this database has not seen; the database must be open."""
    async with transaction() as connection:
        return [step.migration.name for step in await _plan(connection, _apps(url, MIGRATIONS), None)]


def _apps(url: str, migrations: str) -> dict[str, Any]:
    apps: dict[str, Any] = config(url)["apps"]
    apps["models"]["migrations"] = migrations
    return apps


def _editor(connection: BaseDBAsyncClient, apps: dict[str, Any]) -> Any:
    return MigrationExecutor(connection, apps)._schema_editor(atomic=False)


async def _plan(connection: BaseDBAsyncClient, apps: dict[str, Any], target: str | None) -> list[PlanStep]:
    targets = [MigrationTarget("models", target)] if target else None
    return await MigrationExecutor(connection, apps).plan(targets)


async def _run(step: PlanStep, apps: dict[str, Any], known: Known) -> None:
    async with transaction() as connection:
        before = await _survey(connection)
        executor = Executor(connection, apps, known)
        executor.recorder = executor.loader.recorder = SilentRecorder(connection)
        await executor.migrate([await _target_of(step, executor)])
        await executor.remember(step)
        await _bring_back(connection, before, step, executor.dropped)
        if not step.backward:
            await _compare(before, await _survey(connection), step)


async def _target_of(step: PlanStep, executor: MigrationExecutor) -> MigrationTarget:
    name = step.migration.name
    if step.backward:
        await executor.loader.build_graph()
        parents = dict(step.migration.dependencies)
        name = parents.get("models", "__first__")
    return MigrationTarget("models", name)


@dataclass(frozen=True)
class _Part:
    """An index or a trigger of SQLite. `table_row` is its table's place in `sqlite_master`: a rebuild moves it."""

    sql: str
    table: str
    table_row: int


@dataclass
class _Survey:
    rows: dict[str, int]
    parts: dict[str, _Part]


async def _survey(connection: BaseDBAsyncClient) -> _Survey:
    """Every table with its number of rows; on SQLite also every index and trigger."""
    rows = {}
    for name in await _tables(connection):
        counted = await connection.execute_query_dict(f'SELECT count(*) AS n FROM "{name}"')  # noqa: S608 - our names
        rows[name] = int(counted[0]["n"])
    return _Survey(rows, await _parts(connection))


async def _tables(connection: BaseDBAsyncClient) -> list[str]:
    if connection.capabilities.dialect == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    else:
        query = "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()"
    found = [str(row["name"]) for row in await connection.execute_query_dict(query)]
    return [name for name in found if name != "tortoise_migrations"]


async def _parts(connection: BaseDBAsyncClient) -> dict[str, _Part]:
    if connection.capabilities.dialect != "sqlite":
        return {}
    query = """
        SELECT part.name, part.sql, part.tbl_name, home.rowid AS table_row
        FROM sqlite_master part JOIN sqlite_master home ON home.type = 'table' AND home.name = part.tbl_name
        WHERE part.type IN ('index', 'trigger') AND part.sql IS NOT NULL
    """
    found = await connection.execute_query_dict(query)
    return {str(row["name"]): _Part(row["sql"], row["tbl_name"], row["table_row"]) for row in found}


async def _bring_back(connection: BaseDBAsyncClient, before: _Survey, step: PlanStep, dropped: set[str]) -> None:
    """What went with a table that was rebuilt stands again; what the migration itself dropped stays dropped.

    A function of a migration that drops a part of a table which is also rebuilt names it in `removes_parts`.
    """
    meant = dropped | set(getattr(step.migration, "removes_parts", ()))
    for name in sorted(before.parts.keys() - (await _parts(connection)).keys() - meant):
        part = before.parts[name]
        if await _table_row(connection, part.table) in {None, part.table_row}:
            continue
        await connection.execute_query(part.sql)
        # A column that is gone is no error to SQLite: it takes a quoted name that it does not know for a text.
        columns = await connection.execute_query_dict("SELECT name FROM pragma_index_info(?)", [name])
        if any(column["name"] is None for column in columns):
            raise MigrationLostSomething(f"{step.migration.name}: {name} cannot be brought back")


async def _table_row(connection: BaseDBAsyncClient, table: str) -> int | None:
    query = "SELECT rowid FROM sqlite_master WHERE type = 'table' AND name = ?"
    rows = await connection.execute_query_dict(query, [table])
    return int(rows[0]["rowid"]) if rows else None


async def _compare(before: _Survey, after: _Survey, step: PlanStep) -> None:
    """A migration that means to remove rows, or a table with rows, names the table in `removes_rows_of`."""
    meant = set(getattr(step.migration, "removes_rows_of", ()))
    lost = {name for name, rows in before.rows.items() if after.rows.get(name, 0) < rows} - meant
    if lost:
        raise MigrationLostSomething(f"{step.migration.name}: fewer rows in {', '.join(sorted(lost))}")
    await _check_references(step)


async def _check_references(step: PlanStep) -> None:
    async with transaction() as connection:
        if connection.capabilities.dialect == "sqlite":
            broken = await connection.execute_query_dict("PRAGMA foreign_key_check")
            if broken:
                raise MigrationLostSomething(f"{step.migration.name}: {len(broken)} references lead nowhere")


def _back_up(file: Path, now: datetime) -> Path | None:
    """A consistent copy beside the database, made by SQLite itself; None where there is nothing to keep yet."""
    with closing(sqlite3.connect(file)) as source:
        tables = source.execute("SELECT count(*) FROM sqlite_master WHERE name = 'person'").fetchone()[0]
        if not tables:
            return None
        copy = file.with_name(f"{file.stem}-{now:%Y%m%dT%H%M%SZ}.backup.db")
        with closing(sqlite3.connect(copy)) as destination:
            source.backup(destination)
    return copy


@asynccontextmanager
async def _alone(url: str) -> AsyncIterator[None]:
    """While this is held no other process migrates the same database."""
    if is_sqlite(url):
        with _file_lock(sqlite_file(url)):
            yield
        return
    lock = await asyncpg.connect(plain_url(url))
    try:
        await lock.execute("SELECT pg_advisory_lock($1)", POSTGRES_LOCK, timeout=LOCK_SECONDS)
        yield
    finally:
        await lock.close()


@contextmanager
def _file_lock(file: Path) -> Iterator[None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{file}.migrating", timeout=LOCK_SECONDS):
        yield


def plain_url(url: str) -> str:
    scheme, rest = url.split("://", 1)
    return f"{'postgres' if scheme in {'asyncpg', 'postgresql'} else scheme}://{rest.partition('?')[0]}"
