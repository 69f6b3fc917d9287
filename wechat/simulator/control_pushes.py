"""The hand that decides when pushes leave, how often they come, and which of them are false."""

from typing import Any

import msgspec
from sanic import HTTPResponse, Request, json

from wechat.simulator import media_check
from wechat.simulator.control import control, postman_of, read, world_of
from wechat.simulator.postman import Forgery
from wechat.simulator.pushes import Format, Mode, PushSettings, SimulatedPush
from wechat.simulator.state import Unknown, World
from wechat.simulator.text_check import Trigger


class NewSettings(msgspec.Struct, forbid_unknown_fields=True):
    """`is_verified` asks the address for its echo first, as the console does."""

    url: str
    token: str
    aes_key: str
    mode: Mode = "safe"
    format: Format = "json"
    app_id: str | None = None
    is_verified: bool = False


class Judgement(msgspec.Struct, forbid_unknown_fields=True):
    """Which check ends now (all without a trace id), and how; without `suggest` the triggers decide."""

    trace_id: str | None = None
    suggest: str | None = None
    label: int = 100


class Hold(msgspec.Struct, forbid_unknown_fields=True):
    is_held: bool


class Chosen(msgspec.Struct, forbid_unknown_fields=True):
    push_id: int | None = None


class Forged(msgspec.Struct, forbid_unknown_fields=True):
    push_id: int
    how: Forgery


@control.post("/push-settings")
async def set_push(request: Request) -> HTTPResponse:
    wanted, world = read(request, NewSettings), world_of(request)
    account = world.account(wanted.app_id)
    settings = PushSettings(wanted.url, wanted.token, wanted.aes_key, wanted.mode, wanted.format)
    if wanted.is_verified and not await postman_of(request).verify(settings):
        return json({"error": "the address does not echo"}, 409)
    world.push_settings[account.app_id] = settings
    return json({"app_id": account.app_id, "url": settings.url, "mode": settings.mode, "format": settings.format})


@control.post("/media-checks")
async def judge(request: Request) -> HTTPResponse:
    """End checks now and wait until their verdicts were delivered."""
    wanted, world = read(request, Judgement), world_of(request)
    ordered = Trigger("", wanted.suggest, wanted.label) if wanted.suggest else None
    for job in [each for each in world.media_jobs if wanted.trace_id in (None, each.trace_id)]:
        await media_check.judge(world, job, ordered)
    postman_of(request).set_out()
    await postman_of(request).settle()
    return json({"pushes": _shown(world.pushes)})


@control.post("/pushes/hold")
async def hold(request: Request) -> HTTPResponse:
    world_of(request).holds_pushes = read(request, Hold).is_held
    postman_of(request).set_out()
    return json({})


@control.post("/pushes/deliver")
async def deliver(request: Request) -> HTTPResponse:
    """What is held leaves now, one or all; answers when all that is under way has ended."""
    wanted, world, postman = read(request, Chosen), world_of(request), postman_of(request)
    leaving = [push for push in world.unsent if wanted.push_id in (None, push.push_id)]
    for push in leaving:
        world.unsent.remove(push)
        await postman.deliver(push)
    await postman.settle()
    return json({"pushes": _shown(world.pushes)})


@control.post("/pushes/duplicate")
async def duplicate(request: Request) -> HTTPResponse:
    """The same push once more, signed anew, as WeChat repeats what it thinks was lost."""
    status = await postman_of(request).deliver_once(_chosen(world_of(request), read(request, Chosen)))
    return json({"status": status})


@control.post("/pushes/replay")
async def replay(request: Request) -> HTTPResponse:
    status = await postman_of(request).replay(_chosen(world_of(request), read(request, Chosen)))
    return json({"status": status})


@control.post("/pushes/forge")
async def forge(request: Request) -> HTTPResponse:
    wanted = read(request, Forged)
    push = _chosen(world_of(request), Chosen(wanted.push_id))
    return json({"status": await postman_of(request).forge(push, wanted.how)})


@control.get("/pushes")
async def list_pushes(request: Request) -> HTTPResponse:
    return json({"pushes": _shown(world_of(request).pushes)})


def _chosen(world: World, wanted: Chosen) -> SimulatedPush:
    """The push with this id, or the latest."""
    for push in reversed(world.pushes):
        if wanted.push_id in (None, push.push_id):
            return push
    raise Unknown("no such push")


def _shown(pushes: list[SimulatedPush]) -> list[dict[str, Any]]:
    return [
        {
            "push_id": push.push_id,
            "app_id": push.app_id,
            "event": push.fields.get("Event"),
            "trace_id": push.fields.get("trace_id"),
            "attempts": push.attempts,
        }
        for push in pushes
    ]
