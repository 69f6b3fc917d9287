"""PostgreSQL: whoever goes away, their connection comes back to the pool."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import pytest
from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from models.database import config, opened, transaction

pytestmark = pytest.mark.usefixtures("postgres_only")
POOL = 3


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[BaseDBAsyncClient]:
    async with opened(f"{database_url}?max_size={POOL}") as connection:
        await connection.execute_query("SELECT 1")
        yield connection


async def left_behind_by_callers_who_go_away(connection: Any) -> int:
    """How many connections are still out after callers went away at every point of beginning."""

    async def work() -> None:
        async with in_transaction("default") as inside:
            await inside.execute_query("SELECT 1")

    pool = connection._pool
    for steps in range(60):
        caller = asyncio.create_task(work())
        for _ in range(steps % 20):
            await asyncio.sleep(0)
        caller.cancel()
        await asyncio.wait([caller], timeout=2)
        if not caller.done():
            break
    await asyncio.sleep(0.1)
    return int(pool.get_size() - pool.get_idle_size())


@pytest.fixture
async def impatient(database_url: str) -> AsyncIterator[BaseDBAsyncClient]:
    """One connection, and nobody waits longer than half a second."""
    async with opened(f"{database_url}?max_size=1", patience_s=0.5) as connection:
        yield connection


async def seconds_until_told(*asked: Awaitable[Any]) -> float:
    began = time.monotonic()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(each) for each in answers} == {TimeoutError}
    return time.monotonic() - began


class TestPatience:
    async def test_ends_with_the_statement_and_with_the_queue_for_a_connection(
        self, impatient: BaseDBAsyncClient
    ) -> None:
        slow = [impatient.execute_query("SELECT pg_sleep(20)") for _ in range(3)]
        assert await seconds_until_told(*slow) < 10
        assert await impatient.execute_query_dict("SELECT 1 AS one") == [{"one": 1}]

    async def test_ends_within_a_transaction(self, impatient: BaseDBAsyncClient) -> None:
        async def work() -> None:
            async with transaction() as inside:
                await inside.execute_query("SELECT pg_sleep(20)")

        assert await seconds_until_told(work()) < 10
        assert await impatient.execute_query_dict("SELECT 1 AS one") == [{"one": 1}]

    async def test_is_endless_for_long_work(self, connection: BaseDBAsyncClient) -> None:
        await connection.execute_query("SELECT pg_sleep(0.7)")


class TestTransaction:
    async def test_gives_its_connection_back_whenever_its_caller_goes_away(self, connection: BaseDBAsyncClient) -> None:
        assert await left_behind_by_callers_who_go_away(connection) == 0
        async with asyncio.timeout(5), transaction() as inside:
            assert await inside.execute_query_dict("SELECT 1 AS one") == [{"one": 1}]

    async def test_loses_connections_with_the_stock_engine(self, database_url: str) -> None:
        """The control: with Tortoise's own engine the same callers take connections with them."""
        settings = config(f"{database_url}?max_size={POOL}")
        settings["connections"]["default"]["engine"] = "tortoise.backends.asyncpg"
        await Tortoise.init(config=settings, _enable_global_fallback=True)
        connection: Any = Tortoise.get_connection("default")
        await connection.execute_query("SELECT 1")
        lost = await left_behind_by_callers_who_go_away(connection)
        connection._pool.terminate()
        await Tortoise.close_connections()
        assert lost > 0


class TestKept:
    async def test_is_the_same_connection_again(self, connection: Any) -> None:
        async with connection.kept() as kept:
            first = await kept.fetchval("SELECT pg_backend_pid()")
        async with connection.kept() as kept:
            assert await kept.fetchval("SELECT pg_backend_pid()") == first

    async def test_that_ended_while_it_lay_there_is_replaced(self, connection: Any) -> None:
        async with connection.kept() as kept:
            first = await kept.fetchval("SELECT pg_backend_pid()")
        await connection.execute_query(f"SELECT pg_terminate_backend({first})")
        await asyncio.sleep(0.2)
        async with connection.kept() as kept:
            assert await kept.fetchval("SELECT pg_backend_pid()") != first

    async def test_leaves_the_pool_to_the_others(self, connection: Any) -> None:
        async with connection.kept(), connection.kept():
            assert (await connection.execute_query_dict("SELECT 1 AS one"))[0]["one"] == 1
