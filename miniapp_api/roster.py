"""The roster of an event and its counts, for staff and organizers."""

from datetime import datetime
from uuid import UUID

import msgspec

from capabilities import roster
from capabilities.caller import Caller, NotYourEvent
from capabilities.event import NoSuchEvent
from capabilities.roster import RosterLine
from miniapp_api.door import door
from models.enrolment import EnrolmentStatus


class OnTheRoster(msgspec.Struct):
    enrolment_id: UUID
    shift_id: UUID
    status: EnrolmentStatus
    queue_no: int
    name_masked: str
    checked_in_at: datetime | None
    checked_out_at: datetime | None

    @classmethod
    def of(cls, line: RosterLine) -> "OnTheRoster":
        row, came = line.enrolment, line.attendance
        return cls(
            row.id,
            row.shift_id,
            row.status,
            row.queue_no,
            line.name,
            came.checked_in_at if came else None,
            came.checked_out_at if came else None,
        )


class EventCounts(msgspec.Struct):
    """Enrolments by status, attendances by way, scans by verdict (refused ones too)."""

    enrolments: dict[str, int]
    ways: dict[str, int]
    checked_out: int
    scans: dict[str, int]


@door.get("/events/<event_id:uuid>/roster", refusals=(NoSuchEvent, NotYourEvent))
async def show_roster(who: Caller, event_id: UUID) -> list[OnTheRoster]:
    """活动名册（姓名脱敏）"""
    return [OnTheRoster.of(line) for line in await roster.roster(who, event_id)]


@door.get("/events/<event_id:uuid>/counts", refusals=(NoSuchEvent, NotYourEvent))
async def show_counts(who: Caller, event_id: UUID) -> EventCounts:
    """活动的报名、签到和拒绝数"""
    counted = await roster.counts(who, event_id)
    return EventCounts(counted.enrolments, counted.ways, counted.checked_out, counted.scans)
