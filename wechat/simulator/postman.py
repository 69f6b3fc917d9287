"""Who carries the simulated WeChat's pushes: up to three deliveries each, five seconds for an answer."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

import httpx

from wechat.simulator import media_check
from wechat.simulator.pushes import Letter, PushSettings, SimulatedPush, sign, write
from wechat.simulator.state import MediaJob, Unknown, World

DELIVERIES = 3
PATIENCE_SECONDS = 5.0
# In place of a status: nobody there, or an answer that came too late.
NO_ANSWER = 0
LONG_AGO = timedelta(minutes=10)
OTHER_KEY = "A" * 43

Forgery = Literal["token", "key", "app_id", "body", "stale", "plain"]


class Postman:
    """One per simulator; `close` it. `judges_media_after` real seconds lets verdicts come by themselves."""

    def __init__(self, world: World, *, judges_media_after: float | None = None) -> None:
        self.world = world
        self.patience_seconds = PATIENCE_SECONDS
        self._judges_media_after = judges_media_after
        self._waiting: set[str] = set()
        self._under_way: set[asyncio.Task[None]] = set()
        self._http: httpx.AsyncClient | None = None

    def set_out(self) -> None:
        """Carry all that lies ready, unless pushes are held back. Returns at once."""
        while self.world.unsent and not self.world.holds_pushes:
            self._start(self.deliver(self.world.unsent.popleft()))
        if self._judges_media_after is not None:
            for job in self.world.media_jobs:
                if job.trace_id not in self._waiting:
                    self._waiting.add(job.trace_id)
                    self._start(self._judge_later(job, self._judges_media_after))

    async def _judge_later(self, job: MediaJob, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await media_check.judge(self.world, job)
        self.set_out()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def settle(self) -> None:
        """Wait until every delivery that is under way has ended."""
        while self._under_way:
            await asyncio.gather(*self._under_way)

    async def judge_due(self) -> None:
        """Judge what the clock says is due, and carry the verdicts to their end."""
        for job in media_check.due(self.world):
            await media_check.judge(self.world, job)
        self.set_out()
        await self.settle()

    async def deliver(self, push: SimulatedPush) -> None:
        """Up to three times, until somebody answers in time that it arrived."""
        for _ in range(DELIVERIES):
            status = await self.deliver_once(push)
            if httpx.codes.is_success(status):
                return

    async def deliver_once(self, push: SimulatedPush) -> int:
        settings = self.world.push_settings.get(push.app_id)
        if settings is None:
            return NO_ANSWER
        push.last = self._letter(push, settings)
        return await self._hand_over(push, settings, push.last)

    async def replay(self, push: SimulatedPush) -> int:
        """The very bytes and signatures of the last delivery, as somebody who recorded them would send them."""
        settings = self.world.push_settings.get(push.app_id)
        if settings is None or push.last is None:
            raise Unknown("that push was never delivered")
        return await self._hand_over(push, settings, push.last)

    async def forge(self, push: SimulatedPush, how: Forgery) -> int:
        """A delivery with one thing wrong, which an account must not believe."""
        settings = self.world.push_settings.get(push.app_id)
        if settings is None:
            raise Unknown("no push settings")
        return await self._hand_over(push, settings, self._forged(push, settings, how))

    def _letter(self, push: SimulatedPush, settings: PushSettings, *, app_id: str = "", age: int = 0) -> Letter:
        timestamp = self.world.signed_at() - age
        return write(settings, app_id or push.app_id, push.fields, timestamp=timestamp, word=self.world.word)

    def _forged(self, push: SimulatedPush, settings: PushSettings, how: Forgery) -> Letter:
        if how == "app_id":
            return self._letter(push, settings, app_id="wxffffffffffffffff")
        if how == "stale":
            return self._letter(push, settings, age=int(LONG_AGO.total_seconds()))
        if how == "body":
            return _tampered(self._letter(push, settings))
        changes: dict[str, dict[str, Any]] = {
            "token": {"token": settings.token + "?"},
            "key": {"aes_key": OTHER_KEY},
            "plain": {"mode": "plain"},
        }
        return self._letter(push, replace(settings, **changes[how]))

    async def _hand_over(self, push: SimulatedPush, settings: PushSettings, letter: Letter) -> int:
        status = await self._post(settings.url, letter)
        push.attempts.append(status)
        return status

    async def _post(self, url: str, letter: Letter) -> int:
        if not media_check.is_on_this_machine(url):
            return NO_ANSWER
        # Made before the clock runs: a first client reads certificates for a good while.
        client = self._client()
        try:
            async with asyncio.timeout(self.patience_seconds):
                answer = await client.post(
                    url, params=letter.query, content=letter.body, headers={"Content-Type": letter.content_type}
                )
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            return NO_ANSWER
        return answer.status_code

    async def verify(self, settings: PushSettings) -> bool:
        """Ask the address for its echo, as the console does before it takes the settings."""
        if not media_check.is_on_this_machine(settings.url):
            return False
        stamp, nonce, echo = str(self.world.signed_at()), self.world.word(10), self.world.word(20)
        query = {"timestamp": stamp, "nonce": nonce, "echostr": echo}
        query["signature"] = sign(settings.token, stamp, nonce)
        try:
            answer = await self._client().get(settings.url, params=query)
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            return False
        return answer.status_code == httpx.codes.OK and answer.text == echo

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            self._http = httpx.AsyncClient(trust_env=False, timeout=30)
        return self._http

    async def close(self) -> None:
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        if self._http is not None:
            await self._http.aclose()
            self._http = None


def _tampered(letter: Letter) -> Letter:
    """One character of the ciphertext is another than was signed."""
    place = letter.body.find(b"Encrypt") + 40
    other = b"A" if letter.body[place : place + 1] != b"A" else b"B"
    return replace(letter, body=letter.body[:place] + other + letter.body[place + 1 :])
