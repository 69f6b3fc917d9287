"""Hall screens: an organizer's one-time link, the screen's session, and what it shows."""

import asyncio
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities import screen, staff_phone
from capabilities.caller import Caller, NotYourEvent, NotYourUnit, RoleNeeded
from capabilities.check_in.scanning import Device
from capabilities.event import NoSuchEvent
from capabilities.office import Office
from capabilities.screen import NoSuchScreen
from capabilities.sign_in_code import NoSuchPoint
from capabilities.staff_phone import StaffLinkInvalid
from kit import qr
from miniapp_api.door import door
from miniapp_api.staff_phone import FALSE_LINKS
from models.staff_pass import StaffPass


class NewScreen(msgspec.Struct, forbid_unknown_fields=True):
    """`label` says where the screen stands; without one it is called after the point."""

    shows_wall: bool = False
    label: Annotated[str, Meta(max_length=30)] = ""


class ScreenLink(msgspec.Struct):
    """Shown once. To be opened in the browser of the computer at the screen."""

    id: UUID
    label: str
    shows_wall: bool
    url: str
    expires_at: datetime


class Screen(msgspec.Struct):
    id: UUID
    point_id: UUID
    label: str
    shows_wall: bool
    made_at: datetime
    link_expires_at: datetime
    opened_at: datetime | None
    taken_back_at: datetime | None

    @classmethod
    def of(cls, row: StaffPass) -> "Screen":
        return cls(**{name: getattr(row, name) for name in cls.__struct_fields__})


class OpenScreen(msgspec.Struct, forbid_unknown_fields=True):
    """`secret` is what stands behind the `#`; `device` is what the screen's browser calls itself from now on."""

    point_id: UUID
    secret: Annotated[str, Meta(min_length=1, max_length=100)]
    device: Device


class OpenedScreen(msgspec.Struct):
    token: str
    ends_at: datetime


class CodeOnScreen(msgspec.Struct):
    """`qr_svg` draws `code`; shown from `valid_from` until `valid_until`, by the server's clock."""

    code: str
    qr_svg: str
    six_digits: str | None
    valid_from: datetime
    valid_until: datetime


class OnScreen(msgspec.Struct):
    """`codes` are the present one and the next; a printed code has no next and `period_seconds` 0."""

    server_time: datetime
    event_id: UUID
    event_title: str
    point_name: str
    shows_wall: bool
    period_seconds: int
    codes: list[CodeOnScreen]


@door.post(
    "/points/<point_id:uuid>/screen-links",
    status=201,
    limit=4096,
    refusals=(NoSuchPoint, RoleNeeded, NotYourUnit),
)
async def make_link(who: Caller, office: Office, point_id: UUID, what: NewScreen) -> ScreenLink:
    """为一块大厅屏幕生成一次性链接（24 小时内有效，仅限此签到点）"""
    label = what.label.strip()
    made = await screen.make_screen_link(office, who, point_id, label=label, shows_wall=what.shows_wall)
    return ScreenLink(made.row.id, made.row.label, made.row.shows_wall, made.url, made.row.link_expires_at)


@door.get("/events/<event_id:uuid>/screens", refusals=(NoSuchEvent, RoleNeeded, NotYourUnit))
async def list_screens(who: Caller, event_id: UUID) -> list[Screen]:
    """本活动的大厅屏幕"""
    return [Screen.of(row) for row in await screen.screens(who, event_id)]


@door.delete("/screens/<screen_id:uuid>", refusals=(NoSuchScreen, RoleNeeded, NotYourUnit))
async def take_back(who: Caller, office: Office, screen_id: UUID) -> None:
    """收回一块大厅屏幕"""
    await screen.take_screen_back(office, who, screen_id)


@door.post("/staff/screen-sessions", status=201, limit=4096, refusals=(StaffLinkInvalid,), pace=FALSE_LINKS)
async def open_session(office: Office, what: OpenScreen) -> OpenedScreen:
    """大厅屏幕凭一次性链接登录（仅显示签到码和人数）"""
    opened = await staff_phone.open_session(office, what.secret, device=what.device, point_id=what.point_id)
    return OpenedScreen(opened.token, opened.ends_at)


@door.get("/points/<point_id:uuid>/screen", refusals=(NoSuchPoint, NotYourEvent), takes_bound=True)
async def show(who: Caller, office: Office, point_id: UUID) -> OnScreen:
    """大厅屏幕所示：当前和下一个签到码"""
    now = await screen.show(office, who, point_id)
    drawn = await asyncio.gather(*(office.drawings.drawn(qr.svg, each.shown.text) for each in now.codes))
    codes = [
        CodeOnScreen(each.shown.text, picture.decode(), each.six_digits, each.valid_from, each.shown.valid_until)
        for each, picture in zip(now.codes, drawn, strict=True)
    ]
    event, period = now.point.event, now.codes[0].shown.period_seconds
    return OnScreen(now.now, event.id, event.title, now.point.name, now.shows_wall, period, codes)
