"""Check in (签到) and out (签退): what was scanned is judged and logged, and attendance follows from it.

The person scans the venue's code, or staff scan the person's. Every scan, refused or not, is one line of the log. The
same nonce from the same scanner gets the same answer, whatever has changed since.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities.caller import Caller
from capabilities.judging import DoorPolicy, RosterEntry, ScannedCode, Verdict, judge
from capabilities.office import Office
from capabilities.registration import names_of
from capabilities.sign_in_code import (
    NoSuchPoint,
    is_fresh_personal_code,
    is_fresh_venue_code,
    open_personal_code,
    open_venue_code,
)
from kit.errors import Conflict, NotFound
from models.attendance import Attendance
from models.database import transaction
from models.enrolment import LIVE, Enrolment, Ticket
from models.event import Event, Point
from models.fields import blind
from models.scan import NOWHERE, Direction, Scan, ScanWay


class ScanRefused(Conflict):
    """The scan was logged and refused; the class names say why."""

    verdict: ClassVar[Verdict]


class UnknownCode(ScanRefused, NotFound):
    verdict = Verdict.UNKNOWN_CODE
    status = 404
    words = "无法识别此码，请扫描现场屏幕上的签到码，或到服务台办理。"


class CodeExpired(ScanRefused):
    verdict = Verdict.CODE_EXPIRED
    status = 410
    words = "此码已过期，请扫描正在显示的新码。"


class WrongEvent(ScanRefused):
    verdict = Verdict.WRONG_EVENT
    words = "这是另一场活动的码，请核对活动和地点。"


class NotEnrolled(ScanRefused):
    verdict = Verdict.NOT_ENROLLED
    words = "尚未报名本活动，请先报名或到服务台办理。"


class Waitlisted(ScanRefused):
    verdict = Verdict.WAITLISTED
    words = "您在候补名单中，尚未获得名额，请到服务台咨询。"


class EnrolmentCancelled(ScanRefused):
    verdict = Verdict.ENROLMENT_CANCELLED
    words = "这条报名已取消，请到服务台咨询。"


class TooEarly(ScanRefused):
    verdict = Verdict.TOO_EARLY
    words = "尚未到签到时间，请稍后再来。"


class TooLate(ScanRefused):
    verdict = Verdict.TOO_LATE
    words = "本班次的签到已结束，请到服务台办理。"


class AlreadyCheckedIn(ScanRefused):
    """Friendly: the person is in; the answer says since when and where."""

    verdict = Verdict.ALREADY_CHECKED_IN
    words = "您已签到，无需重复操作。"


class AlreadyCheckedOut(ScanRefused):
    verdict = Verdict.ALREADY_CHECKED_OUT
    words = "您已签退，无需重复操作。"


class NotCheckedIn(ScanRefused):
    verdict = Verdict.NOT_CHECKED_IN
    words = "尚未签到，不能签退；如有疑问请到服务台核对。"


class TicketRevoked(ScanRefused):
    verdict = Verdict.TICKET_REVOKED
    words = "此个人码已停用，请在小程序中重新打开“出示”。"


class EventCancelled(ScanRefused):
    verdict = Verdict.EVENT_CANCELLED
    words = "活动已取消。"


REFUSALS: dict[Verdict, type[ScanRefused]] = {each.verdict: each for each in ScanRefused.__subclasses__()}

Nonce = Annotated[str, Meta(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
Code = Annotated[str, Meta(min_length=1, max_length=300)]


class MyScan(msgspec.Struct, forbid_unknown_fields=True):
    """A person scanned the venue's code; `code` is the whole text of the QR code."""

    code: Code
    nonce: Nonce
    direction: Direction = Direction.IN


class StaffScan(msgspec.Struct, forbid_unknown_fields=True):
    """Staff scanned a person's code. `scanned_at` is the device's time; online the server's clock judges."""

    point_id: UUID
    code: Code
    nonce: Nonce
    direction: Direction = Direction.IN
    scanned_at: Annotated[datetime, Meta(tz=True)] | None = None


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


@dataclass(frozen=True)
class Judged:
    """`name` is for staff only."""

    scan: Scan
    name: str | None = None


async def check_in(office: Office, who: Caller, scan: MyScan) -> Judged:
    """Raises a `ScanRefused` for every verdict but the accepted ones; the scan is in the log either way."""
    now = office.now()
    presented = Presentation(who.person_id, ScanWay.VENUE_CODE, scan.direction, scan.nonce, scan.code, now, now)
    return accepted(await office.together(judge_all, presented))


async def scan_person(office: Office, who: Caller, scan: StaffScan) -> Judged:
    """Raises `NoSuchPoint`, `NotYourEvent`, or a `ScanRefused` with the name of whose code it was."""
    point = await Point.get_or_none(id=scan.point_id).select_related("event__unit")
    if point is None:
        raise NoSuchPoint
    who.require_staff_of(point.event.id, point.event.unit.path)
    now = office.now()
    presented = Presentation(
        who.person_id,
        ScanWay.PERSONAL_CODE,
        scan.direction,
        scan.nonce,
        scan.code,
        scan.scanned_at or now,
        now,
        point.id,
    )
    judged = await office.together(judge_all, presented)
    return accepted(judged, name=await _name_on(judged))


async def _name_on(scan: Scan) -> str | None:
    if scan.enrolment_id is None:
        return None
    enrolment = await Enrolment.get_or_none(id=scan.enrolment_id)
    names = await names_of([enrolment.person_id]) if enrolment else {}
    return names.get(enrolment.person_id) if enrolment else None


def accepted(scan: Scan, *, name: str | None = None) -> Judged:
    """The judged scan, or its refusal with the same facts."""
    verdict = Verdict(scan.verdict)
    if verdict.is_accepted:
        return Judged(scan, name)
    facts: dict[str, Any] = {"verdict": verdict.value, "scan_id": str(scan.id), **scan.facts}
    if name:
        facts["name"] = name
    raise REFUSALS[verdict](**facts)


async def judge_all(office: Office, presented: Sequence[Presentation]) -> list[Scan | BaseException]:
    """Judge many scans in one transaction, in the order in which they came; each is in the log afterwards."""
    async with transaction():
        answered = await _answered_before(presented)
        fresh = [each for each in presented if each.key not in answered]
        table = await _lay_out(office, fresh)
        for each in fresh:
            # A nonce that stands twice in one batch is judged once.
            if each.key not in answered:
                answered[each.key] = table.judge(each)
        await table.write()
    return [answered[each.key] for each in presented]


async def _answered_before(presented: Sequence[Presentation]) -> dict[tuple[UUID, str], Scan]:
    actors, nonces = {each.actor_id for each in presented}, {each.nonce for each in presented}
    asked = {each.key for each in presented}
    rows = await Scan.filter(scanned_by_id__in=list(actors), nonce__in=list(nonces))
    return {(row.scanned_by_id, row.nonce): row for row in rows if (row.scanned_by_id, row.nonce) in asked}


@dataclass
class _Opened:
    """A presentation with its code opened: the point it happened at, and the ticket or person it speaks of."""

    code: ScannedCode
    point: Point | None
    enrolment: Enrolment | None


class _Table:
    """Everything a batch needs, laid out before judging, and what judging adds."""

    def __init__(self, opened: dict[tuple[UUID, str], _Opened], attendances: dict[UUID, Attendance]) -> None:
        self._opened = opened
        self._attendances = attendances
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
            attendance.checked_out_at, attendance.check_out_scan_id = scan.received_at, scan.id
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

    def _facts(self, opened: _Opened) -> dict[str, Any]:
        """What the answer says beside the verdict: where this was, since when the person is in, until when."""
        facts: dict[str, Any] = {}
        if opened.point is not None:
            facts |= {"point_name": opened.point.name, "event_title": opened.point.event.title}
        attendance = self._attendances.get(opened.enrolment.id) if opened.enrolment else None
        if attendance is not None:
            facts["checked_in_at"] = attendance.checked_in_at.isoformat()
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


def _line(presented: Presentation, opened: _Opened, verdict: Verdict) -> Scan:
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


async def _lay_out(office: Office, fresh: Sequence[Presentation]) -> _Table:
    mine = [each for each in fresh if each.way is ScanWay.VENUE_CODE]
    theirs = [each for each in fresh if each.way is ScanWay.PERSONAL_CODE]
    venue = {each.key: open_venue_code(office, each.code) for each in mine}
    point_ids = {code.point_id for code in venue.values() if code} | {each.point_id for each in theirs if each.point_id}
    points = {point.id: point for point in await Point.filter(id__in=list(point_ids)).select_related("event")}
    opened = await _open_venue(mine, venue, points) | await _open_personal(office, theirs, points)
    enrolment_ids = [each.enrolment.id for each in opened.values() if each.enrolment]
    attendances = await Attendance.filter(enrolment_id__in=enrolment_ids) if enrolment_ids else []
    return _Table(opened, {each.enrolment_id: each for each in attendances})


async def _open_venue(
    mine: Sequence[Presentation], codes: dict[tuple[UUID, str], Any], points: dict[UUID, Point]
) -> dict[tuple[UUID, str], _Opened]:
    event_ids = {point.event_id for point in points.values()}
    rows = await _enrolments(event_ids, {each.actor_id for each in mine}) if mine and event_ids else {}
    opened = {}
    for each in mine:
        code = codes[each.key]
        point = points.get(code.point_id) if code else None
        is_fresh = bool(code and point and is_fresh_venue_code(code, point, each.received_at))
        enrolment = rows.get((point.event_id, each.actor_id)) if point else None
        opened[each.key] = _Opened(ScannedCode(point is not None, is_fresh), point, enrolment)
    return opened


async def _enrolments(event_ids: set[UUID], person_ids: set[UUID]) -> dict[tuple[UUID, UUID], Enrolment]:
    """Of each person in each event the live enrolment, or the latest of those that are over."""
    rows = await Enrolment.filter(event_id__in=list(event_ids), person_id__in=list(person_ids)).select_related("shift")
    ordered = sorted(rows, key=lambda row: (row.status in LIVE, row.id))
    return {(row.event_id, row.person_id): row for row in ordered}


async def _open_personal(
    office: Office, theirs: Sequence[Presentation], points: dict[UUID, Point]
) -> dict[tuple[UUID, str], _Opened]:
    codes = {each.key: open_personal_code(office, each.code) for each in theirs}
    ticket_ids = {code.ticket_id for code in codes.values() if code}
    rows = await Ticket.filter(id__in=list(ticket_ids)).select_related("enrolment__shift") if ticket_ids else []
    tickets = {ticket.id: ticket for ticket in rows}
    opened = {}
    for each in theirs:
        code = codes[each.key]
        ticket = tickets.get(code.ticket_id) if code else None
        scanned = ScannedCode(
            is_known=ticket is not None,
            is_fresh=code is not None and is_fresh_personal_code(code, each.received_at),
            is_revoked=ticket is not None and ticket.revoked_at is not None,
        )
        point = points.get(each.point_id) if each.point_id else None
        opened[each.key] = _Opened(scanned, point, ticket.enrolment if ticket else None)
    return opened
