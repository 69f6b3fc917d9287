"""Every statement that goes to the database: the ORM's, and those on the connections that are kept."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from models.asyncpg_pool import PooledPostgresClient
from models.database import connection


class _Told:
    """A kept connection that says what it is asked."""

    def __init__(self, kept: Any, asked: list[str]) -> None:
        self._kept, self._asked = kept, asked

    def fetch(self, query: str, *values: Any) -> Any:
        self._asked.append(query)
        return self._kept.fetch(query, *values)


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    asked: list[str] = []
    kind: Any = type(connection())

    def listening(name: str) -> Callable[..., Awaitable[Any]]:
        original = getattr(kind, name)

        async def listen(self: BaseDBAsyncClient, query: str, *rest: Any, **more: Any) -> Any:
            asked.append(query)
            return await original(self, query, *rest, **more)

        return listen

    original_kept: Any = PooledPostgresClient.kept

    @asynccontextmanager
    async def kept(self: PooledPostgresClient) -> AsyncIterator[Any]:
        async with original_kept(self) as connection:
            yield _Told(connection, asked)

    with monkeypatch.context() as patched:
        for name in ("execute_query", "execute_query_dict"):
            patched.setattr(kind, name, listening(name))
        patched.setattr(PooledPostgresClient, "kept", kept)
        yield asked
