"""One step of the migrations, by the ORM's executor, taught to remember what it knows from the step before."""

import re
from dataclasses import dataclass, field
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.migrations.executor import MigrationExecutor, PlanStep
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_editor import BaseSchemaEditor, SqliteSchemaEditor
from tortoise.migrations.schema_generator.state import State

from models.past_models import PastState

DROPPED_INDEX = re.compile(r'(?i)\bDROP\s+INDEX\s+(?:IF\s+EXISTS\s+)?"?(\w+)')


class SilentRecorder(MigrationRecorder):
    """Notes migrations in a table that is there already: making it again would commit the transaction on SQLite."""

    async def ensure_schema(self, schema_editor: Any) -> None:
        return None


@dataclass
class Known:
    """The models as they are, and as they were before each migration: the next step need not replay all before it."""

    applied: set[Any] = field(default_factory=set)
    state: PastState | None = None
    before: dict[Any, Any] = field(default_factory=dict)


class SqliteEditor(SqliteSchemaEditor):
    """Remembers which indexes a migration drops on purpose; those that go with a rebuilt table are not among them."""

    def __init__(self, *arguments: Any, dropped: set[str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._dropped = dropped

    async def _run_sql(self, sql: str) -> None:
        self._dropped.update(DROPPED_INDEX.findall(sql))
        await super()._run_sql(sql)


class Executor(MigrationExecutor):
    """The ORM's own replays every earlier migration before each step, and makes all models at each operation."""

    def __init__(self, connection: BaseDBAsyncClient, apps: dict[str, Any], known: Known) -> None:
        super().__init__(connection, apps)
        self._known = known
        self.dropped: set[str] = set()

    def _schema_editor(self, atomic: bool = True, collect_sql: bool = False) -> BaseSchemaEditor:
        if self.connection.capabilities.dialect != "sqlite":
            return super()._schema_editor(atomic, collect_sql)
        return SqliteEditor(self.connection, atomic=atomic, collect_sql=collect_sql, dropped=self.dropped)

    async def _project_state(self, applied: set[Any], *, upto: Any = None) -> State:
        if upto is not None:
            return (await self._project_state_cache(applied))[upto]
        if self._known.state is None or self._known.applied != applied:
            self._known.state, _ = await self._replay(applied)
        return self._known.state

    async def _project_state_cache(self, applied: set[Any]) -> dict[Any, State]:
        if not applied <= self._known.before.keys():
            _, self._known.before = await self._replay(applied)
        return self._known.before

    async def _replay(self, applied: set[Any]) -> tuple[PastState, dict[Any, State]]:
        """The models as these migrations leave them, and as they were before each."""
        state, before = PastState.of_nothing({"models": "default"}), dict[Any, State]()
        for key in self._full_plan():
            migration = self.loader.graph.nodes[key]
            if key in applied and migration is not None:
                before[key] = state.clone()
                await migration.apply(state, dry_run=True)
        return state, before

    async def remember(self, step: PlanStep) -> None:
        """Going back leaves the state as it was before the step, which is no use to the next one."""
        self._known.applied = set(await self.recorder.applied_migrations())
        self._known.state = None if step.backward else self._known.state
