"""Somebody scans: the person the venue's code, or staff the person's."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta
from tortoise.exceptions import IntegrityError

from capabilities.caller import Caller
from capabilities.check_in.at_once import AT_ONCE, Apart, AtTheDoor, Said, Seen, judge_at_once
from capabilities.check_in.batch import judge_all
from capabilities.check_in.place import Location
from capabilities.check_in.refusals import REFUSALS
from capabilities.check_in.table import Presentation
from capabilities.judging import Verdict
from capabilities.office import Office
from capabilities.registration import names_of
from capabilities.sign_in_code import is_six_digits
from models.consent import Consent, ConsentScope
from models.enrolment import Enrolment
from models.scan import Direction, Scan, ScanLine, ScanWay

Nonce = Annotated[str, Meta(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
Code = Annotated[str, Meta(min_length=1, max_length=300)]
# What a phone calls itself; made up by the phone and kept by it.
Device = Annotated[str, Meta(min_length=4, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
# The lane of a wide entrance.
Gate = Annotated[str, Meta(min_length=1, max_length=30)]


class MyScan(msgspec.Struct, forbid_unknown_fields=True):
    """A person scanned the venue's code; `code` is the whole text of the QR code, or the six digits beside it.

    `location` is looked at where the point asks for it and the person agreed; only inside or outside is kept.
    """

    code: Code
    nonce: Nonce
    direction: Direction = Direction.IN
    location: Location | None = None
    device: Device | None = None


class StaffScan(msgspec.Struct, forbid_unknown_fields=True):
    """Staff scanned a person's code. `scanned_at` is the device's time; online the server's clock judges."""

    point_id: UUID
    code: Code
    nonce: Nonce
    direction: Direction = Direction.IN
    scanned_at: Annotated[datetime, Meta(tz=True)] | None = None
    gate: Gate | None = None
    device: Device | None = None


@dataclass(frozen=True)
class Judged:
    """`name` is for staff only."""

    scan: Said
    name: str | None = None


async def check_in(office: Office, who: Caller, scan: MyScan) -> Judged:
    """Raises a `ScanRefused` for every verdict but the accepted ones; the scan is in the log either way."""
    now = office.now()
    presented = Presentation(
        who.person_id,
        ScanWay.SIX_DIGITS if is_six_digits(scan.code) else ScanWay.VENUE_CODE,
        scan.direction,
        scan.nonce,
        scan.code,
        now,
        now,
        device=scan.device,
        location=scan.location if await _may_look_at(scan, who) else None,
    )
    return await _judged(office, AtTheDoor(presented))


async def _may_look_at(scan: MyScan, who: Caller) -> bool:
    """Whereabouts need a consent of their own (个人信息保护法 第二十九条); without it nobody looks."""
    if scan.location is None:
        return False
    return await Consent.live(who.person_id).filter(scope=ConsentScope.LOCATION).exists()


async def scan_person(office: Office, who: Caller, scan: StaffScan) -> Judged:
    """Raises `NoSuchPoint`, `NotYourEvent`, or a `ScanRefused`, with the name of whose code it was if of this event."""
    now = office.now()
    presented = Presentation(
        who.person_id,
        ScanWay.PERSONAL_CODE,
        scan.direction,
        scan.nonce,
        scan.code,
        scan.scanned_at or now,
        now,
        scan.point_id,
        gate=scan.gate,
        device=scan.device,
    )
    return await _judged(office, AtTheDoor(presented, who))


async def _judged(office: Office, scan: AtTheDoor) -> Judged:
    seen = await judged_with_others(office, scan)
    if seen is not None:
        return accepted(seen.line, name=seen.name)
    line = await judged_once(office, scan.presented)
    return accepted(line, name=await _name_on(line) if scan.staff is not None else None)


async def judged_with_others(office: Office, scan: AtTheDoor) -> Seen | None:
    """At once with all who scan in this moment; None where something speaks against it and it must be judged apart."""
    if scan.presented.way not in AT_ONCE:
        return None
    try:
        return await office.together(judge_at_once, scan)
    except (Apart, IntegrityError):
        # Also where another process wrote this nonce in the same moment: judged apart, its answer is found.
        return None


async def judged_once(office: Office, presented: Presentation) -> Scan | ScanLine:
    """The line of the log for this scan, judged now or when its nonce first came."""
    try:
        return await office.together(judge_all, presented)
    except IntegrityError:
        # In the same moment another lane or process wrote this nonce or let this person in, and a unique key
        # let only one of the two through. Judged again, this scan finds what the other wrote.
        return await office.together(judge_all, presented)


async def _name_on(scan: Scan | ScanLine) -> str | None:
    if scan.enrolment_id is None:
        return None
    enrolment = await Enrolment.get_or_none(id=scan.enrolment_id, event_id=scan.event_id)
    names = await names_of([enrolment.person_id]) if enrolment else {}
    return names.get(enrolment.person_id) if enrolment else None


def accepted(scan: Said, *, name: str | None = None) -> Judged:
    """The judged scan, or its refusal with the same facts."""
    verdict = Verdict(scan.verdict)
    if verdict.is_accepted:
        return Judged(scan, name)
    facts: dict[str, Any] = {"verdict": verdict.value, "scan_id": str(scan.id), **scan.facts}
    if name:
        facts["name"] = name
    raise REFUSALS[verdict](**facts)
