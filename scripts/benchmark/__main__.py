"""Measure what the project promises, each figure beside its reference: `python -m scripts.benchmark --help`."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg
from sanic.server.loop import try_use_uvloop

from models.migrating import plain_url
from scripts.benchmark import again, check_in, growth, late, lists, live, report, rush
from scripts.benchmark.bench import Bench, WrongAnswer, on_postgres, on_sqlite
from scripts.benchmark.report import Row
from scripts.benchmark.served import allow_many_files

Measure = Callable[[Bench], Awaitable[list[Row]]]
ROWS: dict[str, Measure] = {
    "check-in": check_in.measure,
    "again": again.measure,
    "rush": rush.measure,
    "upload": late.measure_upload,
    "roster": late.measure_roster,
    "lists": lists.measure,
    "live": live.measure,
    "growth": growth.measure,
}
ON_SQLITE = ("check-in", "again", "upload", "roster")
SERVER = "postgres://root@127.0.0.1:5432/test"


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.benchmark",
        description="Loads this machine only (127.0.0.1), ends by itself, and drops the databases that it makes.",
    )
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS), help="which rows to measure")
    parser.add_argument("--seconds", type=float, default=3.0, help="for each figure of each round")
    parser.add_argument("--rounds", type=int, default=3, help="the median of the rounds counts")
    parser.add_argument("--database", choices=("postgres", "sqlite", "both"), default="both")
    parser.add_argument("--server", default=SERVER, help="a PostgreSQL in which databases may be made")
    parser.add_argument("--json", type=Path, help="write the same rows there")
    return parser.parse_args(given)


async def measure(asked: argparse.Namespace) -> list[Row]:
    rows: list[Row] = []
    for database in ("postgres", "sqlite") if asked.database == "both" else (asked.database,):
        if database == "postgres" and not await _answers(asked.server):
            print("== PostgreSQL skipped: nothing answers there", flush=True)
            continue
        for name in asked.rows:
            if database == "sqlite" and name not in ON_SQLITE:
                continue
            print(f"== {name} on {database}", flush=True)
            async with _bench(database, asked) as bench:
                found = await ROWS[name](bench)
            report.show(found)
            rows += found
    return rows


@asynccontextmanager
async def _bench(database: str, asked: argparse.Namespace) -> AsyncIterator[Bench]:
    async with AsyncExitStack() as stack:
        opening = (
            on_postgres(asked.server, asked.seconds, asked.rounds)
            if database == "postgres"
            else on_sqlite(asked.seconds, asked.rounds)
        )
        yield await stack.enter_async_context(opening)


async def _answers(url: str) -> bool:
    try:
        connection = await asyncpg.connect(plain_url(url), timeout=5)
    except (OSError, asyncpg.PostgresError, TimeoutError):
        return False
    await connection.close()
    return True


def main() -> int:
    asked = arguments()
    allow_many_files()
    try_use_uvloop()
    try:
        rows = asyncio.run(measure(asked))
    except WrongAnswer as wrong:
        print(f"WRONG: {wrong}", file=sys.stderr)
        return 1
    print()
    report.show(rows)
    if asked.json:
        report.write_json(rows, asked.json)
    return 0 if all(row.met is not False for row in rows) else 3


if __name__ == "__main__":
    sys.exit(main())
