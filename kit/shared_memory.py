"""Small values that the processes of one installation share for a while: in this process, or in Redis.

It only speeds things up. Whoever reads from it must be able to do without: a Redis that is absent, frozen or
emptied costs a repeated look-up, never a wrong answer.
"""

import time
from typing import Protocol

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

# A request waits for this at most once, so a frozen Redis costs a caller half a second and not the default's minute.
TIMEOUT_SECONDS = 0.5
# How many values a process keeps before it looks which have expired.
SWEEP_AT = 1000


class SharedMemory(Protocol):
    async def get(self, key: str) -> str | None: ...

    async def put(self, key: str, value: str, *, seconds: int) -> None: ...

    async def drop(self, key: str) -> None: ...

    async def is_reachable(self) -> bool: ...

    async def close(self) -> None: ...


class ProcessMemory:
    """For an installation of one process."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[str, float]] = {}
        self._sweep_at = SWEEP_AT

    async def get(self, key: str) -> str | None:
        value, until = self._values.get(key, ("", 0.0))
        return value if time.monotonic() < until else None

    async def put(self, key: str, value: str, *, seconds: int) -> None:
        if len(self._values) >= self._sweep_at:
            self._forget_expired()
        self._values[key] = (value, time.monotonic() + seconds)

    def _forget_expired(self) -> None:
        now = time.monotonic()
        self._values = {key: (value, until) for key, (value, until) in self._values.items() if now < until}
        # Twice what lives: the sweeps together cost no more than the puts between them.
        self._sweep_at = max(SWEEP_AT, 2 * len(self._values))

    async def drop(self, key: str) -> None:
        self._values.pop(key, None)

    async def is_reachable(self) -> bool:
        return True

    async def close(self) -> None:
        self._values.clear()


class RedisMemory:
    """For several processes. Every failure is a miss, said once in the log."""

    def __init__(self, url: str, *, prefix: str = "lizan:", patience_s: float = TIMEOUT_SECONDS) -> None:
        # The default pool raises at its hundredth caller; the blocking one lets the next caller wait.
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=20,
            timeout=patience_s,
            socket_timeout=patience_s,
            socket_connect_timeout=patience_s,
            decode_responses=True,
            retry=Retry(NoBackoff(), 0),
        )
        self._redis: Redis = Redis(connection_pool=pool)
        self._pool = pool
        self._prefix = prefix

    async def get(self, key: str) -> str | None:
        try:
            value = await self._redis.get(self._prefix + key)
        except (RedisError, OSError) as error:
            log.warning("redis_miss", reason=type(error).__name__)
            return None
        return value if isinstance(value, str) else None

    async def put(self, key: str, value: str, *, seconds: int) -> None:
        try:
            await self._redis.set(self._prefix + key, value, ex=seconds)
        except (RedisError, OSError) as error:
            log.warning("redis_miss", reason=type(error).__name__)

    async def drop(self, key: str) -> None:
        try:
            await self._redis.delete(self._prefix + key)
        except (RedisError, OSError) as error:
            log.warning("redis_miss", reason=type(error).__name__)

    async def is_reachable(self) -> bool:
        try:
            return bool(await self._redis.ping())
        except (RedisError, OSError):
            return False

    async def close(self) -> None:
        await self._redis.aclose()
        await self._pool.aclose()
