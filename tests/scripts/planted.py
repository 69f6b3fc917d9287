"""Faults planted between the people of the walk-through and the server, and what a walk with them comes to."""

import io
import json
import re
from collections.abc import Callable
from typing import Any

import httpx
from rich.console import Console
from rich.progress import Progress

from capabilities.campaign_file import read_file
from models.attendance import Attendance
from scripts.load_campaign import HOHHOT_2019
from scripts.walkthrough.report import show
from scripts.walkthrough.story import Options, Outcome, walk
from wechat.simulator.state import World


async def played(options: Options, transport: httpx.AsyncBaseTransport | None = None) -> Outcome:
    return await walk(options, read_file(HOHHOT_2019), Progress(console=Console(file=io.StringIO())), transport)


def shown(outcome: Outcome) -> str:
    console = Console(file=io.StringIO(), width=200)
    show(outcome, console)
    return console.file.getvalue()


def faulty(outcome: Outcome) -> set[str]:
    return {line.name for line in outcome.ledger.lines.values() if not line.is_same}


class KeepsWithdrawnGreetings(httpx.AsyncHTTPTransport):
    """Says that it withdrew, and does not."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE" and "/greetings/" in request.url.path:
            return httpx.Response(200, json={"copies": []})
        return await super().handle_async_request(request)


class LosesASignIn(httpx.AsyncHTTPTransport):
    """Forgets one acknowledged sign-in before anybody reads the roster."""

    lost: Attendance | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/counts") and self.lost is None:
            self.lost = await Attendance.all().first()
            assert self.lost is not None
            await self.lost.delete()
        return await super().handle_async_request(request)


class LosesKeys(httpx.AsyncHTTPTransport):
    """Lets no idempotency key through, so that everything is done as often as it is asked."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.headers.pop("idempotency-key", None)
        return await super().handle_async_request(request)


class TellsOtherwise(httpx.AsyncHTTPTransport):
    """Changes what the answers of one kind of path say."""

    def __init__(self, path: str, change: Callable[[Any], None]) -> None:
        super().__init__()
        self.path, self.change = re.compile(f"/api/v1{path}"), change

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        if not self.path.fullmatch(request.url.path) or answer.status_code >= 400:
            return answer
        told = json.loads(await answer.aread())
        self.change(told)
        return httpx.Response(answer.status_code, json=told)


def oversell(event: Any) -> None:
    event["shifts"][0]["seats_left"] = -1


def jump_the_queue(enrolled: Any) -> None:
    if enrolled["place"]:
        enrolled["place"] += 1


class HearsLateScansAnew(httpx.AsyncHTTPTransport):
    """Takes every scan that comes late for one that it has never heard of."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.uploads = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/scans/batch"):
            return await super().handle_async_request(request)
        self.uploads += 1
        body, mark = json.loads(await request.aread()), f"-{self.uploads}"
        for scan in body["scans"]:
            scan["nonce"] += mark
        anew = httpx.Request(request.method, request.url, json=body, headers=kept(request))
        told = json.loads(await (await super().handle_async_request(anew)).aread())
        for answer in told["answers"]:
            answer["nonce"] = answer["nonce"].removesuffix(mark)
        return httpx.Response(200, json=told)


def kept(request: httpx.Request) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if name not in {"content-length", "content-type"}}


class RemindsTwice(httpx.AsyncHTTPTransport):
    """One reminder reaches its person once more, before anybody counts."""

    world: World | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/me/messages") and self.world is not None and self.world.sent:
            self.world.sent.append(self.world.sent[0])
            self.world = None
        return await super().handle_async_request(request)


class DoesThingsTwice(HearsLateScansAnew, RemindsTwice):
    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world


class ShowsWhatIsGone(httpx.AsyncHTTPTransport):
    """Like a cache that nobody told: an address that has ended shows what it showed."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        is_gone = "/media/" in request.url.path and answer.status_code == 410
        return httpx.Response(200, content=b"a picture") if is_gone else answer


class LetsEverybodyIn(httpx.AsyncHTTPTransport):
    """Says that whoever has five teams is in the sixth."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        is_sixth = answer.status_code == 409 and re.fullmatch(
            r".*/memberships/[0-9a-f-]{36}/decision", request.url.path
        )
        return httpx.Response(200, json={"status": "active"}) if is_sixth else answer


class AllowsASecondAppeal(TellsOtherwise):
    def __init__(self) -> None:
        super().__init__("/greetings/[0-9a-f-]{36}/appeal", lambda greeting: greeting.update(may_appeal=True))


class LosesReplies(httpx.AsyncHTTPTransport):
    """Takes a unit's reply and never shows it to who asked."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        if not request.url.path.endswith("/me/suggestions"):
            return answer
        return httpx.Response(200, json=[row | {"reply": None} for row in json.loads(await answer.aread())])


class KeepsTheErased(httpx.AsyncHTTPTransport):
    """Says that it erased somebody, and does not."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE" and request.url.path.endswith("/api/v1/me"):
            return httpx.Response(200, json={})
        return await super().handle_async_request(request)


class IsTooKind(ShowsWhatIsGone, LetsEverybodyIn, LosesReplies, KeepsTheErased, AllowsASecondAppeal):
    """Everything at once, in one walk."""
