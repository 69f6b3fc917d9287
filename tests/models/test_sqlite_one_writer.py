"""SQLite: writers wait for their turn, commits reach the disk, and the one connection always comes back clean."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import TransactionManagementError

from models.database import opened, sqlite_file, transaction
from tests.models.processes import answer_of, start

pytestmark = pytest.mark.usefixtures("sqlite_only")
PROCESSES, TIMES = 4, 50


@pytest.fixture
async def connection(empty_url: str) -> AsyncIterator[BaseDBAsyncClient]:
    async with opened(f"{empty_url}?busy_timeout=300") as connection:
        await connection.execute_script("CREATE TABLE counter (n int)")
        await connection.execute_query("INSERT INTO counter VALUES (0)")
        yield connection


@pytest.fixture
def stranger(empty_url: str, connection: BaseDBAsyncClient) -> Iterator[sqlite3.Connection]:
    """Another process's view of the same file."""
    with closing(sqlite3.connect(sqlite_file(empty_url), isolation_level=None, timeout=0)) as stranger:
        yield stranger


@contextmanager
def writing(stranger: sqlite3.Connection) -> Iterator[None]:
    """Meanwhile nobody else can begin."""
    stranger.execute("BEGIN IMMEDIATE")
    yield
    stranger.execute("COMMIT")


def seen_by(stranger: sqlite3.Connection) -> int:
    return int(stranger.execute("SELECT n FROM counter").fetchone()[0])


async def add_one(connection: BaseDBAsyncClient) -> None:
    async with asyncio.timeout(5):
        await connection.execute_query("UPDATE counter SET n = n + 1")


async def write_and_raise(error: type[BaseException]) -> None:
    async with transaction() as inside:
        await inside.execute_query("UPDATE counter SET n = 100")
        raise error("half-way")


def count_together(url: str, engine: str) -> tuple[int, int]:
    """How many were refused, and the count at the end."""
    with closing(sqlite3.connect(sqlite_file(url))) as connection:
        connection.executescript(
            "PRAGMA journal_mode = WAL; CREATE TABLE counter (n int); INSERT INTO counter VALUES (0)"
        )
    running = [start("count", url, engine, str(TIMES)) for _ in range(PROCESSES)]
    for each in running:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in running:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    answers = [answer_of(each) for each in running]
    assert [answer[0] for answer in answers] == [0] * PROCESSES, answers
    with closing(sqlite3.connect(sqlite_file(url))) as connection:
        return sum(int(answer[1]) for answer in answers), seen_by(connection)


class TestFourProcesses:
    def test_read_then_write_without_one_being_refused(self, empty_url: str) -> None:
        assert count_together(empty_url, "ours") == (0, PROCESSES * TIMES)

    def test_are_refused_by_the_stock_engine(self, empty_url: str) -> None:
        """The control: deferred transactions cannot become writers when another has written meanwhile."""
        refused, counted = count_together(empty_url, "stock")
        assert refused > 0
        assert refused + counted == PROCESSES * TIMES


class TestSettings:
    @pytest.mark.parametrize(("pragma", "value"), [("synchronous", 2), ("journal_mode", "wal"), ("foreign_keys", 1)])
    async def test_are_in_force(self, connection: BaseDBAsyncClient, pragma: str, value: object) -> None:
        assert await connection.execute_query_dict(f"PRAGMA {pragma}") == [{pragma: value}]

    async def test_wait_ten_seconds_for_a_turn_by_default(self, empty_url: str) -> None:
        async with opened(empty_url) as connection:
            assert await connection.execute_query_dict("PRAGMA busy_timeout") == [{"timeout": 10_000}]


class TestBegin:
    async def test_takes_the_right_to_write_at_once(
        self, connection: BaseDBAsyncClient, stranger: sqlite3.Connection
    ) -> None:
        async with transaction():
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                stranger.execute("BEGIN IMMEDIATE")

    async def test_gives_the_connection_back_when_it_fails(
        self, connection: BaseDBAsyncClient, stranger: sqlite3.Connection
    ) -> None:
        with writing(stranger), pytest.raises(TransactionManagementError):
            async with transaction():
                pytest.fail("began although somebody else writes")
        await add_one(connection)
        assert seen_by(stranger) == 1

    async def test_leaves_nothing_open_when_its_caller_goes_away(
        self, connection: BaseDBAsyncClient, stranger: sqlite3.Connection
    ) -> None:
        """BEGIN succeeds after the caller has gone; left open it would swallow what the next caller writes."""
        with writing(stranger):
            caller = asyncio.create_task(self.begin_and_end())
            await asyncio.sleep(0.1)
            caller.cancel()
            await asyncio.sleep(0.05)
        with pytest.raises(asyncio.CancelledError):
            await caller
        await add_one(connection)
        assert seen_by(stranger) == 1

    async def test_leaves_nothing_open_when_its_caller_is_cancelled_twice(
        self, connection: BaseDBAsyncClient, stranger: sqlite3.Connection
    ) -> None:
        with writing(stranger):
            caller = asyncio.create_task(self.begin_and_end())
            await asyncio.sleep(0.05)
            for _ in range(2):
                caller.cancel()
                await asyncio.sleep(0.02)
        with pytest.raises(asyncio.CancelledError):
            await caller
        await add_one(connection)
        assert seen_by(stranger) == 1

    async def begin_and_end(self) -> None:
        async with transaction():
            pass


class TestTransaction:
    async def test_is_undone_by_an_error_in_it(
        self, connection: BaseDBAsyncClient, stranger: sqlite3.Connection
    ) -> None:
        for error in (ValueError, TransactionManagementError, asyncio.CancelledError):
            with pytest.raises(error):
                await write_and_raise(error)
        await add_one(connection)
        assert seen_by(stranger) == 1

    async def test_is_undone_when_its_caller_goes_away(
        self, connection: BaseDBAsyncClient, stranger: sqlite3.Connection
    ) -> None:
        async def work() -> None:
            async with transaction() as inside:
                await inside.execute_query("UPDATE counter SET n = 100")
                await asyncio.sleep(60)

        caller = asyncio.create_task(work())
        await asyncio.sleep(0.05)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        await add_one(connection)
        assert seen_by(stranger) == 1

    async def test_is_undone_when_its_commit_fails(
        self, connection: BaseDBAsyncClient, stranger: sqlite3.Connection
    ) -> None:
        await connection.execute_script(
            "CREATE TABLE parent (id int PRIMARY KEY);"
            "CREATE TABLE child (id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED)"
        )
        with pytest.raises(sqlite3.IntegrityError):
            await self.leave_an_orphan()
        await add_one(connection)
        assert seen_by(stranger) == 1

    async def leave_an_orphan(self) -> None:
        async with transaction() as inside:
            await inside.execute_query("UPDATE counter SET n = 100")
            await inside.execute_query("INSERT INTO child VALUES (7)")

    async def test_is_seen_by_others_when_it_has_ended(
        self, connection: BaseDBAsyncClient, stranger: sqlite3.Connection
    ) -> None:
        async with transaction() as inside:
            await inside.execute_query("UPDATE counter SET n = 5")
            assert seen_by(stranger) == 0
        assert seen_by(stranger) == 5

    async def test_can_undo_a_part_of_itself(self, connection: BaseDBAsyncClient, stranger: sqlite3.Connection) -> None:
        async with transaction() as inside:
            await inside.execute_query("UPDATE counter SET n = 5")
            with pytest.raises(ValueError, match="half-way"):
                await write_and_raise(ValueError)
        assert seen_by(stranger) == 5

    async def test_lets_a_crowd_pass_one_by_one(
        self, connection: BaseDBAsyncClient, stranger: sqlite3.Connection
    ) -> None:
        async def work(place: int) -> None:
            async with transaction() as inside:
                (row,) = await inside.execute_query_dict("SELECT n FROM counter")
                await asyncio.sleep(0)
                await inside.execute_query("UPDATE counter SET n = ?", [row["n"] + 1])

        callers = [asyncio.create_task(work(place)) for place in range(60)]
        await asyncio.sleep(0)
        for caller in callers[::7]:
            caller.cancel()
        async with asyncio.timeout(20):
            answers = await asyncio.gather(*callers, return_exceptions=True)
        assert seen_by(stranger) == answers.count(None)


class TestExecuteMany:
    async def test_writes_all_or_nothing(self, connection: BaseDBAsyncClient, stranger: sqlite3.Connection) -> None:
        await connection.execute_many("INSERT INTO counter VALUES (?)", [[1], [2]])
        await connection.execute_script("CREATE UNIQUE INDEX once ON counter (n)")
        with pytest.raises(Exception, match="UNIQUE"):
            await connection.execute_many("INSERT INTO counter VALUES (?)", [[8], [9], [1]])
        assert stranger.execute("SELECT n FROM counter ORDER BY n").fetchall() == [(0,), (1,), (2,)]
