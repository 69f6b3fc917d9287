"""One question to WeChat and its answer, over HTTP, in bounded time and without a secret in any log line."""

import asyncio
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import structlog

from wechat.errors import BUSY, WeChatUnavailable, is_known, loudness

log = structlog.get_logger(__name__)

_QUERY = "lizan.query"
_RID = re.compile(r"rid: ([0-9A-Za-z-]+)")
# What a refused reminder names; the rest of the message may quote its content.
_FIELD = re.compile(r"data\.([a-z_]{1,20}\d{0,3})\.value")
# The first bytes of JPEG and PNG. WeChat's Content-Type has named a picture over JSON that refuses one.
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG")


class NoAnswer(Exception):
    """Nothing came back that WeChat would say; the reason is a word for the log and holds no content."""


class NeverAsked(NoAnswer):
    """No connection came about, so WeChat knows nothing of the question."""


@dataclass
class Delivery:
    """Whether WeChat may have done what must not be asked twice: open from the sending until its word on it."""

    may_be_done: bool = False


@dataclass(frozen=True)
class Call:
    """A question. Only method and path may be seen; query and body carry tokens, codes and people's words."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    files: Any = field(default=None, repr=False)
    delivery: Delivery = field(default_factory=Delivery, repr=False)

    def with_token(self, token: str) -> "Call":
        return replace(self, query={**self.query, "access_token": token})


class HiddenQuery(httpx.AsyncBaseTransport):
    """Adds the query below httpx's own log line and exceptions, because both quote the whole address."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        whole = httpx.Request(
            request.method,
            request.url.copy_merge_params(request.extensions.get(_QUERY, {})),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return await self._inner.handle_async_request(whole)

    async def aclose(self) -> None:
        await self._inner.aclose()


class Wire:
    def __init__(self, api_base: str, timeout_seconds: float, transport: httpx.AsyncBaseTransport | None) -> None:
        # Proxy settings in the environment are not read: settings have one reader, and it is not this. Connections
        # have no limit here, because the circuits already bound who may be inside.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        inner = transport or httpx.AsyncHTTPTransport(trust_env=False, limits=limits)
        self._timeout_seconds = timeout_seconds
        self._http = httpx.AsyncClient(
            base_url=api_base, timeout=timeout_seconds, transport=HiddenQuery(inner), trust_env=False
        )

    async def ask(self, call: Call) -> Any:
        """WeChat's answer as a dict with an integer `errcode` (0 where absent), or the bytes of a picture.

        Raises `WeChatUnavailable` where no such answer came within the time.
        """
        started = time.perf_counter()
        call.delivery.may_be_done = True
        try:
            answer = _read(await self._send(call))
        except NoAnswer as silence:
            call.delivery.may_be_done = not isinstance(silence, NeverAsked)
            log.warning("wechat_silent", call=call.path, reason=str(silence), duration_ms=_since(started))
            raise WeChatUnavailable from None
        call.delivery.may_be_done = errcode_of(answer) in (0, BUSY)
        _record(call, answer, _since(started))
        return answer

    async def _send(self, call: Call) -> httpx.Response:
        try:
            # httpx bounds each read; only this bounds a peer that answers one byte at a time.
            async with asyncio.timeout(self._timeout_seconds):
                return await self._http.request(
                    call.method,
                    call.path,
                    content=call.body,
                    files=call.files,
                    headers={"Content-Type": "application/json"} if call.body is not None else None,
                    extensions={_QUERY: call.query},
                )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NeverAsked(type(error).__name__) from None
        except (httpx.HTTPError, OSError) as error:
            raise NoAnswer(type(error).__name__) from None

    async def close(self) -> None:
        await self._http.aclose()


def errcode_of(answer: Any) -> int:
    return int(answer["errcode"]) if isinstance(answer, dict) else 0


def _read(response: httpx.Response) -> Any:
    if response.status_code != httpx.codes.OK:
        raise NoAnswer(f"http_{response.status_code}")
    if response.content.startswith(_PICTURES):
        return response.content
    try:
        # WeChat leaves raw control characters in strings and calls its JSON text/plain.
        answer = json.loads(response.content.decode("utf-8", "ignore"), strict=False)
        return {**answer, "errcode": int(answer.get("errcode") or 0)}
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise NoAnswer("not_json") from None


def _record(call: Call, answer: Any, duration_ms: int) -> None:
    errcode = errcode_of(answer)
    said = str(answer.get("errmsg", "")) if isinstance(answer, dict) else ""
    rid, named = _RID.search(said), _FIELD.search(said)
    log.log(
        loudness(errcode),
        "wechat_answered" if is_known(errcode) else "wechat_errcode_unknown",
        call=call.path,
        errcode=errcode,
        rid=rid.group(1) if rid else None,
        duration_ms=duration_ms,
        **({"field": named.group(1)} if named else {}),
    )


def _since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)
