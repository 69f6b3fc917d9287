"""A client of server-sent events, as a screen is one: the newest state and whether the stream is still open."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.clients import client_of


@dataclass
class Listener:
    states: list[dict[str, Any]] = field(default_factory=list)
    arrived: list[float] = field(default_factory=list)
    beats: int = 0
    has_ended: bool = False
    is_over: bool = False
    status: int = 0

    @property
    def now(self) -> dict[str, Any]:
        return self.states[-1]

    async def until(self, is_so: Callable[["Listener"], object], *, seconds: float = 1.0) -> float:
        """How long it took; fails after so many seconds."""
        began = time.monotonic()
        while not (self.states and is_so(self)):
            assert time.monotonic() < began + seconds, f"not within {seconds} s: {self.states[-1:]} {self.has_ended}"
            await asyncio.sleep(0.005)
        return time.monotonic() - began

    def take(self, line: str) -> None:
        if line.startswith('data: {"enrolled'):
            self.states.append(json.loads(line.removeprefix("data: ")))
            self.arrived.append(time.monotonic())
        self.beats += line == ": "
        self.is_over |= line == "event: over"


@asynccontextmanager
async def listening(base_url: str, event_id: object, headers: dict[str, str]) -> AsyncIterator[Listener]:
    """Open to the stream until the block ends."""
    listener, has_opened = Listener(), asyncio.Event()

    async def listen() -> None:
        try:
            async with (
                client_of(base_url, headers, timeout=httpx.Timeout(5, read=40)) as client,
                client.stream("GET", f"/events/{event_id}/live") as answer,
            ):
                listener.status = answer.status_code
                has_opened.set()
                async for line in answer.aiter_lines():
                    listener.take(line)
        except httpx.HTTPError:
            pass
        finally:
            has_opened.set()
            listener.has_ended = True

    task = asyncio.create_task(listen())
    try:
        await asyncio.wait_for(has_opened.wait(), 5)
        yield listener
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
