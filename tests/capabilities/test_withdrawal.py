"""Leaving as a volunteer: what is ahead goes to the next in the queue, what has begun stays, the number waits."""

import asyncio
from datetime import timedelta

import pytest

from capabilities.enrolment import Standing, enrol
from capabilities.office import Office
from capabilities.registration import (
    AlreadyDecided,
    NoSuchRegistration,
    RegistrationForm,
    RegistrationNotApproved,
    decide,
    save,
)
from capabilities.suspension import suspend
from capabilities.withdrawal import NothingToLeave, leave
from kit.errors import Refusal
from models.enrolment import LIVE, Enrolment, EnrolmentStatus
from models.shift import Shift
from models.transition import Transition
from models.volunteer import Volunteer, VolunteerStatus
from tests.cast import Cast, Someone
from tests.stage import NINE, published, refused, shift_of, shifts_of

TOMORROW = NINE + timedelta(days=1)


async def status_of(standing: Standing) -> EnrolmentStatus:
    return (await Enrolment.get(id=standing.enrolment.id)).status


class TestLeave:
    async def test_gives_every_place_ahead_to_the_next(self, office: Office, cast: Cast) -> None:
        someone, next_one = await cast.volunteer(), await cast.volunteer()
        talk, tour = await published(starts_at=TOMORROW), await published(starts_at=TOMORROW, title="参观")
        held = await enrol(office, await someone.caller(), shift_of(talk).id)
        waits_for_it = await enrol(office, await next_one.caller(), shift_of(talk).id)
        await enrol(office, await next_one.caller(), shift_of(tour).id)
        queued = await enrol(office, await someone.caller(), shift_of(tour).id)
        await leave(office, await someone.caller())
        assert [await status_of(each) for each in (held, queued)] == [EnrolmentStatus.CANCELLED] * 2
        assert await status_of(waits_for_it) is EnrolmentStatus.OFFERED
        assert (await Shift.get(id=shift_of(talk).id)).taken == 1
        assert (await Shift.get(id=shift_of(tour).id)).taken == 1

    async def test_keeps_what_has_begun(self, office: Office, cast: Cast) -> None:
        someone = await cast.volunteer()
        running = await published(starts_at=NINE - timedelta(hours=1))
        held = await enrol(office, await someone.caller(), shift_of(running).id)
        await leave(office, await someone.caller())
        assert await status_of(held) is EnrolmentStatus.CONFIRMED

    async def test_ends_enrolling_and_keeps_the_number_for_a_return(self, office: Office, cast: Cast) -> None:
        someone = await cast.volunteer()
        before = await Volunteer.get(person_id=someone.id)
        await leave(office, await someone.caller())
        doing = enrol(office, await someone.caller(), shift_of(await published()).id)
        await refused(RegistrationNotApproved, doing)
        await save(office, await someone.caller(), RegistrationForm(workplace="市气象局"))
        city = await (await cast.city_admin()).caller()
        back = await decide(office, city, before.id, VolunteerStatus.APPROVED, None)
        assert (back.status, back.volunteer_no) == (VolunteerStatus.APPROVED, before.volunteer_no)
        noted = await Transition.filter(subject_id=before.id).order_by("id").values_list("after", flat=True)
        assert noted == ["withdrawn", "submitted", "approved"]

    async def test_is_no_way_out_of_a_suspension(self, office: Office, cast: Cast) -> None:
        someone, city = await cast.volunteer(), await (await cast.city_admin()).caller()
        row = await Volunteer.get(person_id=someone.id)
        await suspend(office, city, row.id, reason="虚报时长", until=office.now() + timedelta(days=20))
        await leave(office, await someone.caller())
        await save(office, await someone.caller(), RegistrationForm())
        back = await decide(office, city, row.id, VolunteerStatus.APPROVED, None)
        assert back.status is VolunteerStatus.SUSPENDED

    @pytest.mark.parametrize(
        "status",
        [VolunteerStatus.DRAFT, VolunteerStatus.SUBMITTED, VolunteerStatus.RETURNED, VolunteerStatus.WITHDRAWN],
    )
    async def test_is_for_who_was_approved(self, office: Office, cast: Cast, status: VolunteerStatus) -> None:
        someone = await cast.volunteer()
        await Volunteer.filter(person_id=someone.id).update(status=status)
        await refused(NothingToLeave, leave(office, await someone.caller()))

    async def test_of_who_never_registered_finds_nothing(self, office: Office, cast: Cast) -> None:
        await refused(NoSuchRegistration, leave(office, await (await cast.visitor()).caller()))

    async def test_leaves_no_seat_behind_when_both_hands_are_quick(self, office: Office, cast: Cast) -> None:
        """Enrolling and leaving at the same moment: whichever comes first, nobody who left holds a seat ahead."""
        for _ in range(4):
            someone, found = await cast.volunteer(), await published(seats=(9, 9), starts_at=TOMORROW)
            who = await someone.caller()
            doing = [enrol(office, who, shifts_of(found)[0].id), leave(office, who)]
            answers = await asyncio.gather(*doing, return_exceptions=True)
            assert all(answer is None or isinstance(answer, Standing | Refusal) for answer in answers), answers
            if not isinstance(answers[1], AlreadyDecided):
                assert await self.seats_of(someone) == 0

    async def seats_of(self, someone: Someone) -> int:
        return await Enrolment.filter(person_id=someone.id, status__in=LIVE).count()
