"""What a step of the migrations finds of the models as they were then."""

import pytest
from tortoise import fields
from tortoise.migrations.operations import AddField, CreateModel

from models.past_models import PastState

PARENT = CreateModel("Parent", [("id", fields.IntField(primary_key=True))], {"table": "parent", "app": "models"})
CHILD = CreateModel(
    "Child",
    [("id", fields.IntField(primary_key=True)), ("parent", fields.ForeignKeyField("models.Parent"))],
    {"table": "child", "app": "models"},
)
STRANGER = CreateModel("Stranger", [("id", fields.IntField(primary_key=True))], {"table": "stranger", "app": "models"})


def after(*operations: CreateModel | AddField) -> PastState:
    state = PastState.of_nothing({"models": "default"})
    for operation in operations:
        operation.state_forward("models", state)
    return state


class TestModel:
    def test_comes_with_those_that_it_refers_to_and_no_other(self) -> None:
        state = after(CHILD, STRANGER, PARENT)
        child = state.apps.get_model("models.Child")
        assert child._meta.fields_map["parent"].related_model is state.apps.get_model("models", "Parent")
        assert "parent_id" in child._meta.fields_map
        assert set(state.apps.apps["models"]) == {"Child", "Parent"}

    def test_is_the_same_until_something_changes(self) -> None:
        state = after(PARENT)
        before = state.apps.get_model("models.Parent")
        assert state.apps.get_model("models.Parent") is before
        AddField("Parent", "name", fields.TextField()).state_forward("models", state)
        assert "name" in state.apps.get_model("models.Parent")._meta.fields_map
        assert "name" not in before._meta.fields_map

    def test_that_nobody_created_is_not_found(self) -> None:
        with pytest.raises(KeyError):
            after(PARENT).apps.get_model("models.Child")
        with pytest.raises(LookupError):
            after(PARENT).reload_model("models", "Child")

    def test_may_not_refer_to_one_that_is_never_created(self) -> None:
        after(CHILD, PARENT).validate_relations_initialized()
        with pytest.raises(RuntimeError, match="Parent"):
            after(CHILD).validate_relations_initialized()


class TestClone:
    def test_knows_nothing_of_what_comes_later(self) -> None:
        state = after(PARENT)
        before = state.clone()
        AddField("Parent", "name", fields.TextField()).state_forward("models", state)
        assert "name" not in before.apps.get_model("models.Parent")._meta.fields_map
        assert "name" in state.clone().apps.get_model("models.Parent")._meta.fields_map
