"""Do the background jobs in a process of their own, beside servers that run with LIZAN_RUN_JOBS=false.

Needs PostgreSQL and Redis, as every second process does. Stops on SIGTERM; what it was at, another takes up.
"""

import argparse
import asyncio
import contextlib
import signal
import sys

import asyncpg
import structlog
from tortoise.exceptions import DBConnectionError, OperationalError

from kit.clock import SystemClock
from kit.logs import configure
from models.database import UnsafeDatabase
from models.sole_process import NotAlone
from server.background import run_jobs
from server.opening import SchemaBehind, open_office
from server.settings import Settings, SettingsFaulty, load_settings

log = structlog.get_logger(__name__)

REFUSALS = (NotAlone, SchemaBehind, UnsafeDatabase)
DATABASE_ERRORS = (DBConnectionError, OperationalError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


def main() -> int:
    argparse.ArgumentParser(prog="python -m scripts.work", description=__doc__).parse_args()
    try:
        settings = load_settings()
    except SettingsFaulty as fault:
        sys.stderr.write(f"设置有误：\n{fault}\n")
        return 2
    configure(level=settings.log_level)
    try:
        asyncio.run(work(settings))
    except REFUSALS as refusal:
        sys.stderr.write(f"后台任务未启动：{refusal}\n")
        return 2
    except DATABASE_ERRORS as error:
        # Its words may hold the address with its password.
        sys.stderr.write(f"后台任务未启动：数据库没有应答（{type(error).__name__}）。\n")
        return 2
    return 0


async def work(settings: Settings) -> None:
    """Until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with open_office(settings, SystemClock()) as office:
        running = asyncio.create_task(run_jobs(office))
        log.info("working")
        await stopping.wait()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    log.info("stopped")


if __name__ == "__main__":
    sys.exit(main())
