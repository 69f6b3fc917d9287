"""A server with a planted defect: it acknowledges greetings and scans before they are written. For the controls."""

import asyncio

import msgspec
from sanic import HTTPResponse, Request, raw
from tortoise import Model

from capabilities.caller import Caller, caller_with
from kit.ids import uuid7
from models.campaign import Campaign
from models.greeting import Byline, Greeting, GreetingKind, GreetingStatus
from models.scan import NOWHERE, Direction, Scan, ScanWay
from server.__main__ import listening_socket
from server.assembly import create_app
from server.serving import serve
from server.settings import load_settings

LATE_SECONDS = 0.3


async def write_late(row: Model) -> None:
    await asyncio.sleep(LATE_SECONDS)
    await row.save(force_create=True)


async def acknowledge_first(request: Request) -> HTTPResponse | None:
    made = {"/api/v1/greetings": (a_greeting, "id", 201), "/api/v1/check-ins": (a_scan, "scan_id", 200)}
    if request.method != "POST" or request.path not in made:
        return None
    make, name, status = made[request.path]
    row = await make(request, await caller_with(request.app.ctx.office, request.token))
    request.app.add_task(write_late(row))
    return raw(msgspec.json.encode({name: row.pk}), status=status, content_type="application/json")


async def a_greeting(request: Request, who: Caller) -> Model:
    return Greeting(
        id=uuid7(),
        campaign=await Campaign.current(),
        person_id=who.person_id,
        kind=GreetingKind.GREETING,
        status=GreetingStatus.PENDING_REVIEW,
        topic="motherland",
        text=request.json["text"],
        byline=Byline.ANONYMOUS,
        is_over_14=True,
        submitted_at=request.app.ctx.office.now(),
    )


async def a_scan(request: Request, who: Caller) -> Model:
    now = request.app.ctx.office.now()
    return Scan(
        id=uuid7(),
        event_id=NOWHERE,
        scanned_by_id=who.person_id,
        way=ScanWay.VENUE_CODE,
        direction=Direction(request.json["direction"]),
        nonce=request.json["nonce"],
        code_digest="d" * 43,
        scanned_at=now,
        received_at=now,
        verdict="UnknownCode",
    )


if __name__ == "__main__":
    settings = load_settings()
    app = create_app(settings)
    app.register_middleware(acknowledge_first, "request")
    asyncio.run(serve(app, listening_socket(settings)))
