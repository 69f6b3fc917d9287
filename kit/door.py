"""A door: typed routes over Sanic, whose enforced types are also their documentation.

A handler names what it needs and gets it: `who` (the caller, or a refusal), `guest` (the caller, or None where nobody
says who is asking: the route stays public), `office` (what the application was put together with), `what` (the JSON
body), `asked` (the query), `request`, and the parts of the path. What it returns is the answer. A route with `upload`
gets `sent` instead of `what`: the bytes of the one file in the body.

At the door stands a porter, whom the application brings in `app.ctx.porter`: who is calling, how often one may ask, and
what was answered before are matters that a door asks and does not know.
"""

import asyncio
import inspect
import math
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol, get_type_hints

from sanic import Blueprint, HTTPResponse, Request

from kit.answers import answer_with
from kit.brought import body_of, query_of, sent_in
from kit.errors import Forbidden, Refusal
from kit.idempotency import HEADER, key_in
from kit.pace import Pace

DEFAULT_BODY_LIMIT = 64 * 1024
# A client that is still sending reads our answer only when we go on listening to it for a while.
LISTEN_ON_SECONDS = 10.0
Handler = Callable[..., Awaitable[Any]]
Answer = Callable[[], Awaitable[HTTPResponse]]
Paces = Pace | tuple[Pace, ...]


@dataclass(frozen=True)
class Route:
    """One call of the contract. `limit` is the body's size in bytes.

    `takes_bound`: open to callers who are bound to one purpose, as the porter knows them; all others are closed to
    them.
    """

    method: str
    path: str
    handler: Handler
    status: int
    limit: int
    refusals: tuple[type[Refusal], ...]
    needs: dict[str, Any] = field(hash=False)
    answer: Any = None
    upload: int = 0
    paces: tuple[Pace, ...] = ()
    takes_bound: bool = False

    @cached_property
    def is_public(self) -> bool:
        return "who" not in self.needs

    @property
    def is_watched(self) -> bool:
        return any(pace.only for pace in self.paces)

    @property
    def takes_key(self) -> bool:
        """Whether an idempotency key means something here: on the writes of somebody known."""
        return self.method != "GET" and not self.is_public

    @cached_property
    def name(self) -> str:
        return f"{self.handler.__module__.rpartition('.')[2]}.{self.handler.__name__}"

    @property
    def summary(self) -> str:
        return inspect.getdoc(self.handler) or ""


class Porter(Protocol):
    """Who stands at the door."""

    async def identify(self, request: Request, route: Route) -> Any:
        """The caller, or a refusal."""

    async def look_again(self, request: Request, who: Any) -> Any:
        """The caller as they are now, asked before somebody is refused as `Forbidden`; None where nothing is new."""

    async def admit(self, request: Request, route: Route, who: Any) -> None:
        """Before the request: raises `TooManyRequests`, or whatever else speaks against this caller here."""

    def watch(self, request: Request, route: Route, who: Any) -> AbstractAsyncContextManager[None]:
        """Around the request, where it is counted only for what it is refused for; raises `TooManyRequests` too."""

    async def answer_once(self, request: Request, route: Route, who: Any, key: str, answer: Answer) -> HTTPResponse:
        """What `answer` gives, or what it gave when this caller first came with this key."""


class Door:
    """A set of routes below one prefix; `blueprint` puts them on a Sanic application.

    `usual` is the pace of a route that declares none.
    """

    def __init__(self, name: str, prefix: str, *, usual: Callable[[Route], Paces] | None = None) -> None:
        self.name = name
        self.prefix = prefix
        self.routes: list[Route] = []
        self._usual = usual or (lambda _: ())

    def _route(
        self,
        method: str,
        path: str,
        status: int,
        limit: int,
        refusals: tuple[type[Refusal], ...],
        pace: Paces,
        upload: int = 0,
        takes_bound: bool = False,
    ) -> Callable[[Handler], Handler]:
        def note(handler: Handler) -> Handler:
            # With what is annotated: the bounds of a list that is a body stand there.
            needs = get_type_hints(handler, include_extras=True)
            answer = needs.pop("return", None)
            route = Route(method, path, handler, status, limit, refusals, needs, answer, upload, (), takes_bound)
            self.routes.append(replace(route, paces=_each(pace or self._usual(route))))
            return handler

        return note

    def get(
        self,
        path: str,
        *,
        refusals: tuple[type[Refusal], ...] = (),
        pace: Paces = (),
        takes_bound: bool = False,
    ) -> Callable[[Handler], Handler]:
        return self._route("GET", path, 200, 0, refusals, pace, takes_bound=takes_bound)

    def post(
        self,
        path: str,
        *,
        status: int = 200,
        limit: int = DEFAULT_BODY_LIMIT,
        refusals: tuple[type[Refusal], ...] = (),
        upload: int = 0,
        pace: Paces = (),
        takes_bound: bool = False,
    ) -> Callable[[Handler], Handler]:
        return self._route("POST", path, status, limit, refusals, pace, upload, takes_bound=takes_bound)

    def put(
        self,
        path: str,
        *,
        limit: int = DEFAULT_BODY_LIMIT,
        refusals: tuple[type[Refusal], ...] = (),
        pace: Paces = (),
        takes_bound: bool = False,
    ) -> Callable[[Handler], Handler]:
        return self._route("PUT", path, 200, limit, refusals, pace, takes_bound=takes_bound)

    def patch(
        self,
        path: str,
        *,
        limit: int = DEFAULT_BODY_LIMIT,
        refusals: tuple[type[Refusal], ...] = (),
        pace: Paces = (),
    ) -> Callable[[Handler], Handler]:
        return self._route("PATCH", path, 200, limit, refusals, pace)

    def delete(
        self,
        path: str,
        *,
        status: int = 204,
        refusals: tuple[type[Refusal], ...] = (),
        pace: Paces = (),
    ) -> Callable[[Handler], Handler]:
        return self._route("DELETE", path, status, 0, refusals, pace)

    def blueprint(self) -> Blueprint:
        served = Blueprint(self.name, url_prefix=self.prefix)
        for route in self.routes:
            handler = _listening_on(_served(route)) if route.upload else _served(route)
            # With the form of errors said: the framework would read each handler's source to guess it.
            served.add_route(
                handler,
                route.path,
                methods=[route.method],
                name=route.name,
                stream=bool(route.upload),
                error_format="json",
            )
        return served


def _each(pace: Paces) -> tuple[Pace, ...]:
    return (pace,) if isinstance(pace, Pace) else pace


def _served(route: Route) -> Callable[..., Coroutine[Any, Any, HTTPResponse]]:
    # Asked of the route once and not by every request.
    is_public, takes_key, is_watched = route.is_public, route.takes_key, route.is_watched
    takes_guest, is_upload = "guest" in route.needs, bool(route.upload)
    answered = _answering(route)

    async def serve(request: Request, **parts: Any) -> HTTPResponse:
        porter: Porter = request.app.ctx.porter
        # The caller comes first: a stranger learns nothing about what a body should have looked like.
        is_known = not is_public or (takes_guest and "authorization" in request.headers)
        who = await porter.identify(request, route) if is_known else None

        async def answer() -> HTTPResponse:
            try:
                return await answered(request, who, parts)
            except Forbidden:
                # Nobody is refused by what was known of them a moment ago. An upload has been read by now.
                anew = None if who is None or is_upload else await porter.look_again(request, who)
                if anew is None:
                    raise
            return await answered(request, anew, parts)

        async def answer_once() -> HTTPResponse:
            key = key_in(request.headers.getall(HEADER, [])) if takes_key else None
            return await (answer() if key is None else porter.answer_once(request, route, who, key, answer))

        await porter.admit(request, route, who)
        if not is_watched:
            return await answer_once()
        async with porter.watch(request, route, who):
            return await answer_once()

    return serve


def _answering(route: Route) -> Callable[[Request, Any, dict[str, Any]], Awaitable[HTTPResponse]]:
    """What the handler names, found in the request; the parts of the path are given as they are."""
    finders: dict[str, Callable[[Request, Any], Any]] = {
        "who": lambda _, who: who,
        "guest": lambda _, who: who,
        "what": lambda request, _: body_of(request, route.needs["what"], limit=route.limit),
        "sent": lambda request, _: sent_in(request, limit=route.upload),
        "asked": lambda request, _: query_of(request, route.needs["asked"]),
        "office": lambda request, _: request.app.ctx.office,
        "request": lambda request, _: request,
    }
    needed = [(name, find) for name, find in finders.items() if name in route.needs]
    handler, status = route.handler, route.status

    async def answered(request: Request, who: Any, parts: dict[str, Any]) -> HTTPResponse:
        given = {name: find(request, who) for name, find in needed}
        response: HTTPResponse = await answer_with(request, await handler(**parts, **given), status)
        return response

    return answered


def _listening_on(
    serve: Callable[..., Coroutine[Any, Any, HTTPResponse]],
) -> Callable[..., Coroutine[Any, Any, HTTPResponse]]:
    """Where an upload is answered half-way: answer, close, but not before the client had time to read the answer.

    Closing with bytes unread resets the connection, and the reset may overtake the answer.
    """

    async def serve_and_listen(request: Request, **parts: Any) -> HTTPResponse:
        stream: Any = request.stream
        try:
            response = await serve(request, **parts)
        except Refusal:
            _listen_on(stream)
            raise
        # Answered without being read: the same upload came before with this key.
        if stream.request_body:
            _listen_on(stream)
        return response

    return serve_and_listen


def _listen_on(stream: Any) -> None:
    stream.keep_alive = False
    # The framework reads what is left up to this size after it has answered.
    stream.protocol.request_max_size = math.inf
    asyncio.get_running_loop().call_later(LISTEN_ON_SECONDS, stream.protocol.transport.abort)
