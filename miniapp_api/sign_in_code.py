"""The codes that are shown: the venue's on its screen, mine on my phone."""

from datetime import datetime
from uuid import UUID

import msgspec
from sanic import HTTPResponse
from sanic.response import raw

from capabilities import sign_in_code
from capabilities.caller import Caller, NotYourEvent
from capabilities.enrolment import EnrolmentNotLive, NoSuchEnrolment
from capabilities.office import Office
from capabilities.sign_in_code import NoSuchPoint
from kit import qr
from miniapp_api.door import door

# The next moment shows another code at the same address.
NOT_STORED = {"cache-control": "no-store"}


class VenueCodeShown(msgspec.Struct):
    """`code` is the text of the QR code; `period_seconds` is 0 for a printed code that never rotates.

    `six_digits` are for a phone whose camera fails; a printed code has none.
    """

    point_id: UUID
    point_name: str
    code: str
    valid_until: datetime
    period_seconds: int
    six_digits: str | None


class PersonalCodeShown(msgspec.Struct):
    """With `key` the phone makes the codes by itself: HMAC-SHA256 over ticket and slot, first 16 bytes, base64url."""

    ticket_id: UUID
    key: str
    code: str
    period_seconds: int
    server_time: datetime


@door.get("/points/<point_id:uuid>/code", refusals=(NoSuchPoint, NotYourEvent), takes_bound=True)
async def show_venue_code(who: Caller, office: Office, point_id: UUID) -> VenueCodeShown:
    """签到点当前的签到码"""
    point, shown = await sign_in_code.show_venue_code(office, who, point_id)
    digits = sign_in_code.six_digits(office, point, office.now())
    return VenueCodeShown(point.id, point.name, shown.text, shown.valid_until, shown.period_seconds, digits)


@door.get("/points/<point_id:uuid>/code.svg", refusals=(NoSuchPoint, NotYourEvent), takes_bound=True)
async def draw_venue_code(who: Caller, office: Office, point_id: UUID) -> HTTPResponse:
    """签到点当前的签到码（SVG 图片）"""
    _, shown = await sign_in_code.show_venue_code(office, who, point_id)
    return raw(await office.drawings.drawn(qr.svg, shown.text), content_type="image/svg+xml", headers=NOT_STORED)


@door.get("/points/<point_id:uuid>/code.png", refusals=(NoSuchPoint, NotYourEvent), takes_bound=True)
async def draw_venue_code_in_dots(who: Caller, office: Office, point_id: UUID) -> HTTPResponse:
    """签到点当前的签到码（PNG 图片）"""
    _, shown = await sign_in_code.show_venue_code(office, who, point_id)
    return raw(await office.drawings.drawn(qr.png, shown.text), content_type="image/png", headers=NOT_STORED)


@door.get("/enrolments/<enrolment_id:uuid>/code", refusals=(NoSuchEnrolment, EnrolmentNotLive))
async def show_my_code(who: Caller, office: Office, enrolment_id: UUID) -> PersonalCodeShown:
    """我的个人签到码（离线可自行轮换）"""
    shown = await sign_in_code.my_ticket(office, who, enrolment_id)
    return PersonalCodeShown(shown.ticket.id, shown.key, shown.code, shown.period_seconds, shown.now)


@door.delete("/enrolments/<enrolment_id:uuid>/code", refusals=(NoSuchEnrolment,))
async def revoke_my_code(who: Caller, office: Office, enrolment_id: UUID) -> None:
    """停用我的个人签到码（手机遗失或截图外泄时）"""
    await sign_in_code.revoke_ticket(office, who, enrolment_id)
