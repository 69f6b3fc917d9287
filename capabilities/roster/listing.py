"""The roster for people, and its counts: who is expected, who came, what the doors refused."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from capabilities.caller import Caller
from capabilities.event import NoSuchEvent
from capabilities.masks import mask_name
from capabilities.registration import names_of
from models.attendance import Attendance
from models.enrolment import Enrolment
from models.event import Event, Point
from models.presence import present_by_point
from models.scan import Scan


@dataclass(frozen=True)
class RosterLine:
    """`name` is masked; staff see the whole name only under a verdict."""

    enrolment: Enrolment
    name: str
    attendance: Attendance | None


@dataclass(frozen=True)
class Counts:
    """`scans` counts every line of the log by its verdict, `ways` the attendances by how people came.

    `present` says for each point how many are there now; who leaves a point has not checked out thereby.
    """

    enrolments: dict[str, int]
    ways: dict[str, int]
    checked_out: int
    scans: dict[str, int]
    present: dict[UUID, int]


async def roster(who: Caller, event_id: UUID) -> list[RosterLine]:
    event = await for_staff(who, event_id)
    rows = await Enrolment.filter(event_id=event.id).order_by("shift_id", "queue_no")
    names = await names_of([row.person_id for row in rows])
    came = {each.enrolment_id: each for each in await Attendance.filter(event_id=event.id)}
    return [RosterLine(row, mask_name(names.get(row.person_id, "")), came.get(row.id)) for row in rows]


async def counts(who: Caller, event_id: UUID) -> Counts:
    event = await for_staff(who, event_id)
    came = await Attendance.filter(event_id=event.id)
    return Counts(
        enrolments=dict(Counter(row.status.value for row in await Enrolment.filter(event_id=event.id))),
        ways=dict(Counter(each.way.value for each in came)),
        checked_out=sum(each.checked_out_at is not None for each in came),
        scans=dict(Counter(scan.verdict for scan in await Scan.filter(event_id=event.id))),
        present=await _present(event.id),
    )


async def _present(event_id: UUID) -> dict[UUID, int]:
    points = await Point.filter(event_id=event_id).order_by("id").values_list("id", flat=True)
    counted = await present_by_point(event_id)
    return {UUID(str(point)): counted.get(UUID(str(point)), 0) for point in points}


async def for_staff(who: Caller, event_id: UUID) -> Event:
    """The event, for who is on duty there. Raises `NoSuchEvent` or `NotYourEvent`."""
    event = await Event.get_or_none(id=event_id).select_related("unit")
    if event is None:
        raise NoSuchEvent
    who.require_staff_of(event.id, event.unit.path)
    return event
