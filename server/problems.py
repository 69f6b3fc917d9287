"""The one place where an error becomes an answer: `application/problem+json` (RFC 9457)."""

from http import HTTPStatus
from typing import Any

import asyncpg
import msgspec
import structlog
from sanic import HTTPResponse, Request, Sanic
from sanic.exceptions import SanicException
from tortoise.exceptions import (
    DBConnectionError,
    DoesNotExist,
    IntegrityError,
    MultipleObjectsReturned,
    NoValuesFetched,
    ObjectDoesNotExistError,
    OperationalError,
    TransactionManagementError,
    UnSupportedError,
)

from kit.answers import JsonAnswer
from kit.errors import Refusal, Unavailable
from kit.group_commit import Stopping

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json; charset=utf-8"
TITLES = {
    400: "请求有误",
    401: "未登录",
    403: "没有权限",
    404: "没有找到",
    405: "不支持的操作",
    408: "请求超时",
    409: "状态冲突",
    410: "已失效",
    413: "内容过大",
    415: "格式不支持",
    422: "填写有误",
    429: "操作太频繁",
    500: "系统出错",
    503: "暂时不可用",
}
# What the framework itself refuses: the path, the method, the form of the request.
FRAMEWORK = {
    400: ("MalformedRequest", "请求格式有误。"),
    404: ("NotFound", "没有找到您要的内容。"),
    405: ("MethodNotAllowed", "此地址不支持这种操作。"),
    408: ("RequestTimeout", "请求超时，请重试。"),
    413: ("BodyTooLarge", "提交的内容过大。"),
    417: ("MalformedRequest", "请求格式有误。"),
    503: ("ServiceUnavailable", "服务繁忙，请稍后再试。"),
}


class DatabaseUnavailable(Unavailable):
    """The database does not answer; what was acknowledged before is safe, this request is not done."""

    words = "系统暂时无法保存数据，请稍后再试。"


class ShuttingDown(Unavailable):
    words = "服务正在重启，请稍后再试。"


DATABASE_ERRORS = (
    DBConnectionError,
    OperationalError,
    TransactionManagementError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # What the driver says of a connection that ended while it was not looking ("cannot switch to state ...").
    asyncpg.InternalClientError,
    # The server is starting, stopping, or somebody ended our connection.
    asyncpg.OperatorInterventionError,
    ConnectionError,
    # It stands still: what else has a time limit says in its own words that it is over.
    TimeoutError,
)


# The ORM derives these from OperationalError; they are faults of the program, and trying again would not help.
NOT_THE_DATABASE = (
    DoesNotExist,
    IntegrityError,
    MultipleObjectsReturned,
    NoValuesFetched,
    ObjectDoesNotExistError,
    UnSupportedError,
)


def answer_with_problems(app: Sanic[Any, Any]) -> None:
    app.exception(Exception)(_translate)


async def _translate(request: Request, error: Exception) -> HTTPResponse:
    if isinstance(error, Refusal):
        return refused(request, error)
    if isinstance(error, SanicException) and error.status_code != 500:
        code, words = FRAMEWORK.get(error.status_code, ("MalformedRequest", "请求格式有误。"))
        headers = {"allow": allow} if (allow := (error.headers or {}).get("Allow")) else {}
        return problem(request, error.status_code, code, words, headers=headers)
    if isinstance(error, DATABASE_ERRORS) and not isinstance(error, NOT_THE_DATABASE):
        log.error("database_failed", exc_info=error)
        return refused(request, DatabaseUnavailable(retry_after=5))
    if isinstance(error, Stopping):
        return refused(request, ShuttingDown(retry_after=5))
    log.error("unexpected_error", exc_info=error)
    return problem(request, 500, "InternalError", "系统出错了，我们已记录。请稍后再试。")


def refused(request: Request, refusal: Refusal) -> HTTPResponse:
    """The answer that tells this refusal."""
    facts = dict(refusal.facts)
    fields = getattr(refusal, "fields", None)
    if fields:
        facts["fields"] = fields
    headers = {"retry-after": str(refusal.retry_after)} if refusal.retry_after else {}
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    return problem(request, refusal.status, refusal.code, refusal.detail, facts, headers)


def problem(
    request: Request,
    status: int,
    code: str,
    detail: str,
    facts: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> HTTPResponse:
    """`facts` are the refusal's own members beside the standard ones, which they cannot replace."""
    request.ctx.code = code
    body = {
        **(facts or {}),
        "type": f"urn:lizan:problem:{code}",
        "title": TITLES.get(status, "请求无法处理"),
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": getattr(request.ctx, "request_id", ""),
    }
    return JsonAnswer(msgspec.json.encode(body), status, content_type=MEDIA_TYPE, headers=headers)
