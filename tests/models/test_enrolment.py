"""Who is enrolled, who waits, and that nobody is enrolled twice."""

from datetime import timedelta

import pytest
from tortoise.exceptions import IntegrityError

from models.enrolment import HOLDS_SEAT, LIVE, Enrolment, EnrolmentStatus, Ticket
from models.event import Event
from models.shift import Shift
from tests.cast import Cast, Someone

NOT_LIVE = sorted(set(EnrolmentStatus) - set(LIVE))


async def enrol(someone: Someone, shift: Shift, status: EnrolmentStatus, *, queue_no: int = 1) -> Enrolment:
    now = someone.office.now()
    return await Enrolment.create(
        event_id=shift.event_id,
        shift=shift,
        person=someone.person,
        status=status,
        queue_no=queue_no,
        enrolled_at=now,
        offer_expires_at=now + timedelta(hours=2) if status is EnrolmentStatus.OFFERED else None,
        changed_at=now,
    )


class TestQueueOf:
    async def test_puts_first_who_came_first(self, cast: Cast, event: Event) -> None:
        shift, other = event.shifts
        last = await enrol(await cast.scientist(), shift, EnrolmentStatus.WAITLISTED, queue_no=10)
        first = await enrol(await cast.scientist(), shift, EnrolmentStatus.OFFERED, queue_no=2)
        await enrol(await cast.scientist(), shift, EnrolmentStatus.CONFIRMED, queue_no=1)
        await enrol(await cast.scientist(), other, EnrolmentStatus.WAITLISTED, queue_no=1)
        assert await Enrolment.queue_of([shift.id]) == [first, last]


class TestWithLapsedOffer:
    async def test_finds_an_offer_at_its_very_end(self, cast: Cast, event: Event) -> None:
        offered = await enrol(await cast.scientist(), event.shifts[0], EnrolmentStatus.OFFERED)
        assert offered.offer_expires_at is not None
        assert await Enrolment.with_lapsed_offer(offered.offer_expires_at) == [offered]
        assert await Enrolment.with_lapsed_offer(offered.offer_expires_at - timedelta(seconds=1)) == []


class TestOneLiveEnrolment:
    @pytest.mark.parametrize("second", LIVE)
    @pytest.mark.parametrize("first", LIVE)
    async def test_is_all_that_a_person_has_in_an_event(
        self, cast: Cast, event: Event, first: EnrolmentStatus, second: EnrolmentStatus
    ) -> None:
        someone, (one, other) = await cast.scientist(), event.shifts
        await enrol(someone, one, first)
        with pytest.raises(IntegrityError):
            await enrol(someone, other, second)

    async def test_may_stand_beside_any_number_that_have_ended(self, cast: Cast, event: Event) -> None:
        someone, shift = await cast.scientist(), event.shifts[0]
        for queue_no, status in enumerate([*NOT_LIVE, *NOT_LIVE, EnrolmentStatus.CONFIRMED]):
            await enrol(someone, shift, status, queue_no=queue_no)
        assert await Enrolment.live().count() == 1

    async def test_has_a_number_of_its_own_in_the_queue(self, cast: Cast, event: Event) -> None:
        await enrol(await cast.scientist(), event.shifts[0], EnrolmentStatus.WAITLISTED, queue_no=1)
        with pytest.raises(IntegrityError):
            await enrol(await cast.scientist(), event.shifts[0], EnrolmentStatus.WAITLISTED, queue_no=1)

    async def test_is_offered_until_some_time(self, cast: Cast, event: Event) -> None:
        row = await enrol(await cast.scientist(), event.shifts[0], EnrolmentStatus.WAITLISTED)
        with pytest.raises(IntegrityError):
            await Enrolment.filter(id=row.id).update(status=EnrolmentStatus.OFFERED)

    def test_holds_a_seat_when_it_is_confirmed_or_offered(self) -> None:
        assert set(HOLDS_SEAT) == set(LIVE) - {EnrolmentStatus.WAITLISTED}


class TestTicket:
    async def test_is_the_only_one_in_force(self, cast: Cast, event: Event) -> None:
        row = await enrol(await cast.scientist(), event.shifts[0], EnrolmentStatus.CONFIRMED)
        now = cast.office.now()
        old = await Ticket.create(event=event, enrolment=row, made_at=now)
        with pytest.raises(IntegrityError):
            await Ticket.create(event=event, enrolment=row, made_at=now)
        await Ticket.filter(id=old.id).update(revoked_at=now)
        await Ticket.create(event=event, enrolment=row, made_at=now)
        assert await Ticket.filter(enrolment=row, revoked_at=None).count() == 1
