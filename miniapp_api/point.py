"""Points and their rules, for organizers."""

from uuid import UUID

import msgspec

from capabilities import point
from capabilities.caller import Caller, NotYourUnit, RoleNeeded
from capabilities.event import EventNotOpenToChange, NoSuchEvent
from capabilities.office import Office
from capabilities.point import PointInvalid, PointNameTaken, PointRules
from capabilities.sign_in_code import NoSuchPoint
from miniapp_api.door import door
from models.event import Point, PointPolicy


class PointRow(msgspec.Struct):
    id: UUID
    name: str
    rotates: bool
    rotation_seconds: int
    grace_seconds: int
    policy: PointPolicy
    is_entrance: bool
    leaves_others: bool
    latitude: float | None
    longitude: float | None
    radius_m: int | None

    @classmethod
    def of(cls, row: Point) -> "PointRow":
        return cls(**{name: getattr(row, name) for name in cls.__struct_fields__})


RULING = (RoleNeeded, NotYourUnit, EventNotOpenToChange, PointInvalid, PointNameTaken)


@door.post("/events/<event_id:uuid>/points", status=201, limit=4096, refusals=(NoSuchEvent, *RULING))
async def add(who: Caller, office: Office, event_id: UUID, what: PointRules) -> PointRow:
    """增加签到点"""
    return PointRow.of(await point.add(office, who, event_id, what))


@door.patch("/points/<point_id:uuid>", limit=4096, refusals=(NoSuchPoint, *RULING))
async def change(who: Caller, office: Office, point_id: UUID, what: PointRules) -> PointRow:
    """修改签到点（轮换、次数、位置核验）"""
    return PointRow.of(await point.change(office, who, point_id, what))
