"""A door: typed routes over Sanic, whose enforced types are also their documentation.

A handler names what it needs and gets it: `who` (the caller, or a refusal), `office` (what the application was put
together with), `what` (the JSON body), `asked` (the query), `request`, and the parts of the path. What it
returns is the answer. A route with `upload` gets `sent` instead of `what`: the bytes of the one file in the body.
"""

import asyncio
import inspect
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, get_type_hints

import msgspec
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import empty, raw

from kit import strict_json
from kit.errors import Refusal, WrongMediaType
from kit.multipart import AROUND_BYTES, only_file

DEFAULT_BODY_LIMIT = 64 * 1024
# A client that is still sending reads our answer only when we go on listening to it for a while.
LISTEN_ON_SECONDS = 10.0
Handler = Callable[..., Awaitable[Any]]
Identify = Callable[[Request], Awaitable[Any]]


@dataclass(frozen=True)
class Route:
    """One call of the contract. `limit` is the body's size in bytes, `upload` that of a file which is streamed."""

    method: str
    path: str
    handler: Handler
    status: int
    limit: int
    refusals: tuple[type[Refusal], ...]
    needs: dict[str, Any] = field(hash=False)
    answer: Any = None
    upload: int = 0

    @property
    def is_public(self) -> bool:
        return "who" not in self.needs

    @property
    def name(self) -> str:
        return f"{self.handler.__module__.rpartition('.')[2]}.{self.handler.__name__}"

    @property
    def summary(self) -> str:
        return inspect.getdoc(self.handler) or ""


class Door:
    """A set of routes below one prefix; `serve` puts them on a Sanic application."""

    def __init__(self, name: str, prefix: str) -> None:
        self.name = name
        self.prefix = prefix
        self.routes: list[Route] = []

    def _route(
        self,
        method: str,
        path: str,
        status: int,
        limit: int,
        refusals: tuple[type[Refusal], ...],
        upload: int = 0,
    ) -> Callable[[Handler], Handler]:
        def note(handler: Handler) -> Handler:
            # With what is annotated: the bounds of a list that is a body stand there.
            needs = get_type_hints(handler, include_extras=True)
            answer = needs.pop("return", None)
            self.routes.append(Route(method, path, handler, status, limit, refusals, needs, answer, upload))
            return handler

        return note

    def get(self, path: str, *, refusals: tuple[type[Refusal], ...] = ()) -> Callable[[Handler], Handler]:
        return self._route("GET", path, 200, 0, refusals)

    def post(
        self,
        path: str,
        *,
        status: int = 200,
        limit: int = DEFAULT_BODY_LIMIT,
        refusals: tuple[type[Refusal], ...] = (),
        upload: int = 0,
    ) -> Callable[[Handler], Handler]:
        return self._route("POST", path, status, limit, refusals, upload)

    def put(
        self, path: str, *, limit: int = DEFAULT_BODY_LIMIT, refusals: tuple[type[Refusal], ...] = ()
    ) -> Callable[[Handler], Handler]:
        return self._route("PUT", path, 200, limit, refusals)

    def patch(
        self, path: str, *, limit: int = DEFAULT_BODY_LIMIT, refusals: tuple[type[Refusal], ...] = ()
    ) -> Callable[[Handler], Handler]:
        return self._route("PATCH", path, 200, limit, refusals)

    def delete(self, path: str, *, refusals: tuple[type[Refusal], ...] = ()) -> Callable[[Handler], Handler]:
        return self._route("DELETE", path, 204, 0, refusals)

    def blueprint(self, identify: Identify) -> Blueprint:
        """`identify` turns a request into its caller, or raises a refusal."""
        served = Blueprint(self.name, url_prefix=self.prefix)
        for route in self.routes:
            handler = _listening_on(_served(route, identify)) if route.upload else _served(route, identify)
            served.add_route(handler, route.path, methods=[route.method], name=route.name, stream=bool(route.upload))
        return served


def _served(route: Route, identify: Identify) -> Callable[..., Coroutine[Any, Any, HTTPResponse]]:
    async def serve(request: Request, **parts: Any) -> HTTPResponse:
        given = dict(parts)
        # The caller comes first: a stranger learns nothing about what a body should have looked like.
        if "who" in route.needs:
            given["who"] = await identify(request)
        if "what" in route.needs:
            given["what"] = _body(request, route)
        if "sent" in route.needs:
            given["sent"] = _sent(request, route)
        if "asked" in route.needs:
            given["asked"] = _query(request, route.needs["asked"])
        if "office" in route.needs:
            given["office"] = request.app.ctx.office
        if "request" in route.needs:
            given["request"] = request
        return _answer(await route.handler(**given), route.status)

    return serve


def _listening_on(
    serve: Callable[..., Coroutine[Any, Any, HTTPResponse]],
) -> Callable[..., Coroutine[Any, Any, HTTPResponse]]:
    """Where an upload is refused half-way: answer, close, but not before the client had time to read the answer.

    Closing with bytes unread resets the connection, and the reset may overtake the answer.
    """

    async def serve_and_listen(request: Request, **parts: Any) -> HTTPResponse:
        try:
            return await serve(request, **parts)
        except Refusal:
            stream: Any = request.stream
            stream.keep_alive = False
            # The framework reads what is left up to this size after it has answered.
            stream.protocol.request_max_size = math.inf
            asyncio.get_running_loop().call_later(LISTEN_ON_SECONDS, stream.protocol.transport.abort)
            raise

    return serve_and_listen


def _sent(request: Request, route: Route) -> AsyncIterator[bytes]:
    declared = request.headers.get("content-length", "")
    return only_file(
        _chunks(request),
        request.headers.get("content-type") or "",
        limit=route.upload + AROUND_BYTES,
        declared=int(declared) if declared.isdecimal() else None,
    )


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    stream: Any = request.stream
    while (chunk := await stream.read()) is not None:
        yield chunk


def _body(request: Request, route: Route) -> Any:
    kind = (request.headers.get("content-type") or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise WrongMediaType
    return strict_json.read(request.body, route.needs["what"], limit=route.limit)


def _query(request: Request, message: type[Any]) -> Any:
    """Every query field once, as its declared type; an unknown or doubled one is refused."""
    values: dict[str, str] = {}
    for name, given in request.get_args(keep_blank_values=True).items():
        if len(given) > 1:
            raise strict_json.InvalidMessage("查询条件重复。", fields={name: "只能出现一次"})
        values[name] = strict_json.cleaned_text(given[0], name)
    return strict_json.to_message(values, message, is_text=True)


def _answer(answer: Any, status: int) -> HTTPResponse:
    if isinstance(answer, HTTPResponse):
        return answer
    if answer is None:
        return empty()
    return raw(msgspec.json.encode(answer), status=status, content_type="application/json; charset=utf-8")
