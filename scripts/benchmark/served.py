"""What is measured runs in a process of its own: our server, and the small endpoints that it is compared with."""

import asyncio
import os
import resource
import signal
import socket
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

SECRETS = {"LIZAN_SECRET_KEY": "s" * 40, "LIZAN_DATA_KEY": "d" * 40, "LIZAN_INDEX_KEY": "i" * 40}
PATIENCE_S = 40


@dataclass(frozen=True)
class Served:
    port: int
    pid: int

    @property
    def cpu_seconds(self) -> float:
        """User and system time that the process has used so far."""
        after_name = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def environment(database_url: str, folder: Path, port: int) -> dict[str, str]:
    """As an operator would set it; the pace is kept, so a load needs as many callers as a hall has."""
    return {
        **SECRETS,
        "LIZAN_DATABASE_URL": database_url,
        "LIZAN_PORT": str(port),
        "LIZAN_PUBLIC_URL": "http://127.0.0.1",
        "LIZAN_WECHAT_APP_ID": "wx-bench",
        "LIZAN_WECHAT_APP_SECRET": "secret",
        "LIZAN_MEDIA_URL": f"file://{folder}/media",
        "LIZAN_UPLOAD_FOLDER": f"{folder}/incoming",
        "LIZAN_RUN_JOBS": "false",
        "LIZAN_LOG_LEVEL": "INFO",
    }


@asynccontextmanager
async def our_server(database_url: str, folder: Path, **more: str) -> AsyncIterator[Served]:
    port = free_port()
    async with _process(["-m", "server"], environment(database_url, folder, port) | more, port, folder) as served:
        yield served


@asynccontextmanager
async def ungrouped_server(database_url: str, folder: Path) -> AsyncIterator[Served]:
    """Ours, but each scan by itself in a transaction of its own: what gathering them is compared with."""
    port = free_port()
    module = ["-m", "scripts.benchmark.ungrouped"]
    async with _process(module, environment(database_url, folder, port), port, folder) as served:
        yield served


@asynccontextmanager
async def reference(database_url: str, folder: Path) -> AsyncIterator[Served]:
    """`POST /hello` without a database, and on PostgreSQL `POST /one` with one statement a request."""
    port = free_port()
    module = ["-m", "scripts.benchmark.reference", str(port), database_url]
    async with _process(module, {}, port, folder) as served:
        yield served


@asynccontextmanager
async def _process(arguments: list[str], more: Mapping[str, str], port: int, folder: Path) -> AsyncIterator[Served]:
    with (folder / f"{port}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, env={**os.environ, **more}, stdout=log, stderr=log
        )
        try:
            await _until_it_answers(process, port, folder / f"{port}.log")
            yield Served(port, process.pid)
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
                try:
                    await asyncio.wait_for(process.wait(), 15)
                except TimeoutError:
                    process.kill()
                    await process.wait()


async def _until_it_answers(process: asyncio.subprocess.Process, port: int, log: Path) -> None:
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        if process.returncode is not None:
            break
        try:
            await asyncio.to_thread(urllib.request.urlopen, f"http://127.0.0.1:{port}/healthz", timeout=2)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            return
    raise RuntimeError(f"does not answer:\n{(await asyncio.to_thread(log.read_text))[-2000:]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def allow_many_files() -> None:
    """A thousand viewers are a thousand connections, on both ends."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65_536) if hard > 0 else 65_536, hard))
