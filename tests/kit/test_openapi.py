"""The document says what the doors enforce, in a form that tools accept."""

import json
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec
import pytest
from msgspec import Meta
from openapi_spec_validator import OpenAPIV31SpecValidator

import miniapp_api
from kit.door import Door
from kit.errors import Conflict, NotFound
from kit.openapi import document
from kit.pace import Pace


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Filling(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=25, pattern="^[a-z]+$")]


class Bread(msgspec.Struct, forbid_unknown_fields=True):
    id: UUID
    name: Annotated[str, Meta(max_length=60)]
    baked_at: Annotated[datetime, Meta(tz=True)]
    fillings: Annotated[list[Filling], Meta(max_length=3)]
    weight: Annotated[int, Meta(ge=1, le=5000)] = 500


class Search(msgspec.Struct, forbid_unknown_fields=True):
    colour: Colour
    limit: Annotated[int, Meta(ge=1, le=200)] | None = None


class NoSuchBread(NotFound):
    words = "没有这种面包。"


class BreadSold(Conflict):
    words = "面包已售出。"


class BreadStale(Conflict):
    words = "面包已过期。"


bakery = Door("bakery", "/bakery")


@bakery.get("/breads")
async def list_breads(asked: Search) -> list[Bread]:
    """All breads"""
    return []


@bakery.put("/breads/<bread_id:uuid>", refusals=(NoSuchBread, BreadSold, BreadStale))
async def change_bread(who: str, bread_id: UUID, what: Bread) -> Bread:
    """Change a bread

    The second line is for programmers.
    """
    return what


@bakery.delete("/breads/<bread_id:uuid>", pace=Pace(3, 60))
async def drop_bread(who: str, bread_id: UUID) -> None:
    """Take a bread away"""


@pytest.fixture
def small() -> dict[str, Any]:
    return document([bakery], title="面包店", version="1")


@pytest.fixture(scope="module")
def ours() -> dict[str, Any]:
    return json.loads(json.dumps(document([miniapp_api.door], title="礼赞", version="1")))


def references_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for each in value.values():
            yield from references_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from references_in(each)


def resolve(reference: str, whole: Any) -> Any:
    for part in reference.removeprefix("#/").split("/"):
        whole = whole[part.replace("~1", "/").replace("~0", "~")]
    return whole


class TestDocument:
    def test_is_valid_openapi_3_1(self, ours: dict[str, Any], small: dict[str, Any]) -> None:
        for each in (ours, small):
            assert each["openapi"].startswith("3.1")
            OpenAPIV31SpecValidator(each).validate()

    def test_would_be_refused_with_a_fault_in_it(self, small: dict[str, Any]) -> None:
        """The control: the validator sees a response without a description."""
        del small["paths"]["/bakery/breads"]["get"]["responses"]["200"]["description"]
        assert list(OpenAPIV31SpecValidator(small).iter_errors())

    def test_has_no_reference_that_leads_nowhere(self, ours: dict[str, Any]) -> None:
        references = set(references_in(ours))
        assert references
        assert [each for each in references if not isinstance(resolve(each, ours), dict)] == []

    def test_names_every_route_once(self, ours: dict[str, Any]) -> None:
        operations = [
            (method.upper(), path) for path, methods in ours["paths"].items() for method in methods
        ]  # a path's keys are methods only
        routes = miniapp_api.door.routes
        assert len(operations) == len(routes)
        names = [operation["operationId"] for methods in ours["paths"].values() for operation in methods.values()]
        assert len(set(names)) == len(names)

    def test_declares_every_part_of_a_path(self, ours: dict[str, Any]) -> None:
        for path, methods in ours["paths"].items():
            wanted = {part.partition("}")[0] for part in path.split("{")[1:]}
            for operation in methods.values():
                declared = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
                assert declared == wanted, path

    def test_asks_for_a_session_exactly_where_the_route_does(self, ours: dict[str, Any]) -> None:
        secured = {
            operation["operationId"]
            for methods in ours["paths"].values()
            for operation in methods.values()
            if "security" in operation
        }
        assert secured == {route.name.replace(".", "_") for route in miniapp_api.door.routes if not route.is_public}

    def test_keeps_the_constraints_of_a_body(self, small: dict[str, Any]) -> None:
        parts = small["components"]["schemas"]
        assert parts["Filling"]["properties"]["name"] == {
            "type": "string",
            "minLength": 1,
            "maxLength": 25,
            "pattern": "^[a-z]+$",
        }
        assert parts["Filling"]["additionalProperties"] is False
        bread = parts["Bread"]
        assert bread["required"] == ["id", "name", "baked_at", "fillings"]
        assert bread["properties"]["weight"] == {"type": "integer", "minimum": 1, "maximum": 5000, "default": 500}
        assert bread["properties"]["fillings"]["maxItems"] == 3
        assert bread["properties"]["id"] == {"type": "string", "format": "uuid"}
        assert bread["properties"]["baked_at"] == {"type": "string", "format": "date-time"}

    def test_keeps_the_constraints_of_a_query(self, small: dict[str, Any]) -> None:
        colour, limit = small["paths"]["/bakery/breads"]["get"]["parameters"]
        assert (colour["in"], colour["required"], limit["required"]) == ("query", True, False)
        assert sorted(colour["schema"]["enum"]) == ["blue", "red"]
        assert {"type": "integer", "minimum": 1, "maximum": 200} in limit["schema"]["anyOf"]

    def test_says_what_each_route_answers(self, small: dict[str, Any]) -> None:
        change = small["paths"]["/bakery/breads/{bread_id}"]["put"]
        bread = {"$ref": "#/components/schemas/Bread"}
        assert change["requestBody"]["content"]["application/json"]["schema"] == bread
        assert change["responses"]["200"]["content"]["application/json"]["schema"] == bread
        assert change["summary"] == "Change a bread"
        drop = small["paths"]["/bakery/breads/{bread_id}"]["delete"]
        assert "content" not in drop["responses"]["204"]

    def test_gathers_the_refusals_of_one_status(self, small: dict[str, Any]) -> None:
        answers = small["paths"]["/bakery/breads/{bread_id}"]["put"]["responses"]
        assert answers["404"]["description"] == "NoSuchBread：没有这种面包。"
        assert answers["409"]["description"] == "BreadSold：面包已售出。\nBreadStale：面包已过期。"
        assert list(answers["409"]["content"]) == ["application/problem+json"]

    def test_says_where_an_idempotency_key_is_taken(self, small: dict[str, Any], ours: dict[str, Any]) -> None:
        def takes_key(operation: dict[str, Any]) -> bool:
            return any(each["name"] == "Idempotency-Key" for each in operation["parameters"])

        bread = small["paths"]["/bakery/breads/{bread_id}"]
        assert takes_key(bread["put"])
        assert takes_key(bread["delete"])
        assert not takes_key(small["paths"]["/bakery/breads"]["get"])
        assert not takes_key(ours["paths"]["/api/v1/sessions"]["post"])
        (key,) = [each for each in bread["put"]["parameters"] if each["name"] == "Idempotency-Key"]
        assert (key["in"], key["required"], key["schema"]["maxLength"]) == ("header", False, 128)

    def test_says_where_a_pace_is_kept(self, small: dict[str, Any], ours: dict[str, Any]) -> None:
        bread = small["paths"]["/bakery/breads/{bread_id}"]
        assert "429" not in bread["put"]["responses"]
        answer = bread["delete"]["responses"]["429"]
        assert answer["description"].startswith("TooManyRequests：")
        assert list(answer["headers"]) == ["Retry-After"]
        operations = [each for methods in ours["paths"].values() for each in methods.values()]
        assert all("429" in each["responses"] for each in operations)
