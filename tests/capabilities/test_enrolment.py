"""Enrolling: seats, the queue, offers, and the way back out."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from capabilities import event as events
from capabilities.caller import Caller
from capabilities.check_in import MyScan, check_in
from capabilities.enrolment import (
    AlreadyEnrolled,
    AlreadyThere,
    EnrolmentClosed,
    EnrolmentNotLive,
    NoOffer,
    NoSuchEnrolment,
    NoSuchShift,
    OfferExpired,
    Standing,
    TooLateToCancel,
    accept,
    cancel,
    enrol,
    mine,
    next_moves,
    pass_on_lapsed_offers,
    refusal_of,
)
from capabilities.office import Office
from capabilities.registration import RegistrationNotApproved, RegistrationSuspended
from capabilities.sign_in_code import venue_code
from kit.clock import StandingClock
from kit.errors import Refusal
from models.enrolment import HOLDS_SEAT, LIVE, Enrolment, EnrolmentStatus
from models.event import Event, EventStatus, Point
from models.shift import Shift
from models.transition import Transition
from models.volunteer import Volunteer, VolunteerStatus
from tests.cast import Cast, Someone
from tests.stage import MINUTE, NINE, published, refused, shift_of, shifts_of
from tests.statements import counted

HOUR = timedelta(hours=1)
A_MOMENT = timedelta(microseconds=1)
CONFIRMED, WAITLISTED, OFFERED = EnrolmentStatus.CONFIRMED, EnrolmentStatus.WAITLISTED, EnrolmentStatus.OFFERED
CANCELLED, LAPSED = EnrolmentStatus.CANCELLED, EnrolmentStatus.LAPSED


@dataclass
class Line:
    """People at one shift, in the order in which they came."""

    office: Office
    shift: Shift
    people: list[Someone]
    standings: list[Standing]

    async def caller(self, number: int) -> Caller:
        return await self.people[number].caller()

    async def cancel(self, number: int) -> None:
        await cancel(self.office, await self.caller(number), self.standings[number].enrolment.id)

    async def accept(self, number: int) -> Standing:
        return await accept(self.office, await self.caller(number), self.standings[number].enrolment.id)

    async def states(self) -> list[EnrolmentStatus]:
        rows = await Enrolment.filter(shift_id=self.shift.id).order_by("queue_no")
        return [row.status for row in rows]

    async def places(self) -> list[int | None]:
        return [(await mine(self.office, await each.caller()))[0].place for each in self.people]

    async def taken(self) -> int:
        return (await Shift.get(id=self.shift.id)).taken

    async def offer_end(self, number: int) -> datetime | None:
        return (await Enrolment.get(id=self.standings[number].enrolment.id)).offer_expires_at


async def line_up(office: Office, cast: Cast, shift: Shift, count: int) -> Line:
    people = [await cast.volunteer() for _ in range(count)]
    standings = [await enrol(office, await each.caller(), shift.id) for each in people]
    return Line(office, shift, people, standings)


@pytest.fixture
async def tomorrow(cast: Cast) -> Event:
    """One seat, a day ahead, offers of two hours."""
    return await published(starts_at=NINE + 24 * HOUR)


class TestEnrol:
    async def test_takes_a_free_seat(self, office: Office, cast: Cast, tomorrow: Event) -> None:
        line = await line_up(office, cast, shift_of(tomorrow), 1)
        standing = line.standings[0]
        assert (standing.enrolment.status, standing.place, standing.enrolment.queue_no) == (CONFIRMED, None, 1)
        assert await line.taken() == 1

    async def test_queues_when_there_is_none(self, office: Office, cast: Cast, tomorrow: Event) -> None:
        line = await line_up(office, cast, shift_of(tomorrow), 4)
        assert [each.place for each in line.standings] == [None, 1, 2, 3] == await line.places()
        assert await line.states() == [CONFIRMED, WAITLISTED, WAITLISTED, WAITLISTED]
        assert await line.taken() == 1

    async def test_lets_nobody_jump_the_queue(self, office: Office, cast: Cast, tomorrow: Event) -> None:
        """An offer has lapsed unnoticed: the seat is the next one's in the queue, not the newcomer's."""
        line = await line_up(office, cast, shift_of(tomorrow), 3)
        await line.cancel(0)
        await line.cancel(1)
        late = await enrol(office, await (await cast.volunteer()).caller(), line.shift.id)
        assert (late.enrolment.status, late.place) == (WAITLISTED, 1)
        assert await line.states() == [CANCELLED, CANCELLED, OFFERED, WAITLISTED]

    async def test_lets_nobody_jump_the_queue_after_the_start(
        self, office: Office, cast: Cast, clock: StandingClock
    ) -> None:
        """Nobody is offered a place any more, but a seat that fell free is not for who comes last either."""
        line = await line_up(office, cast, shift_of(await published(starts_at=NINE + HOUR)), 3)
        await line.cancel(0)
        clock.set(NINE + HOUR)
        await pass_on_lapsed_offers(office)
        assert await line.taken() == 0
        late = await enrol(office, await (await cast.volunteer()).caller(), line.shift.id)
        assert (late.enrolment.status, late.place) == (WAITLISTED, 2)

    async def test_is_once_per_event_across_its_shifts(self, office: Office, cast: Cast) -> None:
        found, who = await published(seats=[1, 1]), await (await cast.volunteer()).caller()
        first = await enrol(office, who, shifts_of(found)[0].id)
        for shift in shifts_of(found):
            refusal = await refused(AlreadyEnrolled, enrol(office, who, shift.id))
            assert refusal.facts == {"enrolment_id": str(first.enrolment.id)}

    async def test_is_once_even_at_the_same_moment(self, office: Office, cast: Cast) -> None:
        found, who = await published(seats=[1, 1]), await (await cast.volunteer()).caller()
        answers = await asyncio.gather(
            *(enrol(office, who, shift.id) for shift in shifts_of(found) * 2), return_exceptions=True
        )
        assert sorted(type(each).__name__ for each in answers) == ["AlreadyEnrolled"] * 3 + ["Standing"]
        assert await Enrolment.filter(event_id=found.id).count() == 1

    async def test_allows_two_events_on_one_day(self, office: Office, cast: Cast) -> None:
        who = await (await cast.volunteer()).caller()
        for _ in range(2):
            assert (await enrol(office, who, shift_of(await published()).id)).enrolment.status is CONFIRMED

    @pytest.mark.parametrize("status", [each for each in VolunteerStatus if each is not VolunteerStatus.APPROVED])
    async def test_needs_an_approved_registration(
        self, office: Office, cast: Cast, tomorrow: Event, status: VolunteerStatus
    ) -> None:
        someone = await cast.volunteer()
        until = office.now() + timedelta(days=30)
        await Volunteer.filter(person_id=someone.id).update(status=status, id_number_index="x", suspended_until=until)
        doing = enrol(office, await someone.caller(), shift_of(tomorrow).id)
        is_suspended = status is VolunteerStatus.SUSPENDED
        await refused(RegistrationSuspended if is_suspended else RegistrationNotApproved, doing)

    async def test_needs_a_registration(self, office: Office, cast: Cast, tomorrow: Event) -> None:
        doing = enrol(office, await (await cast.scientist()).caller(), shift_of(tomorrow).id)
        await refused(RegistrationNotApproved, doing)

    async def test_does_not_know_a_shift_that_is_not_there(self, office: Office, cast: Cast) -> None:
        await refused(NoSuchShift, enrol(office, await (await cast.volunteer()).caller(), uuid4()))

    @pytest.mark.parametrize(
        ("status", "kind"),
        [
            (EventStatus.DRAFT, NoSuchShift),
            (EventStatus.PENDING_REVIEW, NoSuchShift),
            (EventStatus.CANCELLED, EnrolmentClosed),
            (EventStatus.ENDED, EnrolmentClosed),
        ],
    )
    async def test_is_for_published_events(
        self, office: Office, cast: Cast, status: EventStatus, kind: type[Refusal]
    ) -> None:
        found = await published(status=status)
        await refused(kind, enrol(office, await (await cast.volunteer()).caller(), shift_of(found).id))

    async def test_keeps_to_the_time_of_enrolment(self, office: Office, cast: Cast, clock: StandingClock) -> None:
        opens, closes = NINE + HOUR, NINE + 2 * HOUR
        found = await published(
            starts_at=NINE + 24 * HOUR, seats=[9], enrolment_opens_at=opens, enrolment_closes_at=closes
        )
        for at in (opens - A_MOMENT, closes):
            clock.set(at)
            await refused(EnrolmentClosed, enrol(office, await (await cast.volunteer()).caller(), shift_of(found).id))
        for at in (opens, closes - A_MOMENT):
            clock.set(at)
            standing = await enrol(office, await (await cast.volunteer()).caller(), shift_of(found).id)
            assert standing.enrolment.status is CONFIRMED

    async def test_ends_with_the_shift(self, office: Office, cast: Cast, clock: StandingClock) -> None:
        found = await published(length=HOUR)
        clock.set(NINE + HOUR)
        await refused(EnrolmentClosed, enrol(office, await (await cast.volunteer()).caller(), shift_of(found).id))

    async def test_answers_one_bad_application_alone(self, office: Office, cast: Cast, tomorrow: Event) -> None:
        people = [await (await cast.volunteer()).caller() for _ in range(2)]
        off = await published(status=EventStatus.CANCELLED)
        answers = await asyncio.gather(
            enrol(office, people[0], shift_of(off).id),
            enrol(office, people[1], shift_of(tomorrow).id),
            enrol(office, people[0], uuid4()),
            return_exceptions=True,
        )
        assert [type(each).__name__ for each in answers] == ["EnrolmentClosed", "Standing", "NoSuchShift"]


class TestRefusalOf:
    """Who asks does not matter, so that the table needs no people."""

    @pytest.mark.parametrize(
        ("status", "opens", "closes", "ends", "kind"),
        [
            (EventStatus.PUBLISHED, None, None, HOUR, None),
            (EventStatus.PUBLISHED, timedelta(0), HOUR, HOUR, None),
            (EventStatus.PUBLISHED, A_MOMENT, None, HOUR, EnrolmentClosed),
            (EventStatus.PUBLISHED, None, timedelta(0), HOUR, EnrolmentClosed),
            (EventStatus.PUBLISHED, None, A_MOMENT, HOUR, None),
            (EventStatus.PUBLISHED, None, None, timedelta(0), EnrolmentClosed),
            (EventStatus.PUBLISHED, None, None, A_MOMENT, None),
            (EventStatus.DRAFT, None, None, HOUR, NoSuchShift),
            (EventStatus.PENDING_REVIEW, None, None, HOUR, NoSuchShift),
            (EventStatus.CANCELLED, None, None, HOUR, EnrolmentClosed),
            (EventStatus.ENDED, None, None, HOUR, EnrolmentClosed),
        ],
    )
    def test_as_the_table_says(
        self,
        status: EventStatus,
        opens: timedelta | None,
        closes: timedelta | None,
        ends: timedelta,
        kind: type[Refusal] | None,
    ) -> None:
        shift = a_shift(status=status, starts_at=NINE - HOUR, ends_at=NINE + ends)
        shift.event.enrolment_opens_at = None if opens is None else NINE + opens
        shift.event.enrolment_closes_at = None if closes is None else NINE + closes
        refusal = refusal_of(shift, NINE)
        assert (type(refusal) if refusal else None) is kind

    def test_knows_no_shift_that_is_not_there(self) -> None:
        assert isinstance(refusal_of(None, NINE), NoSuchShift)


def a_shift(
    *,
    seats: int = 1,
    taken: int = 0,
    status: EventStatus = EventStatus.PUBLISHED,
    starts_at: datetime = NINE + 24 * HOUR,
    ends_at: datetime = NINE + 27 * HOUR,
) -> Shift:
    event = Event(status=status, offer_minutes=120)
    event._saved_in_db = True
    return Shift(event=event, seats=seats, taken=taken, starts_at=starts_at, ends_at=ends_at)


def a_queue(*states: EnrolmentStatus | timedelta) -> list[Enrolment]:
    """One row each: a state, or an offer that ends that long after nine."""
    rows = []
    for number, state in enumerate(states, 1):
        is_offer = isinstance(state, timedelta)
        rows.append(
            Enrolment(
                status=OFFERED if is_offer else state,
                queue_no=number,
                offer_expires_at=NINE + state if isinstance(state, timedelta) else None,
            )
        )
    return rows


class TestNextMoves:
    """At nine, for a shift that begins a day later unless the story says otherwise. Numbers are places in the queue."""

    @pytest.mark.parametrize(
        ("seats", "taken", "queue", "lapse", "offer"),
        [
            (1, 1, (WAITLISTED, WAITLISTED), [], []),
            (1, 0, (WAITLISTED, WAITLISTED), [], [1]),
            (2, 0, (WAITLISTED, WAITLISTED), [], [1, 2]),
            (9, 0, (WAITLISTED, WAITLISTED), [], [1, 2]),
            (1, 0, (), [], []),
            (1, 1, (HOUR, WAITLISTED), [], []),
            (1, 1, (A_MOMENT, WAITLISTED), [], []),
            (1, 1, (timedelta(0), WAITLISTED), [1], [2]),
            (1, 1, (-HOUR, WAITLISTED, WAITLISTED), [1], [2]),
            (2, 2, (-HOUR, -HOUR, WAITLISTED, WAITLISTED, WAITLISTED), [1, 2], [3, 4]),
            (2, 2, (-HOUR, HOUR, WAITLISTED, WAITLISTED), [1], [3]),
            (3, 2, (-HOUR, HOUR, WAITLISTED, WAITLISTED, WAITLISTED), [1], [3, 4]),
            (1, 1, (-HOUR,), [1], []),
        ],
    )
    def test_as_the_table_says(
        self,
        seats: int,
        taken: int,
        queue: Sequence[EnrolmentStatus | timedelta],
        lapse: list[int],
        offer: list[int],
    ) -> None:
        moves = next_moves(a_shift(seats=seats, taken=taken), a_queue(*queue), NINE)
        assert [each.queue_no for each in moves.lapse] == lapse
        assert [each.queue_no for each in moves.offer] == offer

    @pytest.mark.parametrize("status", [EventStatus.CANCELLED, EventStatus.ENDED, EventStatus.DRAFT])
    def test_offers_nothing_in_what_is_not_on(self, status: EventStatus) -> None:
        moves = next_moves(a_shift(seats=2, taken=1, status=status), a_queue(-HOUR, WAITLISTED), NINE)
        assert (len(moves.lapse), moves.offer) == (1, [])

    def test_offers_nothing_in_what_has_begun(self) -> None:
        assert next_moves(a_shift(starts_at=NINE), a_queue(WAITLISTED), NINE).offer == []
        assert len(next_moves(a_shift(starts_at=NINE + A_MOMENT), a_queue(WAITLISTED), NINE).offer) == 1

    @pytest.mark.parametrize(
        ("starts_in", "ends_in"),
        [(24 * HOUR, 2 * HOUR), (2 * HOUR + MINUTE, 2 * HOUR), (2 * HOUR, 2 * HOUR), (MINUTE, MINUTE)],
    )
    def test_gives_two_hours_but_not_beyond_the_start(self, starts_in: timedelta, ends_in: timedelta) -> None:
        moves = next_moves(a_shift(starts_at=NINE + starts_in), a_queue(WAITLISTED), NINE)
        assert moves.deadline == NINE + ends_in


class TestCancel:
    async def test_gives_the_seat_to_the_next(self, office: Office, cast: Cast, tomorrow: Event) -> None:
        line = await line_up(office, cast, shift_of(tomorrow), 3)
        await line.cancel(0)
        assert await line.states() == [CANCELLED, OFFERED, WAITLISTED]
        assert await line.offer_end(1) == office.now() + 2 * HOUR
        assert await line.places() == [None, None, 1]
        assert await line.taken() == 1

    async def test_ends_the_offer_with_the_start(self, office: Office, cast: Cast, clock: StandingClock) -> None:
        line = await line_up(office, cast, shift_of(await published(starts_at=NINE + HOUR)), 2)
        await line.cancel(0)
        assert await line.offer_end(1) == NINE + HOUR

    async def test_frees_the_seat_when_nobody_waits(self, office: Office, cast: Cast, tomorrow: Event) -> None:
        line = await line_up(office, cast, shift_of(tomorrow), 1)
        await line.cancel(0)
        assert await line.taken() == 0
        again = await enrol(office, await line.caller(0), line.shift.id)
        assert (again.enrolment.status, again.enrolment.queue_no) == (CONFIRMED, 2)

    async def test_is_refused_once_the_person_is_there(self, office: Office, cast: Cast, event: Event) -> None:
        volunteer = await (await cast.volunteer()).caller()
        standing = await enrol(office, volunteer, shift_of(event).id)
        point = await Point.get(event_id=event.id).select_related("event")
        code = venue_code(office, point, office.now()).text
        await check_in(office, volunteer, MyScan(code=code, nonce="nonce-of-the-morning"))
        with pytest.raises(AlreadyThere):
            await cancel(office, volunteer, standing.enrolment.id)
        assert (await Enrolment.get(id=standing.enrolment.id)).status is CONFIRMED

    async def test_closes_the_gap_in_the_queue(self, office: Office, cast: Cast, tomorrow: Event) -> None:
        line = await line_up(office, cast, shift_of(tomorrow), 4)
        await line.cancel(2)
        assert await line.places() == [None, 1, None, 2]
        assert await line.taken() == 1

    async def test_passes_a_refused_offer_on(self, office: Office, cast: Cast, tomorrow: Event) -> None:
        line = await line_up(office, cast, shift_of(tomorrow), 3)
        await line.cancel(0)
        await line.cancel(1)
        assert await line.states() == [CANCELLED, CANCELLED, OFFERED]
        assert await line.taken() == 1

    async def test_notes_who_moved_what(self, office: Office, cast: Cast, tomorrow: Event) -> None:
        line = await line_up(office, cast, shift_of(tomorrow), 2)
        await line.cancel(0)
        rows = await Transition.filter(subject="enrolment")
        assert {(row.subject_id, row.actor_id, row.before, row.after) for row in rows} == {
            (line.standings[0].enrolment.id, line.people[0].id, "confirmed", "cancelled"),
            (line.standings[1].enrolment.id, None, "waitlisted", "offered"),
        }

    async def test_is_over_after_one_time(self, office: Office, cast: Cast, tomorrow: Event) -> None:
        line = await line_up(office, cast, shift_of(tomorrow), 2)
        await line.cancel(0)
        await refused(EnrolmentNotLive, line.cancel(0))

    async def test_counts_a_double_press_once(self, office: Office, cast: Cast, tomorrow: Event) -> None:
        line = await line_up(office, cast, shift_of(tomorrow), 3)
        answers = await asyncio.gather(line.cancel(0), line.cancel(0), return_exceptions=True)
        assert sorted(type(each).__name__ for each in answers) == ["EnrolmentNotLive", "NoneType"]
        assert await line.states() == [CANCELLED, OFFERED, WAITLISTED]

    async def test_is_too_late_from_the_start_on(
        self, office: Office, cast: Cast, tomorrow: Event, clock: StandingClock
    ) -> None:
        line = await line_up(office, cast, shift_of(tomorrow), 2)
        clock.set(line.shift.starts_at)
        await refused(TooLateToCancel, line.cancel(0))

    async def test_lets_who_waits_go_even_then(
        self, office: Office, cast: Cast, tomorrow: Event, clock: StandingClock
    ) -> None:
        line = await line_up(office, cast, shift_of(tomorrow), 2)
        clock.set(line.shift.starts_at)
        await line.cancel(1)
        assert await line.states() == [CONFIRMED, CANCELLED]

    async def test_is_possible_until_the_last_moment(
        self, office: Office, cast: Cast, tomorrow: Event, clock: StandingClock
    ) -> None:
        line = await line_up(office, cast, shift_of(tomorrow), 1)
        clock.set(line.shift.starts_at - A_MOMENT)
        await line.cancel(0)
        assert await line.states() == [CANCELLED]

    async def test_is_not_for_a_stranger(self, office: Office, cast: Cast, tomorrow: Event) -> None:
        line = await line_up(office, cast, shift_of(tomorrow), 1)
        stranger = await (await cast.volunteer()).caller()
        await refused(NoSuchEnrolment, cancel(office, stranger, line.standings[0].enrolment.id))
        await refused(NoSuchEnrolment, cancel(office, stranger, uuid4()))


class TestAccept:
    async def test_takes_the_offered_seat(self, office: Office, cast: Cast, tomorrow: Event) -> None:
        line = await line_up(office, cast, shift_of(tomorrow), 2)
        await line.cancel(0)
        standing = await line.accept(1)
        assert (standing.enrolment.status, standing.place, await line.offer_end(1)) == (CONFIRMED, None, None)
        assert await line.taken() == 1

    async def test_is_possible_until_the_last_moment(
        self, office: Office, cast: Cast, tomorrow: Event, clock: StandingClock
    ) -> None:
        line = await line_up(office, cast, shift_of(tomorrow), 2)
        await line.cancel(0)
        clock.advance(2 * HOUR - A_MOMENT)
        assert (await line.accept(1)).enrolment.status is CONFIRMED

    async def test_gives_the_seat_to_the_next_when_it_is_too_late(
        self, office: Office, cast: Cast, tomorrow: Event, clock: StandingClock
    ) -> None:
        """The call is refused, and yet the lapse and the next one's offer stand."""
        line = await line_up(office, cast, shift_of(tomorrow), 4)
        await line.cancel(0)
        clock.advance(2 * HOUR)
        await refused(OfferExpired, line.accept(1), writes=["enrolment", "job", "message", "shift", "transition"])
        assert await line.states() == [CANCELLED, LAPSED, OFFERED, WAITLISTED]
        assert await line.offer_end(2) == office.now() + 2 * HOUR
        assert await line.taken() == 1

    async def test_says_so_again_afterwards(
        self, office: Office, cast: Cast, tomorrow: Event, clock: StandingClock
    ) -> None:
        line = await line_up(office, cast, shift_of(tomorrow), 2)
        await line.cancel(0)
        clock.advance(2 * HOUR)
        with pytest.raises(OfferExpired):
            await line.accept(1)
        await refused(OfferExpired, line.accept(1))

    async def test_lets_who_missed_it_enrol_again_at_the_end(
        self, office: Office, cast: Cast, tomorrow: Event, clock: StandingClock
    ) -> None:
        line = await line_up(office, cast, shift_of(tomorrow), 3)
        await line.cancel(0)
        clock.advance(2 * HOUR)
        with pytest.raises(OfferExpired):
            await line.accept(1)
        again = await enrol(office, await line.caller(1), line.shift.id)
        assert (again.enrolment.status, again.place) == (WAITLISTED, 1)
        assert again.enrolment.queue_no > line.standings[2].enrolment.queue_no

    @pytest.mark.parametrize("number", [0, 2])
    async def test_needs_an_offer(self, office: Office, cast: Cast, tomorrow: Event, number: int) -> None:
        line = await line_up(office, cast, shift_of(tomorrow), 3)
        await refused(NoOffer, line.accept(number))

    async def test_needs_a_live_enrolment(self, office: Office, cast: Cast, tomorrow: Event) -> None:
        line = await line_up(office, cast, shift_of(tomorrow), 1)
        await line.cancel(0)
        refusal = await refused(NoOffer, line.accept(0))
        assert refusal.facts == {"enrolment_status": "cancelled"}

    async def test_is_not_for_a_stranger(self, office: Office, cast: Cast, tomorrow: Event) -> None:
        line = await line_up(office, cast, shift_of(tomorrow), 2)
        await line.cancel(0)
        await refused(NoSuchEnrolment, accept(office, await line.caller(0), line.standings[1].enrolment.id))


class TestPassOnLapsedOffers:
    async def test_passes_each_on_in_its_shift(
        self, office: Office, cast: Cast, tomorrow: Event, clock: StandingClock
    ) -> None:
        first = await line_up(office, cast, shift_of(tomorrow), 3)
        second = await line_up(office, cast, shift_of(await published(starts_at=NINE + 24 * HOUR)), 3)
        for line in (first, second):
            await line.cancel(0)
        clock.advance(2 * HOUR)
        assert await pass_on_lapsed_offers(office) == 2
        for line in (first, second):
            assert await line.states() == [CANCELLED, LAPSED, OFFERED]
            assert await line.taken() == 1

    async def test_leaves_offers_that_run(
        self, office: Office, cast: Cast, tomorrow: Event, clock: StandingClock
    ) -> None:
        line = await line_up(office, cast, shift_of(tomorrow), 3)
        await line.cancel(0)
        clock.advance(2 * HOUR - A_MOMENT)
        assert await pass_on_lapsed_offers(office) == 0
        assert await line.states() == [CANCELLED, OFFERED, WAITLISTED]

    async def test_frees_the_seat_when_nobody_waits(
        self, office: Office, cast: Cast, tomorrow: Event, clock: StandingClock
    ) -> None:
        line = await line_up(office, cast, shift_of(tomorrow), 2)
        await line.cancel(0)
        clock.advance(2 * HOUR)
        await pass_on_lapsed_offers(office)
        assert (await line.states(), await line.taken()) == ([CANCELLED, LAPSED], 0)

    async def test_offers_nothing_once_the_shift_has_begun(
        self, office: Office, cast: Cast, clock: StandingClock
    ) -> None:
        line = await line_up(office, cast, shift_of(await published(starts_at=NINE + HOUR)), 3)
        await line.cancel(0)
        clock.set(NINE + HOUR)
        await pass_on_lapsed_offers(office)
        assert await line.states() == [CANCELLED, LAPSED, WAITLISTED]

    async def test_takes_nothing_from_who_accepts_in_the_same_moment(
        self, office: Office, cast: Cast, tomorrow: Event, clock: StandingClock
    ) -> None:
        """One of the two sees the deadline first; either way one person has the seat and the counts agree."""
        line = await line_up(office, cast, shift_of(tomorrow), 3)
        await line.cancel(0)
        clock.advance(2 * HOUR)
        await asyncio.gather(line.accept(1), pass_on_lapsed_offers(office), return_exceptions=True)
        assert await line.states() == [CANCELLED, LAPSED, OFFERED]
        assert await line.taken() == 1


class TestMine:
    async def test_lists_the_callers_own_with_places(self, office: Office, cast: Cast, tomorrow: Event) -> None:
        line = await line_up(office, cast, shift_of(tomorrow), 3)
        other = await enrol(office, await line.caller(2), shift_of(await published()).id)
        listed = await mine(office, await line.caller(2))
        assert {(each.id, each.place) for each in listed} == {
            (line.standings[2].enrolment.id, 2),
            (other.enrolment.id, None),
        }

    async def test_is_empty_for_who_never_enrolled(self, office: Office, cast: Cast) -> None:
        assert await mine(office, await (await cast.volunteer()).caller()) == []

    async def test_reads_what_many_ask_at_once_in_one_statement_and_gives_each_their_own(
        self, office: Office, cast: Cast, tomorrow: Event, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        line = await line_up(office, cast, shift_of(tomorrow), 4)
        callers = [await line.caller(n) for n in range(4)] + [await (await cast.volunteer()).caller()]
        await enrol(office, callers[0], shift_of(await published()).id)
        with counted(monkeypatch) as asked:
            told = await asyncio.gather(*(mine(office, each) for each in callers))
        assert [len(each) for each in told] == [2, 1, 1, 1, 0]
        assert [each[-1].place for each in told[:4]] == [None, 1, 2, 3]
        assert len(asked) <= office.lanes


class TestCancelledEvent:
    async def test_has_no_live_enrolment_whoever_was_quicker(self, office: Office, cast: Cast) -> None:
        """Twelve people enrol while the organizer calls the event off."""
        organizer = await (await cast.organizer("150105")).caller()
        people = [await (await cast.volunteer()).caller() for _ in range(12)]
        for turn in range(4):
            found = await published(seats=[3, 3], unit_code="150105")
            shifts = shifts_of(found)
            doing: list[Any] = [enrol(office, each, shifts[n % 2].id) for n, each in enumerate(people)]
            doing.insert(turn * 4, events.cancel(office, organizer, found.id, "大风预警"))
            answers = await asyncio.gather(*doing, return_exceptions=True)
            kinds = {type(each) for each in answers}
            assert kinds <= {Standing, Event, EnrolmentClosed}, kinds
            assert await Enrolment.filter(event_id=found.id, status__in=LIVE).count() == 0
            assert {shift.taken for shift in await Shift.filter(event_id=found.id)} == {0}


# What may happen next: (who, what) or time goes by. Seven people, so that any queue is longer than the seats.
PEOPLE = 7
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("enrol"), st.integers(0, PEOPLE - 1)),
        st.tuples(st.just("cancel"), st.integers(0, PEOPLE - 1)),
        st.tuples(st.just("accept"), st.integers(0, PEOPLE - 1)),
        st.tuples(st.just("pass on"), st.just(0)),
        st.tuples(st.just("wait"), st.sampled_from([30, 119, 120, 600])),
    ),
    min_size=8,
    max_size=40,
)


class Play:
    """Any sequence of steps at one shift, looked at after each."""

    def __init__(self, office: Office, clock: StandingClock, people: Sequence[Caller], shift: Shift) -> None:
        self.office, self.clock, self.people, self.shift = office, clock, people, shift
        self.ids: dict[int, Any] = {}

    async def step(self, what: str, number: int) -> None:
        if what == "wait":
            self.clock.advance(number * MINUTE)
        elif what == "pass on":
            await pass_on_lapsed_offers(self.office)
        else:
            await self._ask(what, number)
        await self._look()
        if what == "cancel":
            await self._look_at_places()

    async def _ask(self, what: str, number: int) -> None:
        who = self.people[number]
        try:
            if what == "enrol":
                self.ids[number] = (await enrol(self.office, who, self.shift.id)).enrolment.id
            elif number in self.ids:
                await (cancel if what == "cancel" else accept)(self.office, who, self.ids[number])
        except Refusal:
            return

    async def _look(self) -> None:
        shift, now = await Shift.get(id=self.shift.id), self.office.now()
        rows = await Enrolment.filter(shift_id=shift.id).order_by("queue_no")
        holding = [row.queue_no for row in rows if row.status in HOLDS_SEAT]
        waiting = [row.queue_no for row in rows if row.status is WAITLISTED]
        living = [row.person_id for row in rows if row.status in LIVE]
        assert shift.taken == len(holding) <= shift.seats, "the count is what is held, and no more than there is"
        assert len(living) == len(set(living)), "one live enrolment per person"
        assert not waiting or not holding or max(holding) < min(waiting), "nobody overtakes who waits"
        assert not waiting or now >= shift.starts_at or shift.taken == shift.seats, "no seat is idle while one waits"
        assert all((row.offer_expires_at is not None) == (row.status is OFFERED) for row in rows)

    async def _look_at_places(self) -> None:
        rows = await Enrolment.filter(shift_id=self.shift.id).order_by("queue_no")
        places = {row.id: place for place, row in enumerate((r for r in rows if r.status is WAITLISTED), 1)}
        for who in self.people:
            for row in await mine(self.office, who):
                if row.shift_id == self.shift.id:
                    assert row.place == places.get(row.id), "places have no gaps"


class TestQueue:
    @pytest.fixture
    async def people(self, cast: Cast) -> list[Caller]:
        return [await (await cast.volunteer()).caller() for _ in range(PEOPLE)]

    @settings(
        max_examples=20,
        deadline=None,
        derandomize=True,
        # Each example plays at a shift of its own.
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(seats=st.integers(1, 3), steps=STEPS)
    @example(
        seats=1,
        steps=[
            *(("enrol", number) for number in range(5)), ("cancel", 0), ("wait", 120), ("accept", 1), ("cancel", 3),
            ("accept", 2), ("cancel", 2), ("pass on", 0), ("wait", 119), ("accept", 4), ("enrol", 1), ("wait", 600),
        ],
    )  # fmt: skip
    async def test_keeps_its_order_and_its_count_whatever_happens(
        self,
        office: Office,
        clock: StandingClock,
        people: list[Caller],
        seats: int,
        steps: list[tuple[str, int]],
    ) -> None:
        clock.set(NINE)
        found = await published(seats=[seats], starts_at=NINE + 24 * HOUR)
        play = Play(office, clock, people, shift_of(found))
        for what, number in steps:
            await play.step(what, number)
