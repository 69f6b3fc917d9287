"""Where WeChat delivers what it tells us unasked (消息推送): verdicts on media, answers to reminders."""

import asyncio
import re

import structlog
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import text

from capabilities.wechat_push import take
from kit.errors import Forbidden, NotFound, Refusal, TooLarge, Unavailable
from wechat.push import PushDoor
from wechat.push_events import Push

log = structlog.get_logger(__name__)

# WeChat waits five seconds and then delivers again; so an answer after that would only be lost.
PATIENCE_SECONDS = 4.0
# What WeChat wants to hear of everything that arrived; anything else is delivered again.
TAKEN = "success"
_ECHO = re.compile(r"[!-~]{1,200}")


class PushRefused(Forbidden):
    """Not WeChat, or not now. Which of them is said in our log and not to who tries it out."""

    words = "推送未被接受。"


class PushUnreadable(Refusal):
    status = 400
    words = "推送的内容无法读取。"


class PushNotTaken(Unavailable):
    """Nothing was written down in time: WeChat delivers it again."""

    words = "暂时无法接收推送，请稍后再送。"


def serve(served: Blueprint, open_door: PushDoor | None) -> None:
    """Without a door, because its two settings are missing, there is nothing at this address."""

    def door() -> PushDoor:
        if open_door is None:
            raise NotFound
        return open_door

    async def echo(request: Request) -> HTTPResponse:
        query = _query(request)
        said = query.get("echostr", "")
        if not door().verify(query) or not _ECHO.fullmatch(said):
            raise PushRefused
        return text(said)

    async def receive(request: Request) -> HTTPResponse:
        push = _read(door(), request)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await take(request.app.ctx.office, push)
        except TimeoutError:
            log.error("wechat_push_not_taken")
            raise PushNotTaken(retry_after=5) from None
        return text(TAKEN)

    served.add_route(echo, "/wechat/push", methods=["GET"], name="wechat_push_echo")
    served.add_route(receive, "/wechat/push", methods=["POST"], name="wechat_push")


def _query(request: Request) -> dict[str, str]:
    return dict(request.get_query_args(keep_blank_values=True))


def _read(door: PushDoor, request: Request) -> Push:
    try:
        return door.read(_query(request), request.body)
    except Refusal as refusal:
        log.warning("wechat_push_refused", reason=refusal.code)
        if isinstance(refusal, Forbidden):
            raise PushRefused from None
        if isinstance(refusal, TooLarge):
            raise
        raise PushUnreadable from None
