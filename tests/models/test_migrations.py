"""The migrations say what the models say."""

from pathlib import Path

from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.operations import AlterModelOptions, Operation

from models.database import config
from tests.models.planted import REAL, importable, plant


async def changes(migrations: str) -> list[Operation]:
    """What `makemigrations` would write, but for docstrings, which become the tables' descriptions."""
    apps = config("sqlite://unused.db")["apps"]
    apps["models"]["migrations"] = migrations
    assert Tortoise.apps is not None
    found = await MigrationAutodetector(Tortoise.apps, apps).changes()
    return [each for writer in found for each in writer.operations if not isinstance(each, AlterModelOptions)]


class TestMigrations:
    async def test_leave_no_change_of_a_model_unwritten(self, database: BaseDBAsyncClient) -> None:
        assert await changes("models.migrations") == []

    async def test_would_be_seen_to_lack_one(self, database: BaseDBAsyncClient, tmp_path: Path) -> None:
        """The control: with the first tables only, every constraint and every later table is a change."""
        with importable(tmp_path):
            found = await changes(plant(tmp_path, real=REAL[:1]))
        kinds = [type(each).__name__ for each in found]
        assert kinds.count("AddConstraint") >= 19
        assert "CreateModel" in kinds
