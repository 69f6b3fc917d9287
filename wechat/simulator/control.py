"""The hand that moves the simulated WeChat: people, log-ins, time and faults (JSON, for tests and demonstrations)."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any, TypeVar

import msgspec
from sanic import Blueprint, HTTPResponse, Request, json
from sanic.exceptions import BadRequest

from wechat.simulator.endpoints import ENDPOINTS
from wechat.simulator.postman import Postman
from wechat.simulator.state import Fault, User, World

control = Blueprint("control", url_prefix="/control")

T = TypeVar("T")


class NewUser(msgspec.Struct, forbid_unknown_fields=True):
    name: str = ""
    user: str = ""
    is_blocked: bool = False


class Login(msgspec.Struct, forbid_unknown_fields=True):
    user: str
    app_id: str | None = None


class Visit(msgspec.Struct, forbid_unknown_fields=True):
    user: str


class Crowd(msgspec.Struct, forbid_unknown_fields=True):
    """`user` begins every key: without one, people of a restarted simulator are those of before it once more."""

    count: int
    name: str = "志愿者"
    user: str = ""
    app_id: str | None = None


class Advance(msgspec.Struct, forbid_unknown_fields=True):
    seconds: float


class Revocation(msgspec.Struct, forbid_unknown_fields=True):
    app_id: str | None = None


def world_of(request: Request) -> World:
    world: World = request.app.ctx.world
    return world


def postman_of(request: Request) -> Postman:
    postman: Postman = request.app.ctx.postman
    return postman


def read(request: Request, message: type[T]) -> T:
    try:
        return msgspec.json.decode(request.body or b"{}", type=message)
    except msgspec.MsgspecError as error:
        raise BadRequest(str(error)) from None


def _shown(world: World, user: User) -> dict[str, Any]:
    openids = {app_id: world.openid(app_id, user) for app_id in world.accounts}
    return {"user": user.key, "name": user.name, "is_blocked": user.is_blocked, "openids": openids}


@control.post("/users")
async def create_user(request: Request) -> HTTPResponse:
    wanted, world = read(request, NewUser), world_of(request)
    user = world.create_user(wanted.name, key=wanted.user, is_blocked=wanted.is_blocked)
    return json(_shown(world, user), 201)


@control.get("/users")
async def list_users(request: Request) -> HTTPResponse:
    world = world_of(request)
    return json({"users": [_shown(world, user) for user in world.users.values()]})


@control.post("/login")
async def log_in(request: Request) -> HTTPResponse:
    wanted, world = read(request, Login), world_of(request)
    return json({"code": world.issue_login_code(world.user(wanted.user), world.account(wanted.app_id))}, 201)


@control.post("/visit")
async def visit(request: Request) -> HTTPResponse:
    world = world_of(request)
    world.user(read(request, Visit).user).last_visit_at = world.clock.now()
    return json({})


@control.post("/crowd")
async def create_crowd(request: Request) -> HTTPResponse:
    wanted, world = read(request, Crowd), world_of(request)
    account = world.account(wanted.app_id)
    numbers = range(1, wanted.count + 1)
    people = [
        world.create_user(f"{wanted.name}{number:03}", key=f"{wanted.user}{number}" if wanted.user else "")
        for number in numbers
    ]
    members = [{**_shown(world, user), "code": world.issue_login_code(user, account)} for user in people]
    return json({"users": members}, 201)


@control.post("/clock")
async def advance_clock(request: Request) -> HTTPResponse:
    world = world_of(request)
    world.clock.advance(timedelta(seconds=read(request, Advance).seconds))
    await postman_of(request).judge_due()
    return json({"now": world.clock.now().isoformat()})


@control.post("/faults")
async def inject_fault(request: Request) -> HTTPResponse:
    fault = read(request, Fault)
    if fault.path not in ENDPOINTS:
        raise BadRequest(f"no such call; there are {', '.join(ENDPOINTS)}")
    world_of(request).faults.append(fault)
    return json(asdict(fault), 201)


@control.post("/token-revocations")
async def revoke_token(request: Request) -> HTTPResponse:
    world = world_of(request)
    world.tokens.revoke(world.account(read(request, Revocation).app_id).app_id)
    return json({})


@control.get("/calls")
async def list_calls(request: Request) -> HTTPResponse:
    return json({"calls": world_of(request).list_calls(request.args.get("path"))})


@control.post("/reset")
async def reset(request: Request) -> HTTPResponse:
    world_of(request).reset()
    return json({})
