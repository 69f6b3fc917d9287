"""What every test can ask for: a fresh database, an office, a cast, a served application.

`--database sqlite` (the default) or `--database postgres`: one kind per pytest process, because the ORM caches SQL per
process. PostgreSQL is found by LIZAN_TEST_POSTGRES_URL; each xdist worker makes a database of its own beside it.
"""

import asyncio
import atexit
import io
import logging
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pytest
import structlog
from filelock import FileLock
from sanic import Sanic

import models
from capabilities.campaign_file import load, read_file
from capabilities.office import Office
from kit.clock import StandingClock
from kit.logs import configure
from models.campaign import Campaign
from models.event import Event
from models.migrating import migrate, plain_url
from scripts.load_campaign import HOHHOT_2019
from server import opening
from server.assembly import create_app
from server.opening import open_office
from server.settings import Settings, load_settings
from tests.applications import forget
from tests.cast import Cast, Someone
from tests.clients import client_of
from tests.doubles import FakeWeChat

DEFAULT_POSTGRES = "postgres://root@127.0.0.1:5432/test"
# 08:50 on the day itself in Asia/Shanghai: the doors of the nine-o'clock events are open.
MORNING = datetime(2019, 5, 30, 0, 50, tzinfo=UTC)
EPOCH = datetime(2019, 5, 1, tzinfo=UTC)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=("sqlite", "postgres"), default="sqlite", help="which database to test on")
    parser.addoption("--cycles", type=int, default=20, help="how often a server is killed while a hall signs in")


def pytest_report_header(config: pytest.Config) -> str:
    return f"database: {config.getoption('--database')}"


@pytest.fixture(scope="session")
def is_postgres(request: pytest.FixtureRequest) -> bool:
    return request.config.getoption("--database") == "postgres"


@pytest.fixture(scope="session", autouse=True)
def unhurried() -> Iterator[None]:
    """A machine that stands still for three seconds fails no test that is not about it; servers apart keep theirs."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(opening, "PATIENCE_SECONDS", 30.0)
        yield


@pytest.fixture(scope="session")
def postgres_url() -> str:
    return os.environ.get("LIZAN_TEST_POSTGRES_URL", DEFAULT_POSTGRES)


@pytest.fixture(scope="session")
def template_url(is_postgres: bool, postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated, empty database of this process, copied from one that is made once per state of the migrations."""
    if not is_postgres:
        file = tmp_path_factory.mktemp("template") / "template.db"
        shutil.copy(migrated_file(), file)
        yield f"sqlite://{file}"
        return
    name = f"lizan_test_{uuid4().hex[:12]}"
    asyncio.run(copy_migrated(postgres_url, name))
    yield postgres_url.rpartition("/")[0] + f"/{name}"
    asyncio.run(run_on(postgres_url, f'DROP DATABASE "{name}" WITH (FORCE)'))


async def run_on(url: str, statement: str) -> None:
    connection = await asyncpg.connect(plain_url(url))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


# A TRUNCATE of every table makes a new file for each, empty or not; a test leaves a few rows in a few of them.
# As a replica no trigger fires: the logs would refuse, and the order of references would matter.
EMPTY_ALL = """
DO $$ DECLARE name text; is_used boolean; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations' LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', name) INTO is_used;
    IF is_used THEN EXECUTE format('DELETE FROM %I', name); END IF;
  END LOOP;
END $$
"""


# Some twenty steps take seconds, and every worker of every run would take them anew.
MADE = Path(tempfile.gettempdir()) / f"lizan-migrated-{os.getuid()}"


def state_of_migrations() -> str:
    """Changes with every migration, with what runs them, and with the models that they import."""
    folder = Path(models.__file__).parent
    files = sorted([*folder.glob("*.py"), *folder.glob("migrations/*.py")])
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def migrated_file() -> Path:
    MADE.mkdir(mode=0o700, exist_ok=True)
    file = MADE / f"{state_of_migrations()}.db"
    with FileLock(f"{file}.lock"):
        if not file.exists():
            begun = file.with_suffix(".begun")
            begun.unlink(missing_ok=True)
            asyncio.run(migrate(f"sqlite://{begun}", now=EPOCH))
            begun.rename(file)
    return file


async def copy_migrated(postgres_url: str, name: str) -> None:
    template = f"lizan_migrated_{state_of_migrations()}"
    MADE.mkdir(mode=0o700, exist_ok=True)
    with FileLock(MADE / f"{template}.lock"):
        if template not in await databases(postgres_url):
            begun = f"{template}_begun"
            await run_on(postgres_url, f'DROP DATABASE IF EXISTS "{begun}" WITH (FORCE)')
            await run_on(postgres_url, f'CREATE DATABASE "{begun}"')
            await migrate(postgres_url.rpartition("/")[0] + f"/{begun}", now=EPOCH)
            await run_on(postgres_url, f'ALTER DATABASE "{begun}" RENAME TO "{template}"')
        await run_on(postgres_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


async def databases(url: str) -> set[str]:
    connection = await asyncpg.connect(plain_url(url))
    try:
        return {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
    finally:
        await connection.close()


@pytest.fixture
async def database_url(template_url: str, is_postgres: bool, tmp_path: Path) -> str:
    """An empty database of this test's own."""
    if is_postgres:
        await run_on(template_url, EMPTY_ALL)
        return template_url
    file = tmp_path / "lizan.db"
    shutil.copy(template_url.removeprefix("sqlite://"), file)
    return f"sqlite://{file}"


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock(MORNING)


@pytest.fixture
def wechat() -> FakeWeChat:
    return FakeWeChat()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_for(database_url, **places_in(tmp_path))


def places_in(folder: Path) -> dict[str, str]:
    """Where what is uploaded lies, and where it lies on its way."""
    return {"media_url": f"file://{folder}/media", "upload_folder": f"{folder}/incoming"}


@cache
def _spare_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="lizan-uploads-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def settings_for(database_url: str, **more: object) -> Settings:
    """Jobs are run by the tests that are about them, at the moment that they choose."""
    return load_settings(
        _env_file=None,
        database_url=database_url,
        secret_key="s" * 40,
        data_key="d" * 40,
        index_key="i" * 40,
        wechat_app_id="wx-test",
        wechat_app_secret="app-secret",
        **{"demo": True, "run_jobs": False, **places_in(_spare_folder())} | more,
    )


@pytest.fixture
async def app(settings: Settings, clock: StandingClock, wechat: FakeWeChat) -> AsyncIterator[Sanic]:
    """The application, serving on a free port of 127.0.0.1 in the test's own event loop."""
    app = create_app(settings, name=f"lizan_{uuid4().hex}", clock=clock, wechat=wechat)
    # Sanic's touch-up rewrites its own classes and breaks at the second server of a process.
    app.config.TOUCHUP = False
    listener = socket.create_server(("127.0.0.1", 0))
    server = await app.create_server(sock=listener, return_asyncio_server=True)
    assert server is not None
    await server.startup()
    await server.before_start()
    await server.after_start()
    app.ctx.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    yield app
    await server.before_stop()
    for connection in list(server.connections):
        connection.abort()
    await server.close()
    await server.after_stop()
    forget(app)


@pytest.fixture
async def office_alone(settings: Settings, clock: StandingClock, wechat: FakeWeChat) -> AsyncIterator[Office]:
    """An office that nobody serves: the routes of an application take longer than most rules."""
    async with open_office(settings, clock, wechat) as office:
        yield office


@pytest.fixture
def office(request: pytest.FixtureRequest) -> Office:
    """The application's, where the test asks for one."""
    if "app" in request.fixturenames:
        return request.getfixturevalue("app").ctx.office
    return request.getfixturevalue("office_alone")


@pytest.fixture
def base_url(app: Sanic) -> str:
    return app.ctx.base_url + "/api/v1"


@pytest.fixture
async def anyone(base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a session."""
    async with client_of(base_url) as client:
        yield client


@pytest.fixture
async def campaign(office: Office) -> Campaign:
    """The campaign of 2019 with its units and its twelve published events, on its own dates."""
    return await load(read_file(HOHHOT_2019), now=office.now(), rehearse_on=date(2019, 5, 30))


@pytest.fixture
async def cast(office: Office, campaign: Campaign) -> Cast:
    return Cast(office)


@pytest.fixture
async def sender(cast: Cast) -> Someone:
    """Somebody who may send what they like, and has sent nothing yet."""
    return await cast.scientist()


@pytest.fixture
async def event(campaign: Campaign) -> Event:
    """A published event of a society that begins at nine: 16 seats for experts, 14 for guides."""
    return await Event.get(title="专家义诊进社区").prefetch_related("shifts", "points", "unit")


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """The log of this test; every logger is as before when the test is over."""
    root = logging.getLogger()
    level, before = root.level, structlog.get_config()
    stream = io.StringIO()
    configure(level="DEBUG", stream=stream)
    (ours,) = root.handlers
    yield stream
    # Beside it stand the test runner's own by now, one for each phase of a test.
    root.removeHandler(ours)
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.configure(**before)
