"""Late scans (补传): what a staff phone scanned without a network, with the time at which it happened.

A phone's clock may be wrong. What it says the time is when it uploads tells by how much; its scans are moved by
that. The same scans uploaded twice, in halves, shuffled or by several phones come to the same attendance.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities.caller import Caller, NotYourEvent
from capabilities.check_in.at_once import AtTheDoor, Said, Seen
from capabilities.check_in.scanning import Code, Device, Gate, Nonce, judged_once, judged_with_others
from capabilities.check_in.table import Presentation
from capabilities.judging import Verdict
from capabilities.office import Office
from capabilities.registration import names_of
from capabilities.sign_in_code import NoSuchPoint
from kit.errors import Refusal
from models.conflict import Device as DeviceRow
from models.enrolment import Enrolment
from models.event import Point
from models.scan import Direction, Scan, ScanLine, ScanWay

MOST_AT_ONCE = 500
# Below this the difference is the network's, not the clock's.
UNNOTICED_S = 2
# A clock that is off by more than this was never set; only the order within the upload means anything.
FURTHEST = timedelta(days=2)


class LateScan(msgspec.Struct, forbid_unknown_fields=True):
    """`scanned_at` is the phone's time then, `seen` the verdict that the phone showed."""

    point_id: UUID
    code: Code
    nonce: Nonce
    scanned_at: Annotated[datetime, Meta(tz=True)]
    direction: Direction = Direction.IN
    seen: Verdict | None = None
    gate: Gate | None = None


class LateScans(msgspec.Struct, forbid_unknown_fields=True):
    """`sent_at` is the phone's time at this upload. At most 500 scans."""

    device_id: Device
    sent_at: Annotated[datetime, Meta(tz=True)]
    scans: Annotated[list[LateScan], Meta(min_length=1, max_length=MOST_AT_ONCE)]


@dataclass(frozen=True)
class LateAnswer:
    """One scan's: the line of the log, or why it is not in the log."""

    nonce: str
    scan: Said | None
    name: str | None = None
    refusal: Refusal | None = None


async def upload(office: Office, who: Caller, late: LateScans) -> list[LateAnswer]:
    """A verdict for each scan, in the order given; one that is refused does not hold up the others."""
    now = office.now()
    points = {point.id: point for point in await _points(late)}
    error = clock_error(late.sent_at, now)
    refusals = {each.nonce: _refusal(who, points.get(each.point_id)) for each in late.scans}
    taken = [each for each in late.scans if refusals[each.nonce] is None]
    await _hear(who, late, taken, points, error, now)
    brought = [AtTheDoor(_presented(who, late.device_id, each, error, now), who) for each in taken]
    seen = await _all_judged(office, brought)
    return [
        LateAnswer(each.nonce, None, refusal=refusal)
        if (refusal := refusals[each.nonce]) is not None
        else LateAnswer(each.nonce, seen[each.nonce].line, seen[each.nonce].name)
        for each in late.scans
    ]


async def _all_judged(office: Office, brought: Sequence[AtTheDoor]) -> dict[str, Seen]:
    """By nonce: together as far as that goes, then the rest."""
    together = await asyncio.gather(*(judged_with_others(office, each) for each in brought))
    seen = {each.presented.nonce: found for each, found in zip(brought, together, strict=True) if found is not None}
    rest = [each.presented for each in brought if each.presented.nonce not in seen]
    lines = await asyncio.gather(*(judged_once(office, each) for each in rest))
    names = await _names(lines)
    return seen | {
        line.nonce: Seen(line, names.get(line.enrolment_id) if line.enrolment_id else None) for line in lines
    }


def clock_error(sent_at: datetime, received_at: datetime) -> timedelta:
    """By how much the phone is ahead, in whole seconds; zero for what may be the way through the network."""
    seconds = round((sent_at - received_at).total_seconds())
    return timedelta(seconds=seconds if abs(seconds) > UNNOTICED_S else 0)


def corrected(scanned_at: datetime, error: timedelta, received_at: datetime) -> datetime:
    """When it happened by our clock; nothing happened after it was received, nor two days before."""
    return max(min(scanned_at - error, received_at), received_at - FURTHEST)


async def _points(late: LateScans) -> list[Point]:
    ids = list({each.point_id for each in late.scans})
    return await Point.filter(id__in=ids).select_related("event__unit")


def _refusal(who: Caller, point: Point | None) -> Refusal | None:
    if point is None:
        return NoSuchPoint()
    try:
        who.require_staff_of(point.event.id, point.event.unit.path)
    except NotYourEvent as refusal:
        return refusal
    return None


def _presented(who: Caller, device: str, each: LateScan, error: timedelta, now: datetime) -> Presentation:
    return Presentation(
        who.person_id,
        ScanWay.PERSONAL_CODE,
        each.direction,
        each.nonce,
        each.code,
        each.scanned_at,
        now,
        each.point_id,
        is_late=True,
        happened_at=corrected(each.scanned_at, error, now),
        seen=each.seen.value if each.seen else None,
        device=device,
        gate=each.gate,
        clock_error_s=int(error.total_seconds()),
    )


async def _hear(
    who: Caller,
    late: LateScans,
    taken: Sequence[LateScan],
    points: Mapping[UUID, Point],
    error: timedelta,
    now: datetime,
) -> None:
    """Note of each event's device when it was heard and how wrong its clock is."""
    for event_id in sorted({points[each.point_id].event_id for each in taken}):
        heard = {"clock_error_s": int(error.total_seconds()), "heard_at": now}
        found = DeviceRow.filter(event_id=event_id, person_id=who.person_id, code=late.device_id)
        if not await found.update(**heard):
            row = DeviceRow(event_id=event_id, person_id=who.person_id, code=late.device_id, **heard)
            await DeviceRow.bulk_create([row], ignore_conflicts=True)


async def _names(judged: Sequence[Scan | ScanLine]) -> dict[UUID, str]:
    """Whole names of this event's people, by enrolment, for those at the door."""
    ids = {scan.enrolment_id: scan.event_id for scan in judged if scan.enrolment_id is not None}
    rows = [row for row in await Enrolment.filter(id__in=list(ids)) if ids[row.id] == row.event_id]
    names = await names_of([row.person_id for row in rows])
    return {row.id: names[row.person_id] for row in rows if row.person_id in names}
