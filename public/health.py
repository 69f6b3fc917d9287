"""Health: whether the process is alive, and whether it can do its work."""

import msgspec
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import raw

from models.database import answers


def serve(served: Blueprint) -> None:
    served.add_route(alive, "/healthz", methods=["GET"], name="healthz")
    served.add_route(ready, "/readyz", methods=["GET"], name="readyz")


def _json(body: object, status: int = 200) -> HTTPResponse:
    return raw(msgspec.json.encode(body), status=status, content_type="application/json")


async def alive(_: Request) -> HTTPResponse:
    """The process answers; nothing else is asked."""
    return _json({"status": "alive"})


async def ready(request: Request) -> HTTPResponse:
    """The database answers; what is degraded (a resting WeChat, an absent Redis) does not take the process out."""
    office = request.app.ctx.office
    degraded = []
    if getattr(office.wechat, "is_resting", False):
        degraded.append("wechat")
    if not await office.memory.is_reachable():
        degraded.append("redis")
    is_ready = await answers()
    body = {"status": "ready" if is_ready else "unready", "database": is_ready, "degraded": degraded}
    return _json(body, 200 if is_ready else 503)
