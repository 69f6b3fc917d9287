"""Staff phones: an organizer's one-time link, the phone's session, and what the organizer sees of them."""

import asyncio
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities import staff_phone
from capabilities.caller import Caller, NotYourUnit, RoleNeeded
from capabilities.check_in.scanning import Device
from capabilities.event import NoSuchEvent
from capabilities.office import Office
from capabilities.staff_phone import NoSuchStaffPhone, StaffLinkInvalid
from kit import qr
from kit.pace import By, Pace
from miniapp_api.door import door
from models.staff_pass import StaffPass

# A hall of phones signs in from one address; only false links count.
FALSE_LINKS = Pace(30, 15 * 60, By.ADDRESS, only=(StaffLinkInvalid,))


class NewPhone(msgspec.Struct, forbid_unknown_fields=True):
    """`label` says who will hold the phone, or at which door."""

    label: Annotated[str, Meta(min_length=1, max_length=30)]


class StaffLink(msgspec.Struct):
    """Shown once. The secret stands behind the `#`, so that it is in no log; `qr_svg` draws `url`."""

    id: UUID
    label: str
    url: str
    qr_svg: str
    expires_at: datetime


class StaffPhone(msgspec.Struct):
    id: UUID
    label: str
    made_at: datetime
    link_expires_at: datetime
    device: str | None
    opened_at: datetime | None
    taken_back_at: datetime | None

    @classmethod
    def of(cls, row: StaffPass) -> "StaffPhone":
        return cls(**{name: getattr(row, name) for name in cls.__struct_fields__})


class OpenPhone(msgspec.Struct, forbid_unknown_fields=True):
    """`secret` is what stands behind the `#`; `device` is what the phone calls itself from now on."""

    secret: Annotated[str, Meta(min_length=1, max_length=100)]
    device: Device


class OpenedPhone(msgspec.Struct):
    token: str
    event_id: UUID
    event_title: str
    label: str
    ends_at: datetime


@door.post(
    "/events/<event_id:uuid>/staff-links",
    status=201,
    limit=4096,
    refusals=(NoSuchEvent, RoleNeeded, NotYourUnit),
)
async def make_link(who: Caller, office: Office, event_id: UUID, what: NewPhone) -> StaffLink:
    """为一台工作手机生成一次性二维码（24 小时内有效）"""
    made = await staff_phone.make_link(office, who, event_id, what.label)
    # Not kept as other pictures are: who has the address is the phone.
    drawn = await asyncio.to_thread(qr.svg, made.url)
    return StaffLink(made.row.id, made.row.label, made.url, drawn.decode(), made.row.link_expires_at)


@door.get("/events/<event_id:uuid>/staff-phones", refusals=(NoSuchEvent, RoleNeeded, NotYourUnit))
async def list_phones(who: Caller, event_id: UUID) -> list[StaffPhone]:
    """本活动的工作手机"""
    return [StaffPhone.of(row) for row in await staff_phone.phones(who, event_id)]


@door.delete("/staff-phones/<staff_phone_id:uuid>", refusals=(NoSuchStaffPhone, RoleNeeded, NotYourUnit))
async def take_back(who: Caller, office: Office, staff_phone_id: UUID) -> None:
    """收回一台工作手机的权限"""
    await staff_phone.take_back(office, who, staff_phone_id)


@door.post("/staff/sessions", status=201, limit=4096, refusals=(StaffLinkInvalid,), pace=FALSE_LINKS)
async def open_session(office: Office, what: OpenPhone) -> OpenedPhone:
    """工作手机凭一次性二维码登录（仅限本活动现场）"""
    opened = await staff_phone.open_session(office, what.secret, device=what.device)
    event = opened.row.event
    return OpenedPhone(opened.token, event.id, event.title, opened.row.label, opened.ends_at)
