"""The contract: OpenAPI 3.1 for programs, a readable page for people, both from the same types."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import html, raw

from capabilities.caller import NotForScreens, NotForStaffPhones, SessionEnded
from capabilities.consent import ConsentNeeded
from kit.door import Door
from kit.errors import Refusal, Unauthenticated, WrongMediaType
from kit.idempotency import IdempotencyKeyInFlight, IdempotencyKeyInvalid, IdempotencyKeyReused
from kit.openapi import document
from kit.pace import TooManyRequests
from kit.strict_json import BodyTooLarge, InvalidMessage, MalformedJson
from kit.text import UnacceptableText
from public.pages import render
from public.schemas import Field, Schemas

PREFIX = "/api/v1"
JSON = "application/json"

# In the order of a person's way through the year; what is not here comes after, under its own name.
GROUPS = {
    "log_in": "登录",
    "consent": "账号与同意",
    "registration": "志愿者登记",
    "claim": "证件号码认领",
    "correction": "登记更正",
    "phone": "手机号",
    "withdrawal": "退出",
    "suspension": "暂停志愿者资格",
    "invitation": "角色与邀请",
    "reference": "年度活动、单位和代码表",
    "team": "科技志愿服务队",
    "membership": "入队与队员",
    "event": "活动",
    "link": "短链接与小程序码",
    "enrolment": "报名",
    "sign_in_code": "签到码",
    "check_in": "签到",
    "point": "签到点",
    "poster": "签到海报",
    "desk": "服务台",
    "walk_in": "现场报名",
    "signals": "签到异常提示",
    "roster": "名册",
    "live": "现场实时人数",
    "staff_phone": "工作手机",
    "screen": "大厅屏幕",
    "readiness": "现场准备检查",
    "message": "消息与提醒",
    "upload": "图片、录音和视频",
    "greeting": "祝福与建议",
    "channel_consent": "展示渠道授权",
    "moderation": "内容审核",
    "placement": "选用与刊播",
    "take_down": "撤下",
    "word_list": "词库",
    "suggestion": "建议办理",
    "own_data": "我的个人信息",
    "leaving": "撤回同意与注销",
    "job": "后台任务",
}
# What any call may be refused for, beside its own refusals.
EVERYWHERE: tuple[type[Refusal], ...] = (
    Unauthenticated,
    SessionEnded,
    ConsentNeeded,
    NotForScreens,
    NotForStaffPhones,
    MalformedJson,
    InvalidMessage,
    UnacceptableText,
    BodyTooLarge,
    WrongMediaType,
    TooManyRequests,
    IdempotencyKeyInvalid,
    IdempotencyKeyReused,
    IdempotencyKeyInFlight,
)


@dataclass(frozen=True)
class Told:
    """A refusal as it is told: `status`, the stable code, the words."""

    status: str
    code: str
    words: str


@dataclass(frozen=True)
class Call:
    id: str
    method: str
    path: str
    summary: str
    is_public: bool
    path_fields: tuple[Field, ...]
    query_fields: tuple[Field, ...]
    body_fields: tuple[Field, ...]
    body: str | None
    status: str
    answer_fields: tuple[Field, ...]
    refusals: tuple[Told, ...]


@dataclass(frozen=True)
class Group:
    name: str
    title: str
    calls: tuple[Call, ...]


def serve(served: Blueprint, doors: Sequence[Door], *, version: str) -> None:
    written, page = _written(tuple(doors), sum(len(door.routes) for door in doors), version)

    async def show_document(_: Request) -> HTTPResponse:
        return raw(written, content_type="application/json; charset=utf-8")

    async def show_page(_: Request) -> HTTPResponse:
        return html(page)

    served.add_route(show_document, f"{PREFIX}/openapi.json", methods=["GET"], name="openapi")
    served.add_route(show_page, f"{PREFIX}/docs", methods=["GET", "HEAD"], name="docs")


@cache
def _written(doors: tuple[Door, ...], routes: int, version: str) -> tuple[bytes, str]:
    """The document and its page, once per process for the same doors with as many routes: half a second of work."""
    contract = document(doors, title="礼赞 Lizan API", version=version)
    everywhere = [Told(str(each.status), each.__name__, each.words) for each in EVERYWHERE]
    page = render("contract.html", groups=groups(contract), everywhere=everywhere, version=version)
    return msgspec.json.encode(contract), page


def groups(contract: Mapping[str, Any]) -> list[Group]:
    """Every call of the document once, under its first tag."""
    schemas = Schemas(contract["components"]["schemas"])
    found: dict[str, list[Call]] = {name: [] for name in GROUPS}
    for path, operations in contract["paths"].items():
        for method, operation in operations.items():
            found.setdefault(operation["tags"][0], []).append(_call(method, path, operation, schemas))
    return [Group(name, GROUPS.get(name, name), tuple(calls)) for name, calls in found.items() if calls]


def _call(method: str, path: str, operation: Mapping[str, Any], schemas: Schemas) -> Call:
    asked = operation.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema")
    status, success = next(iter(operation["responses"].items()))
    answer = success.get("content", {}).get(JSON, {}).get("schema", {})
    return Call(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        is_public="security" not in operation,
        path_fields=tuple(_parameters(operation, "path", schemas)),
        query_fields=tuple(_parameters(operation, "query", schemas)),
        body_fields=tuple(schemas.fields(asked or {})),
        body=json.dumps(schemas.skeleton(asked), ensure_ascii=False, indent=2) if asked else None,
        status=status,
        answer_fields=tuple(schemas.fields(answer)),
        refusals=tuple(_refusals(operation)),
    )


def _parameters(operation: Mapping[str, Any], place: str, schemas: Schemas) -> Iterator[Field]:
    for each in operation["parameters"]:
        if each["in"] == place:
            limits = [limit for limit in schemas.limits(each["schema"]) if "null" not in limit]
            yield Field(each["name"], schemas.kind(each["schema"]), tuple(limits), each["required"])


def _refusals(operation: Mapping[str, Any]) -> Iterator[Told]:
    for status, answer in operation["responses"].items():
        if status.startswith("4") or status.startswith("5"):
            for line in answer["description"].splitlines():
                code, _, words = line.partition("：")
                if code != TooManyRequests.__name__:
                    yield Told(status, code, words)
