"""SQLite with one writer: every transaction begins IMMEDIATE, every commit reaches the disk.

Tortoise begins deferred transactions; two processes that read and then write are then refused at once with "database is
locked", whatever the time-out. IMMEDIATE makes the second one wait for its turn instead.

All callers of a process share one connection. So a transaction that is not committed is always rolled back before the
next caller gets the connection: left open, it would swallow what others write, and they would be told it was saved.
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
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise TransactionManagementError(error) from error


class ImmediateTransactionContext(SqliteTransactionContext):
    """Gives the connection back clean, also when BEGIN or COMMIT fails or the caller goes away in the middle."""

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self.connection.begin()
        except BaseException:
            await self._give_back()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        return cast("TransactionalDBClient", self.connection)

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        get_connections().reset(self.token)
        try:
            if exc_type is None and not self.connection._finalized:
                await self.connection.commit()
        except BaseException:
            await self._give_back()
            raise
        if self.connection._finalized:
            self._trxlock.release()
        else:
            await self._give_back()

    async def _give_back(self) -> None:
        # The connection's thread does one thing after the other: first what a caller who went away still asked of it,
        # a BEGIN too, then this rollback, and then only what the next caller asks.
        try:
            if self.connection._connection:
                await self.connection._connection.rollback()
        finally:
            self._trxlock.release()


class OneWriterSqliteClient(SqliteClient):
    def __init__(self, file_path: str, **kwargs: Any) -> None:
        kwargs.setdefault("journal_mode", "WAL")
        # FULL: in WAL mode NORMAL may lose the last commits at a power cut.
        kwargs.setdefault("synchronous", "FULL")
        kwargs.setdefault("busy_timeout", 10_000)
        # What is erased is overwritten with zeros, and does not stay readable in the file's free pages.
        kwargs.setdefault("secure_delete", "ON")
        super().__init__(file_path, **kwargs)

    def _in_transaction(self) -> TransactionContext:
        return ImmediateTransactionContext(ImmediateTransaction(self), self._lock)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        """As one transaction like any other; the base class has a deferred one of its own here."""
        async with self._in_transaction() as connection:
            await connection.execute_many(query, values)


client_class = OneWriterSqliteClient
