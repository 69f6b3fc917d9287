"""The workbench: a few workers at a time, each a process of its own with bounds, and nobody waits for long."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Hashable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import structlog

from kit.media import refusals
from kit.media.looking import Looked
from kit.media.made import Made
from kit.media.refusals import MediaBusy, MediaUnreadable
from kit.storage import StorageFull

log = structlog.get_logger(__name__)

ROOT = Path(__file__).parents[2]
# Of work, and until its end: when the machine has much to do the second comes first. With the wait before it that is
# less than the time after which the connection would be given up.
PICTURE_SECONDS = (6, 10)
RECORDING_SECONDS = (10, 13)
RETRY_AFTER = 5


class Workbench:
    """`hands` work at once, `queue` wait for at most `patience` seconds; `arriving` bodies are read at once."""

    def __init__(
        self, *, hands: int = 2, queue: int = 12, patience: float = 6.0, arriving: int = 32, arriving_each: int = 3
    ) -> None:
        self._free, self._heavy = asyncio.Semaphore(hands), asyncio.Lock()
        self._queue = queue
        self._patience = patience
        self._waiting = 0
        self._arriving: Counter[Hashable] = Counter()
        self._most_arriving, self._most_arriving_each = arriving, arriving_each

    @property
    def arrivals(self) -> int:
        """How many bodies are on their way at this moment."""
        return self._arriving.total()

    @contextmanager
    def arriving(self, who: Hashable) -> Iterator[None]:
        """A place for a body on its way. Raises `MediaBusy` before a byte of it is read."""
        if self.arrivals >= self._most_arriving or self._arriving[who] >= self._most_arriving_each:
            raise MediaBusy(retry_after=RETRY_AFTER)
        self._arriving[who] += 1
        try:
            yield
        finally:
            self._arriving[who] -= 1
            if not self._arriving[who]:
                del self._arriving[who]

    async def make(self, looked: Looked, source: Path, into: Path) -> Made:
        """Raises a refusal of `kit.media.refusals` or `StorageFull`."""
        seconds = PICTURE_SECONDS if looked.family.is_picture else RECORDING_SECONDS
        async with self._hand(is_heavy=looked.is_heavy):
            said = await _run(seconds, looked.family.value, str(source), str(into))
        if "made" in said:
            return Made.read(said["made"])
        raise _refusal(said)

    @asynccontextmanager
    async def _hand(self, *, is_heavy: bool) -> AsyncIterator[None]:
        if self._waiting >= self._queue:
            raise MediaBusy(retry_after=RETRY_AFTER)
        async with AsyncExitStack() as taken:
            self._waiting += 1
            try:
                async with asyncio.timeout(self._patience):
                    if is_heavy:
                        await taken.enter_async_context(self._heavy)
                    await taken.enter_async_context(self._free)
            except TimeoutError:
                raise MediaBusy(retry_after=RETRY_AFTER) from None
            finally:
                self._waiting -= 1
            yield


def _refusal(said: dict[str, Any]) -> Exception:
    if said["refused"] == "DiskFull":
        return StorageFull(retry_after=60)
    refusal: Any = getattr(refusals, said["refused"])
    return refusal(said.get("words"), **said.get("facts", {}))  # type: ignore[no-any-return]


async def _run(seconds: tuple[int, int], *what: str) -> dict[str, Any]:
    """What the worker said. Raises `MediaBusy` where its time ran out, `MediaUnreadable` where it worked too much."""
    worker = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-B", "-s", "-m", "kit.media.worker", *what, *map(str, seconds)),
        stdin=DEVNULL,
        stdout=PIPE,
        # What a decoder says may hold what the file held.
        stderr=DEVNULL,
        # Nothing of our own environment: it holds the keys.
        env={"PYTHONPATH": str(ROOT), "PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        cwd=what[-1],
    )
    said, is_late = b"", False
    try:
        async with asyncio.timeout(seconds[1] + 1):
            said, _ = await worker.communicate()
    except TimeoutError:
        is_late = True
    finally:
        await _end(worker)
    if worker.returncode == 0 and said:
        answer: dict[str, Any] = json.loads(said)
        return answer
    log.warning("media_worker_failed", family=what[0], exit_code=worker.returncode)
    if is_late or worker.returncode == -signal.SIGALRM:
        raise MediaBusy(retry_after=RETRY_AFTER)
    raise MediaUnreadable


async def _end(worker: Process) -> None:
    if worker.returncode is None:
        worker.kill()
        await worker.wait()
