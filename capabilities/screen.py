"""Hall screens (大厅屏幕): by a one-time link a screen shows one door's code, the counts and, if wanted, the wall.

Nothing of staff's other powers goes along: no roster, no scan, no other door's code.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from capabilities.caller import Caller
from capabilities.office import Office
from capabilities.sign_in_code import NoSuchPoint, ShownCode, six_digits, venue_code
from capabilities.staff_phone import NewStaffLink, end_pass, make_pass, organized
from kit.errors import NotFound
from models.event import Point
from models.staff_pass import StaffPass


class NoSuchScreen(NotFound):
    words = "没有找到这块大厅屏幕。"


@dataclass(frozen=True)
class TimedCode:
    """A code and the six digits beside it, and when they are shown. A printed code has neither digits nor an end."""

    shown: ShownCode
    six_digits: str | None
    valid_from: datetime


@dataclass(frozen=True)
class ScreenNow:
    """`codes` are the present one and the one after it, so that the screen changes on time, also through a short cut.

    The next one is worth nothing before its time: a code from a period that has not begun is refused.
    """

    now: datetime
    point: Point
    shows_wall: bool
    codes: list[TimedCode]


async def make_screen_link(
    office: Office, who: Caller, point_id: UUID, *, label: str, shows_wall: bool
) -> NewStaffLink:
    """A link for one screen at this point. Raises `NoSuchPoint`, `RoleNeeded` or `NotYourUnit`."""
    point = await Point.get_or_none(id=point_id)
    if point is None:
        raise NoSuchPoint
    event = await organized(who, point.event_id)
    bound = {"point_id": point.id, "shows_wall": shows_wall}
    row, secret = await make_pass(office, who, event, label or point.name, **bound)
    return NewStaffLink(row, f"{office.public_url}/staff/screen/{point.id}#{secret}")


async def screens(who: Caller, event_id: UUID) -> list[StaffPass]:
    """The event's screens and unused links, the newest first. Raises `NoSuchEvent`, `RoleNeeded` or `NotYourUnit`."""
    event = await organized(who, event_id)
    return await StaffPass.filter(event_id=event.id, point_id__isnull=False).order_by("-id").select_related("point")


async def take_screen_back(office: Office, who: Caller, screen_id: UUID) -> None:
    """It goes dark within seconds, and a link that nobody used yet opens nothing. Raises `NoSuchScreen`."""
    row = await StaffPass.get_or_none(id=screen_id, point_id__isnull=False)
    if row is None:
        raise NoSuchScreen
    await organized(who, row.event_id)
    await end_pass(office, who, row)


async def show(office: Office, who: Caller, point_id: UUID) -> ScreenNow:
    """For this point's screen, and for who is on duty there. Raises `NoSuchPoint` or `NotYourEvent`."""
    point = await Point.get_or_none(id=point_id).select_related("event__unit")
    if point is None:
        raise NoSuchPoint
    who.require_shower_of(point.id, point.event.id, point.event.unit.path)
    now = office.now()
    current = venue_code(office, point, now)
    moments = [now, current.valid_until] if current.period_seconds else [now]
    row = await StaffPass.get_or_none(id=who.session_id) if who.screen else None
    return ScreenNow(now, point, row is not None and row.shows_wall, [_timed(office, point, each) for each in moments])


def _timed(office: Office, point: Point, at: datetime) -> TimedCode:
    return TimedCode(venue_code(office, point, at), six_digits(office, point, at), at)
