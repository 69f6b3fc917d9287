"""A simulated WeChat on a real socket, and mini-programs that talk to it or to canned answers."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from kit.clock import StandingClock
from kit.shared_memory import ProcessMemory
from wechat.mini_program import MiniProgram
from wechat.simulator.app import create_simulator
from wechat.simulator.serving import listening
from wechat.simulator.state import Account, Fault, User, World


@dataclass
class Simulated:
    base: str
    world: World

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
        yield Simulated(base, app.ctx.world)


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
