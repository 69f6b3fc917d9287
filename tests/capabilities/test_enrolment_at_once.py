"""Many apply in the same moment: what one of them meets is no matter of the neighbours."""

import asyncio
import dataclasses
from collections.abc import Sequence

from structlog.testing import capture_logs
from tortoise.expressions import F

from capabilities.enrolment import AlreadyEnrolled, Application, NoSeatLeft, Standing, enrol, place
from capabilities.office import Office
from capabilities.registration import RegistrationSuspended
from kit.encryption import UnreadableCiphertext
from models.database import transaction
from models.enrolment import Enrolment, EnrolmentStatus
from models.event import Event, EventStatus
from models.shift import Shift
from models.volunteer import Volunteer, VolunteerStatus
from tests.cast import Cast, Someone
from tests.stage import MINUTE, NINE, published, shift_of, shifts_of

A_MOMENT = 0.2
CONFIRMED, WAITLISTED = EnrolmentStatus.CONFIRMED, EnrolmentStatus.WAITLISTED


async def all_enrol(office: Office, people: Sequence[Someone], shift: Shift) -> list[Standing | BaseException]:
    callers = [await each.caller() for each in people]
    doing = (enrol(office, each, shift.id) for each in callers)
    return list(await asyncio.gather(*doing, return_exceptions=True))


def told(answers: Sequence[Standing | BaseException]) -> list[tuple[EnrolmentStatus, int | None] | type]:
    return [(each.enrolment.status, each.place) if isinstance(each, Standing) else type(each) for each in answers]


async def numbers(shift: Shift) -> list[int]:
    return [row.queue_no for row in await Enrolment.filter(shift_id=shift.id).order_by("queue_no")]


class TestEnrol:
    async def test_leaves_a_neighbour_in_peace_whose_row_nobody_can_read(self, office: Office, cast: Cast) -> None:
        """A name in the place of the date of birth does not open; the others are not even written a second time."""
        shift, people = shift_of(await published(seats=[1])), [await cast.volunteer() for _ in range(3)]
        await Volunteer.filter(person_id=people[1].id).update(birth_date=F("name"))
        with capture_logs() as logs:
            answers = await all_enrol(office, people, shift)
        assert told(answers) == [(CONFIRMED, None), UnreadableCiphertext, (WAITLISTED, 1)]
        assert (await numbers(shift), logs) == ([1, 2], [])

    async def test_refuses_who_is_suspended_while_the_batch_is_on_its_way(self, office: Office, cast: Cast) -> None:
        shift, people = shift_of(await published(seats=[1])), [await cast.volunteer() for _ in range(3)]
        callers = [await each.caller() for each in people]
        async with asyncio.TaskGroup() as tasks:
            is_held, goes_on = asyncio.Event(), asyncio.Event()

            async def suspend() -> None:
                async with transaction():
                    await Volunteer.filter(person_id=people[0].id).update(
                        status=VolunteerStatus.SUSPENDED, suspended_until=office.now() + MINUTE
                    )
                    is_held.set()
                    await goes_on.wait()

            tasks.create_task(suspend())
            await is_held.wait()
            doing = asyncio.gather(*(enrol(office, each, shift.id) for each in callers), return_exceptions=True)
            await asyncio.sleep(A_MOMENT)
            assert not doing.done()
            goes_on.set()
            answers = await doing
        assert told(answers) == [RegistrationSuspended, (CONFIRMED, None), (WAITLISTED, 1)]
        assert await numbers(shift) == [1, 2]

    async def test_refuses_all_once_the_event_is_called_off_meanwhile(self, office: Office, cast: Cast) -> None:
        """Whoever calls an event off holds its shifts first."""
        found = await published(seats=[5])
        shift, someone = shift_of(found), await cast.volunteer()
        who = await someone.caller()
        async with asyncio.TaskGroup() as tasks:
            is_held, goes_on = asyncio.Event(), asyncio.Event()

            async def call_off() -> None:
                async with transaction():
                    await Shift.locked([shift.id])
                    await Event.filter(id=found.id).update(status=EventStatus.CANCELLED)
                    is_held.set()
                    await goes_on.wait()

            tasks.create_task(call_off())
            await is_held.wait()
            doing = asyncio.gather(enrol(office, who, shift.id), return_exceptions=True)
            await asyncio.sleep(A_MOMENT)
            goes_on.set()
            answers = await doing
        assert [getattr(each, "code", None) for each in answers] == ["EnrolmentClosed"]
        assert await numbers(shift) == []

    async def test_takes_one_of_two_shifts_and_leaves_the_neighbours_in_both_in_peace(
        self, office: Office, cast: Cast
    ) -> None:
        """Two offices have lanes of their own, and locks on different shifts; the same person presses in both."""
        beside = dataclasses.replace(office)
        first, second = shifts_of(await published(seats=[2, 2]))
        many, twice = [await cast.volunteer() for _ in range(8)], await cast.volunteer()
        with capture_logs() as logs:
            answers = await asyncio.gather(
                all_enrol(office, [*many[:2], twice, *many[2:4]], first),
                all_enrol(beside, [*many[4:6], twice, *many[6:]], second),
            )
        assert sorted(told([answers[0][2], answers[1][2]]), key=str) == sorted(
            [(WAITLISTED, 1), AlreadyEnrolled], key=str
        )
        for shift, each in zip((first, second), answers, strict=True):
            standing = [answer for answer in each if isinstance(answer, Standing)]
            assert [answer.enrolment.queue_no for answer in standing] == list(range(1, len(standing) + 1))
            assert await numbers(shift) == list(range(1, len(standing) + 1))
        assert logs == []


class TestPlace:
    async def test_sends_a_walk_in_away_where_somebody_has_begun_to_wait(self, office: Office, cast: Cast) -> None:
        """All in one batch; what comes after goes on without a gap."""
        found = await published(seats=[1], allows_walk_ins=True)
        shift, people = shift_of(found), [await cast.volunteer() for _ in range(4)]
        applications = [
            Application(each.id, shift.id, NINE - MINUTE, is_walk_in=number == 2) for number, each in enumerate(people)
        ]
        answers = await asyncio.gather(*(place(office, each) for each in applications), return_exceptions=True)
        assert told(answers) == [(CONFIRMED, None), (WAITLISTED, 1), NoSeatLeft, (WAITLISTED, 2)]
        assert await numbers(shift) == [1, 2, 3]

    async def test_gives_a_walk_in_a_free_seat(self, office: Office, cast: Cast) -> None:
        found = await published(seats=[1], allows_walk_ins=True, enrolment_closes_at=NINE - MINUTE)
        someone = await cast.volunteer()
        application = Application(someone.id, shift_of(found).id, NINE - MINUTE, is_walk_in=True)
        assert told([await place(office, application)]) == [(CONFIRMED, None)]
