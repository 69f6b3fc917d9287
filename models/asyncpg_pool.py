"""PostgreSQL's connections, each of which comes back to the pool.

Tortoise takes a connection and then begins; a caller who goes away while BEGIN is on its way leaves the connection
behind for good, and ten such callers are the end of a pool of ten. The word asyncpg in this module's name is
what Tortoise's migrations know the database by.
"""

from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections


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
    def _in_transaction(self) -> TransactionContext:
        return ReturningTransactionContext(TransactionWrapper(self), self._pool_init_lock)


client_class = PooledPostgresClient
