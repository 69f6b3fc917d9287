"""What a person with a browser has: the address of the site, and no session."""

from collections.abc import AsyncIterator

import httpx
import pytest
from sanic import Sanic

from tests.clients import client_of


@pytest.fixture
async def browser(app: Sanic) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app.ctx.base_url) as client:
        yield client
