"""Values that are shared for a while; a Redis that is gone costs a miss and half a second, never an answer."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from kit.shared_memory import SWEEP_AT, ProcessMemory, RedisMemory, SharedMemory

PATIENCE_SECONDS = 1.0
# Of tests that are not about a Redis that fails: a machine that stands still for a moment makes none of them red.
UNHURRIED_S = 30.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def without_redis(reason: str) -> None:
    """Under CI a missing server is a failure; elsewhere the test is left out and says why."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def private_redis(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A Redis of this test's own, to be frozen and killed."""
    program, port = shutil.which("redis-server"), free_port()
    if program is None:
        without_redis("no redis-server on this machine")
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield f"redis://127.0.0.1:{port}/0", process
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()


def wait_for(port: int) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    pytest.fail("redis-server did not start within 10 s")


async def shared_redis() -> str:
    """The URL of the Redis that all tests may use."""
    url = os.environ.get("LIZAN_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
    memory = RedisMemory(url, patience_s=UNHURRIED_S)
    if not await memory.is_reachable():
        without_redis(f"no Redis answers at {url}")
    await memory.close()
    return url


def unhurried(url: str, prefix: str = "") -> RedisMemory:
    return RedisMemory(url, prefix=prefix or f"lizan-test-{uuid4().hex}:", patience_s=UNHURRIED_S)


@pytest.fixture(params=["process", "redis"])
async def memory(request: pytest.FixtureRequest) -> AsyncIterator[SharedMemory]:
    memory: SharedMemory = ProcessMemory()
    if request.param == "redis":
        memory = unhurried(await shared_redis())
    yield memory
    await memory.close()


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[tuple[RedisMemory, subprocess.Popen[bytes]]]:
    with private_redis(tmp_path) as (url, process):
        memory = RedisMemory(url)
        yield memory, process
        await memory.close()


class TestSharedMemory:
    async def test_gives_back_what_was_put(self, memory: SharedMemory) -> None:
        await memory.put("token", "巴特尔·𠮷", seconds=60)
        assert await memory.get("token") == "巴特尔·𠮷"

    async def test_knows_nothing_of_what_was_never_put(self, memory: SharedMemory) -> None:
        assert await memory.get("token") is None

    async def test_forgets_what_was_dropped(self, memory: SharedMemory) -> None:
        await memory.put("token", "x", seconds=60)
        await memory.drop("token")
        await memory.drop("never-there")
        assert await memory.get("token") is None

    async def test_puts_the_newer_value_over_the_older(self, memory: SharedMemory) -> None:
        await memory.put("token", "old", seconds=60)
        await memory.put("token", "new", seconds=60)
        assert await memory.get("token") == "new"

    async def test_forgets_after_its_time(self, memory: SharedMemory) -> None:
        await memory.put("token", "x", seconds=1)
        assert await memory.get("token") == "x"
        await asyncio.sleep(1.1)
        assert await memory.get("token") is None

    async def test_is_reachable(self, memory: SharedMemory) -> None:
        assert await memory.is_reachable()


class TestProcessMemory:
    async def test_does_not_keep_what_has_expired(self) -> None:
        memory = ProcessMemory()
        await memory.put("lasting", "y", seconds=60)
        for n in range(3 * SWEEP_AT):
            await memory.put(f"key-{n}", "x", seconds=0)
        assert len(memory._values) <= SWEEP_AT
        assert await memory.get("lasting") == "y"


class TestRedisMemory:
    async def test_shares_values_between_two_processes(self) -> None:
        url, prefix = await shared_redis(), f"lizan-test-{uuid4().hex}:"
        one, other = unhurried(url, prefix), unhurried(url, prefix)
        await one.put("token", "x", seconds=60)
        assert await other.get("token") == "x"
        await one.drop("token")
        assert await other.get("token") is None
        await one.close()
        await other.close()

    async def test_serves_more_callers_than_it_has_connections(self) -> None:
        memory = unhurried(await shared_redis())
        await memory.put("token", "x", seconds=60)
        assert await asyncio.gather(*(memory.get("token") for _ in range(200))) == ["x"] * 200
        await memory.drop("token")
        await memory.close()

    async def test_misses_within_a_second_when_redis_was_never_there(self) -> None:
        memory = RedisMemory(f"redis://127.0.0.1:{free_port()}/0")
        await self.expect_misses(memory)
        await memory.close()

    async def test_misses_within_a_second_when_redis_is_killed(
        self, redis: tuple[RedisMemory, subprocess.Popen[bytes]]
    ) -> None:
        memory, process = redis
        await memory.put("token", "x", seconds=60)
        assert await memory.get("token") == "x"
        process.kill()
        process.wait()
        await self.expect_misses(memory)

    async def test_misses_within_a_second_when_redis_is_frozen(
        self, redis: tuple[RedisMemory, subprocess.Popen[bytes]]
    ) -> None:
        memory, process = redis
        await memory.put("token", "x", seconds=60)
        process.send_signal(signal.SIGSTOP)
        await self.expect_misses(memory)

    async def test_keeps_nobody_in_a_crowd_waiting_when_redis_is_frozen(
        self, redis: tuple[RedisMemory, subprocess.Popen[bytes]]
    ) -> None:
        memory, process = redis
        await memory.put("token", "x", seconds=60)
        process.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        answers = await asyncio.gather(*(memory.get("token") for _ in range(100)))
        assert answers == [None] * 100
        assert time.monotonic() - began < 2 * PATIENCE_SECONDS

    async def test_finds_its_values_again_when_redis_goes_on(
        self, redis: tuple[RedisMemory, subprocess.Popen[bytes]]
    ) -> None:
        memory, process = redis
        await memory.put("token", "x", seconds=60)
        process.send_signal(signal.SIGSTOP)
        assert await memory.get("token") is None
        process.send_signal(signal.SIGCONT)
        await asyncio.sleep(0.1)
        # Not one late answer stands in for the answer to a later question.
        await memory.put("other", "y", seconds=60)
        assert [await memory.get("token"), await memory.get("other")] == ["x", "y"]

    async def expect_misses(self, memory: RedisMemory) -> None:
        for ask in (memory.get("token"), memory.put("token", "x", seconds=9), memory.drop("token")):
            began = time.monotonic()
            assert await ask is None
            assert time.monotonic() - began < PATIENCE_SECONDS
        began = time.monotonic()
        assert await memory.is_reachable() is False
        assert time.monotonic() - began < PATIENCE_SECONDS
