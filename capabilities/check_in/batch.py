"""Judge many scans at once: open their codes, look up what they speak of, write everything in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from capabilities.check_in.codeless import open_by_digits, open_by_hand
from capabilities.check_in.table import Before, Opened, Presentation, Table, grouped
from capabilities.judging import ScannedCode
from capabilities.office import Office
from capabilities.sign_in_code import (
    VenueCode,
    is_fresh_personal_code,
    is_fresh_venue_code,
    open_personal_code,
    open_venue_code,
)
from models.attendance import Attendance
from models.conflict import Conflict, ConflictKind
from models.database import transaction
from models.enrolment import LIVE, Enrolment, Ticket
from models.event import Point
from models.scan import Annulment, Scan, ScanLine, ScanWay


async def judge_all(office: Office, presented: Sequence[Presentation]) -> list[Scan | ScanLine | BaseException]:
    """Judge many scans in one transaction, in the order in which they came; each is in the log afterwards."""
    async with transaction():
        answered: dict[tuple[UUID, str], Scan | ScanLine] = dict(await _answered_before(presented))
        fresh = [each for each in presented if each.key not in answered]
        table, opened = await _lay_out(office, fresh)
        for each in fresh:
            # A nonce that stands twice in one batch is judged once.
            if each.key not in answered:
                answered[each.key] = table.judge(each, opened[each.key])
        await table.write()
    for event_id in {answered[each.key].event_id for each in fresh}:
        office.changed(event_id)
    return [answered[each.key] for each in presented]


async def _answered_before(presented: Sequence[Presentation]) -> dict[tuple[UUID, str], Scan]:
    actors, nonces = {each.actor_id for each in presented}, {each.nonce for each in presented}
    asked = {each.key for each in presented}
    rows = await Scan.filter(scanned_by_id__in=list(actors), nonce__in=list(nonces))
    return {(row.scanned_by_id, row.nonce): row for row in rows if (row.scanned_by_id, row.nonce) in asked}


async def _lay_out(office: Office, fresh: Sequence[Presentation]) -> tuple[Table, dict[tuple[UUID, str], Opened]]:
    mine = [each for each in fresh if each.way is ScanWay.VENUE_CODE]
    theirs = [each for each in fresh if each.way is ScanWay.PERSONAL_CODE]
    venue = {each.key: open_venue_code(office, each.code) for each in mine}
    point_ids = {code.point_id for code in venue.values() if code} | {each.point_id for each in fresh if each.point_id}
    points = {point.id: point for point in await Point.filter(id__in=list(point_ids)).select_related("event")}
    opened = await _open_venue(mine, venue, points) | await _open_personal(office, theirs, points)
    opened |= await open_by_digits(office, [each for each in fresh if each.way is ScanWay.SIX_DIGITS])
    opened |= await open_by_hand([each for each in fresh if each.way is ScanWay.MANUAL], points)
    enrolments = {
        each.enrolment.id: each.enrolment for each in opened.values() if isinstance(each.enrolment, Enrolment)
    }
    await hold(list(enrolments.values()))
    return Table(await read_before(enrolments.values(), points)), opened


async def hold(enrolments: Sequence[Enrolment]) -> None:
    """Lock the enrolments, in one order, and judge by what they are under the lock: nobody cancels meanwhile.

    It is also what lets two batches that speak of one person take turns.
    """
    if not enrolments:
        return
    ids = [each.id for each in enrolments]
    held = {row.id: row.status for row in await Enrolment.filter(id__in=ids).select_for_update().order_by("id")}
    for each in enrolments:
        each.status = held[each.id]


async def read_before(enrolments: Iterable[Enrolment], points: Mapping[UUID, Point]) -> Before:
    """The scans, attendances and conflicts of these enrolments, and all points of their events."""
    event_of = {each.id: each.event_id for each in enrolments}
    events, ids = list(set(event_of.values())), list(event_of)
    if not ids:
        return Before(points=dict(points))
    every_point = await Point.filter(event_id__in=events).select_related("event")
    annulled = {row.scan_id for row in await Annulment.filter(event_id__in=events, enrolment_id__in=ids)}
    scans = await Scan.filter(event_id__in=events, enrolment_id__in=ids).order_by("id")
    return Before(
        scans=grouped([scan for scan in scans if scan.id not in annulled]),
        attendances={row.enrolment_id: row for row in await Attendance.filter(enrolment_id__in=ids)},
        points={point.id: point for point in [*points.values(), *every_point]},
        conflicts=await _conflicts(ids),
    )


async def _conflicts(enrolment_ids: list[UUID]) -> dict[UUID, dict[ConflictKind, Conflict]]:
    found: dict[UUID, dict[ConflictKind, Conflict]] = {}
    for row in await Conflict.filter(enrolment_id__in=enrolment_ids):
        found.setdefault(row.enrolment_id, {})[row.kind] = row
    return found


async def _open_venue(
    mine: Sequence[Presentation], codes: dict[tuple[UUID, str], VenueCode | None], points: dict[UUID, Point]
) -> dict[tuple[UUID, str], Opened]:
    event_ids = {point.event_id for point in points.values()}
    rows = await _enrolments(event_ids, {each.actor_id for each in mine}) if mine and event_ids else {}
    opened = {}
    for each in mine:
        code = codes[each.key]
        point = points.get(code.point_id) if code else None
        is_fresh = bool(code and point and is_fresh_venue_code(code, point, each.at))
        enrolment = rows.get((point.event_id, each.actor_id)) if point else None
        opened[each.key] = Opened(ScannedCode(point is not None, is_fresh), point, enrolment)
    return opened


async def _enrolments(event_ids: set[UUID], person_ids: set[UUID]) -> dict[tuple[UUID, UUID], Enrolment]:
    """Of each person in each event the live enrolment, or the latest of those that are over."""
    rows = await Enrolment.filter(event_id__in=list(event_ids), person_id__in=list(person_ids)).select_related("shift")
    ordered = sorted(rows, key=lambda row: (row.status in LIVE, row.id))
    return {(row.event_id, row.person_id): row for row in ordered}


async def _open_personal(
    office: Office, theirs: Sequence[Presentation], points: dict[UUID, Point]
) -> dict[tuple[UUID, str], Opened]:
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
            is_fresh=code is not None and is_fresh_personal_code(code, each.at),
            is_revoked=ticket is not None and ticket.revoked_at is not None,
        )
        point = points.get(each.point_id) if each.point_id else None
        opened[each.key] = Opened(scanned, point, ticket.enrolment if ticket else None)
    return opened
