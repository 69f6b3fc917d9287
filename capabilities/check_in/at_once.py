"""Judge a crowd at once: one question and one durable statement for all who scan in the same moment.

Nothing is locked between reading and writing. What was read of a person is written only if it still stands; who loses
that race, or whose scans two devices contradict, is judged apart, under the person's lock. Whose nonce is in the log
hears the first answer again.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from capabilities.caller import Caller, NotYourEvent
from capabilities.check_in.attending import Attending, Line, conflicts_in, derive, entrance_of
from capabilities.check_in.table import Before, Opened, Presentation, Table
from capabilities.judging import DoorPolicy, ScannedCode
from capabilities.office import Office
from capabilities.sign_in_code import (
    NoSuchPoint,
    PersonalCode,
    VenueCode,
    is_fresh_personal_code,
    is_fresh_venue_code,
    open_personal_code,
    open_venue_code,
)
from kit.errors import Refusal
from kit.ids import uuid7
from models import doors
from models.doors import Asked, EnrolmentRow, Entry, Found, LoggedScan, Mark, PointRow
from models.scan import Scan, ScanLine, ScanWay

AT_ONCE = (ScanWay.VENUE_CODE, ScanWay.PERSONAL_CODE)
# A line of the log, whatever is known of it.
Said = Scan | ScanLine | LoggedScan


class Apart(Exception):
    """This one must be judged by itself; nothing of it is written."""


class AtTheDoor(msgspec.Struct, frozen=True, gc=False):
    """A scan on its way; `staff` is who scanned somebody else's code."""

    presented: Presentation
    staff: Caller | None = None


class Seen(msgspec.Struct, frozen=True, gc=False):
    """`name` is for staff only."""

    line: Said
    name: str | None


class _Brought(msgspec.Struct):
    """One scan with its code opened and all that was read for it."""

    presented: Presentation
    staff: Caller | None
    code: VenueCode | PersonalCode | None
    point_id: UUID | None
    point: PointRow | None = None
    found: Found = msgspec.field(default_factory=Found)

    @property
    def question(self) -> Asked:
        presented, code = self.presented, self.code
        if isinstance(code, PersonalCode):
            return Asked(presented.actor_id, presented.nonce, code.ticket_id, None)
        own_point_id = self.point_id if presented.way is ScanWay.VENUE_CODE else None
        return Asked(presented.actor_id, presented.nonce, None, own_point_id)

    @property
    def refusal(self) -> Refusal | None:
        if self.staff is None:
            return None
        if self.point is None:
            return NoSuchPoint()
        try:
            self.staff.require_staff_of(self.point.event_id, self.point.event.unit_path)
        except NotYourEvent as refusal:
            return refusal
        return None


async def judge_at_once(office: Office, scans: Sequence[AtTheDoor]) -> list[Seen | BaseException]:
    """For each its line of the log, a refusal to look at it, or `Apart`."""
    brought = [_opened(office, each) for each in scans]
    async with doors.at_the_desk():
        points = await _look_up(brought)
        judged = _judge_all(brought, points)
        entries = [each for each in judged if isinstance(each, Entry)]
        written = await doors.write(entries)
    for event_id in {each.line.event_id for each in entries if each.line.id in written and each.line.counts}:
        office.changed(event_id)
    return [_answer(entry, each, written) for entry, each in zip(judged, brought, strict=True)]


async def _look_up(brought: Sequence[_Brought]) -> dict[UUID, PointRow]:
    """All points around, and for each scan its own and what the database says of it."""
    asked = [each.question for each in brought]
    points, found = await doors.read(asked, {each.point_id for each in brought if each.point_id})
    for each, its in zip(brought, found, strict=True):
        each.point = points.get(each.point_id) if each.point_id else None
        each.found = its
    return points


def _opened(office: Office, scan: AtTheDoor) -> _Brought:
    presented = scan.presented
    if presented.way is ScanWay.VENUE_CODE:
        venue = open_venue_code(office, presented.code)
        return _Brought(presented, scan.staff, venue, venue.point_id if venue else presented.point_id)
    return _Brought(presented, scan.staff, open_personal_code(office, presented.code), presented.point_id)


def _judge_all(brought: Sequence[_Brought], points: Mapping[UUID, PointRow]) -> list[Entry | Seen | BaseException]:
    before = _before(brought, points)
    table = Table(before)
    keys: set[tuple[UUID, str]] = set()
    judged: list[Entry | Seen | BaseException] = []
    touched: dict[UUID, list[int]] = {}
    for place, each in enumerate(brought):
        refusal, key = each.refusal, each.presented.key
        if refusal is not None or each.found.logged is not None:
            judged.append(refusal or _said_before(each))
            continue
        # Of two scans with one nonce, the second is answered when the first is written.
        if key in keys:
            judged.append(Apart())
            continue
        keys.add(key)
        line = table.judge(each.presented, _laid_out(each))
        judged.append(Entry(line))
        enrolment = each.found.enrolment
        if enrolment is not None and enrolment.event_id == line.event_id and (line.counts or line.is_late):
            touched.setdefault(enrolment.id, []).append(place)
    entrances = _entrances(points)
    for places in touched.values():
        _settle(judged, places, brought[places[0]], before, entrances)
    return judged


def _said_before(each: _Brought) -> Seen | Apart:
    """The first answer again. The log never changes, so it needs no lock; with another code the nonce is odd."""
    logged, enrolment = each.found.logged, each.found.enrolment
    if logged is None:
        raise ValueError("nothing was said before")
    if each.staff is None or logged.enrolment_id is None:
        return Seen(logged, None)
    if enrolment is None or enrolment.id != logged.enrolment_id:
        return Apart()
    return Seen(logged, each.found.name if enrolment.event_id == logged.event_id else None)


def _entrances(points: Mapping[UUID, PointRow]) -> dict[UUID, DoorPolicy]:
    """By event: the rules by which its entrances count together."""
    of_event: dict[UUID, list[PointRow]] = {}
    for point in points.values():
        of_event.setdefault(point.event_id, []).append(point)
    return {event_id: entrance_of(around[0].event, around) for event_id, around in of_event.items()}


def _settle(
    judged: list[Entry | Seen | BaseException],
    places: Sequence[int],
    first: _Brought,
    before: Before,
    entrances: Mapping[UUID, DoorPolicy],
) -> None:
    """What one person's new lines come to. They are written together or not at all, and the last brings the result."""
    enrolment, point = first.found.enrolment, first.point
    if enrolment is None or point is None:
        raise ValueError("nobody's scan settles nothing")
    entrance, now = entrances[point.event_id], before.scans[enrolment.id]
    is_contradicted = first.found.has_conflict or bool(conflicts_in(now, entrance, before.points))
    attending = derive(now, entrance, before.points)
    was = derive(first.found.earlier, entrance, before.points) if first.found.earlier else None
    for place in places:
        entry = judged[place]
        if is_contradicted or not isinstance(entry, Entry):
            judged[place] = Apart()
            continue
        is_result = place == places[-1] and attending is not None and attending != was
        judged[place] = Entry(entry.line, _mark(enrolment, attending if is_result else None))


def _mark(enrolment: EnrolmentRow, attending: Attending | None) -> Mark:
    if attending is None:
        return Mark(enrolment.status.value, enrolment.door_version)
    return Mark(
        enrolment.status.value,
        enrolment.door_version,
        uuid7(),
        attending.way.value,
        attending.came_point_id,
        attending.came_at,
        attending.came_by,
        attending.left_at,
        attending.left_by,
    )


def _laid_out(each: _Brought) -> Opened:
    code, at, found = each.code, each.presented.at, each.found
    if each.presented.way is ScanWay.PERSONAL_CODE:
        is_known = found.has_ticket
        is_fresh = isinstance(code, PersonalCode) and is_fresh_personal_code(code, at)
    else:
        is_known = each.point is not None
        is_fresh = isinstance(code, VenueCode) and each.point is not None and is_fresh_venue_code(code, each.point, at)
    return Opened(ScannedCode(is_known, is_fresh, found.is_revoked), each.point, found.enrolment)


def _before(brought: Sequence[_Brought], points: Mapping[UUID, PointRow]) -> Before:
    # Lists of their own: judging adds to them, and what was before is compared with what is after.
    scans: dict[UUID, list[Line]] = {
        each.found.enrolment.id: list(each.found.earlier)
        for each in brought
        if each.found.enrolment and each.found.earlier
    }
    return Before(scans=scans, points=dict(points))


def _answer(judged: Entry | Seen | BaseException, each: _Brought, written: set[UUID]) -> Seen | BaseException:
    if not isinstance(judged, Entry):
        return judged
    if judged.line.id not in written:
        return Apart()
    enrolment = each.found.enrolment
    is_ours = enrolment is not None and enrolment.event_id == judged.line.event_id
    return Seen(judged.line, each.found.name if each.staff is not None and is_ours else None)
