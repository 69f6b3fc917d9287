"""The bench: a database of its own, made for this run and dropped after it, and how long each figure may take."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg

from capabilities.campaign_file import load, read_file
from models.database import opened
from models.migrating import migrate, plain_url
from scripts.benchmark.world import Writer, right_now, use_keys
from scripts.load_campaign import HOHHOT_2019

# Within this PostgreSQL has told its statistics what a connection did that is idle now.
STATISTICS_AFTER_S = 1.5


class WrongAnswer(Exception):
    """A fast wrong answer is a failure: what was counted is not what is in the database."""


@dataclass(frozen=True)
class Bench:
    """`seconds` for each figure of each round."""

    url: str
    folder: Path
    seconds: float = 3.0
    rounds: int = 3

    @property
    def writer(self) -> Writer:
        return Writer(self.url)

    @property
    def is_postgres(self) -> bool:
        return not self.url.startswith("sqlite")

    async def ask(self, query: str, *values: Any) -> list[Any]:
        """Straight past the ORM, on PostgreSQL only."""
        connection = await asyncpg.connect(plain_url(self.url))
        try:
            return list(await connection.fetch(query, *values))
        finally:
            await connection.close()

    @asynccontextmanager
    async def copied(self) -> AsyncIterator["Bench"]:
        """The same world once more, for what shall differ in one thing. On PostgreSQL only, while nobody is in it."""
        server, _, name = self.url.rpartition("/")
        await _run(f"{server}/postgres", f'CREATE DATABASE "{name}_2" TEMPLATE "{name}"')
        try:
            yield replace(self, url=f"{server}/{name}_2")
        finally:
            await _run(f"{server}/postgres", f'DROP DATABASE "{name}_2" WITH (FORCE)')

    async def statements(self) -> int:
        """How many single statements this database has committed, without those of this question."""
        await asyncio.sleep(STATISTICS_AFTER_S)
        (row,) = await self.ask("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")
        return int(row[0])

    async def settle(self) -> None:
        """Statistics, and nothing left over for a vacuum to do while the clock runs."""
        if self.is_postgres:
            connection = await asyncpg.connect(plain_url(self.url))
            await connection.execute("VACUUM ANALYZE")
            await connection.execute("CHECKPOINT")
            await connection.close()


@asynccontextmanager
async def on_postgres(server_url: str, seconds: float, rounds: int) -> AsyncIterator[Bench]:
    name = f"lizan_bench_{uuid4().hex[:10]}"
    await _run(server_url, f'CREATE DATABASE "{name}"')
    try:
        async with _bench(server_url.rpartition("/")[0] + f"/{name}", seconds, rounds) as bench:
            yield bench
    finally:
        await _run(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@asynccontextmanager
async def on_sqlite(seconds: float, rounds: int) -> AsyncIterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="lizan-bench-") as folder:
        async with _bench(f"sqlite://{folder}/bench.db", seconds, rounds) as bench:
            yield bench


@asynccontextmanager
async def _bench(url: str, seconds: float, rounds: int) -> AsyncIterator[Bench]:
    folder = Path(tempfile.mkdtemp(prefix="lizan-bench-"))
    try:
        use_keys()
        now = right_now()
        await migrate(url, now=now)
        async with opened(url):
            await load(read_file(HOHHOT_2019), now=now, rehearse_on=now.date())
        yield Bench(url, folder, seconds, rounds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _run(url: str, statement: str) -> None:
    connection = await asyncpg.connect(plain_url(url))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
