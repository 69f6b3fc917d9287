"""What a process beside the test's own does: `python -m tests.models.processes WHAT …`, one word of answer a line."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from tortoise import Tortoise
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.transactions import in_transaction

from models.database import config
from models.migrating import MIGRATIONS, migrate
from models.sole_process import NotAlone, serving

ROOT = Path(__file__).parents[2]


def start(*words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.models.processes", *words]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def answer_of(process: "subprocess.Popen[str]", *, seconds: float = 240) -> tuple[int, str, str]:
    """Return code, standard output, last line of standard error."""
    said, complained = process.communicate(timeout=seconds)
    return process.returncode, said.strip(), (complained.strip().splitlines() or [""])[-1]


async def _migrate(url: str, migrations: str = MIGRATIONS, folder: str | None = None) -> None:
    if folder:
        sys.path.insert(0, folder)
    report = await migrate(url, now=datetime.now(UTC), migrations=migrations)
    sys.stdout.write(f"{len(report.applied)}\n")


async def _count(url: str, engine: str, times: str) -> None:
    """Add one to `counter.n` so many times, reading before writing; say how often that was refused."""
    settings = config(url)
    if engine == "stock":
        settings["connections"]["default"] = expand_db_url(url)
    await Tortoise.init(config=settings, _enable_global_fallback=True)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    refused = 0
    for _ in range(int(times)):
        try:
            async with in_transaction("default") as connection:
                rows = await connection.execute_query_dict("SELECT n FROM counter")
                await asyncio.sleep(0)
                await connection.execute_query(f"UPDATE counter SET n = {rows[0]['n'] + 1}")  # noqa: S608 - our number
        except Exception:  # noqa: BLE001 - each engine wraps it in another class
            refused += 1
    await Tortoise.close_connections()
    sys.stdout.write(f"{refused}\n")


async def _serve(url: str, has_redis: str) -> None:
    """Serve until the standard input ends."""
    try:
        async with serving(url, has_redis=has_redis == "redis"):
            sys.stdout.write("serving\n")
            sys.stdout.flush()
            await asyncio.to_thread(sys.stdin.readline)
    except NotAlone:
        sys.stdout.write("refused\n")


if __name__ == "__main__":
    work = {"migrate": _migrate, "count": _count, "serve": _serve}[sys.argv[1]]
    asyncio.run(work(*sys.argv[2:]))
