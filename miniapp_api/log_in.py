"""Log in and out."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta
from sanic import Request

from capabilities import log_in
from capabilities.caller import Caller, caller_with
from capabilities.office import Office
from kit.pace import By, Pace
from miniapp_api.consent import Me, me_of
from miniapp_api.door import door
from wechat.errors import LoginCodeRefused

# Only what WeChat refused counts: a hall full of people who log in at once is no guesser.
FALSE_CODES = Pace(60, 60, By.ADDRESS, only=(LoginCodeRefused,))


class LogIn(msgspec.Struct, forbid_unknown_fields=True):
    """`code` is what `wx.login` gave; it works once and for five minutes."""

    code: Annotated[str, Meta(min_length=1, max_length=200)]


class Opened(msgspec.Struct):
    token: str
    expires_at: datetime
    me: Me


@door.post(
    "/sessions",
    status=201,
    limit=4096,
    refusals=log_in.REFUSALS,
    pace=FALSE_CODES,
)
async def log_in_with_code(request: Request, office: Office, what: LogIn) -> Opened:
    """用微信登录码登录"""
    opened = await log_in.log_in(office, what.code, phone=_phone(request))
    who = await caller_with(office, opened.token)
    return Opened(opened.token, opened.session.expires_at, await me_of(who))


def _phone(request: Request) -> str:
    return f"{request.remote_addr or request.ip}|{request.headers.get('user-agent', '')}"


@door.delete("/sessions/current")
async def log_out(who: Caller, office: Office) -> None:
    """退出登录"""
    await log_in.log_out(office, who)
