"""Twenty pictures at once, small as files and large in memory (`security.md` §5: 4xx in 100 ms, 100 MB at most)."""

import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.clients import client_of
from tests.faults.conftest import Crowd, Launch, Server
from tests.media import bomb, jpeg, picture

Say = Callable[[str], None]

AT_ONCE = 20
MOST_MEGABYTES = 100
# One at a time, when nothing else runs; with twenty at once on two cores the last one waits for the others.
REFUSED_WITHIN_SECONDS = 0.1
PAGE_MEGABYTES = os.sysconf("SC_PAGE_SIZE") / 2**20


def resident(pid: int) -> float:
    """Megabytes of one process; nought where it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_MEGABYTES
    except (OSError, IndexError):
        return 0.0


def children(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


@dataclass
class Peak:
    """Megabytes above what there was before: of the server, and of the server with its workers."""

    server: float = 0.0
    whole: float = 0.0
    answers: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0

    def __str__(self) -> str:
        rate = sum(self.answers.values()) / self.seconds
        return (
            f"{dict(self.answers)} in {self.seconds:.2f} s ({rate:.1f}/s), "
            f"server +{self.server:.0f} MB, with workers +{self.whole:.0f} MB"
        )


@asynccontextmanager
async def watched(pid: int) -> AsyncIterator[Peak]:
    before, peak = resident(pid), Peak()

    async def watch() -> None:
        while True:
            alone = resident(pid)
            peak.server = max(peak.server, alone - before)
            peak.whole = max(peak.whole, alone + sum(map(resident, children(pid))) - before)
            await asyncio.sleep(0.01)

    watching, began = asyncio.create_task(watch()), time.perf_counter()
    try:
        yield peak
    finally:
        peak.seconds = time.perf_counter() - began
        watching.cancel()


async def post_at_once(server: Server, crowd: Crowd, content: bytes) -> Peak:
    async with client_of(server.api, timeout=60) as client:

        async def post(number: int) -> int:
            someone = crowd.people[number % len(crowd.people)]
            answer = await client.post("/uploads", files={"file": ("x.png", content)}, headers=someone.headers)
            return answer.status_code

        await post(0)
        async with watched(server.running.pid) as peak:
            peak.answers = Counter(await asyncio.gather(*(post(number) for number in range(AT_ONCE))))
    return peak


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """The figures stand in the report of the run, whether it is green or not."""

    def say(line: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{line} ")

    return say


class TestBombs:
    async def test_are_refused_at_once_and_cost_nothing(self, server: Server, crowd: Crowd, say: Say) -> None:
        content = bomb(9000)
        peak = await post_at_once(server, crowd, content)
        say(f"20 bombs of 9000 × 9000 in {len(content) // 1024} KB: {peak}")
        assert peak.answers == {413: AT_ONCE}
        assert peak.whole < MOST_MEGABYTES
        async with crowd.people[0].client(server.api) as client:
            times = []
            for _ in range(5):
                began = time.perf_counter()
                answer = await client.post("/uploads", files={"file": content})
                times.append(time.perf_counter() - began)
                assert answer.json()["code"] == "MediaTooLarge"
        say(f"one alone: {sorted(times)[2] * 1000:.0f} ms")
        assert sorted(times)[2] < REFUSED_WITHIN_SECONDS

    async def test_that_are_just_small_enough_do_not_grow_the_server(
        self, server: Server, crowd: Crowd, say: Say
    ) -> None:
        """One such is worked on at a time, in a process of its own; who would wait too long is told to come again."""
        peak = await post_at_once(server, crowd, picture("PNG", (5000, 5000), mode="RGBA", color=(9, 9, 9, 9)))
        say(f"20 pictures of 5000 × 5000 with transparency: {peak}")
        assert set(peak.answers) <= {201, 503}
        assert peak.answers[201] >= 2
        assert peak.server < MOST_MEGABYTES
        assert peak.whole < 4 * MOST_MEGABYTES

    async def test_leave_room_for_what_is_meant_well(self, server: Server, crowd: Crowd, say: Say) -> None:
        peak = await post_at_once(server, crowd, jpeg((4000, 3000)))
        say(f"20 pictures of 12 megapixels: {peak}")
        assert set(peak.answers) <= {201, 503}
        assert peak.answers[201] >= 2
        assert peak.server < MOST_MEGABYTES


class TestControl:
    async def test_without_the_look_at_the_header_the_memory_does_rise(
        self, launch: Launch, crowd: Crowd, say: Say
    ) -> None:
        server = launch("tests.faults.trusting_server")
        server.start()
        peak = await post_at_once(server, crowd, bomb(9000))
        say(f"control, decoded in the server: {peak}")
        assert peak.server > 3 * MOST_MEGABYTES
