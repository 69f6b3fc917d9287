"""Migrating loses nothing, runs once, and can be begun again wherever it broke off."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import BaseORMException
from tortoise.migrations.executor import MigrationExecutor

from models.database import config, opened
from models.migrating import MigrationLostSomething, TargetNeeded, downgrade, migrate, pending
from tests.models.planted import NEXT, REAL, importable, plant
from tests.models.processes import answer_of, start
from tests.models.schema import read_schema, what_is_missing

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
# A parent that is rebuilt, with children that must not go with it.
ROWS = (
    """INSERT INTO unit (id, code, name, kind, level, division_code, path) VALUES
    ('01900000-0000-7000-8000-000000000001', '150100', '市科协', 'assoc', 1, '150100', '150100/')""",
    """INSERT INTO unit (id, code, name, kind, level, division_code, path, parent_id) VALUES
    ('01900000-0000-7000-8000-000000000002', '150105', '赛罕区科协', 'assoc', 2, '150105', '150100/150105/',
     '01900000-0000-7000-8000-000000000001')""",
    """INSERT INTO person (id, openid, openid_index, joined_at) VALUES
    ('01900000-0000-7000-8000-000000000003', 'sealed', 'index', '2019-05-30 00:00:00+00:00')""",
    """INSERT INTO session (id, person_id, token_hash, opened_at, expires_at) VALUES
    ('01900000-0000-7000-8000-000000000004', '01900000-0000-7000-8000-000000000003', 'hash',
     '2019-05-30 00:00:00+00:00', '2019-06-30 00:00:00+00:00')""",
    """INSERT INTO role (id, person_id, name, unit_id, given_at) VALUES
    ('01900000-0000-7000-8000-000000000005', '01900000-0000-7000-8000-000000000003', 'unit_organizer',
     '01900000-0000-7000-8000-000000000001', '2019-05-30 00:00:00+00:00')""",
)
COUNTS = {"unit": 2, "person": 1, "session": 1, "role": 1}
WIDER = """ops.AlterField(
            model_name="Unit", name="name", field=fields.CharField(max_length=90)
        ),
        ops.AlterField(
            model_name="Person", name="openid_index", field=fields.CharField(max_length=64, unique=True)
        )"""

LOSSES = {
    "rows": 'ops.RunSQL("DELETE FROM session", "SELECT 1")',
    "a table with rows": 'ops.RunSQL("DROP TABLE session", "SELECT 1")',
}


async def fill(url: str) -> None:
    async with opened(url) as connection:
        for statement in ROWS:
            await connection.execute_script(statement)


async def count(connection: BaseDBAsyncClient) -> dict[str, int]:
    counted = {}
    for table in COUNTS:
        rows = await connection.execute_query_dict(f"SELECT count(*) AS n FROM {table}")  # noqa: S608 - our names
        counted[table] = rows[0]["n"]
    return counted


async def look(url: str) -> tuple[dict[str, int], list[str], Any]:
    """Rows, what is missing of the schema, and the schema."""
    async with opened(url) as connection:
        schema = await read_schema(connection)
        return await count(connection), what_is_missing(schema), schema


def backups_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.backup.db"))


class TestMigrate:
    async def test_makes_the_whole_schema_once(self, empty_url: str) -> None:
        assert (await migrate(empty_url, now=NOW)).applied == REAL
        assert (await migrate(empty_url, now=NOW)).applied == []
        assert (await look(empty_url))[1] == []

    async def test_succeeds_in_two_processes_at_once(self, empty_url: str) -> None:
        answers = [answer_of(each) for each in [start("migrate", empty_url) for _ in range(2)]]
        assert [answer[0] for answer in answers] == [0, 0], answers
        assert sorted(int(answer[1]) for answer in answers) == [0, len(REAL)]
        assert (await look(empty_url))[1] == []

    async def test_stops_at_its_target(self, empty_url: str) -> None:
        assert (await migrate(empty_url, now=NOW, target=REAL[1])).applied == REAL[:2]

    async def test_keeps_the_children_of_a_table_that_is_rebuilt(self, scratch_url: str, tmp_path: Path) -> None:
        await fill(scratch_url)
        with importable(tmp_path):
            report = await migrate(scratch_url, now=NOW, migrations=plant(tmp_path, WIDER))
        assert report.applied == [NEXT]
        rows, missing, _ = await look(scratch_url)
        assert (rows, missing) == (COUNTS, [])

    async def test_does_more_than_the_orm_alone(self, sqlite_only: None, scratch_url: str, tmp_path: Path) -> None:
        """The control: the ORM's own runner really rebuilds the table, and its index is gone."""
        apps = config(scratch_url)["apps"]
        with importable(tmp_path):
            apps["models"]["migrations"] = plant(tmp_path, WIDER)
            async with opened(scratch_url, foreign_keys=False) as connection:
                await MigrationExecutor(connection, apps).migrate()
        # Other tables that a later step rebuilds lose theirs too.
        assert {"unit: parent_id has no index", "unit: no index on parent_id"} <= set((await look(scratch_url))[1])

    async def test_leaves_dropped_what_it_meant_to_drop(self, scratch_url: str, tmp_path: Path) -> None:
        drop = 'ops.RunSQL("DROP INDEX uq_ticket_live", "SELECT 1")'
        with importable(tmp_path):
            await migrate(scratch_url, now=NOW, migrations=plant(tmp_path, drop))
        assert (await look(scratch_url))[1] == ["ticket: no partial unique uq_ticket_live"]

    @pytest.mark.parametrize(
        ("drop", "attributes"),
        [
            ('ops.RunSQL("DROP INDEX by_name", "SELECT 1")', ""),
            ("ops.RunPython(drop)", 'removes_parts = ("by_name",)'),
        ],
    )
    async def test_leaves_dropped_what_it_drops_beside_a_rebuild(
        self, sqlite_only: None, scratch_url: str, tmp_path: Path, drop: str, attributes: str
    ) -> None:
        function = "async def drop(apps, editor):\n    await editor.client.execute_query('DROP INDEX by_name')\n"
        async with opened(scratch_url) as connection:
            await connection.execute_query("CREATE INDEX by_name ON unit (name)")
        with importable(tmp_path):
            package = plant(tmp_path, f"{drop}, {WIDER}", before=function, attributes=attributes)
            await migrate(scratch_url, now=NOW, migrations=package)
        _, missing, schema = await look(scratch_url)
        assert missing == []
        assert "by_name" not in {each.name for each in schema["unit"].indexes}

    async def test_of_a_rebuild_keeps_what_only_a_function_dropped(
        self, sqlite_only: None, scratch_url: str, tmp_path: Path
    ) -> None:
        """Of that nobody knows whether it was meant."""
        function = "async def drop(apps, editor):\n    await editor.client.execute_query('DROP INDEX by_name')\n"
        async with opened(scratch_url) as connection:
            await connection.execute_query("CREATE INDEX by_name ON unit (name)")
        with importable(tmp_path):
            await migrate(
                scratch_url, now=NOW, migrations=plant(tmp_path, f"ops.RunPython(drop), {WIDER}", before=function)
            )
        assert "by_name" in {each.name for each in (await look(scratch_url))[2]["unit"].indexes}


class TestLoss:
    @pytest.mark.parametrize("loss", LOSSES)
    async def test_is_refused_and_leaves_all_as_before(self, scratch_url: str, tmp_path: Path, loss: str) -> None:
        await fill(scratch_url)
        async with opened(scratch_url) as connection:
            await connection.execute_script("DROP TABLE login")
        before = await look(scratch_url)
        with importable(tmp_path), pytest.raises(MigrationLostSomething, match="session"):
            await migrate(scratch_url, now=NOW, migrations=plant(tmp_path, LOSSES[loss]))
        assert await look(scratch_url) == before

    async def test_is_allowed_where_the_migration_means_it(self, scratch_url: str, tmp_path: Path) -> None:
        await fill(scratch_url)
        package = plant(tmp_path, LOSSES["rows"], attributes='removes_rows_of = ("session",)')
        with importable(tmp_path):
            await migrate(scratch_url, now=NOW, migrations=package)
        assert (await look(scratch_url))[0] == {**COUNTS, "session": 0}

    async def test_of_a_reference_is_refused(self, sqlite_only: None, scratch_url: str, tmp_path: Path) -> None:
        await fill(scratch_url)
        before = await look(scratch_url)
        orphan = 'ops.RunSQL("UPDATE session SET person_id = 0", "SELECT 1")'
        with importable(tmp_path), pytest.raises(MigrationLostSomething, match="references"):
            await migrate(scratch_url, now=NOW, migrations=plant(tmp_path, orphan))
        assert await look(scratch_url) == before

    async def test_of_an_index_that_cannot_be_brought_back_is_refused(
        self, sqlite_only: None, scratch_url: str, tmp_path: Path
    ) -> None:
        before = await look(scratch_url)
        drop = 'ops.RemoveField(model_name="Session", name="expires_at")'
        with importable(tmp_path), pytest.raises(MigrationLostSomething, match="cannot be brought back"):
            await migrate(scratch_url, now=NOW, migrations=plant(tmp_path, drop))
        assert await look(scratch_url) == before


class TestBrokenOff:
    """Stopped after the tables were changed and before that was noted."""

    TABLE = 'ops.RunSQL("CREATE TABLE planted (id int)", "DROP TABLE planted"), ops.RunPython(stop, stop)'
    RAISE = "async def stop(apps, editor):\n    if {when}:\n        raise RuntimeError('the disk is full')\n"
    DIE = "async def stop(apps, editor):\n    if {when}:\n        os.kill(os.getpid(), signal.SIGKILL)\n"

    async def test_by_an_error_leaves_nothing_behind_and_can_be_begun_again(
        self, scratch_url: str, tmp_path: Path
    ) -> None:
        await fill(scratch_url)
        before = await look(scratch_url)
        mended = tmp_path / "mended"
        when = f"not os.path.exists({str(mended)!r})"
        with importable(tmp_path):
            package = plant(tmp_path, self.TABLE, before=self.RAISE.format(when=when))
            with pytest.raises(RuntimeError, match="the disk is full"):
                await migrate(scratch_url, now=NOW, migrations=package)
            assert await look(scratch_url) == before
            mended.touch()
            assert (await migrate(scratch_url, now=NOW, migrations=package)).applied == [NEXT]
        assert "planted" in (await look(scratch_url))[2]

    async def test_by_a_kill_leaves_nothing_behind_and_can_be_begun_again(
        self, scratch_url: str, tmp_path: Path
    ) -> None:
        await fill(scratch_url)
        before = await look(scratch_url)
        mended = tmp_path / "mended"
        when = f"not os.path.exists({str(mended)!r})"
        package = plant(tmp_path, self.TABLE, before=self.DIE.format(when=when))
        assert answer_of(start("migrate", scratch_url, package, str(tmp_path)))[0] == -9
        assert await look(scratch_url) == before
        mended.touch()
        assert answer_of(start("migrate", scratch_url, package, str(tmp_path)))[:2] == (0, "1")
        rows, missing, schema = await look(scratch_url)
        assert (rows, missing, "planted" in schema) == (COUNTS, [], True)


class TestBackup:
    async def test_is_not_made_of_nothing(self, sqlite_only: None, empty_url: str, tmp_path: Path) -> None:
        assert (await migrate(empty_url, now=NOW)).backup is None
        assert backups_in(tmp_path) == []

    async def test_is_not_made_when_nothing_is_to_be_done(
        self, sqlite_only: None, scratch_url: str, tmp_path: Path
    ) -> None:
        await fill(scratch_url)
        assert (await migrate(scratch_url, now=NOW)).backup is None
        assert backups_in(tmp_path) == []

    async def test_holds_what_was_there_before(self, sqlite_only: None, scratch_url: str, tmp_path: Path) -> None:
        await fill(scratch_url)
        before = await look(scratch_url)
        with importable(tmp_path):
            lossy = plant(tmp_path, LOSSES["rows"], attributes='removes_rows_of = ("session",)')
            report = await migrate(scratch_url, now=NOW, migrations=lossy)
        assert report.backup is not None
        assert backups_in(tmp_path) == [report.backup]
        assert await look(f"sqlite://{report.backup}") == before


class TestDowngrade:
    @pytest.mark.parametrize("target", [None, ""])
    async def test_is_refused_without_a_target(self, scratch_url: str, target: str | None) -> None:
        await fill(scratch_url)
        with pytest.raises(TargetNeeded):
            await downgrade(scratch_url, now=NOW, target=target)
        assert (await look(scratch_url))[:2] == (COUNTS, [])

    @pytest.mark.parametrize("target", [REAL[0], REAL[-2]])
    async def test_goes_back_to_its_target_and_up_again(self, scratch_url: str, target: str) -> None:
        await fill(scratch_url)
        whole = await look(scratch_url)
        report = await downgrade(scratch_url, now=NOW, target=target)
        assert report.undone == [name for name in reversed(REAL) if name > target]
        rows, missing, _ = await look(scratch_url)
        assert rows == COUNTS
        assert missing != []
        await migrate(scratch_url, now=NOW)
        assert (await look(scratch_url))[:2] == whole[:2]

    async def test_of_a_rebuilt_table_keeps_its_children_and_indexes(self, scratch_url: str, tmp_path: Path) -> None:
        await fill(scratch_url)
        package = plant(tmp_path, WIDER)
        with importable(tmp_path):
            await migrate(scratch_url, now=NOW, migrations=package)
            await downgrade(scratch_url, now=NOW, target=REAL[-1], migrations=package)
        assert (await look(scratch_url))[:2] == (COUNTS, [])


class TestPending:
    async def test_names_all_that_an_empty_database_lacks(self, empty_url: str) -> None:
        async with opened(empty_url):
            assert await pending(empty_url) == REAL

    async def test_names_the_rest_of_a_database_that_is_behind(self, empty_url: str) -> None:
        await migrate(empty_url, now=NOW, target=REAL[1])
        async with opened(empty_url):
            assert await pending(empty_url) == REAL[2:]

    async def test_names_nothing_when_all_is_done(self, scratch_url: str) -> None:
        async with opened(scratch_url):
            assert await pending(scratch_url) == []

    async def test_changes_nothing(self, empty_url: str) -> None:
        async with opened(empty_url) as connection:
            await pending(empty_url)
            assert await read_schema(connection) == {}
            with pytest.raises(BaseORMException):
                await connection.execute_query("SELECT 1 FROM tortoise_migrations")
