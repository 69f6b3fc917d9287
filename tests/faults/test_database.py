"""PostgreSQL ends our connections under load: nothing acknowledged is lost, and the service comes back by itself."""

import asyncio
import time

import asyncpg
import pytest

from models.migrating import plain_url
from models.sole_process import POSTGRES_LOCK
from tests.clients import client_of
from tests.faults.conftest import Crowd, Launch, Server
from tests.faults.ledger import Ledger, Stream, losses

ROUNDS = 6
BACK_WITHIN = 5.0
END_ALL = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
END_HOLDER = """
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND objid = $1
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""

pytestmark = pytest.mark.usefixtures("postgres_only")


async def end_all_connections(url: str, times: int) -> int:
    """Returns how many were ended."""
    connection = await asyncpg.connect(plain_url(url))
    ended = 0
    for _ in range(times):
        ended += len(await connection.fetch(END_ALL))
        await asyncio.sleep(0.2)
    await connection.close()
    return ended


async def seconds_until_ready(server: Server) -> float:
    began = time.monotonic()
    async with client_of(server.url, timeout=5) as client:
        while (await client.get("/readyz")).status_code != 200:
            assert time.monotonic() - began < BACK_WITHIN
            await asyncio.sleep(0.05)
    return time.monotonic() - began


class TestEndedConnections:
    async def test_lose_no_acknowledged_write(self, server: Server, crowd: Crowd, database_url: str) -> None:
        ledger = Ledger()
        stream = Stream(crowd, server.api, ledger)
        running = await stream.run_until(40)
        ended = await end_all_connections(database_url, ROUNDS)
        assert ended >= ROUNDS
        assert await seconds_until_ready(server) < BACK_WITHIN
        stream.end()
        await running
        await stream.ask_again()
        before = ledger.acknowledged
        again = await stream.run_until(40)
        stream.end()
        await again
        assert ledger.acknowledged > before
        assert ledger.surprises == []
        assert await losses(database_url, ledger) == []

    async def test_let_no_second_process_in(self, server: Server, launch: Launch, database_url: str) -> None:
        await end_all_connections(database_url, 1)
        assert await seconds_until_ready(server) < BACK_WITHIN
        await asyncio.sleep(2)
        second = launch()
        second.spawn()
        assert await asyncio.to_thread(second.wait, 15) == 2

    async def test_stop_the_process_whose_place_another_has_taken(self, server: Server, database_url: str) -> None:
        other = await asyncpg.connect(plain_url(database_url))
        taking = asyncio.create_task(other.execute("SELECT pg_advisory_lock($1)", POSTGRES_LOCK))
        await asyncio.sleep(0.3)
        connection = await asyncpg.connect(plain_url(database_url))
        await connection.execute(END_HOLDER, POSTGRES_LOCK)
        await taking
        assert await asyncio.to_thread(server.wait, 10) == 0
        assert "another_process_serves" in server.said
        await asyncio.gather(connection.close(), other.close())
