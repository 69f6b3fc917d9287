"""An application with one route more, that fails as a test tells it to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from socket import create_server
from uuid import uuid4

import httpx
import pytest
from sanic import HTTPResponse, Request, Sanic, empty

from kit.clock import StandingClock
from server.assembly import create_app
from server.settings import Settings
from tests.applications import forget
from tests.clients import client_of
from tests.doubles import FakeWeChat


@dataclass
class Planted:
    """`GET /planted` raises `error`, or answers 204 where there is none."""

    client: httpx.AsyncClient
    app: Sanic
    error: BaseException | None = None

    async def ask(self, error: BaseException) -> httpx.Response:
        self.error = error
        return await self.client.get("/planted")


@asynccontextmanager
async def planted_in(settings: Settings, clock: StandingClock, wechat: FakeWeChat) -> AsyncIterator[Planted]:
    app = create_app(settings, name=f"lizan_{uuid4().hex}", clock=clock, wechat=wechat)
    app.config.TOUCHUP = False
    listener = create_server(("127.0.0.1", 0))
    base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with client_of(base_url) as client:
        planted = Planted(client, app)

        async def fail(_: Request) -> HTTPResponse:
            if planted.error is not None:
                raise planted.error
            return empty()

        app.add_route(fail, "/planted")
        server = await app.create_server(sock=listener, return_asyncio_server=True)
        assert server is not None
        await server.startup()
        await server.before_start()
        await server.after_start()
        yield planted
    await server.before_stop()
    for connection in list(server.connections):
        connection.abort()
    await server.close()
    await server.after_stop()
    forget(app)


@pytest.fixture
async def planted(settings: Settings, clock: StandingClock, wechat: FakeWeChat) -> AsyncIterator[Planted]:
    async with planted_in(settings, clock, wechat) as planted:
        yield planted
