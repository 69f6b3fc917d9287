"""Annul (作废) a scan, decide a conflict, and derive an event's attendance anew from its log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from capabilities.caller import Caller
from capabilities.check_in.attending import Attending, derive, entrance_of
from capabilities.check_in.batch import hold, read_before
from capabilities.check_in.table import Before, settle
from capabilities.event import NoSuchEvent
from capabilities.office import Office
from capabilities.transition import note
from kit.errors import Conflict as Clash
from kit.errors import Invalid, NotFound
from models.attendance import Attendance
from models.conflict import Conflict
from models.database import transaction
from models.enrolment import Enrolment
from models.event import Event
from models.scan import Annulment, Scan


class NoSuchScan(NotFound):
    words = "没有找到这次扫码。"


class NothingToAnnul(Clash):
    """The scan let nobody in or out, or is annulled already."""

    words = "这次扫码没有产生签到记录或已作废，无需作废。"


class NoSuchConflict(NotFound):
    words = "没有找到这项冲突。"


class ConflictDecided(Clash):
    words = "这项冲突已由他人处理，请刷新后查看。"


class ReasonForChangeNeeded(Invalid):
    """Whoever changes what the log says gives a reason that can be read later."""

    words = "请填写理由。"


@dataclass(frozen=True)
class OpenConflict:
    """`sides` are the enrolment's scans that count or were let in, in the order of time; annulled ones are marked."""

    conflict: Conflict
    sides: list[Scan]
    annulled: set[UUID]


async def annul(office: Office, who: Caller, scan_id: UUID, reason: str) -> Scan:
    """Take a scan back; what the others of this person say then holds. Raises `NoSuchScan` or `NothingToAnnul`."""
    scan = await Scan.get_or_none(id=scan_id)
    event = await Event.get_or_none(id=scan.event_id).select_related("unit") if scan else None
    if scan is None or event is None:
        raise NoSuchScan
    who.require_staff_of(event.id, event.unit.path)
    words = _reason(reason)
    if scan.enrolment_id is None or not (scan.counts or scan.seen):
        raise NothingToAnnul
    async with transaction():
        await _annul_all(event.id, scan.enrolment_id, [scan.id], who, words, office.now())
    office.changed(event.id)
    return scan


def _reason(given: str) -> str:
    words = given.strip()
    if not words:
        raise ReasonForChangeNeeded(fields={"reason": ReasonForChangeNeeded.words})
    return words


async def _annul_all(
    event_id: UUID, enrolment_id: UUID, scan_ids: Sequence[UUID], who: Caller, reason: str, now: datetime
) -> None:
    enrolment = await Enrolment.get(id=enrolment_id)
    await hold([enrolment])
    if await Annulment.filter(scan_id__in=list(scan_ids)).exists():
        raise NothingToAnnul
    await Annulment.bulk_create(
        Annulment(
            event_id=event_id,
            scan_id=each,
            enrolment_id=enrolment_id,
            annulled_by_id=who.person_id,
            reason=reason,
            annulled_at=now,
        )
        for each in scan_ids
    )
    await settle([enrolment], await read_before([enrolment], {}), now)
    await note("enrolment", enrolment_id, who.person_id, "scan", "annulled", now, reason)


async def conflicts(who: Caller, event_id: UUID, *, is_open: bool | None) -> list[OpenConflict]:
    """The event's conflicts with both sides, for who is on duty there. Raises `NoSuchEvent` or `NotYourEvent`."""
    await _on_duty(who, event_id)
    query = Conflict.filter(event_id=event_id)
    if is_open is not None:
        query = query.filter(decided_at__isnull=is_open)
    rows = await query.order_by("id")
    ids = [row.enrolment_id for row in rows]
    scans = await Scan.filter(event_id=event_id, enrolment_id__in=ids).order_by("happened_at", "id") if ids else []
    annulled = {each.scan_id for each in await Annulment.filter(event_id=event_id)}
    return [
        OpenConflict(
            row,
            [scan for scan in scans if scan.enrolment_id == row.enrolment_id and (scan.counts or scan.seen)],
            annulled,
        )
        for row in rows
    ]


async def decide(office: Office, who: Caller, conflict_id: UUID, *, annul_scans: Sequence[UUID], reason: str) -> None:
    """Decide once: let stand what the earliest corrected time says, or annul the scans that were wrong.

    Raises `NoSuchConflict`, `ConflictDecided`, `NoSuchScan` or `ReasonForChangeNeeded`.
    """
    conflict = await Conflict.get_or_none(id=conflict_id)
    if conflict is None:
        raise NoSuchConflict
    await _on_duty(who, conflict.event_id)
    words, now = _reason(reason), office.now()
    ids = list(dict.fromkeys(annul_scans))
    theirs = Scan.filter(id__in=ids, event_id=conflict.event_id, enrolment_id=conflict.enrolment_id)
    if await theirs.count() != len(ids):
        raise NoSuchScan
    async with transaction():
        undecided = Conflict.filter(id=conflict_id, decided_at=None)
        if not await undecided.update(decided_at=now, decided_by_id=who.person_id, reason=words):
            raise ConflictDecided
        await note("conflict", conflict_id, who.person_id, "open", "decided", now, words)
        if ids:
            await _annul_all(conflict.event_id, conflict.enrolment_id, ids, who, words, now)
    office.changed(conflict.event_id)


async def _on_duty(who: Caller, event_id: UUID) -> Event:
    event = await Event.get_or_none(id=event_id).select_related("unit")
    if event is None:
        raise NoSuchEvent
    who.require_staff_of(event.id, event.unit.path)
    return event


@dataclass(frozen=True)
class Difference:
    """An enrolment whose attendance is not what its scans say."""

    enrolment_id: UUID
    stands: Attendance | None
    derived: Attending | None


async def rederived(event_id: UUID) -> list[Difference]:
    """Derive every attendance of the event from the log alone; what differs from the table. Writes nothing."""
    enrolments = await Enrolment.filter(event_id=event_id)
    before = await read_before(enrolments, {})
    return [difference for enrolment in enrolments if (difference := _difference(enrolment, before)) is not None]


def _difference(enrolment: Enrolment, before: Before) -> Difference | None:
    points = [point for point in before.points.values() if point.event_id == enrolment.event_id]
    stands = before.attendances.get(enrolment.id)
    if not points:
        return Difference(enrolment.id, stands, None) if stands else None
    derived = derive(before.scans.get(enrolment.id, []), entrance_of(points[0].event, points), before.points)
    return None if _is_equal(stands, derived) else Difference(enrolment.id, stands, derived)


def _is_equal(stands: Attendance | None, derived: Attending | None) -> bool:
    if stands is None or derived is None:
        return stands is None and derived is None
    return (stands.checked_in_at, stands.check_in_scan_id, stands.checked_out_at, stands.check_out_scan_id) == (
        derived.came_at, derived.came_by, derived.left_at, derived.left_by,
    )  # fmt: skip
