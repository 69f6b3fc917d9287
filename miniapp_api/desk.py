"""The desk: find somebody on the roster, sign in by hand."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities import desk
from capabilities.caller import Caller, NotYourEvent
from capabilities.check_in import REFUSALS, ReasonForChangeNeeded
from capabilities.desk import Found, ManualScan, SearchTooShort
from capabilities.enrolment import NoSuchEnrolment
from capabilities.event import NoSuchEvent
from capabilities.office import Office
from capabilities.sign_in_code import NoSuchPoint
from kit.pace import Pace
from miniapp_api.check_in import ScanAnswer
from miniapp_api.door import door
from models.enrolment import EnrolmentStatus

# Fast enough for a queue at the desk, too slow for reading out a roster by guessing.
SEARCHING = Pace(60, 300, name="desk")


class DeskSearch(msgspec.Struct, forbid_unknown_fields=True):
    q: Annotated[str, Meta(min_length=1, max_length=30)]


class FoundAtDesk(msgspec.Struct):
    enrolment_id: UUID
    shift_id: UUID
    status: EnrolmentStatus
    name_masked: str
    phone_masked: str
    checked_in_at: datetime | None
    checked_out_at: datetime | None

    @classmethod
    def of(cls, found: Found) -> "FoundAtDesk":
        row, came = found.enrolment, found.attendance
        return cls(
            row.id,
            row.shift_id,
            row.status,
            found.name,
            found.phone,
            came.checked_in_at if came else None,
            came.checked_out_at if came else None,
        )


@door.get("/events/<event_id:uuid>/desk", refusals=(NoSuchEvent, NotYourEvent, SearchTooShort), pace=SEARCHING)
async def search(who: Caller, office: Office, event_id: UUID, asked: DeskSearch) -> list[FoundAtDesk]:
    """服务台按姓名、志愿者编号或手机后四位查找（脱敏，留痕）"""
    return [FoundAtDesk.of(each) for each in await desk.search(office, who, event_id, asked.q)]


@door.post(
    "/scans/manual",
    limit=4096,
    refusals=(NoSuchPoint, NotYourEvent, NoSuchEnrolment, ReasonForChangeNeeded, *REFUSALS.values()),
)
async def sign_in(who: Caller, office: Office, what: ManualScan) -> ScanAnswer:
    """服务台人工签到或签退（须写明理由）"""
    return ScanAnswer.of(await desk.sign_in(office, who, what))
