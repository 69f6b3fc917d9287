"""PostgreSQL's own pgbench with one conditional UPDATE: what the database does when nothing stands before it."""

import asyncio
import re
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from models.migrating import plain_url
from scripts.benchmark.wire import Outcome

SEATS = 1_000_000
SCRIPT = f"\\set id random(1, {SEATS})\nUPDATE bench_seat SET at = now() WHERE id = :id AND at IS NULL;\n"
_RATE = re.compile(r"tps = ([\d.]+)")


def command() -> str | None:
    """Debian keeps it beside the server and out of the path."""
    beside = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
    return shutil.which("pgbench") or (str(beside[-1]) if beside else None)


async def prepare(url: str) -> None:
    connection = await asyncpg.connect(plain_url(url))
    await connection.execute(
        "CREATE UNLOGGED TABLE bench_seat (id int PRIMARY KEY, at timestamptz);"
        f"INSERT INTO bench_seat SELECT generate_series(1, {SEATS});"
        "ALTER TABLE bench_seat SET LOGGED; ANALYZE bench_seat"
    )
    await connection.close()


async def run(url: str, *, clients: int, seconds: float) -> Outcome:
    """Raises `RuntimeError` with its words where pgbench fails."""
    parts, program = urlsplit(plain_url(url)), command()
    if program is None:
        raise RuntimeError("pgbench is not installed (Debian: postgresql-contrib)")
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "one.sql"
        script.write_text(SCRIPT)
        process = await asyncio.create_subprocess_exec(
            program, "-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-T", str(max(1, round(seconds))),
            "-l", "--log-prefix", f"{folder}/log", "-f", str(script),
            "-h", parts.hostname or "127.0.0.1", "-p", str(parts.port or 5432), "-U", parts.username or "root",
            parts.path.lstrip("/"),
            env={"PGPASSWORD": parts.password or ""}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said = (await process.communicate())[0].decode()
        rate = _RATE.search(said)
        if process.returncode or rate is None:
            raise RuntimeError(said)
        latencies = await asyncio.to_thread(_latencies, Path(folder))
    return Outcome(len(latencies) / float(rate[1]), latencies, [(200, b"")] * len(latencies))


def _latencies(folder: Path) -> list[float]:
    """In seconds; the third column of pgbench's log, which has microseconds."""
    lines = (line.split() for file in folder.glob("log*") for line in file.read_text().splitlines())
    return [int(line[2]) / 1_000_000 for line in lines]
