"""Migrating by command: to the newest, back to a named step, never back to nothing by accident."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from models import migrating
from models.database import opened, sqlite_file
from models.migrating import pending
from tests.conftest import EPOCH, copy_migrated, run_on
from tests.scripts.command import Ran, environment, for_database, run

NEWEST = sorted(path.stem for path in (Path(__file__).parent.parent.parent / "models" / "migrations").glob("0*.py"))


@pytest.fixture
async def empty_url(is_postgres: bool, postgres_url: str, tmp_path: Path) -> AsyncIterator[str]:
    """A database without a table."""
    if not is_postgres:
        yield f"sqlite://{tmp_path}/var/new.db"
        return
    name = f"lizan_test_{uuid4().hex[:12]}"
    await run_on(postgres_url, f'CREATE DATABASE "{name}"')
    yield postgres_url.rpartition("/")[0] + f"/{name}"
    await run_on(postgres_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
async def newest_url(is_postgres: bool, postgres_url: str, template_url: str, empty_url: str) -> str:
    """A database of the newest schema, without a row."""
    if is_postgres:
        name = empty_url.rpartition("/")[2]
        await run_on(postgres_url, f'DROP DATABASE "{name}"')
        await copy_migrated(postgres_url, name)
    else:
        sqlite_file(empty_url).parent.mkdir()
        shutil.copy(sqlite_file(template_url), sqlite_file(empty_url))
    return empty_url


async def migrate(url: str, tmp_path: Path, *arguments: str) -> Ran:
    return await asyncio.to_thread(run, "migrate", *arguments, env=for_database(url), cwd=tmp_path)


async def waiting(url: str) -> list[str]:
    async with opened(url):
        return await pending(url)


class TestMigrate:
    async def test_makes_every_table_and_says_so(self, empty_url: str, tmp_path: Path) -> None:
        ran = await migrate(empty_url, tmp_path)
        assert (ran.code, ran.complained) == (0, "")
        assert ran.said.splitlines() == [f"已更新：{name}" for name in NEWEST]
        assert await waiting(empty_url) == []

    async def test_of_the_newest_schema_changes_nothing(self, newest_url: str, tmp_path: Path) -> None:
        ran = await migrate(newest_url, tmp_path)
        assert (ran.code, ran.said) == (0, "数据库结构已是最新。\n")

    async def test_runs_once_when_two_begin_at_once(self, empty_url: str, tmp_path: Path) -> None:
        both = await asyncio.gather(migrate(empty_url, tmp_path), migrate(empty_url, tmp_path))
        assert [ran.code for ran in both] == [0, 0]
        assert sorted(len(ran.said.splitlines()) for ran in both) == sorted([1, len(NEWEST)])
        assert await waiting(empty_url) == []

    async def test_goes_back_to_the_step_that_is_named_and_forward_again(self, newest_url: str, tmp_path: Path) -> None:
        ran = await migrate(newest_url, tmp_path, "--down-to", NEWEST[-2])
        assert ran.code == 0
        assert f"已退回：{NEWEST[-1]}" in ran.said
        assert await waiting(newest_url) == NEWEST[-1:]
        assert f"已更新：{NEWEST[-1]}" in (await migrate(newest_url, tmp_path)).said

    @pytest.mark.parametrize(
        "arguments", [["--down"], ["--down-to", ""], ["--down-to", "9999_never"], ["--down-to", "0001"]]
    )
    async def test_never_goes_back_without_a_step_that_exists(
        self, newest_url: str, tmp_path: Path, arguments: list[str]
    ) -> None:
        ran = await migrate(newest_url, tmp_path, *arguments)
        assert (ran.code, ran.said) == (2, "")
        assert "--down-to" in ran.complained
        assert await waiting(newest_url) == []

    async def test_backs_a_sqlite_file_up_before_it_changes_it(
        self, newest_url: str, is_postgres: bool, tmp_path: Path
    ) -> None:
        if is_postgres:
            pytest.skip("PostgreSQL is backed up by its own means")
        assert "已备份" not in (await migrate(newest_url, tmp_path)).said
        ran = await migrate(newest_url, tmp_path, "--down-to", NEWEST[-2])
        (copy,) = sqlite_file(newest_url).parent.glob("*.backup.db")
        assert f"已备份：{copy}" in ran.said
        assert await waiting(f"sqlite://{copy}") == []

    def test_names_every_setting_that_is_missing(self, tmp_path: Path) -> None:
        ran = run("migrate", env=environment(), cwd=tmp_path)
        assert ran.code == 2
        assert "LIZAN_SECRET_KEY" in ran.complained


class TestOrmsOwnCommand:
    """Why there is this one: a control that shows what it guards against."""

    async def test_would_drop_every_table_on_going_back(self, is_postgres: bool, tmp_path: Path) -> None:
        """From an early step: from a later one it stops half-way, at an index that it lost itself with a rebuild."""
        if is_postgres:
            pytest.skip("its configuration names the SQLite file")
        file = tmp_path / "var" / "lizan.db"
        file.parent.mkdir()
        await migrating.migrate(f"sqlite://{file}", now=EPOCH, target=NEWEST[0])
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "tortoise", "-c", "models.database.TORTOISE_ORM", "downgrade", "models"],
            env=environment(),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        assert await waiting(f"sqlite://{file}") == NEWEST
        async with opened(f"sqlite://{file}") as connection:
            assert await connection.execute_query_dict("SELECT name FROM sqlite_master WHERE name = 'person'") == []
