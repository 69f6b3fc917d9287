"""Group commit: while one batch is in flight the next gathers, and one short transaction answers them all.

No timer: a free lane takes everything that waits. Under no load a batch is one item; under load it grows by itself.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import structlog

log = structlog.get_logger(__name__)

Item = TypeVar("Item")
Answer = TypeVar("Answer")

# More in one statement gains nothing and makes the first caller wait for the last.
BATCH_CAP = 256


class Stopping(Exception):
    """The group takes nothing more: the process is going down."""


class WrongNumberOfAnswers(Exception):
    """`write` did not answer each of its items once: a fault of the program."""


class Group(Generic[Item, Answer]):
    """Gathers items and hands them to `write`, which commits them and answers each in order.

    `write` gets 1 to `BATCH_CAP` items and returns as many answers; an answer that is an exception is raised at
    its own caller. If `write` itself fails the items are written again one by one, so that one bad item
    fails alone. Where it took too long (`TimeoutError`) all are told at once, also those who still wait: nobody knows
    whether the batch was written. A caller that goes away does not take its item back: what was asked for is written.
    Nobody waits for ever: a lane that is cancelled answers `Stopping` to all whom it would have answered.
    """

    def __init__(
        self,
        write: Callable[[Sequence[Item]], Awaitable[Sequence[Answer | BaseException]]],
        *,
        lanes: int = 1,
    ) -> None:
        self._write = write
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._free_lanes = lanes
        self._running: set[asyncio.Task[None]] = set()
        self._is_stopping = False

    async def submit(self, item: Item) -> Answer:
        """The item's answer, after its commit."""
        if self._is_stopping:
            raise Stopping
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        self._start_lane()
        return await answer

    async def stop(self) -> None:
        """Finish what was submitted, take nothing new."""
        self._is_stopping = True
        while self._running:
            await asyncio.wait(set(self._running))

    def _start_lane(self) -> None:
        if self._free_lanes and self._waiting:
            self._free_lanes -= 1
            lane = asyncio.get_running_loop().create_task(self._run_lane())
            self._running.add(lane)
            lane.add_done_callback(self._running.discard)

    async def _run_lane(self) -> None:
        batch: list[tuple[Item, asyncio.Future[Answer]]] = []
        try:
            # Callers that are ready in this turn of the loop join the batch.
            await asyncio.sleep(0)
            while self._waiting:
                batch, self._waiting = self._waiting[:BATCH_CAP], self._waiting[BATCH_CAP:]
                await self._commit(batch)
        except asyncio.CancelledError:
            unanswered, self._waiting = [*batch, *self._waiting], []
            for _, future in unanswered:
                self._give(future, Stopping())
            raise
        finally:
            self._free_lanes += 1

    async def _commit(self, batch: list[tuple[Item, "asyncio.Future[Answer]"]]) -> None:
        try:
            answers = await self._write([item for item, _ in batch])
        except TimeoutError as error:
            # One after the other they would wait as long again, and so would all who wait behind them.
            waiting, self._waiting = self._waiting, []
            for _, future in [*batch, *waiting]:
                self._give(future, error)
            return
        except Exception as error:  # noqa: BLE001 - whatever it was, each caller must get an answer
            if len(batch) == 1:
                self._give(batch[0][1], error)
                return
            log.warning("batch_rerun_item_by_item", items=len(batch), reason=type(error).__name__)
            for one in batch:
                await self._commit([one])
            return
        # Written, but by a `write` that breaks its word: written again it would stand twice, so all are told instead.
        missing: Sequence[Answer | BaseException] = [WrongNumberOfAnswers()] * len(batch)
        for (_, future), answer in zip(batch, answers if len(answers) == len(batch) else missing, strict=True):
            self._give(future, answer)

    @staticmethod
    def _give(future: "asyncio.Future[Answer]", answer: Answer | BaseException) -> None:
        # A caller that went away has taken its future with it; its item was written all the same.
        if future.done():
            return
        if isinstance(answer, BaseException):
            future.set_exception(answer)
        else:
            future.set_result(answer)
