"""Give a place back, accept an offered one, and let the next one in, strictly in order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from capabilities.caller import Caller
from capabilities.enrolment.deciding import Standing
from capabilities.enrolment.enrol import lock_shifts, save_counts
from capabilities.enrolment.refusals import (
    AlreadyThere,
    EnrolmentNotLive,
    NoOffer,
    NoSuchEnrolment,
    OfferExpired,
    TooLateToCancel,
)
from capabilities.message import News, moment, tell_each
from capabilities.office import Office
from capabilities.registration import standing_refusal
from capabilities.transition import note
from models.attendance import Attendance
from models.database import transaction
from models.enrolment import HOLDS_SEAT, LIVE, Enrolment, EnrolmentStatus
from models.event import EventStatus
from models.message import MessageKind
from models.shift import Shift
from models.volunteer import Volunteer


async def cancel(office: Office, who: Caller, enrolment_id: UUID) -> None:
    """Give the seat or the place back; the next in the queue gets an offer in the same transaction."""
    now = office.now()
    async with transaction():
        shift, enrolment = await _locked(who, enrolment_id)
        if enrolment.status not in LIVE:
            raise EnrolmentNotLive
        if shift.starts_at <= now and enrolment.status is EnrolmentStatus.CONFIRMED:
            raise TooLateToCancel
        if await Attendance.exists(enrolment_id=enrolment.id):
            raise AlreadyThere
        shift.taken -= enrolment.status in HOLDS_SEAT
        await move(enrolment, EnrolmentStatus.CANCELLED, now, who.person_id)
        await let_in(office, shift, now)


async def accept(office: Office, who: Caller, enrolment_id: UUID) -> Standing[Enrolment]:
    """Take the offered place. Raises `NoOffer`, or `OfferExpired` once the deadline has passed.

    Who is suspended meanwhile may not (`RegistrationSuspended`), and the offer goes on when its time is up.
    """
    now = office.now()
    async with transaction():
        shift, enrolment = await _locked(who, enrolment_id)
        if enrolment.status is EnrolmentStatus.LAPSED:
            raise OfferExpired
        if enrolment.status is not EnrolmentStatus.OFFERED:
            raise NoOffer(enrolment_status=enrolment.status.value)
        refusal = standing_refusal(await Volunteer.get_or_none(person_id=who.person_id), now)
        if refusal is not None:
            raise refusal
        is_in_time = not _has_lapsed(enrolment, now)
        if is_in_time:
            await move(enrolment, EnrolmentStatus.CONFIRMED, now, who.person_id)
        await let_in(office, shift, now)
    # Raised after the commit: that the offer lapsed and went on to the next must stand.
    if not is_in_time:
        raise OfferExpired
    return Standing(enrolment, None)


async def _locked(who: Caller, enrolment_id: UUID) -> tuple[Shift, Enrolment]:
    found = await Enrolment.get_or_none(id=enrolment_id, person_id=who.person_id)
    if found is None:
        raise NoSuchEnrolment
    shift = (await lock_shifts([found.shift_id]))[found.shift_id]
    # Read again under the locks: what was read before may be a moment old, and a scan may be judging it.
    held = await Enrolment.filter(id=enrolment_id).select_for_update().get()
    return shift, held


async def move(enrolment: Enrolment, after: EnrolmentStatus, now: datetime, actor_id: UUID | None) -> None:
    before, enrolment.status, enrolment.changed_at = enrolment.status, after, now
    if after is not EnrolmentStatus.OFFERED:
        enrolment.offer_expires_at = None
    await enrolment.save(update_fields=["status", "changed_at", "offer_expires_at"])
    await note("enrolment", enrolment.id, actor_id, before, after, now)


async def let_in(office: Office, shift: Shift, now: datetime) -> None:
    """Let lapsed offers go and offer free seats to the queue, in its order; saves the shift's counts."""
    queue = await Enrolment.queue_of([shift.id])
    moves = next_moves(shift, queue, now)
    for enrolment in moves.lapse:
        await move(enrolment, EnrolmentStatus.LAPSED, now, None)
    for enrolment in moves.offer:
        enrolment.offer_expires_at = moves.deadline
        await move(enrolment, EnrolmentStatus.OFFERED, now, None)
    shift.taken += len(moves.offer) - len(moves.lapse)
    office.changed(shift.event_id)
    await save_counts([shift])
    await tell_each(office, [_offer_news(shift, each, moves.deadline) for each in moves.offer])


def _offer_news(shift: Shift, enrolment: Enrolment, deadline: datetime) -> News:
    """An offer that ends before the morning stands in the inbox alone: it rings nobody up at night."""
    about = {
        "title": shift.event.title,
        "until": moment(deadline),
        "time": moment(shift.starts_at),
        "place": shift.event.place,
    }
    key = f"place_offered:{enrolment.id}"
    return News(enrolment.person_id, MessageKind.PLACE_OFFERED, about, key, shift.event_id, not_after=deadline)


@dataclass
class Moves:
    deadline: datetime
    lapse: list[Enrolment] = field(default_factory=list)
    offer: list[Enrolment] = field(default_factory=list)


def next_moves(shift: Shift, queue: Sequence[Enrolment], now: datetime) -> Moves:
    """Who loses an offer and who gets one; `queue` holds the waiting and the offered in their order.

    An offer ends with the event's `offer_minutes`, and with the start of the shift at the latest. Nobody is offered a
    place in what has begun or is called off.
    """
    moves = Moves(deadline=min(now + timedelta(minutes=shift.event.offer_minutes), shift.starts_at))
    moves.lapse = [each for each in queue if _has_lapsed(each, now)]
    is_open = shift.event.status is EventStatus.PUBLISHED and now < shift.starts_at
    free = shift.seats_left + len(moves.lapse) if is_open else 0
    moves.offer = [each for each in queue if each.status is EnrolmentStatus.WAITLISTED][:free]
    return moves


def _has_lapsed(enrolment: Enrolment, now: datetime) -> bool:
    ends = enrolment.offer_expires_at
    return enrolment.status is EnrolmentStatus.OFFERED and ends is not None and ends <= now


async def pass_on_lapsed_offers(office: Office) -> int:
    """Pass every offer whose time is up on to the next; returns how many shifts were touched."""
    now = office.now()
    shift_ids = {each.shift_id for each in await Enrolment.with_lapsed_offer(now).only("id", "shift_id")}
    for shift_id in sorted(shift_ids):
        async with transaction():
            for shift in (await lock_shifts([shift_id])).values():
                await let_in(office, shift, now)
    return len(shift_ids)
