"""PostgreSQL crashes, restarts or stands still under load: nobody hangs, nothing acknowledged is lost, all goes on."""

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from capabilities.sign_in_code import venue_code
from tests.conftest import EMPTY_ALL, run_on
from tests.faults.conftest import Crowd, Server
from tests.faults.ledger import Ledger, Stream, enrol_everybody, losses
from tests.faults.own_postgres import OwnPostgres
from tests.faults.test_database import seconds_until_ready

# The most that somebody at the door waits for an answer, whatever the database does.
BEARABLE_SECONDS = 8.0


@pytest.fixture(scope="module")
async def own(is_postgres: bool) -> AsyncIterator[OwnPostgres]:
    if not is_postgres:
        pytest.skip("PostgreSQL only: SQLite is in the process itself")
    own = OwnPostgres.make()
    try:
        await own.fill()
        yield own
    finally:
        own.remove()


@pytest.fixture
async def database_url(own: OwnPostgres) -> str:
    """Nobody's but this file's, and empty."""
    await run_on(own.url, EMPTY_ALL)
    return own.url


async def goes_on(server: Server, stream: Stream, ledger: Ledger, url: str) -> None:
    """By itself, with everything that was acknowledged before, once."""
    await seconds_until_ready(server)
    await stream.ask_again()
    before = ledger.acknowledged
    again = await stream.run_until(40)
    stream.end()
    await again
    assert ledger.acknowledged >= before + 40
    assert ledger.surprises == []
    assert await losses(url, ledger) == []


class TestCrash:
    async def test_loses_no_acknowledged_write(
        self, own: OwnPostgres, server: Server, crowd: Crowd, database_url: str
    ) -> None:
        ledger = Ledger()
        stream = Stream(crowd, server.api, ledger)
        for _ in range(2):
            running = await stream.run_until(40)
            await asyncio.to_thread(own.crash)
            await asyncio.sleep(0.5)
            await asyncio.to_thread(own.start)
            await seconds_until_ready(server)
            stream.end()
            await running
        assert ledger.unknown.total() > 0, "no crash came midway, so nothing was shown"
        await goes_on(server, stream, ledger, database_url)


class TestRestart:
    """By the operator, in the middle of a rush."""

    async def test_that_is_fast_loses_nothing_and_is_over_in_seconds(
        self, own: OwnPostgres, server: Server, crowd: Crowd, database_url: str
    ) -> None:
        await enrol_everybody(crowd, database_url)
        ledger = Ledger()
        stream = Stream(crowd, server.api, ledger, only="sign-ins")
        for _ in range(3):
            running = await stream.run_until(60)
            assert await asyncio.to_thread(own.stop, "fast")
            await asyncio.to_thread(own.start)
            await seconds_until_ready(server)
            stream.end()
            await running
        assert ledger.unanswered, "no restart came midway, so nothing was shown"
        await goes_on(server, stream, ledger, database_url)
        assert ledger.unanswered == []

    async def test_that_is_smart_waits_for_us_and_turns_nobody_wrong_meanwhile(
        self, own: OwnPostgres, server: Server, crowd: Crowd, database_url: str
    ) -> None:
        """It takes nobody new and ends nobody: our connections are kept, so an operator must use `fast` in the end."""
        await enrol_everybody(crowd, database_url)
        ledger = Ledger()
        stream = Stream(crowd, server.api, ledger, only="sign-ins")
        running = await stream.run_until(60)
        assert not await asyncio.to_thread(own.stop, "smart", within_s=3)
        assert await asyncio.to_thread(own.stop, "fast")
        await asyncio.to_thread(own.start)
        await seconds_until_ready(server)
        stream.end()
        await running
        await goes_on(server, stream, ledger, database_url)
        assert ledger.unanswered == []


async def timed(client: httpx.AsyncClient, crowd: Crowd, number: int) -> tuple[float, httpx.Response]:
    """Somebody scans the code at a door."""
    someone, (_, point) = crowd.people[number], crowd.doors[0]
    body = {"code": venue_code(crowd.office, point, crowd.office.now()).text, "nonce": f"frozen-{number}"}
    began = time.monotonic()
    answer = await client.post("/check-ins", json=body, headers=someone.headers)
    return time.monotonic() - began, answer


class TestFreeze:
    async def test_leaves_nobody_hanging_and_loses_nothing(
        self, own: OwnPostgres, server: Server, crowd: Crowd, database_url: str
    ) -> None:
        ledger = Ledger()
        stream = Stream(crowd, server.api, ledger)
        running = await stream.run_until(40)
        own.freeze()
        try:
            async with httpx.AsyncClient(base_url=server.api, timeout=60) as client:
                asked = [timed(client, crowd, number) for number in range(len(crowd.people))]
                answers = await asyncio.gather(*asked)
                alive = await client.get(server.url + "/healthz")
        finally:
            own.thaw()
        print(f"longest {max(seconds for seconds, _ in answers):.1f} s")  # noqa: T201 - shown by -rP
        assert alive.status_code == 200
        assert {(answer.status_code, answer.json()["code"]) for _, answer in answers} == {(503, "DatabaseUnavailable")}
        assert max(seconds for seconds, _ in answers) < BEARABLE_SECONDS
        stream.end()
        await running
        await goes_on(server, stream, ledger, database_url)
