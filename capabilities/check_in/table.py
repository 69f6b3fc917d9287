"""The table on which a batch of scans is laid out, judged and written."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from capabilities.judging import DoorPolicy, RosterEntry, ScannedCode, Verdict, judge
from models.attendance import Attendance
from models.enrolment import Enrolment
from models.event import Event, Point
from models.fields import blind
from models.scan import NOWHERE, Direction, Scan, ScanWay


@dataclass(frozen=True)
class Presentation:
    """One scan on its way to be judged. `subject_id` is who scanned the venue's code; staff scan somebody else's."""

    actor_id: UUID
    way: ScanWay
    direction: Direction
    nonce: str
    code: str
    scanned_at: datetime
    received_at: datetime
    point_id: UUID | None = None

    @property
    def key(self) -> tuple[UUID, str]:
        return self.actor_id, self.nonce


@dataclass
class Opened:
    """A presentation with its code opened: the point it happened at, and the ticket or person it speaks of."""

    code: ScannedCode
    point: Point | None
    enrolment: Enrolment | None


class Table:
    """Everything a batch needs, laid out before judging, and what judging adds."""

    def __init__(
        self, opened: dict[tuple[UUID, str], Opened], attendances: dict[UUID, Attendance], point_names: dict[UUID, str]
    ) -> None:
        """`point_names` names every point of the presentations and of the attendances."""
        self._opened = opened
        self._attendances = attendances
        self._point_names = point_names
        self._scans: list[Scan] = []
        self._came: list[Attendance] = []
        self._left: list[Attendance] = []

    def judge(self, presented: Presentation) -> Scan:
        opened = self._opened[presented.key]
        entry, door = self._entry(opened.enrolment), _door(opened.point)
        verdict = judge(entry, door, opened.code, presented.direction, presented.received_at)
        scan = _line(presented, opened, verdict)
        if verdict.is_accepted and opened.enrolment and opened.point:
            self._attend(scan, opened.enrolment, opened.point)
        scan.facts = self._facts(opened)
        self._scans.append(scan)
        return scan

    def _entry(self, enrolment: Enrolment | None) -> RosterEntry | None:
        if enrolment is None:
            return None
        attendance = self._attendances.get(enrolment.id)
        return RosterEntry(
            enrolment.event_id,
            enrolment.id,
            enrolment.status,
            enrolment.shift.starts_at,
            enrolment.shift.ends_at,
            attendance.checked_in_at if attendance else None,
            attendance.checked_out_at if attendance else None,
        )

    def _attend(self, scan: Scan, enrolment: Enrolment, point: Point) -> None:
        if scan.direction is Direction.OUT:
            attendance = self._attendances[enrolment.id]
            # Two processes' clocks may differ by a moment; nobody leaves before having come.
            left_at = max(scan.received_at, attendance.checked_in_at)
            attendance.checked_out_at, attendance.check_out_scan_id = left_at, scan.id
            self._left.append(attendance)
            return
        attendance = Attendance(
            event_id=enrolment.event_id,
            enrolment_id=enrolment.id,
            way=scan.way,
            point_id=point.id,
            checked_in_at=scan.received_at,
            check_in_scan_id=scan.id,
        )
        self._attendances[enrolment.id] = attendance
        self._came.append(attendance)

    def _facts(self, opened: Opened) -> dict[str, Any]:
        """What the answer says beside the verdict: where this was, since when and where the person is in, until when.

        Staff learn of the people of their own event only, so nothing is said of an attendance elsewhere.
        """
        facts: dict[str, Any] = {}
        if opened.point is not None:
            facts |= {"point_name": opened.point.name, "event_title": opened.point.event.title}
        attendance = self._attendances.get(opened.enrolment.id) if opened.enrolment else None
        if attendance is not None and opened.point is not None and attendance.event_id == opened.point.event_id:
            facts["checked_in_at"] = attendance.checked_in_at.isoformat()
            facts["checked_in_at_point"] = self._point_names.get(attendance.point_id)
            if attendance.checked_out_at is not None:
                facts["checked_out_at"] = attendance.checked_out_at.isoformat()
        return facts

    async def write(self) -> None:
        came = {attendance.id for attendance in self._came}
        await Attendance.bulk_create(self._came)
        for attendance in self._left:
            # One batch may hold both ways of one person; the row then carries both already.
            if attendance.id not in came:
                await attendance.save(update_fields=["checked_out_at", "check_out_scan_id"])
        await Scan.bulk_create(self._scans)


def _door(point: Point | None) -> DoorPolicy | None:
    if point is None:
        return None
    event: Event = point.event
    return DoorPolicy(event.id, event.status, timedelta(minutes=event.check_in_opens_minutes))


def _line(presented: Presentation, opened: Opened, verdict: Verdict) -> Scan:
    return Scan(
        event_id=opened.point.event_id if opened.point else NOWHERE,
        point_id=opened.point.id if opened.point else None,
        enrolment_id=opened.enrolment.id if opened.enrolment else None,
        scanned_by_id=presented.actor_id,
        way=presented.way,
        direction=presented.direction,
        nonce=presented.nonce,
        code_digest=blind(presented.code, kind="scanned"),
        scanned_at=presented.scanned_at,
        received_at=presented.received_at,
        verdict=verdict.value,
    )
