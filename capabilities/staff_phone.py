"""Staff phones (工作手机): an organizer shows a code once, and a phone is event staff of that event until it ends.

No account and no password is needed at the door, and nothing of the event's other powers goes along: such a session is
let in at the calls of the door and nowhere else.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from capabilities.caller import PHONE_TOKEN, Caller, end_of_pass, rights_changed
from capabilities.event import NoSuchEvent
from capabilities.office import Office
from capabilities.transition import note
from kit.errors import Gone, NotFound
from kit.seals import encode
from models.database import transaction
from models.event import Event
from models.staff_pass import StaffPass

LINK_LIFETIME = timedelta(hours=24)
# A phone that lost the answer asks once more with the same link.
ASKS_AGAIN = timedelta(minutes=2)


class StaffLinkInvalid(Gone):
    """No such link, or it was used, taken back or has expired; which of these is not said to a guesser."""

    words = "此二维码无效、已被使用或已过期，请向活动组织者重新索取。"


class NoSuchStaffPhone(NotFound):
    words = "没有找到这台工作手机。"


@dataclass(frozen=True)
class NewStaffLink:
    """`secret` is shown once, and travels after the `#`: no server and no log ever sees it in an address."""

    row: StaffPass
    url: str = field(repr=False)


@dataclass(frozen=True)
class PhoneSession:
    token: str = field(repr=False)
    row: StaffPass
    ends_at: datetime


async def make_link(office: Office, who: Caller, event_id: UUID, label: str) -> NewStaffLink:
    """A link for one phone. Raises `NoSuchEvent`, `RoleNeeded` or `NotYourUnit`."""
    event = await organized(who, event_id)
    made, secret = await make_pass(office, who, event, label)
    return NewStaffLink(made, f"{office.public_url}/staff/#{secret}")


async def make_pass(office: Office, who: Caller, event: Event, label: str, **bound: Any) -> tuple[StaffPass, str]:
    """The row and the secret of its link; `bound` are the columns of what the pass is bound to."""
    now, secret = office.now(), secrets.token_urlsafe(16)
    async with transaction():
        row = await StaffPass.create(
            event=event,
            label=label,
            made_by_id=who.person_id,
            made_at=now,
            link_hash=StaffPass.hash_of(secret),
            link_expires_at=now + LINK_LIFETIME,
            **bound,
        )
        await note("staff_pass", row.id, who.person_id, None, "offered", now)
    return row, secret


async def open_session(office: Office, secret: str, *, device: str, point_id: UUID | None = None) -> PhoneSession:
    """The first phone that brings the link gets the session; the same phone gets it again for two minutes.

    With a `point_id` it is the link of that point's screen, and nothing but a screen's session comes of it.

    Raises `StaffLinkInvalid`.
    """
    now, hashed = office.now(), StaffPass.hash_of(secret)
    row = await StaffPass.get_or_none(link_hash=hashed, point_id=point_id).select_related("event", "point")
    if row is None or now >= (ends := end_of_pass(row, office.session_length)):
        raise StaffLinkInvalid
    token = PHONE_TOKEN + encode(hmac.digest(office.session_key, row.id.bytes + f"{device}/{secret}".encode(), sha256))
    async with transaction():
        unused = StaffPass.filter(id=row.id, opened_at=None, taken_back_at=None, link_expires_at__gt=now)
        if await unused.update(opened_at=now, device=device, token_hash=StaffPass.hash_of(token)):
            await note("staff_pass", row.id, None, "offered", "opened", now)
        elif not await _is_asking_again(row.id, token, now):
            raise StaffLinkInvalid
    return PhoneSession(token, row, ends)


async def _is_asking_again(pass_id: UUID, token: str, now: datetime) -> bool:
    opened = StaffPass.filter(id=pass_id, token_hash=StaffPass.hash_of(token), taken_back_at=None)
    return await opened.filter(opened_at__gt=now - ASKS_AGAIN).exists()


async def phones(who: Caller, event_id: UUID) -> list[StaffPass]:
    """The event's links and phones, the newest first. Raises `NoSuchEvent`, `RoleNeeded` or `NotYourUnit`."""
    event = await organized(who, event_id)
    return await StaffPass.filter(event_id=event.id, point_id=None).order_by("-id")


async def take_back(office: Office, who: Caller, pass_id: UUID) -> None:
    """From now on the phone is refused, and a link that nobody used yet opens nothing.

    What it has scanned and not uploaded stays on it, for a new link. Raises `NoSuchStaffPhone`.
    """
    row = await StaffPass.get_or_none(id=pass_id, point_id=None)
    if row is None:
        raise NoSuchStaffPhone
    await organized(who, row.event_id)
    await end_pass(office, who, row)


async def end_pass(office: Office, who: Caller, row: StaffPass) -> None:
    """Refused at the next request, here at once and elsewhere within a second. Twice is once."""
    now, pass_id = office.now(), row.id
    async with transaction():
        if await StaffPass.filter(id=pass_id, taken_back_at=None).update(taken_back_at=now):
            before = "opened" if row.opened_at else "offered"
            await note("staff_pass", pass_id, who.person_id, before, "taken_back", now)
        rights_changed(office, pass_id)


async def organized(who: Caller, event_id: UUID) -> Event:
    event = await Event.get_or_none(id=event_id).select_related("unit")
    if event is None:
        raise NoSuchEvent
    who.require_organizer_of(event.unit.path)
    return event
