"""Databases for tests of the ground: opened without the application, and scratch ones to be broken."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import opened
from models.fields import SealedTextField
from server.opening import key_ring
from server.settings import Settings
from tests.conftest import EMPTY_ALL, run_on


@pytest.fixture
async def database(settings: Settings, database_url: str) -> AsyncIterator[BaseDBAsyncClient]:
    """This test's migrated, empty database, opened as the server opens it."""
    SealedTextField.use_keys(key_ring(settings))
    async with opened(database_url) as connection:
        yield connection


@pytest.fixture
async def empty_url(is_postgres: bool, postgres_url: str, tmp_path: Path) -> AsyncIterator[str]:
    """A database without a single table, gone after the test."""
    if not is_postgres:
        yield f"sqlite://{tmp_path / 'scratch.db'}"
        return
    name = f"lizan_scratch_{uuid4().hex[:12]}"
    await run_on(postgres_url, f'CREATE DATABASE "{name}"')
    yield postgres_url.rpartition("/")[0] + f"/{name}"
    await run_on(postgres_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
async def scratch_url(is_postgres: bool, postgres_url: str, template_url: str, empty_url: str) -> str:
    """A migrated, empty database that the test may break."""
    if is_postgres:
        name, template = (url.rpartition("/")[2] for url in (empty_url, template_url))
        await run_on(postgres_url, f'DROP DATABASE "{name}"')
        await run_on(postgres_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        # The last test left its rows in the template.
        await run_on(empty_url, EMPTY_ALL)
    else:
        shutil.copy(template_url.removeprefix("sqlite://"), empty_url.removeprefix("sqlite://"))
    return empty_url


@pytest.fixture
def sqlite_only(is_postgres: bool) -> None:
    if is_postgres:
        pytest.skip("about SQLite: runs without --database postgres")


@pytest.fixture
def postgres_only(is_postgres: bool) -> None:
    if not is_postgres:
        pytest.skip("about PostgreSQL: runs with --database postgres")
