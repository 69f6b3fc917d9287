"""Redis frozen or gone: people log in and sign in as before, and the process says what is degraded."""

import asyncio
import signal
import time

import pytest

from capabilities.sign_in_code import venue_code
from tests.clients import client_of
from tests.faults.conftest import Crowd, Launch, PrivateRedis, Server, Simulator
from tests.faults.ledger import PATIENCE_SECONDS, Ledger, Stream, enrol_everybody, losses

# A frozen Redis may cost a request one time-out of half a second, and not more than a few of them.
BEARABLE_SECONDS = 3.0


@pytest.fixture
async def server(launch: Launch, redis: PrivateRedis) -> Server:
    server = launch(LIZAN_REDIS_URL=redis.url)
    server.start()
    return server


async def everyday(server: Server, simulator: Simulator, crowd: Crowd) -> float:
    """Somebody logs in, somebody signs in, somebody leaves a greeting; returns the longest of these in seconds."""
    someone, (shift, point) = crowd.people.pop(), crowd.doors[0]
    code = venue_code(crowd.office, point, crowd.office.now()).text
    words = {"topic": "motherland", "text": "祝福", "byline": "anonymous", "is_over_14": True}
    steps = [
        ("/sessions", {"code": simulator.code()}, 201),
        (f"/shifts/{shift.id}/enrolments", {}, 201),
        ("/check-ins", {"code": code, "nonce": "nonce-" + someone.id.hex}, 200),
        ("/greetings", words, 201),
    ]
    longest = 0.0
    async with client_of(server.api, someone.headers, timeout=10) as client:
        for path, body, status in steps:
            began = time.monotonic()
            answer = await client.post(path, json=body)
            longest = max(longest, time.monotonic() - began)
            assert answer.status_code == status, answer.text
    return longest


async def readiness(server: Server) -> tuple[int, list[str]]:
    async with client_of(server.url) as client:
        answer = await client.get("/readyz")
    return answer.status_code, answer.json()["degraded"]


class TestRedis:
    async def test_may_freeze(self, server: Server, redis: PrivateRedis, simulator: Simulator, crowd: Crowd) -> None:
        assert await readiness(server) == (200, [])
        redis.popen.send_signal(signal.SIGSTOP)
        assert await everyday(server, simulator, crowd) < BEARABLE_SECONDS
        assert await readiness(server) == (200, ["redis"])
        redis.popen.send_signal(signal.SIGCONT)
        assert await readiness(server) == (200, [])

    async def test_may_be_gone(self, server: Server, redis: PrivateRedis, simulator: Simulator, crowd: Crowd) -> None:
        await everyday(server, simulator, crowd)
        redis.popen.kill()
        redis.popen.wait(10)
        assert await everyday(server, simulator, crowd) < BEARABLE_SECONDS
        assert await readiness(server) == (200, ["redis"])

    async def test_may_be_absent_from_the_start(
        self, launch: Launch, redis: PrivateRedis, simulator: Simulator, crowd: Crowd
    ) -> None:
        redis.popen.kill()
        redis.popen.wait(10)
        server = launch(LIZAN_REDIS_URL=redis.url)
        server.start()
        assert await everyday(server, simulator, crowd) < BEARABLE_SECONDS

    async def test_lets_a_second_process_serve(
        self, server: Server, launch: Launch, redis: PrivateRedis, postgres_only: None
    ) -> None:
        second = launch(LIZAN_REDIS_URL=redis.url)
        second.start()
        assert await readiness(second) == await readiness(server) == (200, [])


class TestSignIns:
    async def test_go_on_while_redis_freezes_and_dies(
        self, server: Server, redis: PrivateRedis, crowd: Crowd, database_url: str
    ) -> None:
        await enrol_everybody(crowd, database_url)
        ledger = Ledger()
        stream = Stream(crowd, server.api, ledger, only="sign-ins")
        running = await stream.run_until(40)
        redis.popen.send_signal(signal.SIGSTOP)
        await more(ledger, 60)
        redis.popen.send_signal(signal.SIGCONT)
        await more(ledger, 20)
        redis.popen.kill()
        redis.popen.wait(10)
        await more(ledger, 60)
        stream.end()
        await running
        assert (ledger.unknown.total(), ledger.surprises) == (0, [])
        assert await losses(database_url, ledger) == []


async def more(ledger: Ledger, scans: int) -> None:
    enough = ledger.acknowledged + scans
    async with asyncio.timeout(PATIENCE_SECONDS):
        while ledger.acknowledged < enough:  # noqa: ASYNC110 - the ledger is a plain book, not an event
            await asyncio.sleep(0.01)
