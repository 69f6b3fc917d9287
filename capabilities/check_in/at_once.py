"""Judge a crowd at once: two questions and one durable statement for all who scan in the same moment.

Nothing is locked between reading and writing. What was read of a person is written only if it still stands; who loses
that race, whose nonce is known, or whose scans two devices contradict, is judged apart, under the person's lock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from capabilities.caller import Caller, NotYourEvent
from capabilities.check_in.attending import Attending, Line, conflicts_in, derive, entrance_of
from capabilities.check_in.table import Before, Opened, Presentation, Table
from capabilities.judging import ScannedCode
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
from models import doors
from models.doors import Asked, Attended, EnrolmentRow, Entry, Found, PointRow
from models.scan import Scan, ScanLine, ScanWay

AT_ONCE = (ScanWay.VENUE_CODE, ScanWay.PERSONAL_CODE)


class Apart(Exception):
    """This one must be judged by itself; nothing of it is written."""


@dataclass(frozen=True, slots=True)
class AtTheDoor:
    """A scan on its way; `staff` is who scanned somebody else's code."""

    presented: Presentation
    staff: Caller | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """`name` is for staff only."""

    line: Scan | ScanLine
    name: str | None


@dataclass(slots=True)
class _Brought:
    """One scan with its code opened and all that was read for it."""

    scan: AtTheDoor
    code: VenueCode | PersonalCode | None
    point: PointRow | None = None
    found: Found = field(default_factory=Found)

    @property
    def presented(self) -> Presentation:
        return self.scan.presented

    @property
    def point_id(self) -> UUID | None:
        return self.code.point_id if isinstance(self.code, VenueCode) else self.presented.point_id

    @property
    def enrolment(self) -> EnrolmentRow | None:
        return self.found.enrolment

    @property
    def question(self) -> Asked:
        ticket_id = self.code.ticket_id if isinstance(self.code, PersonalCode) else None
        is_mine = self.presented.way is ScanWay.VENUE_CODE
        return Asked(
            self.presented.actor_id,
            self.presented.nonce,
            ticket_id,
            self.point.event_id if is_mine and self.point else None,
        )

    @property
    def refusal(self) -> Refusal | None:
        if self.scan.staff is None:
            return None
        if self.point is None:
            return NoSuchPoint()
        try:
            self.scan.staff.require_staff_of(self.point.event_id, self.point.event.unit_path)
        except NotYourEvent as refusal:
            return refusal
        return None


async def judge_at_once(office: Office, scans: Sequence[AtTheDoor]) -> list[Seen | BaseException]:
    """For each its line of the log, a refusal to look at it, or `Apart`."""
    brought = [_Brought(each, _open(office, each.presented)) for each in scans]
    async with doors.at_the_desk():
        points = await doors.points_around({each.point_id for each in brought if each.point_id})
        for each in brought:
            each.point = points.get(each.point_id) if each.point_id else None
        for each, found in zip(brought, await doors.read([each.question for each in brought]), strict=True):
            each.found = found
        judged = _judge_all(brought, points)
        entries = [each for each in judged if isinstance(each, Entry)]
        written = await doors.write(entries)
    for event_id in {each.line.event_id for each in entries if each.line.id in written and each.line.counts}:
        office.changed(event_id)
    return [_answer(entry, each, written) for entry, each in zip(judged, brought, strict=True)]


def _open(office: Office, presented: Presentation) -> VenueCode | PersonalCode | None:
    if presented.way is ScanWay.VENUE_CODE:
        return open_venue_code(office, presented.code)
    return open_personal_code(office, presented.code)


def _judge_all(brought: Sequence[_Brought], points: Mapping[UUID, PointRow]) -> list[Entry | BaseException]:
    before = _before(brought, points)
    table = Table({each.presented.key: _opened(each) for each in brought}, before)
    keys: set[tuple[UUID, str]] = set()
    judged: list[Entry | BaseException] = []
    touched: dict[UUID, list[int]] = {}
    for place, each in enumerate(brought):
        refusal = each.refusal
        # Of two scans with one nonce, the second is answered when the first is written.
        if refusal is not None or each.found.is_known or each.presented.key in keys:
            judged.append(refusal or Apart())
            continue
        keys.add(each.presented.key)
        line = table.judge(each.presented)
        judged.append(Entry(line))
        if each.enrolment is not None and each.enrolment.event_id == line.event_id and (line.counts or line.is_late):
            touched.setdefault(each.enrolment.id, []).append(place)
    for places in touched.values():
        _settle(judged, places, brought[places[0]], before, points)
    return judged


def _settle(
    judged: list[Entry | BaseException],
    places: Sequence[int],
    first: _Brought,
    before: Before,
    points: Mapping[UUID, PointRow],
) -> None:
    """What one person's new lines come to. They are written together or not at all, and the last brings the result."""
    enrolment, point = first.enrolment, first.point
    if enrolment is None or point is None:
        raise ValueError("nobody's scan settles nothing")
    entrance = entrance_of(point.event, [other for other in points.values() if other.event_id == point.event_id])
    now = before.scans[enrolment.id]
    is_contradicted = first.found.has_conflict or conflicts_in(now, entrance, points)
    attending = derive(now, entrance, points)
    was = derive(first.found.earlier, entrance, points) if first.found.earlier else None
    for place in places:
        entry = judged[place]
        if is_contradicted or not isinstance(entry, Entry):
            judged[place] = Apart()
            continue
        is_result = place == places[-1] and attending is not None and attending != was
        attended = _attended(attending) if is_result and attending is not None else None
        judged[place] = Entry(entry.line, enrolment.status.value, enrolment.door_version, attended)


def _opened(each: _Brought) -> Opened:
    code, at = each.code, each.presented.at
    if each.presented.way is ScanWay.PERSONAL_CODE:
        is_known = each.found.has_ticket
        is_fresh = isinstance(code, PersonalCode) and is_fresh_personal_code(code, at)
    else:
        is_known = each.point is not None
        is_fresh = isinstance(code, VenueCode) and each.point is not None and is_fresh_venue_code(code, each.point, at)
    return Opened(ScannedCode(is_known, is_fresh, each.found.is_revoked), each.point, each.enrolment)


def _before(brought: Sequence[_Brought], points: Mapping[UUID, PointRow]) -> Before:
    # Lists of their own: judging adds to them, and what was before is compared with what is after.
    scans: dict[UUID, list[Line]] = {
        each.enrolment.id: list(each.found.earlier) for each in brought if each.enrolment and each.found.earlier
    }
    return Before(scans=scans, points=dict(points))


def _attended(attending: Attending) -> Attended:
    return Attended(
        attending.way.value,
        attending.came_point_id,
        attending.came_at,
        attending.came_by,
        attending.left_at,
        attending.left_by,
    )


def _answer(judged: Entry | BaseException, each: _Brought, written: set[UUID]) -> Seen | BaseException:
    if isinstance(judged, BaseException):
        return judged
    if judged.line.id not in written:
        return Apart()
    is_ours = each.enrolment is not None and each.enrolment.event_id == judged.line.event_id
    return Seen(judged.line, each.found.name if each.scan.staff is not None and is_ours else None)
