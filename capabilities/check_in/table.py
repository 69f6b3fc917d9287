"""The table on which a batch of scans is laid out, judged and written."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from tortoise.expressions import F

from capabilities.check_in.attending import Attending, Line, conflicts_in, derive, entrance_of, passages_of
from capabilities.check_in.place import Location, place_of
from capabilities.judging import Attempt, DoorPolicy, Judgement, Passage, RosterEntry, ScannedCode, judge, standing
from models.attendance import Attendance
from models.conflict import Conflict, ConflictKind
from models.doors import EnrolmentRow, PointRow
from models.enrolment import Enrolment
from models.event import EventStatus, Point
from models.fields import blind
from models.scan import NOWHERE, Direction, Place, Scan, ScanLine, ScanWay

# Two processes' clocks may differ by this much; nobody leaves before having come.
CLOCKS_APART = timedelta(seconds=10)


class Presentation(msgspec.Struct, frozen=True, gc=False):
    """One scan on its way to be judged. `actor_id` is who scanned: the person the venue's code, or staff theirs.

    A late one was made without a network: `happened_at` is its corrected time and `seen` what staff were shown.
    """

    actor_id: UUID
    way: ScanWay
    direction: Direction
    nonce: str
    code: str
    scanned_at: datetime
    received_at: datetime
    point_id: UUID | None = None
    is_late: bool = False
    happened_at: datetime | None = None
    seen: str | None = None
    device: str | None = None
    gate: str | None = None
    location: Location | None = None
    clock_error_s: int | None = None
    reason: str | None = None
    enrolment_id: UUID | None = None

    @property
    def key(self) -> tuple[UUID, str]:
        return self.actor_id, self.nonce

    @property
    def at(self) -> datetime:
        return self.happened_at or self.received_at


class Opened(msgspec.Struct, gc=False):
    """A presentation with its code opened: the point it happened at, and the ticket or person it speaks of."""

    code: ScannedCode
    point: Point | PointRow | None
    enrolment: Enrolment | EnrolmentRow | None


@dataclass
class Before:
    """What the database said before this batch, of its enrolments and of all points of their events.

    Annulled scans are not among the scans.
    """

    scans: dict[UUID, list[Line]] = field(default_factory=dict)
    attendances: dict[UUID, Attendance] = field(default_factory=dict)
    points: dict[UUID, Point | PointRow] = field(default_factory=dict)
    conflicts: dict[UUID, dict[ConflictKind, Conflict]] = field(default_factory=dict)


class Table:
    """Everything a batch needs, laid out before judging, and what judging adds."""

    def __init__(self, before: Before) -> None:
        self._before = before
        self._scans: list[ScanLine] = []
        self._touched: dict[UUID, Any] = {}
        self._doors: dict[tuple[UUID, bool], DoorPolicy] = {}

    def judge(self, presented: Presentation, opened: Opened) -> ScanLine:
        enrolment = opened.enrolment
        at = self._moment(presented, enrolment)
        attempt = Attempt(presented.direction, at, place_of(presented.location, opened.point))
        passages = self._passages(enrolment)
        scan = _line(presented, opened, attempt, self._judge(presented, opened, attempt, passages))
        if enrolment is not None and enrolment.event_id == scan.event_id:
            if scan.counts or scan.is_late:
                self._before.scans.setdefault(enrolment.id, []).append(scan)
                self._touched[enrolment.id] = enrolment
                passages = self._passages(enrolment)
        else:
            passages = ()
        scan.facts = self._facts(opened, passages)
        self._scans.append(scan)
        return scan

    def _passages(self, enrolment: Enrolment | EnrolmentRow | None) -> Sequence[Passage]:
        scans = self._before.scans.get(enrolment.id) if enrolment is not None else None
        return passages_of(scans, self._before.points) if scans else ()

    def _door(self, point: Point | PointRow, *, is_late: bool = False) -> DoorPolicy:
        """The same few doors are judged by again and again."""
        door = self._doors.get((point.id, is_late))
        if door is None:
            door = self._doors[point.id, is_late] = _door(point, is_late=is_late)
        return door

    def _moment(self, presented: Presentation, enrolment: Enrolment | EnrolmentRow | None) -> datetime:
        scans = self._before.scans.get(enrolment.id) if enrolment is not None else None
        if presented.is_late or not scans:
            return presented.at
        latest = max(scan.at for scan in scans)
        is_a_moment = latest - presented.at <= CLOCKS_APART
        return max(presented.at, latest) if is_a_moment else presented.at

    def _judge(
        self, presented: Presentation, opened: Opened, attempt: Attempt, passages: Sequence[Passage]
    ) -> Judgement:
        door = self._door(opened.point, is_late=presented.is_late) if opened.point else None
        enrolment, entry = opened.enrolment, None
        if enrolment is not None:
            entry = RosterEntry(
                enrolment.event_id,
                enrolment.id,
                enrolment.status,
                enrolment.shift.starts_at,
                enrolment.shift.ends_at,
                tuple(passages),
            )
        return judge(entry, door, opened.code, attempt)

    def _facts(self, opened: Opened, passages: Sequence[Passage]) -> dict[str, Any]:
        """What the answer says beside the verdict: where this was, since when and where the person is in, until when.

        Staff learn of the people of their own event only, so nothing is said of an attendance elsewhere.
        """
        point = opened.point
        if point is None:
            return {}
        facts: dict[str, Any] = {"point_name": point.name, "event_title": point.event.title}
        stands = standing(passages, self._door(point))
        if stands.came is not None:
            facts["checked_in_at"] = stands.came.at.isoformat()
            facts["checked_in_at_point"] = self._before.points[stands.came.point_id].name
            if stands.left is not None:
                facts["checked_out_at"] = stands.left.at.isoformat()
        return facts

    async def write(self) -> None:
        await Scan.bulk_create(line.row for line in self._scans)
        await settle(self._touched.values(), self._before, max((s.received_at for s in self._scans), default=None))


async def settle(enrolments: Iterable[Enrolment], before: Before, now: datetime | None) -> None:
    """Make the attendances and conflicts of these enrolments what their scans say."""
    came, gone, found, over = [], [], [], []
    touched = list(enrolments)
    # Who read these before, and judges without their locks, judges anew.
    await Enrolment.filter(id__in=[each.id for each in touched]).update(door_version=F("door_version") + 1)
    for enrolment in touched:
        event_points = [point for point in before.points.values() if point.event_id == enrolment.event_id]
        if not event_points:
            continue
        entrance = entrance_of(event_points[0].event, event_points)
        scans = before.scans.get(enrolment.id, [])
        attending = derive(scans, entrance, before.points)
        stands = before.attendances.get(enrolment.id)
        if attending is None:
            gone += [stands.id] if stands else []
        elif stands is None:
            came.append(_attendance(enrolment, attending))
        elif _put(stands, attending):
            await stands.save(update_fields=_DERIVED)
        kinds = conflicts_in(scans, entrance, before.points)
        known = before.conflicts.get(enrolment.id, {})
        found += [
            Conflict(event_id=enrolment.event_id, enrolment_id=enrolment.id, kind=kind, found_at=now)
            for kind in sorted(set(kinds) - known.keys())
        ]
        # What looked odd until the rest arrived is no conflict; what a person decided stays on record.
        over += [row.id for kind, row in known.items() if kind not in kinds and row.decided_at is None]
    await Attendance.bulk_create(came)
    if gone:
        await Attendance.filter(id__in=gone).delete()
    if over:
        await Conflict.filter(id__in=over, decided_at=None).delete()
    await Conflict.bulk_create(found, ignore_conflicts=True)


_DERIVED = ("way", "point_id", "checked_in_at", "check_in_scan_id", "checked_out_at", "check_out_scan_id")


def _values(attending: Attending) -> dict[str, Any]:
    return {
        "way": attending.way,
        "point_id": attending.came_point_id,
        "checked_in_at": attending.came_at,
        "check_in_scan_id": attending.came_by,
        "checked_out_at": attending.left_at,
        "check_out_scan_id": attending.left_by,
    }


def _attendance(enrolment: Enrolment, attending: Attending) -> Attendance:
    return Attendance(event_id=enrolment.event_id, enrolment_id=enrolment.id, **_values(attending))


def _put(stands: Attendance, attending: Attending) -> bool:
    """Whether anything changed."""
    values = _values(attending)
    is_changed = any(getattr(stands, name) != value for name, value in values.items())
    for name, value in values.items():
        setattr(stands, name, value)
    return is_changed


def _door(point: Point | PointRow, *, is_late: bool = False) -> DoorPolicy:
    event = point.event
    # Ended by hand in the evening, an event still takes what its doors saw in the morning.
    is_over = event.status is EventStatus.ENDED and is_late
    return DoorPolicy(
        event.id,
        EventStatus.PUBLISHED if is_over else event.status,
        timedelta(minutes=event.check_in_opens_minutes),
        point.id,
        point.policy,
        point.is_entrance,
        event.allows_re_entry,
    )


def _line(presented: Presentation, opened: Opened, attempt: Attempt, judgement: Judgement) -> ScanLine:
    return ScanLine(
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
        happened_at=attempt.at,
        verdict=judgement.verdict.value,
        is_admitted=judgement.is_admitted,
        is_late=presented.is_late,
        seen=presented.seen,
        device=presented.device,
        gate=presented.gate,
        place=None if attempt.place is Place.UNKNOWN else attempt.place.value,
        clock_error_s=presented.clock_error_s,
        reason=presented.reason,
    )


def grouped(scans: Sequence[Scan]) -> dict[UUID, list[Line]]:
    by_enrolment: dict[UUID, list[Line]] = defaultdict(list)
    for scan in scans:
        if scan.enrolment_id is not None:
            by_enrolment[scan.enrolment_id].append(scan)
    return dict(by_enrolment)
