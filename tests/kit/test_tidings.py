"""Tidings: heard at once here, soon elsewhere; a Redis that is gone costs liveness, and is noticed."""

import asyncio
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from kit.tidings import EVERYTHING, MOST_WAITING, RedisTidings, Tidings, open_tidings
from tests.kit.test_shared_memory import private_redis, shared_redis


async def until(is_so: Callable[[], bool], *, seconds: float = 5.0) -> None:
    """Within this time, and not a moment longer than it takes."""
    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends, f"not within {seconds} s"
        await asyncio.sleep(0.005)


@asynccontextmanager
async def carried(url: str, channel: str) -> AsyncIterator[RedisTidings]:
    tidings = RedisTidings(url, channel=channel)
    carrying = asyncio.create_task(tidings.carry())
    try:
        yield tidings
    finally:
        carrying.cancel()
        await asyncio.gather(carrying, return_exceptions=True)
        await tidings.close()


@pytest.fixture
async def two() -> AsyncIterator[tuple[RedisTidings, RedisTidings]]:
    """Two processes' tidings, both connected."""
    url, channel = await shared_redis(), f"lizan-test-{uuid4().hex}"
    async with carried(url, channel) as here, carried(url, channel) as there:
        await until(lambda: here.is_whole and there.is_whole)
        yield here, there


class TestInOneProcess:
    async def test_are_heard_when_telling_returns(self) -> None:
        async with open_tidings(None) as tidings:
            heard: list[str] = []
            tidings.hear("event", heard.append)
            tidings.tell("event", "e1")
            tidings.tell("other", "e2")
            assert heard == ["e1"]
            assert tidings.is_whole

    def test_may_be_heard_by_nobody(self) -> None:
        Tidings().tell("event", "e1")


class TestBetweenProcesses:
    async def test_are_heard_there_soon_and_here_once(self, two: tuple[RedisTidings, RedisTidings]) -> None:
        here, there = two
        mine: list[str] = []
        theirs: list[str] = []
        here.hear("event", mine.append)
        there.hear("event", theirs.append)
        here.tell("event", "e1")
        assert mine == ["e1"]
        await until(lambda: theirs == ["e1"], seconds=1)
        there.tell("event", "e2")
        await until(lambda: mine == ["e1", "e2"])
        assert theirs == ["e1", "e2"]

    async def test_of_one_moment_go_together_and_each_once(self, two: tuple[RedisTidings, RedisTidings]) -> None:
        here, there = two
        theirs: list[str] = []
        there.hear("event", theirs.append)
        for number in range(500):
            here.tell("event", f"e{number % 5}")
        await until(lambda: set(theirs) == {f"e{n}" for n in range(5)})
        assert len(theirs) == 5

    async def test_beyond_measure_become_everything(self, two: tuple[RedisTidings, RedisTidings]) -> None:
        here, there = two
        theirs: list[str] = []
        there.hear("event", theirs.append)
        for number in range(MOST_WAITING + 1):
            here.tell("event", f"e{number}")
        await until(lambda: EVERYTHING in theirs)

    async def test_are_taken_for_everything_where_they_are_not_understood(
        self, two: tuple[RedisTidings, RedisTidings]
    ) -> None:
        here, there = two
        theirs: list[str] = []
        there.hear("event", theirs.append)
        await here._redis.publish(here._channel, b'{"of": "another version"}')
        await until(lambda: theirs == [EVERYTHING])


class TestRedisGone:
    @pytest.fixture
    def redis(self, tmp_path: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
        with private_redis(tmp_path) as started:
            yield started

    async def test_is_noticed_when_it_freezes_and_made_good_when_it_is_back(
        self, redis: tuple[str, "subprocess.Popen[bytes]"]
    ) -> None:
        url, process = redis
        async with carried(url, "t") as here, carried(url, "t") as there:
            theirs: list[str] = []
            there.hear("event", theirs.append)
            await until(lambda: here.is_whole and there.is_whole)
            theirs.clear()
            process.send_signal(signal.SIGSTOP)
            await until(lambda: not here.is_whole and not there.is_whole)
            here.tell("event", "e1")
            await asyncio.sleep(1.5)
            process.send_signal(signal.SIGCONT)
            await until(lambda: here.is_whole and there.is_whole)
            await until(lambda: "e1" in theirs and EVERYTHING in theirs)

    async def test_may_come_back_as_another_process(
        self, redis: tuple[str, "subprocess.Popen[bytes]"], tmp_path: Path
    ) -> None:
        url, process = redis
        async with carried(url, "t") as here, carried(url, "t") as there:
            await until(lambda: here.is_whole and there.is_whole)
            process.kill()
            process.wait()
            await until(lambda: not here.is_whole)
            here.tell("event", "e1")
            theirs: list[str] = []
            there.hear("event", theirs.append)
            port = url.rpartition(":")[2].partition("/")[0]
            command = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
            again = await asyncio.create_subprocess_exec(*command, stdout=subprocess.DEVNULL)
            try:
                await until(lambda: "e1" in theirs and EVERYTHING in theirs)
            finally:
                again.kill()
                await again.wait()

    async def test_from_the_start_keeps_nobody_waiting(self) -> None:
        began = time.monotonic()
        async with open_tidings("redis://127.0.0.1:1/0") as tidings:
            heard: list[str] = []
            tidings.hear("event", heard.append)
            tidings.tell("event", "e1")
            assert heard == ["e1"]
            assert not tidings.is_whole
        assert time.monotonic() - began < 1
