"""Enrol (报名): take a seat or a place in the queue, give it back, and let the next one in, strictly in order."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError

from capabilities.caller import Caller
from capabilities.office import Office
from capabilities.registration import require_approved
from capabilities.transition import note
from kit.errors import Conflict, Gone, NotFound, Refusal
from models.attendance import Attendance
from models.database import transaction
from models.enrolment import HOLDS_SEAT, LIVE, Enrolment, EnrolmentStatus
from models.event import Event, EventStatus
from models.shift import Shift


class NoSuchShift(NotFound):
    words = "没有找到这个班次。"


class NoSuchEnrolment(NotFound):
    words = "没有找到这条报名。"


class EnrolmentClosed(Conflict):
    """The event takes no enrolments: not published, called off, before or after its time."""

    words = "本活动当前不接受报名。"


class AlreadyEnrolled(Conflict):
    """One live enrolment per person and event; `enrolment_id` is the one that stands."""

    words = "您已报名本活动，可在“我的报名”中查看。"


class EnrolmentNotLive(Conflict):
    """The enrolment is cancelled or lapsed already."""

    words = "这条报名已取消或已失效。"


class TooLateToCancel(Conflict):
    """The shift has begun; who cannot come tells the person in charge (志愿服务条例 第二十二条)."""

    words = "活动已经开始，请直接联系活动负责人。"


class AlreadyThere(Conflict):
    """The person has checked in; the seat is used, whether the shift has begun or not."""

    words = "您已签到，不能取消报名；如需离开请签退。"


class NoOffer(Conflict):
    """There is no offered place to accept."""

    words = "当前没有可确认的候补名额。"


class OfferExpired(Gone):
    """The deadline of the offer has passed and the place went to the next in the queue."""

    words = "候补名额的确认时间已过，名额已顺延给下一位。您可以重新报名。"


@dataclass(frozen=True)
class Standing:
    """`place` counts from 1 in the queue; None for who has a seat."""

    enrolment: Enrolment
    place: int | None


@dataclass(frozen=True)
class Application:
    person_id: UUID
    shift_id: UUID
    at: datetime


async def enrol(office: Office, who: Caller, shift_id: UUID) -> Standing:
    """A seat where one is free and nobody waits, else the end of the queue.

    Raises `RegistrationNotApproved`, `NoSuchShift`, `EnrolmentClosed` or `AlreadyEnrolled`.
    """
    await require_approved(who.person_id)
    application = Application(who.person_id, shift_id, office.now())
    try:
        return await office.together(enrol_all, application)
    except IntegrityError:
        # In the same moment another lane or process enrolled this person in another shift of the event, and the
        # unique key let only one through. Decided again, this application finds the one that stands.
        return await office.together(enrol_all, application)


async def enrol_all(office: Office, applications: Sequence[Application]) -> list[Standing | BaseException]:
    """Decide many applications in one transaction, in the order in which they came."""
    async with transaction():
        shifts = await lock_shifts({each.shift_id for each in applications})
        waiting = await Enrolment.waiting_in(shifts)
        live = await _live_of(applications, shifts)
        answers: list[Standing | BaseException] = [_decide(each, shifts, waiting, live) for each in applications]
        placed = [answer for answer in answers if isinstance(answer, Standing)]
        await Enrolment.bulk_create([standing.enrolment for standing in placed])
        await _save_counts([shifts[shift_id] for shift_id in {each.enrolment.shift_id for each in placed}])
    return answers


async def lock_shifts(ids: Collection[UUID]) -> dict[UUID, Shift]:
    """These shifts under lock, each with its event as it is once the lock is held."""
    shifts = await Shift.locked(ids)
    # Not joined to the lock: PostgreSQL would hand out the event as it was before the wait for the lock.
    events = await Event.in_bulk({shift.event_id for shift in shifts}, "id")
    for shift in shifts:
        shift.event = events[shift.event_id]
    return {shift.id: shift for shift in shifts}


async def _live_of(applications: Sequence[Application], shifts: dict[UUID, Shift]) -> dict[tuple[UUID, UUID], UUID]:
    """Live enrolments of these people in these events: (event, person) → enrolment."""
    events, people = {shift.event_id for shift in shifts.values()}, {each.person_id for each in applications}
    rows = await Enrolment.live().filter(event_id__in=list(events), person_id__in=list(people))
    return {(row.event_id, row.person_id): row.id for row in rows}


def _decide(
    application: Application,
    shifts: dict[UUID, Shift],
    waiting: dict[UUID, int],
    live: dict[tuple[UUID, UUID], UUID],
) -> Standing | Refusal:
    shift = shifts.get(application.shift_id)
    refusal = refusal_of(shift, application.at)
    if shift is None or refusal is not None:
        return refusal or NoSuchShift()
    standing_id = live.get((shift.event_id, application.person_id))
    if standing_id is not None:
        return AlreadyEnrolled(enrolment_id=str(standing_id))
    standing = _place(application, shift, waiting)
    live[shift.event_id, application.person_id] = standing.enrolment.id
    return standing


def refusal_of(shift: Shift | None, now: datetime) -> Refusal | None:
    """Why nobody may enrol in this shift now; None where anybody may."""
    if shift is None:
        return NoSuchShift()
    event: Event = shift.event
    if event.status is EventStatus.DRAFT or event.status is EventStatus.PENDING_REVIEW:
        return NoSuchShift()
    if event.status is not EventStatus.PUBLISHED or not event.takes_enrolments(now) or shift.ends_at <= now:
        return EnrolmentClosed(event_status=event.status.value)
    return None


def _place(application: Application, shift: Shift, waiting: dict[UUID, int]) -> Standing:
    """A free seat is only for who comes when nobody waits: the queue goes first."""
    has_seat = shift.seats_left > 0 and not waiting[shift.id]
    shift.queue_tail += 1
    if has_seat:
        shift.taken += 1
    else:
        waiting[shift.id] += 1
    enrolment = Enrolment(
        event_id=shift.event_id,
        shift_id=shift.id,
        person_id=application.person_id,
        status=EnrolmentStatus.CONFIRMED if has_seat else EnrolmentStatus.WAITLISTED,
        queue_no=shift.queue_tail,
        enrolled_at=application.at,
        changed_at=application.at,
    )
    return Standing(enrolment, None if has_seat else waiting[shift.id])


async def _save_counts(shifts: Sequence[Shift]) -> None:
    for shift in shifts:
        await shift.save(update_fields=["taken", "queue_tail"])


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
        await _move(enrolment, EnrolmentStatus.CANCELLED, now, who.person_id)
        await _let_in(shift, now)


async def accept(office: Office, who: Caller, enrolment_id: UUID) -> Standing:
    """Take the offered place. Raises `NoOffer`, or `OfferExpired` once the deadline has passed."""
    now = office.now()
    async with transaction():
        shift, enrolment = await _locked(who, enrolment_id)
        if enrolment.status is EnrolmentStatus.LAPSED:
            raise OfferExpired
        if enrolment.status is not EnrolmentStatus.OFFERED:
            raise NoOffer(enrolment_status=enrolment.status.value)
        is_in_time = not _has_lapsed(enrolment, now)
        if is_in_time:
            await _move(enrolment, EnrolmentStatus.CONFIRMED, now, who.person_id)
        await _let_in(shift, now)
    # Raised after the commit: that the offer lapsed and went on to the next must stand.
    if not is_in_time:
        raise OfferExpired
    return Standing(enrolment, None)


async def _locked(who: Caller, enrolment_id: UUID) -> tuple[Shift, Enrolment]:
    found = await Enrolment.get_or_none(id=enrolment_id, person_id=who.person_id)
    if found is None:
        raise NoSuchEnrolment
    shift = (await lock_shifts([found.shift_id]))[found.shift_id]
    # Read again under the lock: what was read before it may be a moment old.
    await found.refresh_from_db()
    return shift, found


async def _move(enrolment: Enrolment, after: EnrolmentStatus, now: datetime, actor_id: UUID | None) -> None:
    before, enrolment.status, enrolment.changed_at = enrolment.status, after, now
    if after is not EnrolmentStatus.OFFERED:
        enrolment.offer_expires_at = None
    await enrolment.save(update_fields=["status", "changed_at", "offer_expires_at"])
    await note("enrolment", enrolment.id, actor_id, before, after, now)


async def _let_in(shift: Shift, now: datetime) -> None:
    """Let lapsed offers go and offer free seats to the queue, in its order; saves the shift's counts."""
    queue = await Enrolment.queue_of([shift.id])
    moves = next_moves(shift, queue, now)
    for enrolment in moves.lapse:
        await _move(enrolment, EnrolmentStatus.LAPSED, now, None)
    for enrolment in moves.offer:
        enrolment.offer_expires_at = moves.deadline
        await _move(enrolment, EnrolmentStatus.OFFERED, now, None)
    shift.taken += len(moves.offer) - len(moves.lapse)
    await _save_counts([shift])


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
                await _let_in(shift, now)
    return len(shift_ids)


async def mine(who: Caller) -> list[Standing]:
    """All enrolments of the caller, newest first, each with its place in the queue where it waits."""
    rows = await Enrolment.filter(person_id=who.person_id).order_by("-id").select_related("shift", "event")
    waiting = [row for row in rows if row.status is EnrolmentStatus.WAITLISTED]
    queues = await Enrolment.filter(
        shift_id__in=[row.shift_id for row in waiting], status=EnrolmentStatus.WAITLISTED
    ).values_list("shift_id", "queue_no")
    return [Standing(row, _place_of(row, queues)) for row in rows]


def _place_of(enrolment: Enrolment, queues: Sequence[tuple[Any, ...]]) -> int | None:
    if enrolment.status is not EnrolmentStatus.WAITLISTED:
        return None
    return sum(1 for shift_id, no in queues if shift_id == enrolment.shift_id and no <= enrolment.queue_no)
