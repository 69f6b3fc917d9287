"""A bakery with a door, a porter and one baker: a door knows nothing of volunteers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta
from sanic import HTTPResponse, Request
from sanic.response import text

from kit.door import Answer, Door, Route
from kit.errors import Forbidden, NotFound, Refusal, Unauthenticated
from kit.pace import By, Pace, TooManyRequests

STEADY = Pace(100, 60, By.ADDRESS, name="steady")
ORDERING = Pace(3, 60)
door = Door("bakery", "/bakery", usual=lambda route: STEADY if route.is_public else ())


class Order(msgspec.Struct, forbid_unknown_fields=True):
    bread: Annotated[str, Meta(min_length=1, max_length=10)]
    count: Annotated[int, Meta(ge=1, le=9)] = 1


class Search(msgspec.Struct, forbid_unknown_fields=True):
    bread: str | None = None
    limit: Annotated[int, Meta(ge=1, le=50)] = 10
    fresh: bool = False


class NoSuchBread(NotFound):
    words = "没有这种面包。"


@door.get("/breads")
async def list_breads(asked: Search) -> Search:
    """All breads"""
    return asked


@door.get("/me")
async def show_me(who: str) -> dict[str, str]:
    """Who is calling"""
    return {"name": who}


@door.post("/orders", status=201, limit=200, pace=ORDERING)
async def order(who: str, office: Any, what: Order) -> dict[str, Any]:
    """Order"""
    office.orders.append((who, what))
    return {"bread": what.bread, "count": what.count}


@door.post("/baskets")
async def fill_basket(what: Annotated[list[Order], Meta(min_length=1, max_length=2)]) -> int:
    """Several at once"""
    return len(what)


@door.delete("/orders/<order_id:uuid>", refusals=(NoSuchBread,), pace=Pace(3, 60, only=(NoSuchBread,)))
async def cancel(who: str, order_id: UUID) -> None:
    """Take an order back"""
    if order_id.int == 0:
        raise NoSuchBread


@door.post("/photographs", status=201, upload=1_000_000)
async def hang_up(who: str, office: Any, sent: AsyncIterator[bytes]) -> int:
    """A photograph of a loaf"""
    async for piece in sent:
        office.orders.append(piece)
        if piece.startswith(b"burnt"):
            raise NoSuchBread
    return sum(map(len, office.orders))


class OnlyForMasters(Forbidden):
    words = "只有师傅可以。"


@door.post("/ovens", refusals=(OnlyForMasters,))
async def heat(who: str, office: Any, what: Order) -> str:
    """Heat an oven"""
    if who != "master":
        raise OnlyForMasters
    office.orders.append((who, what))
    return who


@door.get("/plain")
async def speak_plainly(request: Request) -> HTTPResponse:
    """An answer of its own making"""
    return text(request.method)


@dataclass
class BakeryPorter:
    """Knows one baker; keeps no time, only counts; keeps answers in a book."""

    seen: list[tuple[str, tuple[Pace, ...], Any]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    book: dict[tuple[Any, str], HTTPResponse] = field(default_factory=dict)
    is_tired: bool = False
    promoted: str | None = None

    async def identify(self, request: Request, route: Route) -> str:
        if request.headers.get("authorization") != "Bearer baker":
            raise Unauthenticated
        return "baker"

    async def look_again(self, request: Request, who: Any) -> str | None:
        return self.promoted

    async def admit(self, request: Request, route: Route, who: Any) -> None:
        self.seen.append((route.path, route.paces, who))
        if self.is_tired:
            raise TooManyRequests(retry_after=7)

    @asynccontextmanager
    async def watch(self, request: Request, route: Route, who: Any) -> AsyncIterator[None]:
        try:
            yield
        except Refusal as refusal:
            self.refused.append(refusal)
            raise

    async def answer_once(self, request: Request, route: Route, who: Any, key: str, answer: Answer) -> HTTPResponse:
        if (who, key) not in self.book:
            self.book[who, key] = await answer()
        kept = self.book[who, key]
        return HTTPResponse(kept.body, kept.status, content_type=kept.content_type)


async def tell(_: Request, refusal: Refusal) -> HTTPResponse:
    body = {"code": refusal.code, "detail": refusal.detail, "fields": getattr(refusal, "fields", {})}
    return HTTPResponse(msgspec.json.encode(body), status=refusal.status, content_type="application/problem+json")
