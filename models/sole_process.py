"""Who may serve one database: one process alone, or several that share a Redis.

Held for the life of the process, by a lock that dies with it: a file lock beside the SQLite file, an advisory lock on
PostgreSQL. So a second process without Redis is refused by fact, not by what it says of itself.
"""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import structlog
from filelock import FileLock, Timeout

from models.database import is_sqlite, sqlite_file
from models.migrating import plain_url

log = structlog.get_logger(__name__)

POSTGRES_LOCK = 5_300_531
AGAIN_AFTER_SECONDS = 0.2


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
    place = _PostgresPlace(plain_url(url), has_redis=has_redis)
    await place.take()
    keeping = asyncio.create_task(place.keep())
    try:
        yield
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping
        await place.leave()


class _PostgresPlace:
    """The advisory lock and the connection that holds it.

    PostgreSQL gives the lock away when that connection ends: at its own restart, or because somebody ended it. The
    lock is then taken again at once; where another process was faster, this one stops as on SIGTERM.
    """

    def __init__(self, url: str, *, has_redis: bool) -> None:
        self._url = url
        self._lock = f"SELECT pg_try_advisory_lock{'_shared' if has_redis else ''}($1)"
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._ended = asyncio.Event()

    async def take(self) -> None:
        """Raises `NotAlone`, or the driver's errors where the database does not answer."""
        connection = await asyncpg.connect(self._url)
        try:
            if not await connection.fetchval(self._lock, POSTGRES_LOCK):
                raise NotAlone("已有进程在使用这个数据库；多进程运行时每个进程都要设置 LIZAN_REDIS_URL。")
        except BaseException:
            await connection.close()
            raise
        self._ended.clear()
        self._connection = connection
        connection.add_termination_listener(lambda _: self._ended.set())
        if connection.is_closed():
            self._ended.set()

    async def keep(self) -> None:
        while True:
            await self._ended.wait()
            try:
                await self.take()
                log.warning("serving_lock_taken_again")
            except NotAlone:
                log.critical("another_process_serves")
                signal.raise_signal(signal.SIGTERM)
                return
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
                await asyncio.sleep(AGAIN_AFTER_SECONDS)

    async def leave(self) -> None:
        if self._connection is not None:
            await self._connection.close()
