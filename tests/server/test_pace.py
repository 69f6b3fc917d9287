"""The pace: so many, and then a refusal that says when; in this process and in a Redis that several share."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import Redis

from kit.errors import Refusal
from kit.pace import By, Pace, TooManyRequests
from kit.shared_memory import SWEEP_AT, TIMEOUT_SECONDS
from server import pace as pace_module
from server.pace import Pacer, SweptMemory, _item
from tests.kit.test_shared_memory import UNHURRIED_S, free_port, private_redis, shared_redis

THREE = Pace(3, 60)
BRIEF = Pace(2, 1)


def unhurried(url: str | None, prefix: str = "") -> Pacer:
    return Pacer(url, prefix=prefix or f"lizan-test-{uuid4().hex}", patience_s=UNHURRIED_S)


@pytest.fixture(params=["process", "redis"])
async def pacer(request: pytest.FixtureRequest) -> AsyncIterator[Pacer]:
    url = await shared_redis() if request.param == "redis" else None
    pacer = unhurried(url)
    yield pacer
    # So nothing that the test counted was counted elsewhere than where it believes.
    assert pacer._rests_until == 0.0
    await pacer.close()


async def times_until_refused(pacer: Pacer, pace: Pace, whom: str = "somebody", *, name: str = "bread") -> int:
    for taken in range(pace.times + 5):
        try:
            await pacer.keep(pace, name, whom)
        except TooManyRequests:
            return taken
    return -1


class TestKeep:
    async def test_takes_so_many_and_no_more(self, pacer: Pacer) -> None:
        assert await times_until_refused(pacer, THREE) == 3

    async def test_takes_no_more_when_all_come_at_once(self, pacer: Pacer) -> None:
        outcomes = await asyncio.gather(
            *(pacer.keep(THREE, "bread", "somebody") for _ in range(30)), return_exceptions=True
        )
        assert outcomes.count(None) == 3
        assert {type(each) for each in outcomes} == {type(None), TooManyRequests}

    async def test_counts_each_by_itself(self, pacer: Pacer) -> None:
        for whom in ("somebody", "somebody else"):
            assert await times_until_refused(pacer, THREE, whom) == 3

    async def test_counts_each_action_by_itself(self, pacer: Pacer) -> None:
        for name in ("bread", "cake"):
            assert await times_until_refused(pacer, THREE, name=name) == 3

    async def test_says_when_and_takes_it_then(self, pacer: Pacer) -> None:
        for _ in range(3):
            await times_until_refused(pacer, BRIEF)
            with pytest.raises(TooManyRequests) as refused:
                await pacer.keep(BRIEF, "bread", "somebody")
            wait = refused.value.retry_after
            assert wait in {1, 2}
            await asyncio.sleep(wait)
            await pacer.keep(BRIEF, "bread", "somebody")

    async def test_says_at_most_the_whole_window(self, pacer: Pacer) -> None:
        await times_until_refused(pacer, THREE)
        with pytest.raises(TooManyRequests) as refused:
            await pacer.keep(THREE, "bread", "somebody")
        assert refused.value.retry_after is not None
        assert 1 <= refused.value.retry_after <= 60


class BreadBurnt(Refusal):
    pass


BURNT = Pace(3, 60, only=(BreadBurnt,))


async def try_once(pacer: Pacer, pace: Pace, whom: str = "somebody", error: Exception | None = None) -> str:
    """Under way for a moment, as a request is."""
    try:
        async with pacer.watch(pace, "bread", whom):
            await asyncio.sleep(0.05)
            if error is not None:
                raise error
    except Refusal as refusal:
        return refusal.code
    return "taken"


class TestWatch:
    async def test_counts_nothing_that_goes_well(self, pacer: Pacer) -> None:
        assert {await try_once(pacer, BURNT) for _ in range(10)} == {"taken"}
        with pytest.raises(ValueError, match="planted"):
            await try_once(pacer, BURNT, error=ValueError("planted"))
        assert [await try_once(pacer, BURNT, error=BreadBurnt()) for _ in range(3)] == ["BreadBurnt"] * 3

    async def test_lets_nothing_in_once_enough_went_wrong(self, pacer: Pacer) -> None:
        for _ in range(3):
            await try_once(pacer, BURNT, error=BreadBurnt())
        assert await try_once(pacer, BURNT) == "TooManyRequests"
        assert await try_once(pacer, BURNT, "somebody else") == "taken"

    async def test_lets_nobody_try_a_hundred_at_once(self, pacer: Pacer) -> None:
        told = await asyncio.gather(*(try_once(pacer, BURNT, error=BreadBurnt()) for _ in range(100)))
        assert told.count("BreadBurnt") <= 3
        assert set(told) == {"BreadBurnt", "TooManyRequests"}
        assert not pacer._under_way

    async def test_lets_a_hundred_people_in_at_once_from_one_address(self, pacer: Pacer) -> None:
        at_the_address = replace(BURNT, by=By.ADDRESS)
        told = await asyncio.gather(*(try_once(pacer, at_the_address) for _ in range(100)))
        assert set(told) == {"taken"}


class TestSharedCount:
    async def test_is_one_for_two_processes(self) -> None:
        url, prefix = await shared_redis(), f"lizan-test-{uuid4().hex}"
        first, second = unhurried(url, prefix), unhurried(url, prefix)
        await first.keep(THREE, "bread", "somebody")
        await second.keep(THREE, "bread", "somebody")
        await first.keep(THREE, "bread", "somebody")
        with pytest.raises(TooManyRequests):
            await second.keep(THREE, "bread", "somebody")
        await first.close()
        await second.close()

    async def test_leaves_nothing_behind_when_its_time_is_over(self) -> None:
        url, prefix = await shared_redis(), f"lizan-test-{uuid4().hex}"
        pacer, redis = unhurried(url, prefix), Redis.from_url(url)
        await times_until_refused(pacer, BRIEF)
        keys = await redis.keys(f"{prefix}*")
        assert keys
        assert all([0 < await redis.pttl(key) <= 2000 for key in keys])
        await redis.aclose()
        await pacer.close()


class TestRedis:
    async def test_that_is_frozen_costs_half_a_second_once(self, tmp_path: Path) -> None:
        with private_redis(tmp_path) as (url, process):
            pacer = Pacer(url)
            await pacer.keep(THREE, "bread", "somebody")
            process.send_signal(signal.SIGSTOP)
            began = time.monotonic()
            assert await times_until_refused(pacer, THREE) == 3
            assert 0.4 < time.monotonic() - began < 4 * TIMEOUT_SECONDS
            began = time.monotonic()
            assert await times_until_refused(pacer, THREE, "somebody else") == 3
            assert time.monotonic() - began < TIMEOUT_SECONDS
            await pacer.close()

    async def test_that_is_frozen_costs_a_crowd_no_more(self, tmp_path: Path) -> None:
        with private_redis(tmp_path) as (url, process):
            pacer = Pacer(url)
            await pacer.keep(THREE, "bread", "somebody")
            process.send_signal(signal.SIGSTOP)
            began = time.monotonic()
            await asyncio.gather(*(pacer.keep(THREE, "bread", f"somebody {number}") for number in range(300)))
            # One after the other, twenty at a time, they would wait for seven seconds.
            assert time.monotonic() - began < 4.0
            await pacer.close()

    async def test_that_is_absent_stops_nobody(self) -> None:
        pacer = Pacer(f"redis://127.0.0.1:{free_port()}/0")
        assert await times_until_refused(pacer, THREE) == 3
        await pacer.close()

    async def test_is_tried_again_by_one_after_a_rest(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pace_module, "REST_SECONDS", 0.2)
        with private_redis(tmp_path) as (url, process):
            pacer = Pacer(url)
            process.send_signal(signal.SIGSTOP)
            await pacer.keep(THREE, "bread", "somebody")
            await asyncio.sleep(0.3)
            waits = await asyncio.gather(*(_seconds(pacer, f"somebody {number}") for number in range(20)))
            assert sum(wait > TIMEOUT_SECONDS - 0.1 for wait in waits) == 1
            process.send_signal(signal.SIGCONT)
            await asyncio.sleep(0.3)
            # What Redis has counted up to now is nothing, or what it was asked while it was frozen.
            await pacer.keep(THREE, "bread", "somebody")
            assert pacer._rests_until == 0.0
            await pacer.close()


async def _seconds(pacer: Pacer, whom: str) -> float:
    began = time.monotonic()
    await pacer.keep(THREE, "bread", whom)
    return time.monotonic() - began


class TestSweptMemory:
    async def test_counts_as_the_librarys_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        random, now = Random(7), 1_000_000.0
        monkeypatch.setattr(time, "time", lambda: now)
        limiters = [SlidingWindowCounterRateLimiter(each) for each in (SweptMemory(), MemoryStorage())]
        taken = []
        for _ in range(600):
            now += random.choice((0.0, 0.1, 0.4, 3.0))
            verdicts = [await each.hit(_item(Pace(5, 2)), "bread", "somebody") for each in limiters]
            assert verdicts[0] == verdicts[1]
            taken.append(verdicts[0])
        assert {True, False} == set(taken)

    async def test_forgets_whom_nobody_counts_any_more(self) -> None:
        storage, pace = SweptMemory(), Pace(5, 1)
        limiter = SlidingWindowCounterRateLimiter(storage)
        for number in range(SWEEP_AT):
            await limiter.hit(_item(pace), str(number))
        assert len(storage.storage) == SWEEP_AT
        await asyncio.sleep(2.1)
        await limiter.hit(_item(pace), "a late one")
        assert len(storage.storage) == len(storage.expirations) == 1

    async def test_costs_no_more_with_ten_thousand_people(self) -> None:
        """The library's own, beside it as the control, looks through all of them every time."""
        costs = [await self._cost(storage) for storage in (SweptMemory(), MemoryStorage())]
        print(f"a hit costs {costs[0] * 1e6:.0f} µs, the library's own {costs[1] * 1e6:.0f} µs")  # noqa: T201 - by -rP
        assert costs[0] * 5 < costs[1]

    @staticmethod
    async def _cost(storage: MemoryStorage) -> float:
        limiter, item = SlidingWindowCounterRateLimiter(storage), _item(Pace(600, 60))
        for number in range(10_000):
            await limiter.hit(item, str(number))
        began = time.perf_counter()
        for number in range(100):
            await limiter.hit(item, str(number))
            await asyncio.sleep(0)
        return (time.perf_counter() - began) / 100
