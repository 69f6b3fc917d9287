"""SQLite with one writer: every transaction begins IMMEDIATE, every commit reaches the disk.

Tortoise begins deferred transactions; two processes that read and then write are then refused at once with "database is
locked", whatever the time-out. IMMEDIATE makes the second one wait for its turn instead.
"""

import sqlite3
from typing import Any, cast

from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import TransactionManagementError


class ImmediateTransaction(SqliteTransactionWrapper):
    async def begin(self) -> None:
        try:
            await self._connection.commit()
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise TransactionManagementError(error) from error


class ImmediateTransactionContext(SqliteTransactionContext):
    """Gives the connection back when BEGIN fails or its caller goes away; the base class would lock everyone out."""

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self.connection.begin()
        except BaseException:
            self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        return cast("TransactionalDBClient", self.connection)


class OneWriterSqliteClient(SqliteClient):
    def __init__(self, file_path: str, **kwargs: Any) -> None:
        kwargs.setdefault("journal_mode", "WAL")
        # FULL: in WAL mode NORMAL may lose the last commits at a power cut.
        kwargs.setdefault("synchronous", "FULL")
        kwargs.setdefault("busy_timeout", 10_000)
        super().__init__(file_path, **kwargs)

    def _in_transaction(self) -> TransactionContext:
        return ImmediateTransactionContext(ImmediateTransaction(self), self._lock)


client_class = OneWriterSqliteClient
