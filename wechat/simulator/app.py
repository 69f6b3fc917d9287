"""The simulated WeChat put together: its calls, the hand that moves it, and the page for people."""

import asyncio
import ipaddress
from collections.abc import Callable, Coroutine, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from sanic import HTTPResponse, Request, Sanic, json, raw
from sanic.config import Config
from sanic.exceptions import Forbidden, NotFound

from kit.clock import Clock
from wechat.simulator import (
    code_picture,
    control_people,
    control_pushes,
    credentials,
    media_check,
    page,
    phone,
    reminders,
    text_check,
)
from wechat.simulator.control import control
from wechat.simulator.endpoints import ENDPOINTS, Endpoint, answer, refusal
from wechat.simulator.faults import answer_of
from wechat.simulator.postman import Postman
from wechat.simulator.state import Account, Fault, Unknown, World

Simulator = Sanic[Config, SimpleNamespace]

# Their import is what registers calls and pages.
PARTS = (credentials, text_check, phone, media_check, reminders, code_picture, control_people, control_pushes, page)


def create_simulator(
    *, accounts: Sequence[Account], clock: Clock, seed: int = 0, judges_media_after: float | None = None
) -> Simulator:
    """A server with a memory of its own, open to tests as `ctx.world`; several may live in one process.

    `judges_media_after` real seconds a media check ends by itself; without it only the control API ends one.
    """
    # Without a prefix Sanic reads no environment, and without an access log no address with a secret is written.
    config = Config(env_prefix=None)
    config.update({"ACCESS_LOG": False, "FALLBACK_ERROR_FORMAT": "json"})
    # Sanic's touch-up rewrites its own classes and breaks at the second server of a process.
    config.update({"TOUCHUP": False})
    app = Sanic(f"wechat_simulator_{uuid4().hex}", config=config, ctx=SimpleNamespace(), configure_logging=False)
    app.ctx.world = World(accounts, clock, seed)
    app.ctx.postman = Postman(app.ctx.world, judges_media_after=judges_media_after)
    for point in ENDPOINTS.values():
        app.add_route(_route(point), point.path, methods=["GET", "POST"], name=point.path.replace("/", "_"))
    app.blueprint(control)
    app.register_middleware(_refuse_strangers, "request")
    app.exception(Unknown)(_say_unknown)
    app.exception(NotFound)(_say_invalid_url)
    return app


def _route(point: Endpoint) -> Callable[[Request], Coroutine[Any, Any, HTTPResponse]]:
    async def route(request: Request) -> HTTPResponse:
        world: World = request.app.ctx.world
        query = dict(request.get_query_args(keep_blank_values=True))
        fault = world.take_fault(point.path) or Fault(point.path)
        if failed := answer_of(fault, world):
            world.record(request.method, point.path, query, fault.errcode)
            return failed
        before = set(world.sending)
        said = answer(world, point, request.method, query, request.body)
        begun = world.sending - before
        try:
            await _hinder(request, fault)
        finally:
            world.sending -= begun
            request.app.ctx.postman.set_out()
        return (
            raw(said, content_type="image/png")
            if isinstance(said, bytes)
            else json(said, content_type=point.content_type)
        )

    return route


async def _hinder(request: Request, fault: Fault) -> None:
    """The work is done; its answer comes late or gets lost."""
    await asyncio.sleep(fault.delay_seconds)
    if fault.drop and request.transport:
        request.transport.close()


async def _refuse_strangers(request: Request) -> None:
    if not ipaddress.ip_address(request.ip).is_loopback:
        raise Forbidden("this machine only")


async def _say_unknown(_request: Request, unknown: Unknown) -> HTTPResponse:
    return json({"error": str(unknown)}, 404)


async def _say_invalid_url(request: Request, _error: NotFound) -> HTTPResponse:
    if request.path.startswith("/control"):
        return json({"error": "no such control"}, 404)
    return json(refusal(request.app.ctx.world, 40066, "invalid url"))
