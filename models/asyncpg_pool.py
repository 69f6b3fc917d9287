"""PostgreSQL's connections, each of which comes back to the pool.

Tortoise takes a connection and then begins; a caller who goes away while BEGIN is on its way leaves the connection
behind for good, and ten such callers are the end of a pool of ten. The word asyncpg in this module's name is
what Tortoise's migrations know the database by.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections

# Planned once, where planning anew costs more than the look-up; and by the indexes alone, because a plan that was made
# while a table was small must not read the whole table once it is not.
_BY_INDEX = (
    "SET plan_cache_mode = force_generic_plan; "
    "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off"
)
# While a table is empty every index of it looks as good as any other, so a plan is not kept for good.
PLANS_LAST_S = 2.0


# asyncpg's own, which it names only in the signature of `create_pool`.
_POOL: dict[str, Any] = {"max_queries": 50_000, "max_inactive_connection_lifetime": 300.0, "loop": None}
_RELEASE_SECONDS = 1.0


class BoundedPool(asyncpg.Pool):
    """Waits for a connection no longer than a statement may take, and gives one back that does not answer.

    A database that stands still says nothing: without a limit a caller waits for the end of the statement, and then for
    the connection to be cleared.
    """

    def __init__(self, *, patience_s: float, **known: Any) -> None:
        super().__init__(
            **{**_POOL, "record_class": asyncpg.Record, "command_timeout": patience_s, "timeout": patience_s, **known}
        )
        self._patience_s = patience_s

    def acquire(self, *, timeout: float | None = None) -> Any:
        return super().acquire(timeout=timeout or self._patience_s)

    async def release(self, connection: Any, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the driver's
        await super().release(connection, timeout=timeout or _RELEASE_SECONDS)


# The rest of the pool stays for everything else.
MOST_KEPT = 4


class ReturningTransactionContext(TransactionContextPooled):
    async def __aenter__(self) -> TransactionalDBClient:
        await self.ensure_connection()
        pool = self.client._parent._pool
        self.client._connection = await pool.acquire()
        try:
            await self.client.begin()
        except BaseException:
            # The pool itself sees to it that a second cancellation does not stop this.
            await pool.release(self.client._connection)
            raise
        self.token = get_connections().set(self.connection_name, self.client)
        return self.client


class PooledPostgresClient(AsyncpgDBClient):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Each with the moment of its plans.
        self._kept: list[tuple[Any, float]] = []

    async def create_pool(self, **known: Any) -> Any:
        """Bounded where a `patience_s` is among the credentials: for who serves people, not for long work."""
        return await (BoundedPool(**known) if "patience_s" in known else super().create_pool(**known))

    def _in_transaction(self) -> TransactionContext:
        return ReturningTransactionContext(TransactionWrapper(self), self._pool_init_lock)

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[Any]:
        """A connection for single statements that is kept between them.

        Handed back to the pool each time it would cost a second round trip, and its prepared statements. One on which
        anything failed is handed back.
        """
        connection, planned_at = await self._take()
        try:
            if time.monotonic() - planned_at > PLANS_LAST_S:
                await connection.execute("DISCARD PLANS")
                planned_at = time.monotonic()
            yield connection
        except BaseException:
            await self._hand_back(connection)
            raise
        if len(self._kept) < MOST_KEPT:
            self._kept.append((connection, planned_at))
        else:
            await self._hand_back(connection)

    async def _take(self) -> tuple[Any, float]:
        while self._kept:
            connection, planned_at = self._kept.pop()
            if _is_open(connection):
                return connection, planned_at
            await self._hand_back(connection)
        if self._pool is None:
            await self.create_connection(with_db=True)
        pool: Any = self._pool
        connection = await pool.acquire()
        try:
            await connection.execute(_BY_INDEX)
        except BaseException:
            await pool.release(connection)
            raise
        return connection, time.monotonic()

    async def _hand_back(self, connection: Any) -> None:
        pool: Any = self._pool
        if pool is None:
            connection.terminate()
        else:
            await pool.release(connection)

    async def _close(self) -> None:
        # The pool waits for what it lent.
        while self._kept:
            await self._hand_back(self._kept.pop()[0])
        await super()._close()


def _is_open(connection: Any) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        # It ended while it lay here, and the driver has taken it back by itself.
        return False


client_class = PooledPostgresClient
