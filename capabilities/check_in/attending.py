"""Derive (推算) attendance and conflicts from the log: a pure fold over an enrolment's scans, in the order of time.

The log is the truth. What this returns depends on the set of scans alone and never on the order in which they came.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from capabilities.judging import NO_POINT, DoorPolicy, Passage, Verdict, ordered, standing
from models.conflict import ConflictKind
from models.doors import EarlierScan, EventRow, PointRow
from models.event import Event, EventStatus, Point, PointPolicy
from models.scan import Direction, Scan, ScanLine, ScanWay

# A line of the log: as a model, as it is judged, or as little of it as bears on the attendance.
Line = Scan | ScanLine | EarlierScan

# A phone that is off by more is no witness for the minute; a person looks.
CLOCK_LIMIT_S = 300


class Attending(msgspec.Struct, frozen=True, gc=False):
    """When somebody came and left, and the scans that say so."""

    came_at: datetime
    came_by: UUID
    came_point_id: UUID
    way: ScanWay
    left_at: datetime | None
    left_by: UUID | None


def passages_of(scans: Iterable[Line], points: Mapping[UUID, Point | PointRow]) -> list[Passage]:
    """Those scans that count, at points that are known."""
    return [
        Passage(scan.direction, scan.at, point.id, point.is_entrance, mark_of(scan), point.leaves_others)
        for scan in scans
        if scan.counts and scan.point_id is not None and (point := points.get(scan.point_id)) is not None
    ]


def mark_of(scan: Line) -> str:
    """Orders what happened in one moment: online first come first, late by what the phone itself gave.

    The id of a late scan's line would follow the order of upload.
    """
    return f"late/{scan.scanner}/{scan.nonce}" if scan.is_late else f"here/{scan.id.hex}"


def entrance_of(event: Event | EventRow, points: Iterable[Point | PointRow]) -> DoorPolicy:
    """The rules by which all entrances of an event count together."""
    policies = {point.policy for point in points if point.is_entrance}
    widest = next((each for each in (PointPolicy.MANY, PointPolicy.DAILY) if each in policies), PointPolicy.ONCE)
    return DoorPolicy(event.id, EventStatus.PUBLISHED, timedelta(0), NO_POINT, widest, True, event.allows_re_entry)


def derive(scans: Sequence[Line], entrance: DoorPolicy, points: Mapping[UUID, Point | PointRow]) -> Attending | None:
    """None where nobody came. `scans` are those of one enrolment that nobody annulled."""
    stands = standing(passages_of(scans, points), entrance)
    if stands.came is None:
        return None
    by_mark = {mark_of(scan): scan for scan in scans}
    came = by_mark[stands.came.mark]
    left = by_mark[stands.left.mark] if stands.left else None
    return Attending(
        came.at, came.id, stands.came.point_id, came.way, left.at if left else None, left.id if left else None
    )


def conflicts_in(
    scans: Sequence[Line], entrance: DoorPolicy, points: Mapping[UUID, Point | PointRow]
) -> Collection[ConflictKind]:
    """What a person must look at. `scans` are those of one enrolment that nobody annulled."""
    found = set()
    if _let_in_by_two(scans, entrance, points):
        found.add(ConflictKind.TWO_DEVICES)
    if any(scan.counts and abs(scan.clock_error_s or 0) > CLOCK_LIMIT_S for scan in scans):
        found.add(ConflictKind.CLOCK_OFF)
    if any(scan.seen in _LET_THROUGH and not scan.counts for scan in scans):
        found.add(ConflictKind.SEEN_DIFFERS)
    return found


_LET_THROUGH = (Verdict.CHECKED_IN, Verdict.CHECKED_OUT)


def _let_in_by_two(scans: Sequence[Line], entrance: DoorPolicy, points: Mapping[UUID, Point | PointRow]) -> bool:
    """Two devices each let the same person in, with no leaving between: one of the two may be somebody else."""
    if len(scans) < 2 or entrance.policy is PointPolicy.MANY:
        return False
    by_mark = {mark_of(scan): scan for scan in scans}
    inside: Line | None = None
    for each in ordered([passage for passage in passages_of(scans, points) if passage.is_entrance]):
        scan = by_mark[each.mark]
        if each.direction is Direction.OUT:
            inside = None
        elif _was_let_in(scan):
            if inside is not None and inside.scanner != scan.scanner:
                return True
            inside = scan
    return False


def _was_let_in(scan: Line) -> bool:
    """Somebody stood at the door and was told "come in": by the server, or by a phone without a network."""
    return (scan.seen if scan.is_late else scan.verdict) == Verdict.CHECKED_IN
