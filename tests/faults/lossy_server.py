"""A server with a planted defect: it acknowledges a greeting before it is written. For the control of the ledger."""

import asyncio

import msgspec
from sanic import HTTPResponse, Request, raw

from capabilities.caller import Caller, caller_with
from kit.ids import uuid7
from models.campaign import Campaign
from models.greeting import Byline, Greeting, GreetingKind, GreetingStatus
from server.__main__ import listening_socket
from server.assembly import create_app
from server.serving import serve
from server.settings import load_settings

LATE_SECONDS = 0.3


async def write_late(greeting: Greeting) -> None:
    await asyncio.sleep(LATE_SECONDS)
    await greeting.save(force_create=True)


async def acknowledge_first(request: Request) -> HTTPResponse | None:
    if request.method != "POST" or request.path != "/api/v1/greetings":
        return None
    who: Caller = await caller_with(request.app.ctx.office, request.token)
    greeting = Greeting(
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
    request.app.add_task(write_late(greeting))
    return raw(msgspec.json.encode({"id": greeting.id}), status=201, content_type="application/json")


if __name__ == "__main__":
    settings = load_settings()
    app = create_app(settings)
    app.register_middleware(acknowledge_first, "request")
    asyncio.run(serve(app, listening_socket(settings)))
