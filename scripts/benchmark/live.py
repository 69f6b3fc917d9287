"""A thousand viewers of one event's live counts, while a hundred a second sign in."""

import asyncio
import re
import time
from dataclasses import dataclass, field
from functools import partial

from scripts.benchmark import report, world
from scripts.benchmark.bench import Bench, WrongAnswer
from scripts.benchmark.check_in import Crowd, crowd
from scripts.benchmark.report import Row, Series
from scripts.benchmark.served import Served, our_server
from scripts.benchmark.wire import HEADER_END, closed_loop, open_loop, request

VIEWERS, PER_SECOND = 1_000, 100
_CHECKED_IN = re.compile(rb'"checked_in":(\d+)')


@dataclass
class Screen(asyncio.Protocol):
    """One viewer: the newest count and when it came."""

    asked: bytes
    count: int = -1
    seen_at: float = 0.0
    states: int = 0
    head: bytes = b""
    _rest: bytes = field(default=b"", repr=False)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        transport.write(self.asked)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        if not self.head and HEADER_END in data:
            self.head = data.split(HEADER_END)[0]
        for found in _CHECKED_IN.finditer(data):
            self.count, self.seen_at = int(found[1]), time.perf_counter()
            self.states += 1


async def measure(bench: Bench) -> list[Row]:
    seconds = max(5.0, bench.seconds * 2)
    people = await crowd(bench, int(seconds * PER_SECOND * bench.rounds * 2) + 100)
    await bench.settle()
    cores, idle, delays = [], [], []
    async with our_server(bench.url, bench.folder) as server:
        await closed_loop(server.port, people.greet(), connections=16, seconds=20)
        for _ in range(bench.rounds):
            alone = await _scan(server, people, seconds)
            idle.append(alone)
            screens = await _watch(server, people)
            cores.append(await _scan(server, people, seconds) - alone)
            delays.append(await _delay_of_one(server, people, screens))
            for screen in screens:
                screen.transport.close()
            await asyncio.sleep(0.5)
    return [
        report.below(
            f"{VIEWERS:,} viewers at {PER_SECOND} scans/s, of a core",
            Series([each * 100 for each in cores]), 20, "%",
        ),
        report.below(f"a scan on the last of {VIEWERS:,} screens after", Series(delays), 1000, "ms"),
    ]  # fmt: skip


async def _watch(server: Served, people: Crowd) -> list[Screen]:
    loop = asyncio.get_running_loop()
    path = f"/api/v1/events/{people.hall.event_id}/live"
    screens = []
    for number in range(VIEWERS):
        asked = request("GET", path, token=people.tokens[number % len(people.tokens)])
        _, screen = await loop.create_connection(partial(Screen, asked), "127.0.0.1", server.port)
        screens.append(screen)
    ends = time.perf_counter() + 30
    while any(screen.count < 0 for screen in screens):
        if time.perf_counter() > ends:
            raise WrongAnswer(f"{sum(each.count < 0 for each in screens)} screens stay dark: {screens[0].head!r}")
        await asyncio.sleep(0.1)
    return screens


async def _scan(server: Served, people: Crowd, seconds: float) -> float:
    """The share of a core that the server used meanwhile."""
    count = int(seconds * PER_SECOND)
    requests = people.requests(count, world.right_now())
    people.used += count
    before = server.cpu_seconds
    outcome = await open_loop(server.port, requests, per_second=PER_SECOND)
    if set(outcome.statuses()) != {200}:
        raise WrongAnswer(str(outcome.statuses()))
    return (server.cpu_seconds - before) / outcome.seconds


async def _delay_of_one(server: Served, people: Crowd, screens: list[Screen]) -> float:
    """Milliseconds from a scan's answer until its count is on every screen."""
    await asyncio.sleep(1.5)
    before = {screen.count for screen in screens}
    if len(before) != 1:
        raise WrongAnswer(f"screens differ: {before}")
    expected = before.pop() + 1
    await closed_loop(server.port, people.requests(1, world.right_now()), connections=1, seconds=5)
    people.used += 1
    began = time.perf_counter()
    while any(screen.count < expected for screen in screens):
        if time.perf_counter() - began > 10:
            raise WrongAnswer("a scan never came onto every screen")
        await asyncio.sleep(0.01)
    return max(0.0, max(screen.seen_at for screen in screens) - began) * 1000
