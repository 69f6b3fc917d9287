"""Sign in and out: I scan the venue's code, or staff scan mine."""

from typing import Any
from uuid import UUID

import msgspec

from capabilities import check_in
from capabilities.caller import Caller, NotYourEvent
from capabilities.check_in import REFUSALS, Judged, MyScan, StaffScan
from capabilities.judging import Verdict
from capabilities.office import Office
from capabilities.sign_in_code import NoSuchPoint
from miniapp_api.door import door
from models.scan import Direction


class ScanAnswer(msgspec.Struct, omit_defaults=True):
    """The same nonce gets the same answer again. `name` is there for staff only."""

    verdict: Verdict
    scan_id: UUID
    direction: Direction
    checked_in_at: str | None = None
    checked_in_at_point: str | None = None
    checked_out_at: str | None = None
    point_name: str | None = None
    event_title: str | None = None
    name: str | None = None

    @classmethod
    def of(cls, judged: Judged) -> "ScanAnswer":
        scan = judged.scan
        facts: dict[str, Any] = scan.facts
        return cls(Verdict(scan.verdict), scan.id, scan.direction, name=judged.name, **facts)


@door.post("/check-ins", limit=4096, refusals=tuple(REFUSALS.values()))
async def check_in_here(who: Caller, office: Office, what: MyScan) -> ScanAnswer:
    """扫描现场签到码签到或签退"""
    return ScanAnswer.of(await check_in.check_in(office, who, what))


@door.post("/scans", limit=4096, refusals=(NoSuchPoint, NotYourEvent, *REFUSALS.values()))
async def scan_person(who: Caller, office: Office, what: StaffScan) -> ScanAnswer:
    """工作人员扫描个人签到码"""
    return ScanAnswer.of(await check_in.scan_person(office, who, what))
