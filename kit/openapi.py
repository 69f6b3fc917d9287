"""The contract as OpenAPI 3.1, made from the types that the routes enforce."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from kit.answers import Stream
from kit.door import Door, Route
from kit.idempotency import LONGEST, PATTERN
from kit.pace import TooManyRequests

PROBLEM = "application/problem+json"
EVENTS = "text/event-stream"
_PART = re.compile(r"<(\w+)(?::(\w+))?>")
_PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "给人看的中文说明"},
        "code": {"type": "string", "description": "稳定的错误代码"},
        "request_id": {"type": "string"},
        "fields": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "重复提交同一请求时带同一个值：得到第一次的答复，只办理一次；24 小时内有效",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": PATTERN},
}
_RETRY_AFTER = {"Retry-After": {"description": "多少秒后可以再试", "schema": {"type": "integer", "minimum": 1}}}


def document(doors: Iterable[Door], *, title: str, version: str) -> dict[str, Any]:
    """One document for all `doors`; every message type stands once under `components`."""
    routes = [(door, route) for door in doors for route in door.routes]
    types = _message_types(route for _, route in routes)
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    known = dict(zip([_key(each) for each in types], schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for door, route in routes:
        path = door.prefix + _PART.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, known)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "paths": paths,
        "components": {
            "schemas": {**components, "Problem": _PROBLEM_SCHEMA},
            "securitySchemes": {"session": {"type": "http", "scheme": "bearer"}},
        },
    }


def _key(message: Any) -> str:
    return repr(message)


def _message_types(routes: Iterable[Route]) -> list[Any]:
    found = {}
    for route in routes:
        for message in (route.needs.get("what"), route.needs.get("asked"), route.answer):
            if message is not None and message is not type(None) and _is_message(message):
                found[_key(message)] = message
    return list(found.values())


def _is_message(message: Any) -> bool:
    return not (isinstance(message, type) and (message is Stream or message.__module__.startswith("sanic")))


def _operation(route: Route, known: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name.replace(".", "_"),
        "summary": route.summary.partition("\n")[0],
        "tags": [route.name.partition(".")[0]],
        "parameters": _path_parameters(route) + _query_parameters(route) + ([_KEY] if route.takes_key else []),
        "responses": _responses(route, known),
    }
    if not route.is_public:
        operation["security"] = [{"session": []}]
    if route.upload:
        file = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
        operation["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": file}}}
    if "what" in route.needs:
        body = known[_key(route.needs["what"])]
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return operation


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    formats: dict[str, Any] = {"uuid": {"type": "string", "format": "uuid"}}
    return [
        {"name": name, "in": "path", "required": True, "schema": formats.get(kind, {"type": "string"})}
        for name, kind in _PART.findall(route.path)
    ]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    message = route.needs.get("asked")
    if message is None:
        return []
    # Referenced types would stand elsewhere; a query is flat, so each field can carry its own schema.
    (_, parts) = msgspec.json.schema_components([message], ref_template="{name}")
    schema = parts[message.__name__]
    required = set(schema.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _inlined(field, parts)}
        for name, field in schema["properties"].items()
    ]


def _inlined(schema: Any, parts: dict[str, Any]) -> Any:
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _inlined(parts[schema["$ref"]], parts)
        return {name: _inlined(value, parts) for name, value in schema.items()}
    return [_inlined(each, parts) for each in schema] if isinstance(schema, list) else schema


def _responses(route: Route, known: dict[str, Any]) -> dict[str, Any]:
    answers: dict[str, Any] = {str(route.status): {"description": "成功"}}
    if route.answer is Stream:
        answers[str(route.status)]["content"] = {EVENTS: {"schema": {"type": "string"}}}
    if route.answer is not None and _key(route.answer) in known:
        answers[str(route.status)]["content"] = {"application/json": {"schema": known[_key(route.answer)]}}
    by_status: dict[int, list[str]] = {}
    for refusal in route.refusals + ((TooManyRequests,) if route.paces else ()):
        by_status.setdefault(refusal.status, []).append(f"{refusal.__name__}：{refusal.words}")
    for status, lines in sorted(by_status.items()):
        answers[str(status)] = _problem("\n".join(lines))
    if route.paces:
        answers[str(TooManyRequests.status)]["headers"] = _RETRY_AFTER
    return {**answers, "default": _problem("其他错误")}


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
