"""A simulated WeChat on a real socket, mini-programs that talk to it or to canned answers, and a server of ours."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from structlog.testing import capture_logs

from kit.clock import StandingClock
from kit.shared_memory import ProcessMemory
from tests.clients import client_of
from wechat.mini_program import MiniProgram
from wechat.push import PushDoor
from wechat.simulator.app import create_simulator
from wechat.simulator.postman import Postman
from wechat.simulator.pushes import PushSettings
from wechat.simulator.serving import listening
from wechat.simulator.state import Account, Fault, User, World

PUSH_TOKEN = "push-token-canary"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


@dataclass
class Simulated:
    base: str
    world: World
    postman: Postman

    @property
    def mini(self) -> Account:
        return self.world.account()

    def code(self, user: User, account: Account | None = None) -> str:
        return self.world.issue_login_code(user, account or self.mini)

    def openid(self, user: User) -> str:
        return self.world.openid(self.mini.app_id, user)

    def visitor(self, name: str = "陈思远") -> str:
        """The openid of somebody who uses the mini-program just now."""
        user = self.world.create_user(name)
        user.last_visit_at = self.world.clock.now()
        return self.openid(user)

    def push_to(self, url: str, mode: str = "safe", form: str = "json", token: str = PUSH_TOKEN) -> None:
        self.world.push_settings[self.mini.app_id] = PushSettings(url, token, AES_KEY, mode, form)

    def fail(self, path: str, *, times: int = 1, **how: Any) -> None:
        self.world.faults.append(Fault(path, times, **how))

    def calls(self, path: str) -> list[dict[str, Any]]:
        return self.world.list_calls(path)


@pytest.fixture
def mini() -> Account:
    return Account("wx0000000000000001", "mini-secret-canary")


@pytest.fixture
def official() -> Account:
    return Account("wx0000000000000002", "official-secret-canary", kind="official", gives_unionid=True)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock(datetime(2026, 12, 5, 1, tzinfo=UTC))


@pytest.fixture
def memory() -> ProcessMemory:
    return ProcessMemory()


@pytest.fixture
async def simulated(clock: StandingClock, mini: Account, official: Account) -> AsyncIterator[Simulated]:
    app = create_simulator(accounts=[mini, official], clock=clock, seed=7)
    async with listening(app) as base:
        yield Simulated(base, app.ctx.world, app.ctx.postman)


@pytest.fixture
async def connect(
    simulated: Simulated, clock: StandingClock, memory: ProcessMemory
) -> AsyncIterator[Callable[..., MiniProgram]]:
    """Makes mini-programs; all are closed at the end."""
    made: list[MiniProgram] = []

    def make(account: Account | None = None, **options: Any) -> MiniProgram:
        account = account or simulated.mini
        shared = options.pop("memory", memory)
        secret = options.pop("secret", account.app_secret)
        made.append(MiniProgram(account.app_id, secret, simulated.base, clock, shared, **options))
        return made[-1]

    yield make
    for each in made:
        await each.close()


@pytest.fixture
def mini_program(connect: Callable[..., MiniProgram]) -> MiniProgram:
    return connect()


@pytest.fixture
def canned(connect: Callable[..., MiniProgram]) -> Callable[..., MiniProgram]:
    """A mini-program that hears one answer to everything but the token."""

    def make(answer: Any, **options: Any) -> MiniProgram:
        def reply(request: httpx.Request) -> httpx.Response:
            if request.url.path == "/cgi-bin/stable_token":
                return httpx.Response(200, json={"access_token": "t", "expires_in": 7200})
            return httpx.Response(200, json=answer)

        return connect(transport=httpx.MockTransport(reply), **options)

    return make


@pytest.fixture
def events() -> Iterator[list[Any]]:
    with capture_logs() as captured:
        yield captured


@dataclass
class Delivery:
    method: str
    path: str
    query: dict[str, str]
    body: bytes
    content_type: str


class OurServer:
    """A server of ours as WeChat sees it: notes what comes, answers as told; `files` are what it has to download."""

    def __init__(self) -> None:
        self.base = ""
        self.deliveries: list[Delivery] = []
        self.statuses: list[int] = []
        self.delay_seconds = 0.0
        self.files: dict[str, bytes] = {}

    @property
    def push_url(self) -> str:
        return f"{self.base}/wechat/push"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            delivery = await _read_request(reader)
            status, body = self._answer_to(delivery)
            await asyncio.sleep(self.delay_seconds if delivery.method == "POST" else 0)
            head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            writer.write(head.encode() + body)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _answer_to(self, delivery: Delivery) -> tuple[int, bytes]:
        if delivery.method == "POST":
            self.deliveries.append(delivery)
            return (self.statuses.pop(0) if self.statuses else 200), b"success"
        if delivery.path in self.files:
            return 200, self.files[delivery.path]
        return (200, delivery.query["echostr"].encode()) if "echostr" in delivery.query else (404, b"")


async def _read_request(reader: asyncio.StreamReader) -> Delivery:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    method, target, _ = head.split(" ", 2)
    headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    link = urlsplit(target)
    return Delivery(method, link.path, dict(parse_qsl(link.query)), body, headers.get("content-type", ""))


@pytest.fixture
async def our_server() -> AsyncIterator[OurServer]:
    ours = OurServer()
    async with await asyncio.start_server(ours.answer, "127.0.0.1", 0) as server:
        ours.base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield ours


@pytest.fixture
def door(mini: Account, clock: StandingClock) -> PushDoor:
    return PushDoor(mini.app_id, PUSH_TOKEN, AES_KEY, clock)


@pytest.fixture
async def hand(simulated: Simulated) -> AsyncIterator[Callable[..., Any]]:
    """Moves the simulated WeChat: `await hand("accept", user=…)` gives what it answers, refusals too."""
    async with client_of(simulated.base) as client:

        async def move(what: str, **told: Any) -> Any:
            return (await client.post(f"/control/{what}", json=told)).json()

        yield move
