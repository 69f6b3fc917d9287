"""A limit on how much a slow or dead WeChat can cost us: a time, a number of waiters, and a rest after failures."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import structlog
from purgatory import AsyncCircuitBreakerFactory, ContextChanged
from purgatory.domain.model import HALF_OPENED, OPENED, Context, OpenedState
from purgatory.service._async.circuitbreaker import AsyncCircuitBreaker

from kit.errors import Refusal
from wechat.errors import WeChatUnavailable

log = structlog.get_logger(__name__)

T = TypeVar("T")

FAILURES = 5


def _is_an_answer(error: BaseException) -> bool:
    # Its subclasses stand for something that WeChat said.
    return type(error) is not WeChatUnavailable


class Circuit:
    """Questions of one kind. After five failures on end all fail at once for the rest, then one is tried.

    A refusal that WeChat itself speaks shows that it is alive and closes the circuit like any answer.
    """

    def __init__(self, name: str, *, rest_seconds: float, room: int, deadline_seconds: float) -> None:
        self._name = name
        self._rest_seconds = rest_seconds
        self._room = room
        self._deadline_seconds = deadline_seconds
        self._inside = 0
        self._is_trying = False
        self._context: Context | None = None
        self._breakers = AsyncCircuitBreakerFactory(
            default_threshold=FAILURES, default_ttl=rest_seconds, exclude=[(Refusal, _is_an_answer)]
        )
        self._breakers.add_listener(_record)

    @property
    def is_resting(self) -> bool:
        return self._rest_left() > 0

    def _rest_left(self) -> float:
        context = self._context
        if context is None or context.state != OPENED or context.opened_at is None:
            return 0.0
        return context.opened_at + self._rest_seconds - time.time()

    async def run(self, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer. Raises `WeChatUnavailable` at once while resting, when full, and at the deadline."""
        if self._inside >= self._room:
            log.warning("wechat_circuit_full", circuit=self._name, room=self._room)
            raise WeChatUnavailable(retry_after=1)
        self._inside += 1
        try:
            return await self._guarded(ask)
        finally:
            self._inside -= 1

    async def _guarded(self, ask: Callable[[], Awaitable[T]]) -> T:
        breaker = await self._enter()
        trial = breaker.context.state == HALF_OPENED
        self._is_trying = self._is_trying or trial
        try:
            return await self._watched(breaker, ask)
        finally:
            self._is_trying = self._is_trying and not trial

    async def _enter(self) -> AsyncCircuitBreaker:
        breaker = await self._breakers.get_breaker(self._name)
        self._context = breaker.context
        try:
            await breaker.__aenter__()
        except OpenedState as opened:
            # The library raises one object again and again, which would gather every caller's frames.
            opened.with_traceback(None)
            raise WeChatUnavailable(retry_after=max(1, round(self._rest_left()))) from None
        if breaker.context.state == HALF_OPENED and self._is_trying:
            raise WeChatUnavailable(retry_after=1)
        return breaker

    async def _watched(self, breaker: AsyncCircuitBreaker, ask: Callable[[], Awaitable[T]]) -> T:
        # A caller that goes away is neither a failure nor a success of WeChat, so CancelledError skips the exit.
        try:
            answer = await self._in_time(ask)
        except Exception as error:
            await breaker.__aexit__(type(error), error, error.__traceback__)
            raise
        await breaker.__aexit__(None, None, None)
        return answer

    async def _in_time(self, ask: Callable[[], Awaitable[T]]) -> T:
        try:
            async with asyncio.timeout(self._deadline_seconds):
                return await ask()
        except TimeoutError:
            log.warning("wechat_deadline", circuit=self._name)
            raise WeChatUnavailable from None


def _record(name: str, _kind: str, event: Any) -> None:
    if isinstance(event, ContextChanged):
        log.warning("wechat_circuit", circuit=name, state=event.state)
