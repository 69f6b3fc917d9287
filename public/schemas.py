"""JSON schemas in words for people, and as a body to start from."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
Parts = Mapping[str, Schema]

KINDS = {"string": "文字", "integer": "整数", "number": "数字", "boolean": "true 或 false", "object": "对象"}
FORMATS = {"date-time": "时间，带时区", "date": "日期，年-月-日", "uuid": "编号（UUID）"}
EXAMPLES = {"date-time": "2026-05-30T09:00:00+08:00", "date": "2026-05-30"}
BLANKS: dict[str, Any] = {"string": "", "integer": 0, "number": 0, "boolean": False}
NULL = {"type": "null"}


@dataclass(frozen=True)
class Field:
    """`name` is its path: `shifts[].seats`."""

    name: str
    kind: str
    limits: tuple[str, ...]
    is_required: bool


@dataclass(frozen=True)
class Schemas:
    """Reads schemas that refer to `parts`, the named ones of the same document."""

    parts: Parts

    def whole(self, schema: Schema) -> dict[str, Any]:
        """The schema without detours: references followed, "or null" turned into the mark `nullable`."""
        found = dict(schema)
        if "$ref" in found:
            name = found.pop("$ref").rpartition("/")[2]
            return self.whole({**self.parts[name], **found})
        choices = found.get("anyOf")
        if choices and NULL in choices:
            rest = [each for each in choices if each != NULL]
            del found["anyOf"]
            return self.whole({**(rest[0] if len(rest) == 1 else {"anyOf": rest}), **found, "nullable": True})
        return found

    def fields(self, schema: Schema, prefix: str = "", within: tuple[str, ...] = ()) -> Iterator[Field]:
        """Every field with those inside it; a type that contains itself is opened once."""
        schema = self.whole(schema)
        if "items" in schema:
            yield from self.fields(schema["items"], f"{prefix}[]", within)
        if schema.get("title") in within:
            return
        inside = (*within, schema["title"]) if "title" in schema else within
        for name, field in schema.get("properties", {}).items():
            path = f"{prefix}.{name}".lstrip(".")
            is_required = name in schema.get("required", ())
            yield Field(path, self.kind(field), tuple(self.limits(field)), is_required)
            yield from self.fields(field, path, inside)

    def kind(self, schema: Schema) -> str:
        schema = self.whole(schema)
        if "enum" in schema:
            return "、".join(json.dumps(each, ensure_ascii=False) for each in schema["enum"])
        if "anyOf" in schema:
            return "，或".join(self.kind(each) for each in schema["anyOf"])
        if "prefixItems" in schema:
            return f"依次为：{'；'.join(self.kind(each) for each in schema['prefixItems'])}"
        if "items" in schema:
            return f"列表：{self.kind(schema['items'])}"
        return FORMATS.get(schema.get("format", "")) or KINDS.get(schema.get("type", ""), "任意")

    def limits(self, schema: Schema) -> Iterator[str]:
        schema = self.whole(schema)
        yield from _range(schema, "minLength", "maxLength", "字")
        yield from _range(schema, "minItems", "maxItems", "项")
        yield from _range(schema, "minimum", "maximum", "")
        if "pattern" in schema:
            yield f"格式 {schema['pattern']}"
        if "items" in schema:
            yield from (f"每项 {limit}" for limit in self.limits(schema["items"]))
        if schema.get("nullable"):
            yield "可为 null"
        if schema.get("default") is not None:
            yield f"不填为 {json.dumps(schema['default'], ensure_ascii=False)}"

    def skeleton(self, schema: Schema, within: tuple[str, ...] = ()) -> Any:
        """A body to start from: what must be there and what has a default; everything where nothing must."""
        schema = self.whole(schema)
        inside = (*within, schema["title"]) if "title" in schema else within
        if schema.get("properties"):
            required = schema.get("required", ())
            shown = {
                name: field
                for name, field in schema["properties"].items()
                if not required or name in required or "default" in field
            }
            return {name: self.skeleton(field, inside) for name, field in shown.items()}
        if "items" in schema:
            item = self.whole(schema["items"])
            is_worth_showing = "properties" in item and item.get("title") not in within
            return [self.skeleton(item, inside)] if is_worth_showing else schema.get("default", [])
        return _start_of(schema)


def _start_of(schema: Schema) -> Any:
    if "examples" in schema:
        return schema["examples"][0]
    if "default" in schema:
        return schema["default"]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "")
    return EXAMPLES.get(schema.get("format", "")) or schema.get("minimum", BLANKS.get(kind))


def _range(schema: Schema, least: str, most: str, unit: str) -> Iterator[str]:
    low, high = schema.get(least), schema.get(most)
    if low is not None and high is not None:
        yield f"{low}–{high} {unit}".rstrip()
    elif high is not None:
        yield f"最多 {high} {unit}".rstrip()
    elif low is not None:
        yield f"至少 {low} {unit}".rstrip()
