"""What a batch of applications holds while it is decided, and that what it writes stands whole or not at all."""

import asyncio
from collections.abc import Coroutine
from contextvars import Context, copy_context
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from tortoise.exceptions import IntegrityError

from kit.ids import uuid7
from models.database import transaction
from models.enrolment import LIVE, Enrolment, EnrolmentStatus
from models.event import Event
from models.seats import EnrolmentLine, Held, HeldShift, at_the_counter
from models.shift import Shift
from models.volunteer import Volunteer, VolunteerStatus
from tests.cast import Cast, Someone
from tests.stage import published, shift_of, shifts_of

# Long enough for whoever is not held up to be done.
A_WHILE = 0.3
CONFIRMED = EnrolmentStatus.CONFIRMED


def a_line(someone: Someone, shift: Shift | HeldShift, queue_no: int) -> EnrolmentLine:
    return EnrolmentLine(uuid7(), shift.event_id, shift.id, someone.id, CONFIRMED, queue_no, someone.office.now())


def counted(shift: HeldShift) -> HeldShift:
    shift.taken += 1
    shift.queue_tail += 1
    return shift


async def give(shift: Shift, lines: list[EnrolmentLine], *, taken: int, fault: Exception | None = None) -> None:
    """Written as decided, also where that was wrong; with a `fault` something breaks before the end."""
    async with at_the_counter() as counter:
        held = (await counter.hold([(shift.id, line.person_id) for line in lines])).shifts[shift.id]
        held.taken, held.queue_tail = taken, held.queue_tail + len(lines)
        await counter.write(lines, [held])
        if fault is not None:
            raise fault


@pytest.fixture
def aside() -> Context:
    """As somebody else's request: on SQLite a task that begins inside a transaction would be part of it."""
    return copy_context()


def begin(doing: Coroutine[Any, Any, Any], aside: Context) -> asyncio.Task[Any]:
    return asyncio.get_running_loop().create_task(doing, context=aside)


async def look(shift: Shift, *people: UUID) -> Held:
    async with at_the_counter() as counter:
        return await counter.hold([(shift.id, each) for each in people])


async def stood(someone: Someone, shift: Shift, status: EnrolmentStatus, queue_no: int) -> Enrolment:
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


@pytest.fixture
async def hall() -> Event:
    """Two shifts of five seats."""
    return await published(seats=[5, 5], min_age=16)


class TestHold:
    async def test_brings_the_shift_as_its_row_is(self, cast: Cast, hall: Event) -> None:
        shift, someone = shift_of(hall), await cast.volunteer()
        await Shift.filter(id=shift.id).update(taken=2, queue_tail=3)
        held = (await look(shift, someone.id)).shifts[shift.id]
        assert (held.id, held.event_id, held.seats, held.taken, held.queue_tail) == (shift.id, hall.id, 5, 2, 3)
        assert (held.starts_at, held.ends_at) == (shift.starts_at, shift.ends_at)
        assert (held.event.status, held.event.min_age, held.event.allows_walk_ins) == (hall.status, 16, False)
        opens, closes = held.event.enrolment_opens_at, held.event.enrolment_closes_at
        assert (opens, closes) == (hall.enrolment_opens_at, hall.enrolment_closes_at)

    async def test_counts_who_waits_and_nobody_else(self, cast: Cast, hall: Event) -> None:
        first, second = shifts_of(hall)
        states = [*EnrolmentStatus, EnrolmentStatus.WAITLISTED]
        for number, status in enumerate(states, 1):
            await stood(await cast.scientist(), first, status, number)
        await stood(await cast.scientist(), second, EnrolmentStatus.WAITLISTED, 1)
        async with at_the_counter() as counter:
            held = await counter.hold([(each.id, uuid4()) for each in (first, second)])
        assert {each.id: each.waiting for each in held.shifts.values()} == {first.id: 2, second.id: 1}

    async def test_brings_who_is_registered_with_the_date_of_birth_sealed(self, cast: Cast, hall: Event) -> None:
        until = cast.office.now() + timedelta(days=3)
        someone, stranger = await cast.volunteer(), await cast.scientist()
        row = Volunteer.filter(person_id=someone.id)
        await row.update(status=VolunteerStatus.SUSPENDED, suspended_until=until, birth_date="1999-12-31")
        registrations = (await look(shift_of(hall), someone.id, stranger.id)).registrations
        assert set(registrations) == {someone.id}
        found = registrations[someone.id]
        assert (found.status, found.suspended_until) == (VolunteerStatus.SUSPENDED, until)
        assert isinstance(found.sealed_birth_date, bytes)
        assert b"1999" not in found.sealed_birth_date
        assert str(found.born_on) == "1999-12-31"

    @pytest.mark.parametrize("status", EnrolmentStatus)
    async def test_finds_what_is_live_anywhere_in_the_event(
        self, cast: Cast, hall: Event, status: EnrolmentStatus
    ) -> None:
        """Asked about one shift, it finds the enrolment in the other; one in another event is of no interest."""
        someone = await cast.volunteer()
        row = await stood(someone, shifts_of(hall)[1], status, 1)
        await stood(someone, shift_of(await published()), CONFIRMED, 1)
        await stood(await cast.volunteer(), shift_of(hall), CONFIRMED, 1)
        live = (await look(shift_of(hall), someone.id)).live
        assert live == ({(hall.id, someone.id): row.id} if status in LIVE else {})

    async def test_knows_no_shift_that_is_not_there(self, cast: Cast) -> None:
        someone = await cast.volunteer()
        async with at_the_counter() as counter:
            held = await counter.hold([(uuid4(), someone.id)])
        assert (held.shifts, set(held.registrations), held.live) == ({}, {someone.id}, {})

    async def test_lets_nobody_be_suspended_before_the_seat_is_written(
        self, cast: Cast, hall: Event, aside: Context
    ) -> None:
        someone, shift = await cast.volunteer(), shift_of(hall)

        async def suspend() -> int:
            """How many enrolments there were when the suspension was written."""
            async with transaction():
                await Volunteer.filter(person_id=someone.id).update(suspended_until=cast.office.now())
                return await Enrolment.filter(person_id=someone.id).count()

        async with at_the_counter() as counter:
            held = await counter.hold([(shift.id, someone.id)])
            suspending = begin(suspend(), aside)
            await asyncio.sleep(A_WHILE)
            assert not suspending.done()
            await counter.write([a_line(someone, shift, 1)], [counted(held.shifts[shift.id])])
        assert await suspending == 1

    async def test_lets_nobody_else_give_seats_meanwhile(self, cast: Cast, hall: Event, aside: Context) -> None:
        first, second, shift = await cast.volunteer(), await cast.volunteer(), shift_of(hall)
        async with at_the_counter() as counter:
            held = await counter.hold([(shift.id, first.id)])
            other = begin(look(shift, second.id), aside)
            await asyncio.sleep(A_WHILE)
            assert not other.done()
            await counter.write([a_line(first, shift, 1)], [counted(held.shifts[shift.id])])
        seen = (await other).shifts[shift.id]
        assert (seen.taken, seen.queue_tail) == (1, 1)

    async def test_sees_what_the_same_person_was_given_in_another_shift_meanwhile(
        self, cast: Cast, hall: Event, aside: Context
    ) -> None:
        """The locks on the shifts do not meet; the lock on the person does, and what is live is read after it."""
        someone, (first, second) = await cast.volunteer(), shifts_of(hall)
        line = a_line(someone, first, 1)
        async with at_the_counter() as counter:
            held = await counter.hold([(first.id, someone.id)])
            other = begin(look(second, someone.id), aside)
            await asyncio.sleep(A_WHILE)
            await counter.write([line], [counted(held.shifts[first.id])])
        assert (await other).live == {(hall.id, someone.id): line.id}


class TestWrite:
    async def test_writes_the_row_as_the_model_has_it(self, cast: Cast, hall: Event) -> None:
        someone, shift = await cast.volunteer(), shift_of(hall)
        line = a_line(someone, shift, 1)
        await give(shift, [line], taken=1)
        row = await Enrolment.get(id=line.id)
        assert (row.event_id, row.shift_id, row.person_id) == (hall.id, shift.id, someone.id)
        assert (row.status, row.queue_no, row.door_version, row.offer_expires_at) == (CONFIRMED, 1, 0, None)
        assert row.enrolled_at == row.changed_at == someone.office.now()
        assert await Shift.filter(id=shift.id, taken=1, queue_tail=1).exists()
        assert await Shift.filter(id=shifts_of(hall)[1].id, taken=0, queue_tail=0).exists()

    async def test_writes_moments_that_the_model_finds(self, cast: Cast, hall: Event) -> None:
        """SQLite compares them as text."""
        someone, shift, now = await cast.volunteer(), shift_of(hall), cast.office.now()
        await give(shift, [a_line(someone, shift, 1)], taken=1)
        assert await Enrolment.filter(changed_at__lte=now, enrolled_at__gte=now).count() == 1
        assert await Enrolment.filter(changed_at__lt=now).count() == 0

    async def test_gives_nobody_a_second_live_enrolment(self, cast: Cast, hall: Event) -> None:
        """Whatever was decided, the unique key has the last word, and nothing of the batch is written."""
        someone, neighbour, (first, second) = await cast.volunteer(), await cast.volunteer(), shifts_of(hall)
        await stood(someone, second, EnrolmentStatus.WAITLISTED, 1)
        with pytest.raises(IntegrityError):
            await give(first, [a_line(neighbour, first, 1), a_line(someone, first, 2)], taken=2)
        assert await Enrolment.filter(shift_id=first.id).count() == 0
        assert await Shift.filter(id=first.id, taken=0, queue_tail=0).exists()

    async def test_draws_no_number_twice(self, cast: Cast, hall: Event) -> None:
        shift, someone = shift_of(hall), await cast.volunteer()
        await stood(await cast.volunteer(), shift, CONFIRMED, 1)
        with pytest.raises(IntegrityError):
            await give(shift, [a_line(someone, shift, 1)], taken=1)

    async def test_sells_no_more_seats_than_there_are(self, cast: Cast, hall: Event) -> None:
        shift, someone = shift_of(hall), await cast.volunteer()
        with pytest.raises(IntegrityError):
            await give(shift, [a_line(someone, shift, 1)], taken=shift.seats + 1)
        assert await Enrolment.filter(shift_id=shift.id).count() == 0

    async def test_writes_nothing_where_the_counter_is_left_by_a_failure(self, cast: Cast, hall: Event) -> None:
        shift, someone = shift_of(hall), await cast.volunteer()
        with pytest.raises(ZeroDivisionError):
            await give(shift, [a_line(someone, shift, 1)], taken=1, fault=ZeroDivisionError())
        assert await Enrolment.filter(shift_id=shift.id).count() == 0
        assert (await look(shift, someone.id)).shifts[shift.id].taken == 0
