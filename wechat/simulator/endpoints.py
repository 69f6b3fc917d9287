"""The register of simulated calls, and the checks that WeChat makes on each before it looks at the question.

A further call is one function: `@endpoint("POST", "/wxa/…", account="mini")` over `(world, question) → answer`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from wechat.simulator.state import Account, World

MINUTE = 60
DAY = 86_400

Answer = dict[str, Any]


class Trouble(Exception):
    """WeChat says no with one of its numbers."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        self.errcode = errcode
        self.errmsg = errmsg
        super().__init__(errcode)


@dataclass(frozen=True)
class Question:
    """What was asked; `fields` are the query of a GET and the JSON of a POST, `account` the token's owner."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    fields: dict[str, Any]
    account: Account | None = None

    @property
    def app_id(self) -> str:
        return self.account.app_id if self.account else ""

    def need(self, name: str, errcode: int) -> str:
        value = self.fields.get(name)
        if not isinstance(value, str) or not value:
            raise Trouble(errcode, f"{name} missing")
        return value


# A picture is bytes; everything else, and every refusal of a picture, is JSON.
Work = Callable[[World, Question], Answer | bytes]


@dataclass(frozen=True)
class Endpoint:
    method: Literal["GET", "POST"]
    path: str
    work: Work
    account: Literal["mini", "official"] | None
    per_minute: int | None
    per_day: int | None
    content_type: str


ENDPOINTS: dict[str, Endpoint] = {}


def endpoint(
    method: Literal["GET", "POST"],
    path: str,
    *,
    account: Literal["mini", "official"] | None = None,
    per_minute: int | None = None,
    per_day: int | None = None,
    content_type: str = "application/json; encoding=utf-8",
) -> Callable[[Work], Work]:
    """Register the function that answers a call; `account` is the kind whose token it asks for."""

    def register(work: Work) -> Work:
        ENDPOINTS[path] = Endpoint(method, path, work, account, per_minute, per_day, content_type)
        return work

    return register


def answer(world: World, point: Endpoint, method: str, query: dict[str, str], body: bytes) -> Answer | bytes:
    """The answer as WeChat gives it, right or wrong, and a line in the list of calls."""
    fields: dict[str, Any] = dict(query)
    said: Answer | bytes
    try:
        # In WeChat's order: token, method, body, then what the call itself checks.
        account = _account(world, point, query)
        _check_method(point, method)
        fields = dict(query) if method == "GET" else _parse(body)
        _count(world, point, account.app_id if account else str(fields.get("appid")))
        said = point.work(world, Question(method, point.path, query, body, fields, account))
    except Trouble as trouble:
        said = refusal(world, trouble.errcode, trouble.errmsg)
    world.record(method, point.path, {**query, **fields}, said.get("errcode", 0) if isinstance(said, dict) else 0)
    return said


def refusal(world: World, errcode: int, errmsg: str) -> Answer:
    return {"errcode": errcode, "errmsg": f"{errmsg} rid: {world.word(8)}-{world.word(8)}-{world.word(8)}".lower()}


def _account(world: World, point: Endpoint, query: dict[str, str]) -> Account | None:
    if point.account is None:
        return None
    if not query.get("access_token"):
        raise Trouble(41001, "access_token missing")
    token = world.tokens.find(query["access_token"])
    if token is None:
        raise Trouble(40001, "invalid credential, access_token is invalid or not latest")
    if token.expires_at <= world.clock.now():
        raise Trouble(42001, "access_token expired")
    account = world.account(token.app_id)
    if account.kind != point.account:
        raise Trouble(48001, "api unauthorized")
    return account


def _check_method(point: Endpoint, method: str) -> None:
    if method != point.method:
        raise Trouble(43001 if point.method == "GET" else 43002, f"require {point.method} method")


def _parse(body: bytes) -> dict[str, Any]:
    """JSON whatever the Content-Type says."""
    if not body:
        raise Trouble(44002, "empty post data")
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise Trouble(47001, "data format error") from None
    if not isinstance(fields, dict):
        raise Trouble(47001, "data format error")
    return fields


def _count(world: World, point: Endpoint, app_id: str) -> None:
    in_minute = world.exceeds(point.per_minute, MINUTE, app_id, point.path)
    in_day = world.exceeds(point.per_day, DAY, app_id, point.path)
    if in_minute or in_day:
        raise Trouble(45009, "reach max api daily quota limit")
