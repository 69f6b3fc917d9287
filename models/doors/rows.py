"""What a door needs of points, enrolments and earlier scans, under the names that the models have for it."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from models.enrolment import EnrolmentStatus
from models.event import EventStatus, PointPolicy
from models.scan import Direction, ScanWay
from models.volunteer import Volunteer


class EventRow(NamedTuple):
    id: UUID
    title: str
    status: EventStatus
    check_in_opens_minutes: int
    allows_re_entry: bool
    unit_path: str


class PointRow(NamedTuple):
    id: UUID
    event_id: UUID
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
    event: EventRow


class ShiftRow(NamedTuple):
    starts_at: datetime
    ends_at: datetime


class EnrolmentRow(NamedTuple):
    id: UUID
    event_id: UUID
    status: EnrolmentStatus
    door_version: int
    shift: ShiftRow


class EarlierScan(msgspec.Struct, array_like=True):
    """A line of the log that may bear on the attendance; `scanner` is the device, or who scanned."""

    id: UUID
    direction: Direction
    at: datetime
    counts: bool
    point_id: UUID | None
    is_late: bool
    scanner: str
    nonce: str
    seen: str | None
    verdict: str
    clock_error_s: int | None
    way: ScanWay


class LoggedScan(msgspec.Struct, array_like=True):
    """A line that stands in the log already: what is said again to whoever sends its nonce again."""

    id: UUID
    verdict: str
    direction: Direction
    enrolment_id: UUID | None
    event_id: UUID
    nonce: str
    facts: dict[str, Any]


class Found(msgspec.Struct):
    """What the database says to one scan. `logged` is the line with this nonce of this scanner."""

    logged: LoggedScan | None = None
    has_ticket: bool = False
    is_revoked: bool = False
    enrolment: EnrolmentRow | None = None
    sealed_name: bytes | None = None
    earlier: list[EarlierScan] = msgspec.field(default_factory=list)
    has_conflict: bool = False

    @property
    def name(self) -> str | None:
        sealed: Any = Volunteer._meta.fields_map["name"]
        name: str | None = sealed.to_python_value(self.sealed_name)
        return name or None
