"""Sign-in codes (签到码): the venue's and the person's, both rotating, neither with personal data in it.

Venue code: `PUBLIC_URL/c/<seal>` over point and time slot. Personal code: `LZ1.` + ticket, slot and MAC under a key of
the ticket's own, which the phone fetched while it had a network and uses without one.
"""

import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.twofactor.hotp import HOTP
from tortoise.exceptions import IntegrityError

from capabilities.caller import Caller
from capabilities.enrolment import EnrolmentNotLive, NoSuchEnrolment
from capabilities.office import Office
from kit.errors import NotFound
from kit.seals import MAC_BYTES, decode, encode, mac
from models.database import transaction
from models.doors import PointRow
from models.enrolment import LIVE, Enrolment, Ticket
from models.event import Event, Point

PERSONAL_PREFIX = "LZ1."
PERSONAL_PERIOD = 30
# A phone's clock may be off by this much either way before its code is refused.
PERSONAL_SKEW = timedelta(seconds=60)
_SLOT_BYTES = 4
_ID_BYTES = 16
_SIX_DIGITS = re.compile(r"[0-9]{6}")
_VENUE_PATH = re.compile(r"(?:https?://[^/\s]+)?/c/([A-Za-z0-9_-]{20,80})\Z")


class NoSuchPoint(NotFound):
    words = "没有找到这个签到点。"


@dataclass(frozen=True)
class VenueCode:
    """`slot` counts the point's periods since 1970; 0 on a printed code."""

    point_id: UUID
    slot: int


@dataclass(frozen=True)
class PersonalCode:
    ticket_id: UUID
    slot_starts_at: datetime


@dataclass(frozen=True)
class ShownCode:
    """What a screen shows: the text of the QR code and until when it is shown."""

    text: str
    valid_until: datetime
    period_seconds: int


@dataclass(frozen=True)
class TicketKey:
    """What a phone needs to make its personal code by itself, and the code of this moment."""

    ticket: Ticket
    key: str
    code: str
    period_seconds: int
    now: datetime


def venue_code(office: Office, point: Point, now: datetime) -> ShownCode:
    period = point.rotation_seconds if point.rotates else 0
    slot = _slot(now, period)
    seal = office.venue_seals.seal(point.id.bytes + slot.to_bytes(_SLOT_BYTES, "big"))
    until = datetime.fromtimestamp((slot + 1) * period, UTC) if period else point.event.ends_at or now
    return ShownCode(f"{office.public_url}/c/{seal}", until, period)


def six_digits(office: Office, point: Point, now: datetime) -> str | None:
    """What the screen shows beside its QR code for a phone whose camera fails (RFC 4226 over the slot).

    None on a printed code: six digits that never change would be guessed. They are only ever tried against the points
    of the caller's own events, and a caller has few tries.
    """
    return _digits_of(office, point, _slot(now, point.rotation_seconds)) if point.rotates else None


def is_six_digits(text: str) -> bool:
    return _SIX_DIGITS.fullmatch(text.strip()) is not None


def opens_by_digits(office: Office, point: Point, text: str, now: datetime) -> bool:
    """Whether these are the digits of this point now, or were within its grace."""
    if not point.rotates:
        return False
    slots = {_slot(each, point.rotation_seconds) for each in (now, now - timedelta(seconds=point.grace_seconds))}
    return any(hmac.compare_digest(_digits_of(office, point, slot), text.strip()) for slot in slots)


def _digits_of(office: Office, point: Point, slot: int) -> str:
    key = mac(office.digits_key, point.id.bytes)
    return HOTP(key, 6, SHA256(), enforce_key_length=False).generate(slot).decode()


def _slot(now: datetime, period: int) -> int:
    """The number of the period that `now` lies in; a printed code has slot 0 for ever."""
    return int(now.timestamp()) // period if period else 0


def open_venue_code(office: Office, text: str) -> VenueCode | None:
    """The point and slot that the code names; None where we never made such a code."""
    match = _VENUE_PATH.match(text.strip())
    payload = office.venue_seals.open(match[1]) if match else None
    if payload is None or len(payload) != _ID_BYTES + _SLOT_BYTES:
        return None
    return VenueCode(UUID(bytes=payload[:_ID_BYTES]), int.from_bytes(payload[_ID_BYTES:], "big"))


def is_fresh_venue_code(code: VenueCode, point: Point | PointRow, now: datetime) -> bool:
    """Within its slot and the grace after it; a code from a slot that has not begun was not made by our clock."""
    if not point.rotates:
        return code.slot == 0
    starts = datetime.fromtimestamp(code.slot * point.rotation_seconds, UTC)
    return starts <= now < starts + timedelta(seconds=point.rotation_seconds + point.grace_seconds)


def ticket_key(office: Office, ticket_id: UUID) -> bytes:
    return mac(office.ticket_keys[0], ticket_id.bytes)


def personal_code(ticket_id: UUID, key: bytes, now: datetime) -> str:
    body = ticket_id.bytes + _slot(now, PERSONAL_PERIOD).to_bytes(_SLOT_BYTES, "big")
    return PERSONAL_PREFIX + encode(body + hmac.digest(key, body, sha256)[:MAC_BYTES])


def open_personal_code(office: Office, text: str) -> PersonalCode | None:
    """The ticket that the code names; None where its MAC is not by that ticket's key."""
    text = text.strip()
    raw = decode(text[len(PERSONAL_PREFIX) :]) if text.startswith(PERSONAL_PREFIX) else None
    if raw is None or len(raw) != _ID_BYTES + _SLOT_BYTES + MAC_BYTES:
        return None
    body, given = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
    keys = [mac(each, body[:_ID_BYTES]) for each in office.ticket_keys]
    if not any(hmac.compare_digest(hmac.digest(key, body, sha256)[:MAC_BYTES], given) for key in keys):
        return None
    slot = int.from_bytes(body[_ID_BYTES:], "big")
    return PersonalCode(UUID(bytes=body[:_ID_BYTES]), datetime.fromtimestamp(slot * PERSONAL_PERIOD, UTC))


def is_fresh_personal_code(code: PersonalCode, now: datetime) -> bool:
    starts, ends = code.slot_starts_at, code.slot_starts_at + timedelta(seconds=PERSONAL_PERIOD)
    return starts - PERSONAL_SKEW <= now < ends + PERSONAL_SKEW


async def show_venue_code(office: Office, who: Caller, point_id: UUID) -> tuple[Point, ShownCode]:
    """The code of this moment, for who is on duty there. Raises `NoSuchPoint` or `NotYourEvent`."""
    point = await Point.get_or_none(id=point_id).select_related("event__unit")
    if point is None:
        raise NoSuchPoint
    event: Event = point.event
    who.require_staff_of(event.id, event.unit.path)
    return point, venue_code(office, point, office.now())


async def my_ticket(office: Office, who: Caller, enrolment_id: UUID) -> TicketKey:
    """The caller's ticket for one enrolment, made at the first call. Raises `NoSuchEnrolment` or `EnrolmentNotLive`."""
    enrolment = await Enrolment.get_or_none(id=enrolment_id, person_id=who.person_id)
    if enrolment is None:
        raise NoSuchEnrolment
    if enrolment.status not in LIVE:
        raise EnrolmentNotLive
    ticket, now = await _ticket_of(enrolment, office.now()), office.now()
    key = ticket_key(office, ticket.id)
    return TicketKey(ticket, encode(key), personal_code(ticket.id, key, now), PERSONAL_PERIOD, now)


async def _ticket_of(enrolment: Enrolment, now: datetime) -> Ticket:
    """One live ticket per enrolment; two first calls at once agree on one by the unique index."""
    live = Ticket.filter(enrolment_id=enrolment.id, revoked_at=None)
    found = await live.first()
    if found is not None:
        return found
    try:
        async with transaction():
            return await Ticket.create(event_id=enrolment.event_id, enrolment_id=enrolment.id, made_at=now)
    except IntegrityError:
        return await Ticket.get(enrolment_id=enrolment.id, revoked_at=None)


async def revoke_ticket(office: Office, who: Caller, enrolment_id: UUID) -> None:
    """For a lost phone or a shared screenshot: the old code is refused from now on, the next call makes a new one."""
    enrolment = await Enrolment.get_or_none(id=enrolment_id, person_id=who.person_id)
    if enrolment is None:
        raise NoSuchEnrolment
    await Ticket.filter(enrolment_id=enrolment_id, revoked_at=None).update(revoked_at=office.now())
