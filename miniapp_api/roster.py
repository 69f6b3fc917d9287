"""The roster of an event: as a list for people, as counts, and as phones carry it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities import roster
from capabilities.caller import Caller, NotYourEvent
from capabilities.event import NoSuchEvent
from capabilities.office import Office
from capabilities.roster import ChangesSince, PhoneRoster, PhoneRow, RosterLine
from capabilities.roster.for_phones import STATUSES
from miniapp_api.door import door
from models.enrolment import EnrolmentStatus
from models.event import EventStatus, PointPolicy


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
    """Enrolments by status, attendances by way, scans by verdict (refused ones too), who is there now by point id."""

    enrolments: dict[str, int]
    ways: dict[str, int]
    checked_out: int
    scans: dict[str, int]
    present: dict[UUID, int]


class RosterEvent(msgspec.Struct):
    """What the event itself says at its doors."""

    id: UUID
    title: str
    status: EventStatus
    starts_at: datetime | None
    ends_at: datetime | None
    opens_before_minutes: int
    allows_re_entry: bool


class RosterPoint(msgspec.Struct):
    id: UUID
    name: str
    is_entrance: bool
    policy: PointPolicy


class RosterShift(msgspec.Struct):
    id: UUID
    role: str
    starts_at: datetime
    ends_at: datetime


class Roster(msgspec.Struct):
    """Keep `version` and send it as `since`: then `entries` are those that have changed, each one whole again."""

    server_time: datetime
    version: str
    is_full: bool
    event: RosterEvent
    points: list[RosterPoint]
    shifts: list[RosterShift]
    statuses: list[EnrolmentStatus]
    entries: list[PhoneRow]

    @classmethod
    def of(cls, found: PhoneRoster) -> "Roster":
        event = found.event
        return cls(
            found.now,
            found.version,
            found.is_full,
            RosterEvent(
                event.id,
                event.title,
                event.status,
                event.starts_at,
                event.ends_at,
                event.check_in_opens_minutes,
                event.allows_re_entry,
            ),
            [RosterPoint(each.id, each.name, each.is_entrance, each.policy) for each in found.points],
            [RosterShift(each.id, each.role, each.starts_at, each.ends_at) for each in found.shifts],
            list(STATUSES),
            found.rows,
        )


class RosterAsked(msgspec.Struct, forbid_unknown_fields=True):
    """`since` is the version of the roster that the phone has; without one, or with one that is not ours, all of it."""

    since: Annotated[str, Meta(max_length=40)] | None = None


@door.get("/events/<event_id:uuid>/roster", refusals=(NoSuchEvent, NotYourEvent), takes_bound=True)
async def show_roster(who: Caller, office: Office, event_id: UUID, asked: RosterAsked) -> Roster:
    """工作手机离线核验用的名册（姓名脱敏，可只取变动）"""
    found = await roster.phone_roster(office, who, event_id, ChangesSince.read(asked.since))
    return Roster.of(found)


@door.get("/events/<event_id:uuid>/enrolments", refusals=(NoSuchEvent, NotYourEvent), takes_bound=True)
async def list_enrolled(who: Caller, event_id: UUID) -> list[OnTheRoster]:
    """活动的报名与签到名单（姓名脱敏）"""
    return [OnTheRoster.of(line) for line in await roster.roster(who, event_id)]


@door.get("/events/<event_id:uuid>/counts", refusals=(NoSuchEvent, NotYourEvent), takes_bound=True)
async def show_counts(who: Caller, event_id: UUID) -> EventCounts:
    """活动的报名、签到和拒绝数"""
    counted = await roster.counts(who, event_id)
    return EventCounts(counted.enrolments, counted.ways, counted.checked_out, counted.scans, counted.present)
