"""Walk in (现场报名): who stands at the door without an enrolment gets a free seat and is checked in."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities.caller import Caller
from capabilities.check_in import Judged, MyScan, Presentation, check_in
from capabilities.check_in.scanning import Code, Nonce, accepted, judged_once
from capabilities.enrolment import AlreadyEnrolled, Application, place
from capabilities.event import NoSuchEvent
from capabilities.office import Office
from capabilities.registration import names_of
from capabilities.sign_in_code import NoSuchPoint, is_fresh_venue_code, open_venue_code
from kit.errors import Invalid, NotFound
from models.event import Event, Point
from models.scan import Direction, ScanWay
from models.shift import Shift
from models.volunteer import Volunteer

REASON = "现场报名"


class NoSuchVolunteer(NotFound):
    words = "没有找到这个志愿者编号，请核对；尚未注册的请先在小程序中注册。"


class WalkInIncomplete(Invalid):
    """Either the person scans the venue's code, or staff give a volunteer number and their point."""

    words = "请扫描现场签到码，或由工作人员填写志愿者编号和签到点。"


class WalkIn(msgspec.Struct, forbid_unknown_fields=True):
    """`code` by the person at the door; `volunteer_no` and `point_id` by staff for somebody without a phone."""

    shift_id: UUID
    nonce: Nonce
    code: Code | None = None
    volunteer_no: Annotated[str, Meta(min_length=4, max_length=20)] | None = None
    point_id: UUID | None = None


async def walk_in(office: Office, who: Caller, event_id: UUID, asked: WalkIn) -> Judged:
    """Enrol and check in; who is enrolled already is just checked in, so that a repeated tap is harmless.

    Raises `NoSuchEvent`, `WalkInIncomplete`, `NoSuchVolunteer`, `NoSuchPoint`, `NotYourEvent`, what enrolling raises
    (`WalkInsNotAllowed`, `NoSeatLeft`, …) or a `ScanRefused`.
    """
    event = await Event.get_or_none(id=event_id).select_related("unit")
    if event is None or not await Shift.exists(id=asked.shift_id, event_id=event_id):
        raise NoSuchEvent
    if asked.code is not None:
        if await _is_good(office, event_id, asked.code):
            await _seat(office, who.person_id, asked.shift_id)
        # With a code that is none of this door's, the scan is refused for that, and no seat is gone.
        return await check_in(office, who, MyScan(asked.code, asked.nonce))
    return await _by_staff(office, who, event, asked)


async def _is_good(office: Office, event_id: UUID, code: str) -> bool:
    opened = open_venue_code(office, code)
    point = await Point.get_or_none(id=opened.point_id, event_id=event_id) if opened else None
    return opened is not None and point is not None and is_fresh_venue_code(opened, point, office.now())


async def _by_staff(office: Office, who: Caller, event: Event, asked: WalkIn) -> Judged:
    who.require_staff_of(event.id, event.unit.path)
    if asked.volunteer_no is None or asked.point_id is None:
        raise WalkInIncomplete(fields={"volunteer_no": WalkInIncomplete.words})
    if not await Point.exists(id=asked.point_id, event_id=event.id):
        raise NoSuchPoint
    volunteer = await Volunteer.get_or_none(volunteer_no=asked.volunteer_no.strip().upper())
    if volunteer is None:
        raise NoSuchVolunteer
    enrolment_id, now = await _seat(office, volunteer.person_id, asked.shift_id), office.now()
    presented = Presentation(
        who.person_id,
        ScanWay.MANUAL,
        Direction.IN,
        asked.nonce,
        f"manual:{enrolment_id}",
        now,
        now,
        asked.point_id,
        reason=REASON,
        enrolment_id=enrolment_id,
    )
    scan = await judged_once(office, presented)
    return accepted(scan, name=(await names_of([volunteer.person_id])).get(volunteer.person_id))


async def _seat(office: Office, person_id: UUID, shift_id: UUID) -> UUID:
    try:
        standing = await place(office, Application(person_id, shift_id, office.now(), is_walk_in=True))
    except AlreadyEnrolled as already:
        return UUID(already.facts["enrolment_id"])
    return standing.enrolment.id
