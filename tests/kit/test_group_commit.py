"""Many callers, one commit: nobody is lost, nobody suffers for a neighbour, nobody waits for ever."""

import asyncio
import gc
from collections.abc import Sequence
from typing import Any

import pytest

from kit.group_commit import BATCH_CAP, Group, Stopping, WrongNumberOfAnswers


class Bad(Exception):
    """What one item asks for cannot be written."""


class Ledger:
    """Writes items that are not `bad`; a batch waits while `gate` is shut, a batch with a bad item fails as a whole."""

    def __init__(self) -> None:
        self.batches: list[list[Any]] = []
        self.written: list[Any] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def write(self, items: Sequence[Any]) -> list[Any]:
        self.batches.append(list(items))
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await self.gate.wait()
            await asyncio.sleep(0)
            if "bad" in items:
                raise Bad
            self.written += items
            return [("done", item) for item in items]
        finally:
            self.in_flight -= 1


@pytest.fixture
async def ledger() -> Ledger:
    return Ledger()


async def turns(times: int = 5) -> None:
    for _ in range(times):
        await asyncio.sleep(0)


async def soon(coming: Any) -> Any:
    async with asyncio.timeout(5):
        return await coming


class TestSubmit:
    async def test_writes_a_lone_item_at_once(self, ledger: Ledger) -> None:
        group = Group(ledger.write)
        assert await soon(group.submit(1)) == ("done", 1)
        assert ledger.batches == [[1]]

    async def test_gathers_the_rest_while_one_batch_is_in_flight(self, ledger: Ledger) -> None:
        group = Group(ledger.write)
        ledger.gate.clear()
        first = asyncio.create_task(group.submit(0))
        await turns()
        rest = [asyncio.create_task(group.submit(n)) for n in range(1, 11)]
        await turns()
        assert ledger.batches == [[0]]
        ledger.gate.set()
        await soon(asyncio.gather(first, *rest))
        assert ledger.batches == [[0], list(range(1, 11))]

    async def test_gives_each_caller_its_own_answer(self, ledger: Ledger) -> None:
        group = Group(ledger.write)
        answers = await soon(asyncio.gather(*(group.submit(n) for n in range(1000))))
        assert answers == [("done", n) for n in range(1000)]

    async def test_keeps_the_order_of_arrival(self, ledger: Ledger) -> None:
        group = Group(ledger.write)
        await soon(asyncio.gather(*(group.submit(n) for n in range(1000))))
        assert ledger.written == list(range(1000))

    async def test_puts_no_more_than_the_cap_in_one_batch(self, ledger: Ledger) -> None:
        group = Group(ledger.write)
        await soon(asyncio.gather(*(group.submit(n) for n in range(2 * BATCH_CAP + 1))))
        assert [len(batch) for batch in ledger.batches] == [BATCH_CAP, BATCH_CAP, 1]

    async def test_starts_again_after_a_rest(self, ledger: Ledger) -> None:
        group = Group(ledger.write)
        for n in range(3):
            await soon(group.submit(n))
            await turns()
        assert ledger.batches == [[0], [1], [2]]


class TestLanes:
    async def test_sends_one_batch_at_a_time_by_default(self, ledger: Ledger) -> None:
        group = Group(ledger.write)
        await soon(asyncio.gather(*(group.submit(n) for n in range(3 * BATCH_CAP))))
        assert ledger.most_in_flight == 1

    async def test_sends_two_batches_at_a_time_over_two_lanes(self, ledger: Ledger) -> None:
        group = Group(ledger.write, lanes=2)
        ledger.gate.clear()
        callers = []
        for n in range(4):
            callers.append(asyncio.create_task(group.submit(n)))
            await turns()
        assert ledger.batches == [[0], [1]]
        ledger.gate.set()
        await soon(asyncio.gather(*callers))
        assert ledger.most_in_flight == 2
        assert sorted(ledger.written) == [0, 1, 2, 3]


class TestFailure:
    async def test_fails_a_bad_item_alone(self, ledger: Ledger) -> None:
        group = Group(ledger.write)
        items = [1, 2, "bad", 3, 4]
        answers = await soon(asyncio.gather(*(group.submit(item) for item in items), return_exceptions=True))
        assert [type(each) if isinstance(each, Exception) else each[1] for each in answers] == [1, 2, Bad, 3, 4]
        assert ledger.written == [1, 2, 3, 4]

    async def test_writes_a_failed_batch_again_item_by_item(self, ledger: Ledger) -> None:
        group = Group(ledger.write)
        await soon(asyncio.gather(*(group.submit(item) for item in [1, "bad", 2]), return_exceptions=True))
        assert ledger.batches == [[1, "bad", 2], [1], ["bad"], [2]]

    async def test_shows_the_harm_when_a_batch_is_not_rerun(self, ledger: Ledger) -> None:
        """The control: a group that lacks the rerun lets the neighbours fail, and this file would see it."""

        class WithoutRerun(Group[Any, Any]):
            async def _commit(self, batch: Any) -> None:
                try:
                    answers = await self._write([item for item, _ in batch])
                except Bad as error:
                    answers = [error] * len(batch)
                for (_, future), answer in zip(batch, answers, strict=True):
                    self._give(future, answer)

        group = WithoutRerun(ledger.write)
        answers = await soon(asyncio.gather(*(group.submit(item) for item in [1, "bad", 2]), return_exceptions=True))
        assert [type(each) for each in answers] == [Bad, Bad, Bad]

    async def test_raises_an_answer_that_is_a_refusal_at_its_own_caller(self) -> None:
        async def write(items: Sequence[int]) -> list[Any]:
            return [Bad() if item == 2 else item for item in items]

        group = Group(write)
        answers = await soon(asyncio.gather(*(group.submit(n) for n in (1, 2, 3)), return_exceptions=True))
        assert [type(each) for each in answers] == [int, Bad, int]

    async def test_goes_on_after_a_failure(self, ledger: Ledger) -> None:
        group = Group(ledger.write)
        with pytest.raises(Bad):
            await soon(group.submit("bad"))
        assert await soon(group.submit(1)) == ("done", 1)

    @pytest.mark.parametrize("answers", [[], [1], [1, 2, 3]])
    async def test_tells_every_caller_when_answers_are_missing(self, answers: list[int]) -> None:
        times = 0

        async def write(items: Sequence[int]) -> list[int]:
            nonlocal times
            times += 1
            return answers

        group = Group(write)
        given = await soon(asyncio.gather(group.submit(1), group.submit(2), return_exceptions=True))
        assert [type(each) for each in given] == [WrongNumberOfAnswers] * 2
        assert times == 1


class TestCancelled:
    async def test_writes_the_item_of_a_caller_that_went_away(self, ledger: Ledger) -> None:
        group = Group(ledger.write)
        ledger.gate.clear()
        callers = [asyncio.create_task(group.submit(n)) for n in range(3)]
        await turns()
        callers[1].cancel()
        await turns()
        ledger.gate.set()
        answers = await soon(asyncio.gather(*callers, return_exceptions=True))
        assert [type(each) for each in answers] == [tuple, asyncio.CancelledError, tuple]
        assert ledger.written == [0, 1, 2]

    async def test_writes_the_item_of_a_caller_that_went_away_before_its_batch_began(self, ledger: Ledger) -> None:
        group = Group(ledger.write)
        ledger.gate.clear()
        first = asyncio.create_task(group.submit(0))
        await turns()
        gone, third = asyncio.create_task(group.submit(1)), asyncio.create_task(group.submit(2))
        await turns()
        gone.cancel()
        ledger.gate.set()
        await soon(asyncio.gather(first, third))
        assert ledger.written == [0, 1, 2]

    async def test_swallows_the_refusal_of_a_caller_that_went_away(self, ledger: Ledger) -> None:
        """A refusal that nobody fetches would be reported by the loop as an error that never was handled."""
        reported: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
        group = Group(ledger.write)
        ledger.gate.clear()
        caller = asyncio.create_task(group.submit("bad"))
        await turns()
        caller.cancel()
        ledger.gate.set()
        await soon(group.stop())
        del caller
        await turns()
        gc.collect()
        asyncio.get_running_loop().set_exception_handler(None)
        assert reported == []

    async def test_tells_all_at_once_where_it_took_too_long(self) -> None:
        tried: list[Sequence[Any]] = []
        gate = asyncio.Event()

        async def stand_still(items: Sequence[Any]) -> Sequence[Any]:
            tried.append(items)
            await gate.wait()
            raise TimeoutError

        group = Group(stand_still)
        callers = [asyncio.create_task(group.submit(number)) for number in range(3)]
        await turns()
        callers += [asyncio.create_task(group.submit(number)) for number in range(3, 6)]
        await turns()
        gate.set()
        answers = await soon(asyncio.gather(*callers, return_exceptions=True))
        assert [type(each) for each in answers] == [TimeoutError] * 6
        assert tried == [[0, 1, 2]]

    async def test_lets_nobody_wait_for_ever_when_a_lane_is_cancelled(self, ledger: Ledger) -> None:
        group = Group(ledger.write)
        ledger.gate.clear()
        written = asyncio.create_task(group.submit(0))
        await turns()
        waiting = asyncio.create_task(group.submit(1))
        await turns()
        for lane in list(group._running):
            lane.cancel()
        answers = await soon(asyncio.gather(written, waiting, return_exceptions=True))
        assert [type(each) for each in answers] == [Stopping, Stopping]


class TestStop:
    async def test_finishes_what_was_submitted(self, ledger: Ledger) -> None:
        group = Group(ledger.write)
        ledger.gate.clear()
        callers = [asyncio.create_task(group.submit(n)) for n in range(2 * BATCH_CAP)]
        await turns()
        stopping = asyncio.create_task(group.stop())
        await turns()
        assert not stopping.done()
        ledger.gate.set()
        await soon(stopping)
        assert ledger.written == list(range(2 * BATCH_CAP))
        await soon(asyncio.gather(*callers))

    async def test_takes_nothing_new(self, ledger: Ledger) -> None:
        group = Group(ledger.write)
        await soon(group.stop())
        with pytest.raises(Stopping):
            await group.submit(1)
        assert ledger.batches == []
