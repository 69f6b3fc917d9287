"""Tidings: what happened here is told at once in this process and, where there is a Redis, soon in all the others.

They only say that something changed and never what is true: whoever hears one looks into the database again. A Redis
that is gone costs liveness: what this process tells goes on as soon as it is back, what others told meanwhile is lost,
and each listener then hears `EVERYTHING`.
"""

import asyncio
import contextlib
import secrets
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

# What is told of no one thing is told of all: nothing that was known before may be relied upon.
EVERYTHING = ""
CHANNEL = "lizan:tidings"
# What is told within one such pause goes on in one message.
PAUSE_SECONDS = 0.05
# A process hears its own beat, so that a frozen Redis is noticed within `SILENT_SECONDS`.
BEAT_SECONDS = 0.25
SILENT_SECONDS = 0.75
TIMEOUT_SECONDS = 0.5
AGAIN_AFTER_SECONDS = 0.25
# More than this waiting for Redis is told as `EVERYTHING`.
MOST_WAITING = 1000

Listener = Callable[[str], None]


class Message(msgspec.Struct, array_like=True):
    """`told` is topic and subject of each; empty in a mere beat."""

    sender: str
    told: list[tuple[str, str]]


class Tidings:
    """For an installation of one process. Listeners return at once and never raise: they note, and work elsewhere."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Listener]] = defaultdict(list)

    @property
    def is_whole(self) -> bool:
        """Whether what other processes tell is heard here within a second."""
        return True

    def hear(self, topic: str, listener: Listener) -> None:
        """From now on `listener` is called with the subject, or with `EVERYTHING` where tidings may have been lost."""
        self._listeners[topic].append(listener)

    def tell(self, topic: str, subject: str = EVERYTHING) -> None:
        """In this process everybody has heard it when this returns."""
        for listener in self._listeners[topic]:
            listener(subject)


class RedisTidings(Tidings):
    """For several processes."""

    def __init__(self, url: str, *, channel: str = CHANNEL) -> None:
        super().__init__()
        self._redis: Redis = Redis.from_url(
            url,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._channel = channel
        self._me = secrets.token_hex(8)
        self._waiting: dict[tuple[str, str], None] = {}
        self._something = asyncio.Event()
        self._heard_at = 0.0
        self._is_subscribed = False

    @property
    def is_whole(self) -> bool:
        return self._is_subscribed and time.monotonic() < self._heard_at + SILENT_SECONDS

    def tell(self, topic: str, subject: str = EVERYTHING) -> None:
        super().tell(topic, subject)
        self._waiting[topic, subject] = None
        if len(self._waiting) > MOST_WAITING:
            self._waiting = {(each, EVERYTHING): None for each, _ in self._waiting}
        self._something.set()

    async def carry(self) -> None:
        """Never ends by itself; connects again where the connection is lost."""
        while True:
            try:
                await self._carry_on()
            except (RedisError, OSError) as error:
                if self._is_subscribed:
                    log.warning("tidings_cut", reason=type(error).__name__)
                self._is_subscribed = False
            await asyncio.sleep(AGAIN_AFTER_SECONDS)

    async def close(self) -> None:
        """Tell the others what they have not heard yet, if Redis takes it at once."""
        with contextlib.suppress(RedisError, OSError):
            if self._waiting:
                await self._send()
        await self._redis.aclose()

    async def _carry_on(self) -> None:
        async with self._redis.pubsub() as heard:
            await heard.subscribe(self._channel)
            sending = asyncio.create_task(self._send_on())
            try:
                await self._listen(heard, sending)
            finally:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)

    async def _listen(self, heard: PubSub, sending: "asyncio.Task[None]") -> None:
        while True:
            message = await heard.get_message(timeout=SILENT_SECONDS)
            if sending.done():
                await sending
            if message is None:
                raise RedisSilent
            self._heard_at = time.monotonic()
            if message["type"] == "subscribe":
                self._be_back()
            elif message["type"] == "message":
                self._take(message["data"])

    def _be_back(self) -> None:
        self._is_subscribed = True
        log.info("tidings_heard")
        for topic in list(self._listeners):
            super().tell(topic)

    def _take(self, data: bytes) -> None:
        try:
            message = msgspec.json.decode(data, type=Message)
        except msgspec.DecodeError:
            # Of another version of this program: what it says is not known, that something happened is.
            log.warning("tidings_not_understood")
            message = Message("", [(topic, EVERYTHING) for topic in self._listeners])
        if message.sender != self._me:
            for topic, subject in message.told:
                super().tell(topic, subject)

    async def _send_on(self) -> None:
        while True:
            await self._send()
            await asyncio.sleep(PAUSE_SECONDS)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._something.wait(), BEAT_SECONDS - PAUSE_SECONDS)

    async def _send(self) -> None:
        self._something.clear()
        batch, self._waiting = self._waiting, {}
        try:
            await self._redis.publish(self._channel, msgspec.json.encode(Message(self._me, list(batch))))
        except BaseException:
            # Said once more when Redis is back: heard twice is harmless, not heard is not.
            self._waiting = batch | self._waiting
            raise


class RedisSilent(RedisError):
    """Nothing came for a while, not even what this process sent itself."""


@asynccontextmanager
async def open_tidings(redis_url: str | None) -> AsyncIterator[Tidings]:
    """Without Redis they stay in this process."""
    if redis_url is None:
        yield Tidings()
        return
    tidings = RedisTidings(redis_url)
    carrying = asyncio.create_task(tidings.carry())
    try:
        yield tidings
    finally:
        carrying.cancel()
        await asyncio.gather(carrying, return_exceptions=True)
        await tidings.close()
