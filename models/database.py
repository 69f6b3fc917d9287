"""The database: which engine, which tables, how it is opened and how safe its commits are."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.transactions import in_transaction

log = structlog.get_logger(__name__)

TABLES = (
    "models.unit",
    "models.campaign",
    "models.person",
    "models.session",
    "models.answered",
    "models.consent",
    "models.volunteer",
    "models.correction",
    "models.claim",
    "models.event",
    "models.shift",
    "models.enrolment",
    "models.scan",
    "models.attendance",
    "models.greeting",
    "models.upload",
    "models.listed_word",
    "models.media_check",
    "models.placement",
    "models.suggestion_case",
    "models.media_verdict",
    "models.role",
    "models.message",
    "models.team",
    "models.link",
    "models.transition",
    "models.job",
    "models.conflict",
    "models.removal",
    "models.staff_pass",
)
# What must be on for an acknowledged write to survive a power cut.
DURABILITY = ("fsync", "synchronous_commit", "full_page_writes")


class UnsafeDatabase(Exception):
    """PostgreSQL is set so that it may lose what it has acknowledged."""


def is_sqlite(url: str) -> bool:
    return urlsplit(url).scheme == "sqlite"


def sqlite_file(url: str) -> Path:
    return Path(url.removeprefix("sqlite://").partition("?")[0])


def config(url: str, *, foreign_keys: bool = True, patience_s: float | None = None) -> dict[str, Any]:
    """Tortoise's configuration; `foreign_keys` off is for the rebuild of a SQLite table only.

    `patience_s` is how long PostgreSQL may take for one statement; then `TimeoutError`, and nobody knows its outcome.
    """
    connection = expand_db_url(url)
    if is_sqlite(url):
        connection["engine"] = "models.sqlite_one_writer"
        connection["credentials"]["foreign_keys"] = "ON" if foreign_keys else "OFF"
    else:
        connection["engine"] = "models.asyncpg_pool"
        connection["credentials"].setdefault("max_size", 10)
        connection["credentials"].update({} if patience_s is None else {"patience_s": patience_s})
    apps = {"models": {"models": list(TABLES), "default_connection": "default", "migrations": "models.migrations"}}
    return {"connections": {"default": connection}, "apps": apps, "use_tz": True, "timezone": "UTC"}


# Read by `python -m tortoise makemigrations`.
TORTOISE_ORM = config("sqlite://var/lizan.db")


async def open_database(url: str, *, foreign_keys: bool = True, patience_s: float | None = None) -> None:
    """Every handler of this process then finds the database; one at a time per process."""
    settings = config(url, foreign_keys=foreign_keys, patience_s=patience_s)
    await Tortoise.init(config=settings, _enable_global_fallback=True)


async def close_database() -> None:
    await Tortoise.close_connections()


@asynccontextmanager
async def opened(
    url: str, *, foreign_keys: bool = True, patience_s: float | None = None
) -> AsyncIterator[BaseDBAsyncClient]:
    await open_database(url, foreign_keys=foreign_keys, patience_s=patience_s)
    try:
        yield connection()
    finally:
        await close_database()


def connection() -> BaseDBAsyncClient:
    return Tortoise.get_connection("default")


@dataclass
class _Afterwards:
    """What waits for the end of a transaction. A task that was begun inside outlives it, and sees that it is over."""

    calls: list[Callable[[], object]] = field(default_factory=list)
    is_over: bool = False


_afterwards: ContextVar[_Afterwards | None] = ContextVar("afterwards", default=None)


@asynccontextmanager
async def transaction() -> AsyncIterator[BaseDBAsyncClient]:
    """Inside another one: a savepoint of it."""
    outer = _afterwards.get()
    if outer is not None and not outer.is_over:
        async with in_transaction("default") as inner:
            yield inner
        return
    waiting = _Afterwards()
    before = _afterwards.set(waiting)
    try:
        async with in_transaction("default") as whole:
            yield whole
    finally:
        _afterwards.reset(before)
        waiting.is_over = True
        for call in waiting.calls:
            call()


def afterwards(call: Callable[[], object]) -> None:
    """Call when what is being written here is committed, or given up; at once where nothing is.

    Also after a rollback, because of a commit that was cut off nobody knows how it ended: `call` says that something
    may have changed, never that it did. It returns at once and does not raise.
    """
    waiting = _afterwards.get()
    if waiting is None or waiting.is_over:
        call()
    else:
        waiting.calls.append(call)


async def require_durable_commits() -> None:
    """Raises `UnsafeDatabase` where PostgreSQL would acknowledge what a power cut takes away.

    SQLite is opened with `synchronous=FULL` and needs no question.
    """
    if connection().capabilities.dialect != "postgres":
        return
    off = [name for name in DURABILITY if await _setting(name) == "off"]
    if off:
        raise UnsafeDatabase(f"PostgreSQL 的 {'、'.join(off)} 已关闭，断电会丢失已确认的数据；请打开后再启动。")
    if await _setting("synchronous_commit") == "local":
        log.warning("synchronous_commit_is_local")


async def _setting(name: str) -> str:
    rows = await connection().execute_query_dict(f"SHOW {name}")
    return str(rows[0][name])


async def cut_write_ahead_log() -> None:
    """On SQLite, write the log back into the file and cut it, so that no page from before an erasure stays in it.

    Best effort: with a reader in the way less of it is written back, and the next call finds the rest.
    """
    if connection().capabilities.dialect == "sqlite":
        await connection().execute_query("PRAGMA wal_checkpoint(TRUNCATE)")


async def answers() -> bool:
    """Whether the database answers a question now."""
    try:
        await connection().execute_query("SELECT 1")
    except Exception as error:  # noqa: BLE001 - each driver fails in its own way, and each means "no"
        log.error("database_does_not_answer", reason=type(error).__name__)
        return False
    return True
