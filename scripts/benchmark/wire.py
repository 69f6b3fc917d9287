"""A client that costs little: requests are bytes made beforehand, answers are counted and looked at afterwards.

It must not be what is measured: a usual client spends more on a request than the server does.
"""

import asyncio
import random
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

_LENGTH = re.compile(rb"\r\n[Cc]ontent-[Ll]ength: *(\d+)")
HEADER_END = b"\r\n\r\n"
# For what was asked in an open loop and is not answered yet.
PATIENCE_S = 120


def request(
    method: str, path: str, *, token: str | None = None, body: bytes | None = None, forwarded: str | None = None
) -> bytes:
    """One HTTP/1.1 request on a connection that stays open; `forwarded` is what a proxy says of it."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    if forwarded:
        lines.append(f"Forwarded: {forwarded}")
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + HEADER_END + (body or b"")


@dataclass
class Outcome:
    """`latencies_s` and `answers` in the order in which the answers came; an answer is its status and its body."""

    seconds: float = 0.0
    latencies_s: list[float] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return len(self.answers) / self.seconds

    def percentile_ms(self, share: float) -> float:
        ordered = sorted(self.latencies_s)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000

    def statuses(self) -> dict[int, int]:
        counted: dict[int, int] = {}
        for status, _ in self.answers:
            counted[status] = counted.get(status, 0) + 1
        return counted


class Caller(asyncio.Protocol):
    """One connection; asks, and when the answer is whole calls `done` with what was asked when."""

    def __init__(self, outcome: Outcome, done: Any) -> None:
        self._outcome = outcome
        self._done = done
        self._buffer = b""
        self._asked_at = 0.0
        self.transport: Any = None
        self.is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def connection_lost(self, _: Exception | None) -> None:
        self.is_lost = True
        self._done(self)

    def ask(self, what: bytes, *, due: float | None = None) -> None:
        """`due` is when it should have been asked: in an open loop waiting for a free connection counts."""
        self._asked_at = due or time.perf_counter()
        self.transport.write(what)

    def data_received(self, data: bytes) -> None:
        self._buffer = data = self._buffer + data if self._buffer else data
        end = data.find(HEADER_END)
        if end < 0:
            return
        length = _LENGTH.search(data, 0, end)
        whole = end + 4 + (int(length[1]) if length else 0)
        if len(data) < whole:
            return
        self._buffer = b""
        self._outcome.latencies_s.append(time.perf_counter() - self._asked_at)
        self._outcome.answers.append((int(data[9:12]), data[end + 4 : whole]))
        self._done(self)


async def closed_loop(port: int, requests: Sequence[bytes], *, connections: int, seconds: float) -> Outcome:
    """Each connection asks again as soon as it is answered, until the time or the requests are over."""
    outcome, waiting = Outcome(), iter(requests)
    finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    under_way = 0
    ends = time.perf_counter() + seconds

    def next_of(caller: Caller) -> None:
        nonlocal under_way
        what = None if caller.is_lost or time.perf_counter() >= ends else next(waiting, None)
        if what is not None:
            caller.ask(what)
            return
        under_way -= 1
        if not under_way and not finished.done():
            finished.set_result(None)

    callers = await _connect(port, outcome, next_of, connections)
    began = time.perf_counter()
    under_way = len(callers)
    for caller in callers:
        next_of(caller)
    await finished
    outcome.seconds = time.perf_counter() - began
    _hang_up(callers)
    return outcome


async def open_loop(port: int, requests: Sequence[bytes], *, per_second: float, connections: int = 128) -> Outcome:
    """Poisson arrivals: nobody waits for the one before. What finds no free connection waits, and that counts."""
    outcome = Outcome()
    free: list[Caller] = []
    queue: list[tuple[bytes, float]] = []
    finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def done(caller: Caller) -> None:
        if len(outcome.answers) == len(requests) and not finished.done():
            finished.set_result(None)
        if caller.is_lost:
            return
        if queue:
            what, due = queue.pop(0)
            caller.ask(what, due=due)
        else:
            free.append(caller)

    callers = await _connect(port, outcome, done, connections)
    free.extend(callers)
    began = time.perf_counter()
    for what, due in zip(requests, _arrivals(began, per_second), strict=False):
        # Sleeping is coarse: what has come due meanwhile is asked in one go.
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        if free:
            free.pop().ask(what, due=due)
        else:
            queue.append((what, due))
    async with asyncio.timeout(PATIENCE_S):
        await finished
    outcome.seconds = time.perf_counter() - began
    _hang_up(callers)
    return outcome


def _arrivals(began: float, per_second: float) -> Iterator[float]:
    at = began
    while True:
        at += random.expovariate(per_second)
        yield at


async def _connect(port: int, outcome: Outcome, done: Any, connections: int) -> list[Caller]:
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(lambda: Caller(outcome, done), "127.0.0.1", port) for _ in range(connections)]
    return [caller for _, caller in made]


def _hang_up(callers: Sequence[Caller]) -> None:
    for caller in callers:
        if not caller.is_lost:
            caller.transport.abort()
