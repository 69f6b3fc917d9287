"""What a person with a browser has: the address of the site, and no session."""

from collections.abc import AsyncIterator

import httpx
import pytest
from sanic import Sanic


@pytest.fixture
async def browser(app: Sanic) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=app.ctx.base_url, timeout=20) as client:
        yield client
