"""Keep the pace: count who asks how often, in Redis for all processes or in this one alone."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from typing import TypeVar

import structlog
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from kit.pace import By, Pace, TooManyRequests
from kit.shared_memory import SWEEP_AT, TIMEOUT_SECONDS

log = structlog.get_logger(__name__)

Told = TypeVar("Told")

# After Redis failed once, nobody waits for it again before this many seconds are over, and then one request only.
REST_SECONDS = 10.0


class SweptMemory(MemoryStorage):
    """The library's own looks through every key after every hit: 2.8 ms a request with ten thousand people."""

    def __init__(self) -> None:
        super().__init__()
        self._sweep_at = SWEEP_AT

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        if len(self.storage) >= self._sweep_at:
            self._forget_expired()
        # Forgets this one key if its time is over.
        await self.get(key)
        self.storage[key] += amount
        self.expirations.setdefault(key, time.time() + expiry)
        return self.storage[key]

    async def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """As the library's, which asks itself four times over. Nothing is awaited, so nobody comes between.

        A window's key is never used again, so whether its time is over matters to the sweep alone.
        """
        now = time.time()
        previous_key, key = self.sliding_window_keys(key, expiry, now)
        previous, current = self.storage.get(previous_key, 0), self.storage.get(key, 0)
        still_counts = 1 - (now / expiry) % 1
        if math.floor(previous * still_counts + current) + amount > limit:
            return False
        if not current:
            if len(self.storage) >= self._sweep_at:
                self._forget_expired()
            self.expirations[key] = now + 2 * expiry
        self.storage[key] = current + amount
        return True

    def _forget_expired(self) -> None:
        now = time.time()
        for key in [key for key, until in self.expirations.items() if until <= now]:
            del self.storage[key], self.expirations[key]
        # Twice what lives: the sweeps together cost no more than the hits between them.
        self._sweep_at = max(SWEEP_AT, 2 * len(self.storage))


class Pacer:
    """Counts in Redis where there is one. A Redis that fails is left alone for a while: this process counts then.

    Nobody is refused because of Redis, and a request waits half a second for it at most once.
    """

    def __init__(
        self, redis_url: str | None = None, *, prefix: str = "lizan:pace", patience_s: float = TIMEOUT_SECONDS
    ) -> None:
        self._here = SlidingWindowCounterRateLimiter(SweptMemory())
        self._pool = _pool_of(redis_url, patience_s) if redis_url else None
        self._shared = SlidingWindowCounterRateLimiter(_storage_of(self._pool, prefix)) if self._pool else None
        self._patience_s = patience_s
        self._rests_until = 0.0
        self._under_way: Counter[tuple[str, str]] = Counter()

    async def keep(self, pace: Pace, name: str, whom: str) -> None:
        """Count one request. Raises `TooManyRequests`, and counts nothing then. `whom` must not be readable."""
        item = _item(pace)
        if self._shared is None:
            is_taken = await self._here.hit(item, name, whom)
        else:
            is_taken = await self._ask(lambda limiter: limiter.hit(item, name, whom))
        if not is_taken:
            raise await self._refusal(item, name, whom)

    @asynccontextmanager
    async def watch(self, pace: Pace, name: str, whom: str) -> AsyncIterator[None]:
        """Around a try that is counted only if it is refused: raises `TooManyRequests` where no more may be.

        What one caller has under way counts meanwhile, or a hundred tries at once would all come in before the first
        is counted. At an address it does not: there a hundred people are under way.
        """
        item = _item(pace)
        with self._trying(pace, name, whom) as under_way:
            if not await self._ask(lambda limiter: limiter.test(item, name, whom, cost=under_way)):
                raise await self._refusal(item, name, whom)
            try:
                yield
            except pace.only:
                await self._ask(lambda limiter: limiter.hit(item, name, whom))
                raise

    @contextmanager
    def _trying(self, pace: Pace, name: str, whom: str) -> Iterator[int]:
        """How many are under way with this one. Counted before anything is awaited, so that none slips in between."""
        if pace.by is By.ADDRESS:
            yield 1
            return
        self._under_way[name, whom] += 1
        try:
            yield self._under_way[name, whom]
        finally:
            self._under_way[name, whom] -= 1
            if not self._under_way[name, whom]:
                del self._under_way[name, whom]

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.aclose()

    async def _refusal(self, item: RateLimitItem, name: str, whom: str) -> TooManyRequests:
        stats = await self._ask(lambda limiter: limiter.get_window_stats(item, name, whom))
        return TooManyRequests(retry_after=max(1, math.ceil(stats.reset_time - time.time())))

    async def _ask(self, question: Callable[[SlidingWindowCounterRateLimiter], Awaitable[Told]]) -> Told:
        now = time.monotonic()
        if self._shared is None or now < self._rests_until:
            return await question(self._here)
        if self._rests_until:
            # The rest is over: this request tries, and the others go on without until it knows.
            self._rests_until = now + REST_SECONDS
        try:
            async with asyncio.timeout(self._patience_s):
                told = await question(self._shared)
        except (RedisError, OSError) as error:
            self._rest(error)
            return await question(self._here)
        if self._rests_until:
            log.info("redis_counts_again")
            self._rests_until = 0.0
        return told

    def _rest(self, error: Exception) -> None:
        # Said once, not by each of a crowd and not at every trial.
        if not self._rests_until:
            log.warning("redis_rests", reason=type(error).__name__, seconds=REST_SECONDS)
        self._rests_until = time.monotonic() + REST_SECONDS


@cache
def _item(pace: Pace) -> RateLimitItem:
    return RateLimitItemPerSecond(pace.times, pace.seconds, namespace=pace.by)


def _pool_of(url: str, patience_s: float) -> BlockingConnectionPool:
    return BlockingConnectionPool.from_url(
        url,
        max_connections=20,
        timeout=patience_s,
        socket_timeout=patience_s,
        socket_connect_timeout=patience_s,
        retry=Retry(NoBackoff(), 0),
    )


def _storage_of(pool: BlockingConnectionPool, prefix: str) -> RedisStorage:
    # The address that counts is the pool's; this one only says that the server is a Redis and the client redis-py.
    return RedisStorage("async+redis://", implementation="redispy", key_prefix=prefix, connection_pool=pool)  # type: ignore[arg-type]
