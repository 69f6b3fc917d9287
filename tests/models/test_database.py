"""A database that may lose what it has acknowledged is not served."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import DURABILITY, UnsafeDatabase, answers, opened, require_durable_commits, sqlite_file
from tests.conftest import run_on

OWNER = "postgres"


def find_program(name: str) -> str | None:
    """PostgreSQL's own programs stand beside the path on Debian."""
    beside = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return shutil.which(name) or (str(beside[0]) if beside else None)


def as_owner(*command: str) -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["runuser", "-u", OWNER, "--", *command] if os.geteuid() == 0 else list(command)


@pytest.fixture(scope="module")
def cluster(is_postgres: bool) -> Iterator[str]:
    """A throw-away PostgreSQL whose settings the test may ruin; its URL."""
    if not is_postgres:
        pytest.skip("about PostgreSQL: runs with --database postgres")
    initdb, pg_ctl = find_program("initdb"), find_program("pg_ctl")
    if initdb is None or pg_ctl is None:
        pytest.skip("no initdb and pg_ctl on this machine: fsync cannot be turned off on a server of others")
    with tempfile.TemporaryDirectory(prefix="lizan-pg-") as folder:
        Path(folder).chmod(0o777)
        data = f"{folder}/data"
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, "check": True}
        subprocess.run(as_owner(initdb, "-D", data, "-A", "trust", "-U", OWNER, "--no-sync"), **quiet)  # type: ignore[call-overload]
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c shared_buffers=8MB"
        subprocess.run(as_owner(pg_ctl, "-D", data, "-w", "-o", options, "start"), **quiet)  # type: ignore[call-overload]
        yield f"postgres://{OWNER}@127.0.0.1:{port}/postgres"
        subprocess.run(as_owner(pg_ctl, "-D", data, "-m", "immediate", "stop"), **quiet)  # type: ignore[call-overload]


class TestRequireDurableCommits:
    async def test_is_content_with_the_database_of_these_tests(self, database: BaseDBAsyncClient) -> None:
        await require_durable_commits()

    async def test_refuses_a_database_that_acknowledges_too_early(self, postgres_only: None, empty_url: str) -> None:
        name = empty_url.rpartition("/")[2]
        await run_on(empty_url, f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        async with opened(empty_url):
            with pytest.raises(UnsafeDatabase, match="synchronous_commit"):
                await require_durable_commits()

    async def test_bears_with_a_standby_that_is_not_waited_for(self, postgres_only: None, empty_url: str) -> None:
        name = empty_url.rpartition("/")[2]
        await run_on(empty_url, f'ALTER DATABASE "{name}" SET synchronous_commit = local')
        async with opened(empty_url):
            await require_durable_commits()

    @pytest.mark.parametrize("setting", DURABILITY)
    async def test_refuses_each_setting_that_is_off(self, cluster: str, setting: str) -> None:
        await run_on(cluster, f"ALTER SYSTEM SET {setting} = off")
        await run_on(cluster, "SELECT pg_reload_conf()")
        async with opened(cluster):
            with pytest.raises(UnsafeDatabase, match=setting) as refused:
                await require_durable_commits()
        assert [name for name in DURABILITY if name in str(refused.value)] == [setting]
        await run_on(cluster, f"ALTER SYSTEM RESET {setting}")
        await run_on(cluster, "SELECT pg_reload_conf()")

    async def test_is_content_when_all_is_on_again(self, cluster: str) -> None:
        async with opened(cluster):
            await require_durable_commits()


class TestAnswers:
    async def test_says_yes_when_the_database_answers(self, database: BaseDBAsyncClient) -> None:
        assert await answers()

    async def test_says_no_when_it_is_gone(self, postgres_only: None, empty_url: str, postgres_url: str) -> None:
        async with opened(empty_url):
            assert await answers()
            name = empty_url.rpartition("/")[2]
            await run_on(postgres_url, f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
            kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname"
            await run_on(postgres_url, f"{kill} = '{name}'")
            assert not await answers()


class TestSqliteFile:
    @pytest.mark.parametrize(
        ("url", "file"),
        [
            ("sqlite://var/lizan.db", "var/lizan.db"),
            ("sqlite:///srv/lizan.db", "/srv/lizan.db"),
            ("sqlite:///srv/lizan.db?busy_timeout=5", "/srv/lizan.db"),
        ],
    )
    def test_is_what_the_url_names(self, url: str, file: str) -> None:
        assert sqlite_file(url) == Path(file)
