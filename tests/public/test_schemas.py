"""Schemas in words, and as a body to start from."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from public.schemas import Field, Schemas


class Door(StrEnum):
    EAST = "east"
    WEST = "west"


class Seat(msgspec.Struct):
    row: Annotated[int, Meta(ge=1, le=50)]
    is_taken: bool = False


class Hall(msgspec.Struct):
    name: Annotated[str, Meta(min_length=1, max_length=30)]
    opens_at: Annotated[datetime, Meta(tz=True)]
    seats: list[Seat]
    door: Door = Door.EAST
    note: Annotated[str, Meta(max_length=9)] | None = None
    tags: Annotated[list[Annotated[str, Meta(max_length=5)]], Meta(max_length=3)] = []
    keeper: UUID | UnsetType | None = UNSET


class Branch(msgspec.Struct):
    name: str
    below: list["Branch"] = []


class Measure(msgspec.Struct, array_like=True):
    name: str
    sizes: tuple[int, ...]


class Rulers(msgspec.Struct):
    rows: list[Measure]


class Change(msgspec.Struct):
    name: str | UnsetType = UNSET
    size: int | UnsetType | None = UNSET


def read(message: Any) -> tuple[Schemas, dict[str, Any]]:
    (schema,), parts = msgspec.json.schema_components([message], ref_template="#/components/schemas/{name}")
    return Schemas(parts), schema


def fields(message: Any) -> dict[str, Field]:
    schemas, schema = read(message)
    return {field.name: field for field in schemas.fields(schema)}


def skeleton(message: Any) -> Any:
    schemas, schema = read(message)
    return schemas.skeleton(schema)


class TestFields:
    def test_reach_into_lists_of_objects(self) -> None:
        assert list(fields(Hall)) == [
            "name", "opens_at", "seats", "seats[].row", "seats[].is_taken", "door", "note", "tags", "keeper"
        ]  # fmt: skip

    def test_say_what_must_be_there(self) -> None:
        assert [name for name, field in fields(Hall).items() if field.is_required] == [
            "name", "opens_at", "seats", "seats[].row"
        ]  # fmt: skip

    def test_name_the_kind(self) -> None:
        told = fields(Hall)
        assert told["opens_at"].kind == "时间，带时区"
        assert told["keeper"].kind == "编号（UUID）"
        assert told["door"].kind == '"east"、"west"'
        assert told["tags"].kind == "列表：文字"

    def test_name_the_kinds_of_a_row_place_by_place(self) -> None:
        told = fields(Rulers)
        assert list(told) == ["rows"]
        assert told["rows"].kind == "列表：依次为：文字；列表：整数"
        assert skeleton(Rulers) == {"rows": []}

    def test_tell_every_limit(self) -> None:
        told = fields(Hall)
        assert told["name"].limits == ("1–30 字",)
        assert told["seats[].row"].limits == ("1–50",)
        assert told["note"].limits == ("最多 9 字", "可为 null")
        assert told["tags"].limits == ("最多 3 项", "每项 最多 5 字", "不填为 []")
        assert told["door"].limits == ('不填为 "east"',)

    def test_open_a_type_that_contains_itself_once(self) -> None:
        assert list(fields(Branch)) == ["name", "below"]

    def test_of_a_list_begin_with_its_brackets(self) -> None:
        assert "[].row" in fields(list[Seat])


class TestSkeleton:
    def test_has_what_must_be_there_and_what_has_a_default(self) -> None:
        assert skeleton(Hall) == {
            "name": "",
            "opens_at": "2026-05-30T09:00:00+08:00",
            "seats": [{"row": 1, "is_taken": False}],
            "door": "east",
            "note": None,
            "tags": [],
        }

    def test_shows_everything_where_nothing_must_be_there(self) -> None:
        assert skeleton(Change) == {"name": "", "size": 0}

    def test_prefers_an_example(self) -> None:
        assert skeleton(Annotated[str, Meta(examples=["巴特尔"])]) == "巴特尔"

    def test_ends_in_a_type_that_contains_itself(self) -> None:
        assert skeleton(Branch)["name"] == ""
