"""The poster of a sign-in point, to be printed."""

from urllib.parse import quote
from uuid import UUID

import msgspec
from sanic import HTTPResponse
from sanic.response import raw

from capabilities import poster
from capabilities.caller import Caller, NotYourEvent
from capabilities.office import Office
from capabilities.poster import NoPosterNeeded
from capabilities.sign_in_code import NoSuchPoint
from documents.poster import Size
from miniapp_api.door import door


class PosterAsked(msgspec.Struct, forbid_unknown_fields=True):
    size: Size = Size.A4


@door.get("/points/<point_id:uuid>/poster.pdf", refusals=(NoSuchPoint, NotYourEvent, NoPosterNeeded), takes_bound=True)
async def print_poster(who: Caller, office: Office, point_id: UUID, asked: PosterAsked) -> HTTPResponse:
    """签到点海报（PDF，A4 或 A3，印好即可张贴）"""
    point, printed = await poster.print_poster(office, who, point_id, asked.size)
    name = quote(f"{point.event.title}-{point.name}-{asked.size.value.upper()}.pdf", safe="")
    # A printed code is a key to the door: no cache on the way keeps it.
    headers = {"cache-control": "no-store", "content-disposition": f"inline; filename*=UTF-8''{name}"}
    return raw(printed, content_type="application/pdf", headers=headers)
