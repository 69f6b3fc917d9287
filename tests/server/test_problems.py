"""Every kind of error becomes its answer, and tells nothing that is ours alone."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest
from sanic import exceptions
from tortoise.exceptions import (
    DBConnectionError,
    DoesNotExist,
    IntegrityError,
    OperationalError,
    TransactionManagementError,
)

from kit.clock import StandingClock
from kit.errors import Conflict, Invalid, TooMany, Unauthenticated
from kit.group_commit import Stopping
from models.database import sqlite_file
from tests.conftest import settings_for
from tests.doubles import FakeWeChat
from tests.server.conftest import Planted, planted_in

CANARY = "canary 13800000000 SELECT /srv/lizan"
STANDARD = {"type", "title", "status", "detail", "code", "request_id"}
DATABASE_GONE = [
    DBConnectionError(CANARY),
    OperationalError(CANARY),
    TransactionManagementError(CANARY),
    asyncpg.ConnectionDoesNotExistError(CANARY),
    asyncpg.InterfaceError(CANARY),
    asyncpg.InternalClientError(CANARY),
    asyncpg.CannotConnectNowError(CANARY),
    asyncpg.AdminShutdownError(CANARY),
    ConnectionRefusedError(CANARY),
    ConnectionResetError(CANARY),
    TimeoutError(CANARY),
]
FAULTS_OF_OURS = [
    RuntimeError(CANARY),
    KeyError(CANARY),
    IntegrityError(CANARY),
    DoesNotExist(CANARY),
    AssertionError(CANARY),
    exceptions.ServerError(CANARY),
    RecursionError(CANARY),
]
FRAMEWORK = [
    (exceptions.BadRequest(CANARY), 400, "MalformedRequest"),
    (exceptions.NotFound(CANARY), 404, "NotFound"),
    (exceptions.RequestTimeout(CANARY), 408, "RequestTimeout"),
    (exceptions.PayloadTooLarge(CANARY), 413, "BodyTooLarge"),
    (exceptions.ServiceUnavailable(CANARY), 503, "ServiceUnavailable"),
    (exceptions.Forbidden(CANARY), 403, "MalformedRequest"),
]


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, object]:
    said: dict[str, object] = answer.json()
    assert (answer.status_code, said["status"], said["code"]) == (status, status, code)
    assert answer.headers["content-type"] == "application/problem+json; charset=utf-8"
    assert said.keys() >= STANDARD
    assert "canary" not in answer.text
    return said


def name_of(error: object) -> str:
    return type(error).__name__


class TestRefusal:
    async def test_becomes_its_status_and_its_name(self, planted: Planted) -> None:
        said = problem(await planted.ask(Conflict("名额已满")), 409, "Conflict")
        assert (said["detail"], said["type"]) == ("名额已满", "urn:lizan:problem:Conflict")

    async def test_carries_its_fields(self, planted: Planted) -> None:
        said = problem(await planted.ask(Invalid(fields={"text": "太长"})), 422, "Invalid")
        assert said["fields"] == {"text": "太长"}

    async def test_carries_facts_that_replace_nothing(self, planted: Planted) -> None:
        said = problem(await planted.ask(Conflict(place=3, status=200, code="Fine")), 409, "Conflict")
        assert said["place"] == 3

    async def test_says_when_to_come_again(self, planted: Planted) -> None:
        answer = await planted.ask(TooMany(retry_after=7))
        assert answer.headers["retry-after"] == "7"

    async def test_says_how_to_log_in(self, planted: Planted) -> None:
        answer = await planted.ask(Unauthenticated())
        assert answer.headers["www-authenticate"] == "Bearer"


class TestFaultOfOurs:
    @pytest.mark.parametrize("error", FAULTS_OF_OURS, ids=name_of)
    async def test_is_500_without_its_message(self, error: Exception, planted: Planted) -> None:
        problem(await planted.ask(error), 500, "InternalError")

    async def test_does_not_end_the_service(self, planted: Planted) -> None:
        await planted.ask(RuntimeError(CANARY))
        planted.error = None
        assert (await planted.client.get("/planted")).status_code == 204


class TestFrameworksRefusal:
    @pytest.mark.parametrize(("error", "status", "code"), FRAMEWORK)
    async def test_speaks_our_language(
        self, error: exceptions.SanicException, status: int, code: str, planted: Planted
    ) -> None:
        problem(await planted.ask(error), status, code)

    async def test_says_what_is_allowed(self, planted: Planted) -> None:
        answer = await planted.client.put("/api/v1/events", json={})
        problem(answer, 405, "MethodNotAllowed")
        assert set(answer.headers["allow"].split(", ")) == {"GET", "POST"}

    @pytest.mark.parametrize(
        ("request_text", "status"),
        [
            (b"GARBAGE\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 20_000 + b"\r\n\r\n", 413),
            (b"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n{}", 413),
            (b"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
            (b"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: -2\r\n\r\n{}", 400),
            (b"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
            (b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", 400),
            (b"BREW /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        ],
    )
    async def test_answers_what_is_no_request(self, request_text: bytes, status: int, planted: Planted) -> None:
        at = urlsplit(str(planted.client.base_url))
        reader, writer = await asyncio.open_connection(at.hostname, at.port)
        writer.write(request_text)
        head, _, rest = (await asyncio.wait_for(reader.readuntil(b"}"), 5)).partition(b"\r\n\r\n")
        writer.close()
        assert int(head.split()[1]) == status
        assert b"application/problem+json" in head
        assert b'"request_id":"' in rest


class TestDatabaseError:
    @pytest.mark.parametrize("error", DATABASE_GONE, ids=name_of)
    async def test_is_503(self, error: Exception, planted: Planted) -> None:
        answer = await planted.ask(error)
        problem(answer, 503, "DatabaseUnavailable")
        assert answer.headers["retry-after"] == "5"


class TestAbsentDatabase:
    async def test_is_503_and_comes_back(
        self, is_postgres: bool, database_url: str, clock: StandingClock, wechat: FakeWeChat
    ) -> None:
        where = absent_postgres if is_postgres else locked_sqlite
        async with where(database_url) as (url, gone), planted_in(settings_for(url), clock, wechat) as planted:
            assert (await log_in(planted, "before")).status_code == 201
            async with gone():
                problem(await log_in(planted, "meanwhile"), 503, "DatabaseUnavailable")
                assert (await planted.client.get("/healthz")).status_code == 200
            assert (await log_in(planted, "after")).status_code == 201

    async def test_makes_the_process_unready(
        self, is_postgres: bool, database_url: str, clock: StandingClock, wechat: FakeWeChat
    ) -> None:
        if not is_postgres:
            pytest.skip("a SQLite file that another process writes to can still be read")
        async with (
            absent_postgres(database_url) as (url, gone),
            planted_in(settings_for(url), clock, wechat) as planted,
        ):
            assert (await planted.client.get("/readyz")).status_code == 200
            async with gone():
                unready = await planted.client.get("/readyz")
            assert (unready.status_code, unready.json()["database"]) == (503, False)
            assert (await planted.client.get("/readyz")).status_code == 200


class TestStopping:
    async def test_is_503(self, planted: Planted) -> None:
        answer = await planted.ask(Stopping())
        problem(answer, 503, "ShuttingDown")
        assert answer.headers["retry-after"] == "5"


async def log_in(planted: Planted, name: str) -> httpx.Response:
    return await planted.client.post("/api/v1/sessions", json={"code": f"code-of-{name}"})


@asynccontextmanager
async def locked_sqlite(url: str) -> AsyncIterator[tuple[str, object]]:
    """SQLite with little patience, and another writer that does not let go."""

    @asynccontextmanager
    async def gone() -> AsyncIterator[None]:
        with contextlib.closing(sqlite3.connect(sqlite_file(url))) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield
            other.rollback()

    yield f"{url}?busy_timeout=100", gone


@asynccontextmanager
async def absent_postgres(url: str) -> AsyncIterator[tuple[str, object]]:
    """PostgreSQL behind a door of ours that can be shut: connections end, and new ones are refused."""
    at = urlsplit(url)
    open_pairs: set[asyncio.StreamWriter] = set()

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward_reader, onward = await asyncio.open_connection(at.hostname, at.port)
        open_pairs.update({writer, onward})
        await asyncio.gather(copy(reader, onward), copy(onward_reader, writer))

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while piece := await reader.read(65536):
                writer.write(piece)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(join, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    @asynccontextmanager
    async def gone() -> AsyncIterator[None]:
        nonlocal server
        server.close()
        for writer in open_pairs:
            writer.close()
        yield
        open_pairs.clear()
        server = await asyncio.start_server(join, "127.0.0.1", port)

    yield url.replace(f"{at.hostname}:{at.port}", f"127.0.0.1:{port}"), gone
    server.close()
