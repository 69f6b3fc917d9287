"""Who may serve one database: one process alone, or several that share a Redis.

Held for the life of the process, by a lock that dies with it: a file lock beside the SQLite file, an advisory lock on
PostgreSQL. So a second process without Redis is refused by fact, not by what it says of itself.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from filelock import FileLock, Timeout

from models.database import is_sqlite, sqlite_file
from models.migrating import plain_url

POSTGRES_LOCK = 5_300_531


class NotAlone(Exception):
    """Another process serves this database, and the two have no Redis in common."""


@asynccontextmanager
async def serving(url: str, *, has_redis: bool) -> AsyncIterator[None]:
    """Raises `NotAlone`. SQLite has one writer and so one process, with Redis or without."""
    if is_sqlite(url):
        lock = FileLock(f"{sqlite_file(url)}.serving", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise NotAlone("已有一个进程在使用这个 SQLite 数据库；多进程请改用 PostgreSQL 和 Redis。") from None
        try:
            yield
        finally:
            lock.release()
        return
    connection = await asyncpg.connect(plain_url(url))
    try:
        suffix = "_shared" if has_redis else ""
        if not await connection.fetchval(f"SELECT pg_try_advisory_lock{suffix}($1)", POSTGRES_LOCK):
            raise NotAlone("已有进程在使用这个数据库；多进程运行时每个进程都要设置 LIZAN_REDIS_URL。")
        yield
    finally:
        await connection.close()
