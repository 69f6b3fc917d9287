"""A PostgreSQL of a test's own, in a folder of its own, that may be frozen, killed and restarted."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from models.migrating import migrate
from tests.conftest import EPOCH

PROGRAMS = "/usr/lib/postgresql"
SETTINGS = ("fsync=on", "synchronous_commit=on", "max_connections=60", "shared_buffers=32MB", "logging_collector=off")


def programs() -> Path | None:
    """The newest PostgreSQL of this machine; Debian keeps its programs off the path."""
    on_path = shutil.which("initdb")
    found = [*Path(PROGRAMS).glob("*/bin/initdb"), *([Path(on_path).resolve()] if on_path else [])]
    return max(found, key=lambda each: each.parts[-3]).parent if found else None


def children_of(parent: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name stands in brackets and may hold anything.
            after_name = status.read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            continue
        if int(after_name[1]) == parent:
            found.append(int(status.parent.name))
    return found


@dataclass
class OwnPostgres:
    programs: Path
    folder: Path
    port: int
    _server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgres://lizan@127.0.0.1:{self.port}/lizan"

    @classmethod
    def make(cls) -> "OwnPostgres":
        where = programs()
        if where is None:
            if os.environ.get("CI") == "true":
                raise FileNotFoundError("initdb")
            pytest.skip("no PostgreSQL programs on this machine to start one of the test's own")
        folder = Path(tempfile.mkdtemp(prefix="lizan-postgres-"))
        if os.getuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            made = cls(where, folder, probe.getsockname()[1])
        made._run(
            "initdb",
            "--username=lizan",
            "--auth=trust",
            "--no-sync",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "-D",
            made.data,
        )
        made.start()
        made._run("createdb", "-h", "127.0.0.1", "-p", str(made.port), "-U", "lizan", "lizan")
        return made

    @property
    def data(self) -> str:
        return str(self.folder / "data")

    async def fill(self) -> None:
        await migrate(self.url, now=EPOCH)

    def start(self) -> None:
        options = [part for setting in SETTINGS for part in ("-c", setting)]
        with (self.folder / "said.log").open("ab") as said:
            self._server = subprocess.Popen(
                [self.programs / "postgres", "-D", self.data, "-p", str(self.port), "-k", str(self.folder), *options],
                stdout=said, stderr=said, cwd=self.folder, **_as_postgres(),
            )  # fmt: skip
        until = time.monotonic() + 20
        while self._run("pg_isready", "-h", "127.0.0.1", "-p", str(self.port), must=False):
            assert time.monotonic() < until, (self.folder / "said.log").read_text()
            time.sleep(0.05)

    def crash(self) -> None:
        """As a power cut for its processes: nothing is written any more, the next start recovers."""
        assert self._server is not None
        self._server.send_signal(signal.SIGQUIT)
        self._server.wait(20)

    def stop(self, mode: str, *, within_s: int = 20) -> bool:
        """As an operator does it; False where it is still waiting after so long."""
        assert self._server is not None
        asked = "stop", "-D", self.data, "-m", mode, "-w", "-t", str(within_s)
        if self._run("pg_ctl", *asked, must=False):
            return False
        self._server.wait(20)
        return True

    def freeze(self) -> None:
        """The postmaster first, so that it starts nobody meanwhile."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: int) -> None:
        assert self._server is not None
        self._server.send_signal(number)
        for pid in children_of(self._server.pid):
            # It may have ended meanwhile, as its client has.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def remove(self) -> None:
        if self._server is not None and self._server.poll() is None:
            self.thaw()
            self.crash()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str, must: bool = True) -> int:
        done = subprocess.run(
            [self.programs / program, *arguments], capture_output=True, cwd=self.folder, timeout=60, **_as_postgres()
        )
        assert done.returncode == 0 or not must, done.stderr
        return done.returncode


def _as_postgres() -> dict[str, str]:
    """PostgreSQL refuses to run as root."""
    return {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}
