"""Posters (海报): what is printed for a sign-in point, for who is on duty there.

A printed code is good for as long as the paper hangs, so it is printed only where an organizer chose a point whose code
never changes. A changing code would be dead before the printer is done: the poster of such a point leads to the screen
instead, and still says when and where, and what to do without a camera. See `docs/decisions/0018-posters.md`.
"""

import asyncio
from uuid import UUID

from capabilities import link
from capabilities.caller import Caller
from capabilities.office import Office
from capabilities.sign_in_code import show_venue_code
from documents import poster
from documents.poster import Poster, Size
from kit.errors import Conflict
from models.campaign import Campaign
from models.event import EventStatus, Point
from models.link import LinkKind


class NoPosterNeeded(Conflict):
    """The event is cancelled or has ended."""

    words = "活动已取消或已结束，不再需要签到海报。"


async def print_poster(office: Office, who: Caller, point_id: UUID, size: Size) -> tuple[Point, bytes]:
    """The point and its poster as PDF. Raises `NoSuchPoint`, `NotYourEvent` or `NoPosterNeeded`.

    A mini-program code that WeChat has not drawn yet is ordered and left out; the poster says so in small print.
    """
    point, shown = await show_venue_code(office, who, point_id)
    event = point.event
    if event.status in (EventStatus.CANCELLED, EventStatus.ENDED):
        raise NoPosterNeeded
    drawn = await link.picture((await link.make(office, who, LinkKind.POINT, str(point.id))).code)
    laid_out = Poster(
        theme=(await Campaign.get(id=event.campaign_id)).theme,
        title=event.title,
        unit=event.unit.name,
        place=event.place,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        point=point.name,
        is_entrance=point.is_entrance,
        code=None if point.rotates else shown.text,
        mini_program_code=drawn.content if drawn else None,
    )
    return point, await asyncio.to_thread(poster.write, laid_out, size)
