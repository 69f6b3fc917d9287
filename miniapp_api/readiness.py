"""Readiness: what a phone says of itself, and what the organizer sees the day before."""

from datetime import datetime
from uuid import UUID

import msgspec
from sanic import HTTPResponse
from sanic.response import raw

from capabilities import readiness
from capabilities.caller import Caller, NotYourEvent
from capabilities.event import NoSuchEvent
from capabilities.office import Office
from capabilities.readiness import DeviceReport, DeviceState, Lack, NoSuchDevice
from kit import qr
from miniapp_api.door import door


class DeviceShown(msgspec.Struct):
    """`lacks` is empty where the phone is ready. `clock_error_s`: by how many seconds it is ahead."""

    code: str
    label: str
    is_ready: bool
    lacks: list[Lack]
    heard_at: datetime
    clock_error_s: int | None
    roster_loaded_at: datetime | None
    roster_size: int | None
    test_code_at: datetime | None
    waiting_scans: int

    @classmethod
    def of(cls, state: DeviceState) -> "DeviceShown":
        row = state.row
        return cls(
            row.code,
            state.label,
            not state.lacks,
            list(state.lacks),
            row.heard_at,
            row.clock_error_s,
            row.roster_loaded_at,
            row.roster_size,
            row.test_code_at,
            row.waiting_scans,
        )


@door.put(
    "/staff/devices/<device:str>", limit=4096, refusals=(NoSuchDevice, NoSuchEvent, NotYourEvent), takes_bound=True
)
async def report(who: Caller, office: Office, device: str, what: DeviceReport) -> DeviceShown:
    """工作手机报告准备情况（名册、时钟、测试码、待传数）"""
    return DeviceShown.of(await readiness.report(office, who, device, what))


@door.get("/events/<event_id:uuid>/devices", refusals=(NoSuchEvent, NotYourEvent), takes_bound=True)
async def list_devices(who: Caller, office: Office, event_id: UUID) -> list[DeviceShown]:
    """现场手机的准备情况"""
    return [DeviceShown.of(each) for each in await readiness.devices(office, who, event_id)]


@door.get("/events/<event_id:uuid>/test-code.svg", refusals=(NoSuchEvent, NotYourEvent), takes_bound=True)
async def draw_test_code(who: Caller, office: Office, event_id: UUID) -> HTTPResponse:
    """测试码（SVG 图片），用于核对手机能否扫码，不产生签到"""
    drawn = await office.drawings.drawn(qr.svg, await readiness.code_for_testing(who, event_id))
    return raw(drawn, content_type="image/svg+xml", headers={"cache-control": "no-store"})
