"""The desk (服务台): find somebody on the roster by a few characters, and sign in by hand with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities.caller import Caller
from capabilities.check_in import Judged, Presentation, ReasonForChangeNeeded
from capabilities.check_in.scanning import Gate, Nonce, accepted, judged_once
from capabilities.enrolment import NoSuchEnrolment
from capabilities.event import NoSuchEvent
from capabilities.masks import mask_name, mask_phone
from capabilities.office import Office
from capabilities.registration import names_of
from capabilities.sign_in_code import NoSuchPoint
from capabilities.transition import note
from kit.errors import Invalid
from models.attendance import Attendance
from models.enrolment import Enrolment
from models.event import Event, Point
from models.scan import Direction, ScanWay
from models.volunteer import Volunteer

FEWEST_CHARACTERS = 2
MOST_FOUND = 20


class SearchTooShort(Invalid):
    """One character would list half the hall."""

    words = "请至少输入两个字，或手机号后四位。"


@dataclass(frozen=True)
class Found:
    """Masked: enough to ask somebody "is that you?", not enough to learn who else comes."""

    enrolment: Enrolment
    name: str
    phone: str
    attendance: Attendance | None


class ManualScan(msgspec.Struct, forbid_unknown_fields=True):
    """Staff sign somebody in without a code; the reason stays with the scan."""

    point_id: UUID
    enrolment_id: UUID
    nonce: Nonce
    reason: Annotated[str, Meta(min_length=1, max_length=300)]
    direction: Direction = Direction.IN
    gate: Gate | None = None


async def search(office: Office, who: Caller, event_id: UUID, text: str) -> list[Found]:
    """At most 20 of this event's people whose name has these characters, or whose number or phone ends in them.

    Every search is noted with how many it found, never with what was asked.
    Raises `NoSuchEvent`, `NotYourEvent` or `SearchTooShort`.
    """
    event = await Event.get_or_none(id=event_id).select_related("unit")
    if event is None:
        raise NoSuchEvent
    who.require_staff_of(event.id, event.unit.path)
    asked = "".join(text.split())
    if len(asked) < FEWEST_CHARACTERS:
        raise SearchTooShort(fields={"q": SearchTooShort.words})
    enrolments = {row.person_id: row for row in await Enrolment.live().filter(event_id=event_id)}
    matching = [each for each in await _volunteers(list(enrolments)) if _matches(each, asked)][:MOST_FOUND]
    rows = [enrolments[each.person_id] for each in matching]
    came = {row.enrolment_id: row for row in await Attendance.filter(enrolment_id__in=[row.id for row in rows])}
    await note("event", event_id, who.person_id, "desk", "searched", office.now(), f"找到{len(matching)}人")
    return [
        Found(row, mask_name(each.name or ""), mask_phone(each.phone or ""), came.get(row.id))
        for each, row in zip(matching, rows, strict=True)
    ]


async def _volunteers(person_ids: Sequence[UUID]) -> list[Volunteer]:
    """Names are sealed in the database, so that they are compared here: some 10 ms for a hall of 5,000."""
    columns = ("id", "person_id", "name", "phone", "volunteer_no")
    return await Volunteer.filter(person_id__in=list(person_ids)).only(*columns).order_by("id")


def _matches(volunteer: Volunteer, asked: str) -> bool:
    if asked.isdecimal() and len(asked) >= 4:
        return (volunteer.phone or "").endswith(asked) or (volunteer.volunteer_no or "").endswith(asked)
    is_number = (volunteer.volunteer_no or "").upper() == asked.upper()
    return is_number or asked in "".join((volunteer.name or "").split())


async def sign_in(office: Office, who: Caller, manual: ManualScan) -> Judged:
    """Judged and logged as any scan; only the code is left out. Raises `ScanRefused` and what a scan raises."""
    point = await Point.get_or_none(id=manual.point_id).select_related("event__unit")
    if point is None:
        raise NoSuchPoint
    who.require_staff_of(point.event.id, point.event.unit.path)
    if not manual.reason.strip():
        raise ReasonForChangeNeeded(fields={"reason": ReasonForChangeNeeded.words})
    enrolment = await Enrolment.get_or_none(id=manual.enrolment_id, event_id=point.event_id)
    if enrolment is None:
        raise NoSuchEnrolment
    now = office.now()
    scan = await judged_once(
        office,
        Presentation(
            who.person_id,
            ScanWay.MANUAL,
            manual.direction,
            manual.nonce,
            f"manual:{enrolment.id}",
            now,
            now,
            point.id,
            gate=manual.gate,
            reason=manual.reason.strip(),
            enrolment_id=enrolment.id,
        ),
    )
    names = await names_of([enrolment.person_id])
    return accepted(scan, name=names.get(enrolment.person_id))
