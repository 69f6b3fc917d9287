"""The models as they were at a step of the migrations, each made only when the step asks for it.

The ORM makes every model anew before and after every operation of every migration: with fifty tables and two hundred
operations that alone is a quarter of a minute. An operation looks at one table and at those that it refers to.
"""

from collections.abc import Iterable
from typing import Self

from tortoise.fields.relational import ForeignKeyFieldInstance, ManyToManyFieldInstance
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.models import Model

Key = tuple[str, str]
REFERENCES = (ForeignKeyFieldInstance, ManyToManyFieldInstance)


class PastApps(StateApps):
    """Makes a model, and those that it refers to, when it is first asked for.

    So a function of a migration finds a relation backwards only once it has asked for the model at its other end.
    """

    described: dict[Key, ModelState]

    def get_model(self, app_label: str, model_name: str | None = None) -> type[Model]:
        label, name = self.split_reference(app_label) if model_name is None else (app_label, model_name)
        missing = [key for key in self._with_targets((label, name)) if key[1] not in self.apps.get(key[0], {})]
        for key in missing:
            self.register_model(key[0], self.described[key].render(self))
        if missing:
            self._init_relations()
            self._build_initial_querysets()
        return self.apps[label][name]

    def _with_targets(self, key: Key) -> list[Key]:
        found, ahead = set(), {key}
        while ahead:
            found |= ahead
            ahead = {target for each in ahead & self.described.keys() for target in targets_of(self.described[each])}
            ahead -= found
        # A model may be described before one that it refers to; the step that makes the other one follows.
        return [each for each in self.described if each in found]


def targets_of(described: ModelState) -> set[Key]:
    relations = [each for each in described.fields.values() if isinstance(each, REFERENCES)]
    return {(label, name) for label, name in (str(each.model_name).split(".") for each in relations)}


class PastState(State):
    """The descriptions at a step; what was made of the earlier ones is dropped with every change."""

    apps: PastApps

    @classmethod
    def of_nothing(cls, default_connections: dict[str, str]) -> Self:
        state = cls(models={}, apps=PastApps(default_connections=default_connections))
        state.apps.described = state.models
        return state

    def reload_model(self, app_label: str, model_name: str) -> None:
        if (app_label, model_name) not in self.models:
            raise LookupError(f"{app_label}.{model_name} is unknown")
        self.apps = self._with_nothing_made()

    def reload_models(self, model_tuples: Iterable[Key]) -> None:
        self.apps = self._with_nothing_made()

    def validate_relations_initialized(self) -> None:
        """Raises RuntimeError: at the end of a migration nothing may refer to a model that was never created."""
        for key, described in self.models.items():
            if strange := targets_of(described) - self.models.keys():
                raise RuntimeError(f"{key} refers to {sorted(strange)}")

    def clone(self) -> Self:
        state = type(self)(models={key: described.clone() for key, described in self.models.items()}, apps=self.apps)
        state.apps = state._with_nothing_made()
        return state

    def _with_nothing_made(self) -> PastApps:
        apps = PastApps(default_connections=self.apps._default_connections, connections=self.apps._connections)
        apps.described = self.models
        return apps
