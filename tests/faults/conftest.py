"""Real processes: the server, the simulated WeChat, a private Redis; and people in the database who use them.

Every process gets its whole environment from here, runs in a folder of its own and is ended by its own id.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from capabilities.campaign_file import load, read_file
from capabilities.office import Office
from kit.clock import LOCAL, SystemClock
from kit.shared_memory import ProcessMemory
from models.database import opened
from models.event import Event, Point
from models.fields import SealedTextField
from models.shift import Shift
from scripts.load_campaign import HOHHOT_2019
from server.opening import key_ring
from tests.cast import Cast, Someone
from tests.conftest import run_on, settings_for
from tests.doubles import FakeWeChat

ROOT = Path(__file__).parents[2]
SECRET = "s" * 40
STARTED_WITHIN = 20.0
SEATS = 500


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Process:
    """A program of ours with an environment of its own; what it says goes to a file."""

    module: str
    environment: dict[str, str]
    folder: Path
    _popen: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def spawn(self) -> None:
        with self._said_file.open("ab") as said:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", self.module],
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **self.environment},
                cwd=self.folder,
                stdout=said,
                stderr=said,
            )

    @property
    def running(self) -> subprocess.Popen[bytes]:
        assert self._popen is not None
        return self._popen

    @property
    def _said_file(self) -> Path:
        return self.folder / "said.log"

    @property
    def said(self) -> str:
        return self._said_file.read_text(encoding="utf-8") if self._said_file.exists() else ""

    def signal(self, number: int) -> None:
        self.running.send_signal(number)

    def wait(self, seconds: float) -> int:
        """The exit code. Raises `subprocess.TimeoutExpired` where it does not end in time."""
        return self.running.wait(seconds)

    def kill(self) -> None:
        """As kill -9 or the kernel would; also one that is stopped."""
        if self._popen is not None and self._popen.poll() is None:
            self._popen.kill()
            self._popen.wait(10)

    def await_answer(self, url: str) -> None:
        until = time.monotonic() + STARTED_WITHIN
        while time.monotonic() < until:
            assert self.running.poll() is None, self.said
            try:
                if httpx.get(url, timeout=1).status_code < 500:
                    return
            except httpx.HTTPError:
                time.sleep(0.05)
        raise AssertionError(f"did not start: {self.said}")


@dataclass
class Server(Process):
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api(self) -> str:
        return self.url + "/api/v1"

    def start(self) -> None:
        self.spawn()
        self.await_answer(self.url + "/healthz")


Launch = Callable[..., Server]


@dataclass
class Simulator:
    """The simulated WeChat and the hand that moves it."""

    base: str

    def post(self, control: str, **body: object) -> dict[str, object]:
        answer = httpx.post(f"{self.base}/control{control}", json=body, timeout=5)
        answer.raise_for_status()
        said: dict[str, object] = answer.json()
        return said

    def code(self, user: str = "somebody") -> str:
        """What `wx.login` gives this person."""
        self.post("/users", user=user)
        return str(self.post("/login", user=user)["code"])

    def fail(self, path: str, **how: object) -> None:
        self.post("/faults", path=path, **how)


@pytest.fixture(scope="session")
def simulator_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    base = f"http://127.0.0.1:{free_port()}"
    process = Process("scripts.simulate", keys() | {"LIZAN_WECHAT_API_BASE": base}, tmp_path_factory.mktemp("wechat"))
    process.spawn()
    try:
        process.await_answer(base + "/control/calls")
        yield base
    finally:
        process.kill()


@pytest.fixture
def simulator(simulator_process: str) -> Simulator:
    """With nobody in it and no fault."""
    simulator = Simulator(simulator_process)
    simulator.post("/reset")
    return simulator


def keys() -> dict[str, str]:
    return {
        "LIZAN_SECRET_KEY": SECRET,
        "LIZAN_DATA_KEY": "d" * 40,
        "LIZAN_INDEX_KEY": "i" * 40,
        "LIZAN_WECHAT_APP_ID": "wx-test",
        "LIZAN_WECHAT_APP_SECRET": "app-secret",
        "LIZAN_DEMO": "true",
    }


@pytest.fixture
def environment(database_url: str, simulator: Simulator) -> dict[str, str]:
    return keys() | {"LIZAN_DATABASE_URL": database_url, "LIZAN_WECHAT_API_BASE": simulator.base}


@pytest.fixture
def launch(environment: dict[str, str], tmp_path: Path) -> Iterator[Launch]:
    """Makes servers, not started yet; `without` leaves a setting out. All are gone at the end."""
    made: list[Server] = []

    def make(module: str = "server", *, without: tuple[str, ...] = (), **more: str) -> Server:
        port, folder = free_port(), tmp_path / f"server-{len(made)}"
        folder.mkdir()
        whole = environment | {"LIZAN_PORT": str(port)} | more
        made.append(Server(module, {name: whole[name] for name in whole if name not in without}, folder, port=port))
        return made[-1]

    yield make
    for each in made:
        each.kill()


@pytest.fixture
def server(launch: Launch) -> Server:
    """One that serves."""
    server = launch()
    server.start()
    return server


@pytest.fixture
def cycles(request: pytest.FixtureRequest) -> int:
    count: int = request.config.getoption("--cycles")
    return count


@pytest.fixture
def postgres_only(is_postgres: bool) -> None:
    if not is_postgres:
        pytest.skip("PostgreSQL only: SQLite has no such setting and no other process to lose")


@dataclass
class Crowd:
    """Approved volunteers with open sessions, and events that they can enter just now."""

    office: Office
    people: list[Someone]
    doors: list[tuple[Shift, Point]]


@asynccontextmanager
async def database(url: str) -> AsyncIterator[Office]:
    """The server's database, opened here beside it."""
    SealedTextField.use_keys(key_ring(settings_for(url)))
    async with opened(url):
        yield Office(
            clock=SystemClock(),
            wechat=FakeWeChat(),
            memory=ProcessMemory(),
            public_url="http://127.0.0.1:8530",
            secret=SECRET.encode(),
        )


@pytest.fixture
async def crowd(database_url: str) -> Crowd:
    """Twelve volunteers; every event runs since ten minutes, with seats for all of them."""
    now = datetime.now(UTC)
    async with database(database_url) as office:
        await load(read_file(HOHHOT_2019), now=now, rehearse_on=now.astimezone(LOCAL).date())
        begins, ends = now - timedelta(minutes=10), now + timedelta(hours=4)
        await Shift.all().update(starts_at=begins, ends_at=ends, seats=SEATS)
        await Event.all().update(starts_at=begins, ends_at=ends)
        points = await Point.all().order_by("id").select_related("event").prefetch_related("event__shifts")
        cast = Cast(office)
        people = [await cast.volunteer(f"志愿者{number}") for number in range(12)]
    return Crowd(office, people, [(point.event.shifts[0], point) for point in points])


@dataclass
class PrivateRedis:
    """`start` again after it was killed: at the same port, with nothing in it."""

    port: int
    folder: Path
    _popen: subprocess.Popen[bytes] | None = None

    @property
    def popen(self) -> subprocess.Popen[bytes]:
        assert self._popen is not None
        return self._popen

    def start(self) -> None:
        where = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        self._popen = subprocess.Popen(
            ["redis-server", *where, "--save", ""], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + 10
        while time.monotonic() < until and not _listens(self.port):
            time.sleep(0.02)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[PrivateRedis]:
    """A Redis of this test's own, that may be frozen and killed."""
    redis = PrivateRedis(free_port(), tmp_path)
    try:
        redis.start()
    except FileNotFoundError:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip("no redis-server on this machine")
    yield redis
    redis.popen.send_signal(signal.SIGCONT)
    redis.popen.kill()
    redis.popen.wait(10)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
async def unmigrated_url(is_postgres: bool, postgres_url: str, tmp_path: Path) -> AsyncIterator[str]:
    """A database with nothing in it."""
    if not is_postgres:
        yield f"sqlite://{tmp_path}/empty.db"
        return
    name = f"lizan_empty_{uuid4().hex[:12]}"
    await run_on(postgres_url, f'CREATE DATABASE "{name}"')
    yield postgres_url.rpartition("/")[0] + f"/{name}"
    await run_on(postgres_url, f'DROP DATABASE "{name}" WITH (FORCE)')
