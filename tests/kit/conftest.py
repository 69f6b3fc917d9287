"""The bakery, open; a stranger and the baker before its door."""

import socket
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sanic import Sanic

from kit.errors import Refusal
from tests.applications import forget
from tests.clients import client_of
from tests.kit.bakery import BakeryPorter, door, tell


@pytest.fixture
async def bakery() -> AsyncIterator[Sanic[Any, Any]]:
    app: Sanic[Any, Any] = Sanic(f"bakery_{uuid4().hex}", configure_logging=False)
    app.config.TOUCHUP = False
    app.config.ACCESS_LOG = False
    # What the framework itself would still read after an answer; ours has 1 MB.
    app.config.REQUEST_MAX_SIZE = 64 * 1024
    app.ctx.office = SimpleNamespace(orders=[])
    app.ctx.porter = BakeryPorter()
    app.blueprint(door.blueprint())
    app.exception(Refusal)(tell)
    listener = socket.create_server(("127.0.0.1", 0))
    server = await app.create_server(sock=listener, return_asyncio_server=True)
    assert server is not None
    await server.startup()
    app.ctx.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}/bakery"
    yield app
    for connection in list(server.connections):
        connection.abort()
    await server.close()
    forget(app)


@pytest.fixture
async def stranger(bakery: Sanic[Any, Any]) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(bakery.ctx.base_url, timeout=10) as client:
        yield client


@pytest.fixture
async def baker(bakery: Sanic[Any, Any]) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": "Bearer baker"}
    async with client_of(bakery.ctx.base_url, headers, timeout=10) as client:
        yield client
