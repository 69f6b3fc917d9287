"""Open the database and the keys for a command, as the server would."""

import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from models.database import opened
from models.fields import SealedTextField
from server.assembly import key_ring
from server.settings import Settings, SettingsFaulty, load_settings


@asynccontextmanager
async def open_office() -> AsyncIterator[Settings]:
    """The settings, with database and data keys ready. Works beside a running server."""
    settings = load_settings()
    SealedTextField.use_keys(key_ring(settings))
    async with opened(settings.database_url.get_secret_value()):
        yield settings


def run(command: Coroutine[Any, Any, int]) -> int:
    """The command's exit code; a faulty setting is told in words, without a traceback."""
    try:
        return asyncio.run(command)
    except SettingsFaulty as fault:
        sys.stderr.write(f"设置有误：\n{fault}\n")
        return 2
