"""Signals (异常提示): what looks odd in an event's log, shown to staff. None of it refuses anybody."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from capabilities.caller import Caller
from capabilities.event import NoSuchEvent
from capabilities.judging import Verdict
from models.event import Event
from models.scan import Scan, ScanWay

# One phone may check in a second person who has none; a third is worth a look.
PEOPLE_PER_DEVICE = 3
# A crowd at a wide entrance scans some ten times a second; twice that were not all at the door.
BURST, BURST_WITHIN = 100, timedelta(seconds=5)
REFUSALS, REFUSALS_WITHIN = 5, timedelta(minutes=10)


class SignalKind(StrEnum):
    SHARED_DEVICE = "shared_device"
    BURST = "burst"
    MANY_REFUSED = "many_refused"


@dataclass(frozen=True)
class Signal:
    """`count` people, scans or refusals; `subject` is the device's or the point's id, never a person's name."""

    kind: SignalKind
    subject: str
    count: int
    first_at: datetime
    last_at: datetime


async def signals(who: Caller, event_id: UUID) -> list[Signal]:
    """Newest first, for who is on duty. Raises `NoSuchEvent` or `NotYourEvent`."""
    event = await Event.get_or_none(id=event_id).select_related("unit")
    if event is None:
        raise NoSuchEvent
    who.require_staff_of(event.id, event.unit.path)
    return signals_in(await Scan.filter(event_id=event_id).order_by("received_at"))


def signals_in(scans: Iterable[Scan]) -> list[Signal]:
    """From a log in the order of time."""
    mine = [scan for scan in scans if scan.way in (ScanWay.VENUE_CODE, ScanWay.SIX_DIGITS)]
    found = [*_shared_devices(mine), *_bursts(mine), *_refused(mine)]
    return sorted(found, key=lambda each: each.last_at, reverse=True)


def _shared_devices(scans: Iterable[Scan]) -> Iterable[Signal]:
    by_device: dict[str, list[Scan]] = defaultdict(list)
    for scan in scans:
        if scan.device and scan.verdict == Verdict.CHECKED_IN:
            by_device[scan.device].append(scan)
    for device, theirs in by_device.items():
        people = {scan.scanned_by_id for scan in theirs}
        if len(people) >= PEOPLE_PER_DEVICE:
            yield _signal(SignalKind.SHARED_DEVICE, device, len(people), theirs)


def _bursts(scans: Iterable[Scan]) -> Iterable[Signal]:
    by_point: dict[UUID, list[Scan]] = defaultdict(list)
    for scan in scans:
        if scan.point_id is not None and scan.verdict == Verdict.CHECKED_IN:
            by_point[scan.point_id].append(scan)
    for point_id, theirs in by_point.items():
        crowd = _densest(theirs, BURST_WITHIN)
        if len(crowd) > BURST:
            yield _signal(SignalKind.BURST, str(point_id), len(crowd), crowd)


def _refused(scans: Iterable[Scan]) -> Iterable[Signal]:
    """One account that tries again and again with codes that are old or unknown."""
    by_person: dict[UUID, list[Scan]] = defaultdict(list)
    for scan in scans:
        if scan.verdict in (Verdict.UNKNOWN_CODE, Verdict.CODE_EXPIRED, Verdict.OUT_OF_AREA):
            by_person[scan.scanned_by_id].append(scan)
    for theirs in by_person.values():
        tries = _densest(theirs, REFUSALS_WITHIN)
        if len(tries) >= REFUSALS:
            yield _signal(SignalKind.MANY_REFUSED, str(tries[0].id), len(tries), tries)


def _densest(scans: list[Scan], within: timedelta) -> list[Scan]:
    """The most scans that lie within one such length of time."""
    best: list[Scan] = []
    first = 0
    for last, scan in enumerate(scans):
        while scan.received_at - scans[first].received_at > within:
            first += 1
        if last - first + 1 > len(best):
            best = scans[first : last + 1]
    return best


def _signal(kind: SignalKind, subject: str, count: int, scans: list[Scan]) -> Signal:
    return Signal(kind, subject, count, scans[0].received_at, scans[-1].received_at)
