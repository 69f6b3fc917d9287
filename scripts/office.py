"""Open the database and the keys for a command, as the server would."""

import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from models.database import opened
from models.fields import SealedTextField
from models.migrating import pending
from scripts.demo_settings import settings_of_server
from server.opening import SchemaBehind, key_ring
from server.settings import Settings, SettingsFaulty


@asynccontextmanager
async def open_office() -> AsyncIterator[Settings]:
    """The settings, with database and data keys ready. Works beside a running server.

    Raises `SchemaBehind` where the database has not been migrated.
    """
    settings = settings_of_server()
    SealedTextField.use_keys(key_ring(settings))
    url = settings.database_url.get_secret_value()
    async with opened(url):
        if await pending(url):
            raise SchemaBehind
        yield settings


def run(command: Coroutine[Any, Any, int]) -> int:
    """The command's exit code; what an operator can mend is told in words, without a traceback."""
    try:
        return asyncio.run(command)
    except SettingsFaulty as fault:
        sys.stderr.write(f"设置有误：\n{fault}\n")
        return 2
    except SchemaBehind:
        sys.stderr.write("数据库结构需要更新：请先运行 python -m scripts.migrate。\n")
        return 2
