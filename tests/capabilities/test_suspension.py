"""A suspension: only the city's, never one's own, told in words, and over by itself."""

from datetime import timedelta

import pytest

from capabilities.caller import RoleNeeded
from capabilities.enrolment import accept, cancel, enrol
from capabilities.office import Office
from capabilities.registration import (
    NoSuchRegistration,
    NotYourOwn,
    RegistrationSuspended,
    mine,
    require_approved,
)
from capabilities.suspension import (
    NotSuspendable,
    NotSuspended,
    SuspensionInvalid,
    lift,
    lift_ended_suspensions,
    suspend,
)
from kit.clock import StandingClock
from models.message import Message
from models.role import Role, RoleName
from models.transition import Transition
from models.volunteer import Volunteer, VolunteerStatus
from tests.cast import Cast, Someone
from tests.stage import NINE, published, refused, shift_of

MONTH = timedelta(days=29)
REASON = "虚报服务时长"


async def registration_of(someone: Someone) -> Volunteer:
    return await Volunteer.get(person_id=someone.id)


async def suspended(cast: Cast) -> Someone:
    someone, city = await cast.volunteer(), await (await cast.city_admin()).caller()
    until = cast.office.now() + MONTH
    await suspend(cast.office, city, (await registration_of(someone)).id, reason=REASON, until=until)
    return someone


class TestSuspend:
    async def test_bars_from_enrolling_and_says_until_when(self, office: Office, cast: Cast) -> None:
        someone = await suspended(cast)
        doing = enrol(office, await someone.caller(), shift_of(await published()).id)
        refusal = await refused(RegistrationSuspended, doing)
        assert refusal.facts == {"until": (office.now() + MONTH).isoformat()}
        assert "2019年6月28日" in refusal.detail
        await refused(RegistrationSuspended, require_approved(someone.id))

    async def test_leaves_the_person_their_view(self, cast: Cast) -> None:
        someone = await suspended(cast)
        assert (await mine(await someone.caller())).volunteer_no is not None

    async def test_keeps_what_stands_but_gives_no_offered_place(self, office: Office, cast: Cast) -> None:
        found = await published(seats=(1,), starts_at=NINE + timedelta(days=1))
        first, second = await cast.volunteer(), await cast.volunteer()
        held = await enrol(office, await first.caller(), shift_of(found).id)
        waiting = await enrol(office, await second.caller(), shift_of(found).id)
        city = await (await cast.city_admin()).caller()
        row = await registration_of(second)
        await suspend(office, city, row.id, reason=REASON, until=office.now() + MONTH)
        await cancel(office, await first.caller(), held.enrolment.id)
        await refused(RegistrationSuspended, accept(office, await second.caller(), waiting.enrolment.id))

    async def test_is_told_and_logged(self, cast: Cast) -> None:
        someone = await suspended(cast)
        told = await Message.get(person_id=someone.id)
        assert REASON in told.words
        assert "2019年6月28日" in told.words
        noted = await Transition.get(subject_id=(await registration_of(someone)).id)
        assert (noted.before, noted.after, noted.reason) == ("approved", "suspended", REASON)

    async def test_again_sets_another_end(self, office: Office, cast: Cast) -> None:
        row = await registration_of(await suspended(cast))
        city = await (await cast.city_admin()).caller()
        later = await suspend(office, city, row.id, reason="情节严重", until=office.now() + 2 * MONTH)
        assert later.suspended_until == office.now() + 2 * MONTH

    async def test_is_for_the_city_and_for_nobody_about_themselves(self, office: Office, cast: Cast) -> None:
        someone = await cast.volunteer()
        row, until = await registration_of(someone), office.now() + MONTH
        unit = await (await cast.organizer("150100")).caller()
        await refused(RoleNeeded, suspend(office, unit, row.id, reason=REASON, until=until))
        await Role.create(person=someone.person, name=RoleName.CITY_ADMIN, given_at=office.now())
        await refused(NotYourOwn, suspend(office, await someone.caller(), row.id, reason=REASON, until=until))

    @pytest.mark.parametrize("days", [0, -1, 4 * 365])
    async def test_ends_in_the_future_and_within_three_years(self, office: Office, cast: Cast, days: int) -> None:
        row, city = await registration_of(await cast.volunteer()), await (await cast.city_admin()).caller()
        until = office.now() + timedelta(days=days)
        await refused(SuspensionInvalid, suspend(office, city, row.id, reason=REASON, until=until))

    @pytest.mark.parametrize("status", [VolunteerStatus.SUBMITTED, VolunteerStatus.REJECTED, VolunteerStatus.WITHDRAWN])
    async def test_is_of_approved_volunteers(self, office: Office, cast: Cast, status: VolunteerStatus) -> None:
        row, city = await registration_of(await cast.volunteer()), await (await cast.city_admin()).caller()
        await Volunteer.filter(id=row.id).update(status=status)
        await refused(NotSuspendable, suspend(office, city, row.id, reason=REASON, until=office.now() + MONTH))

    async def test_of_a_draft_finds_nothing(self, office: Office, cast: Cast) -> None:
        row, city = await registration_of(await cast.volunteer()), await (await cast.city_admin()).caller()
        await Volunteer.filter(id=row.id).update(status=VolunteerStatus.DRAFT)
        doing = suspend(office, city, row.id, reason=REASON, until=office.now() + MONTH)
        await refused(NoSuchRegistration, doing)


class TestLift:
    async def test_lets_enrol_again_at_once(self, office: Office, cast: Cast) -> None:
        someone, city = await suspended(cast), await (await cast.city_admin()).caller()
        await lift(office, city, (await registration_of(someone)).id, reason="已核实，系误报")
        row = await registration_of(someone)
        assert (row.status, row.suspended_until) == (VolunteerStatus.APPROVED, None)
        assert (await enrol(office, await someone.caller(), shift_of(await published()).id)).place is None
        assert await Message.filter(person_id=someone.id).count() == 2

    async def test_is_of_who_is_suspended(self, office: Office, cast: Cast) -> None:
        row, city = await registration_of(await cast.volunteer()), await (await cast.city_admin()).caller()
        await refused(NotSuspended, lift(office, city, row.id, reason="误操作"))


class TestLiftEndedSuspensions:
    async def test_waits_for_nobody(self, office: Office, cast: Cast, clock: StandingClock) -> None:
        """The round writes it down; enrolling does not wait for the round."""
        someone = await suspended(cast)
        clock.advance(MONTH - timedelta(seconds=1))
        assert await lift_ended_suspensions(office) == 0
        clock.advance(timedelta(seconds=1))
        found = await published(starts_at=NINE + 2 * MONTH)
        assert (await enrol(office, await someone.caller(), shift_of(found).id)).place is None
        assert await lift_ended_suspensions(office) == 1
        assert await lift_ended_suspensions(office) == 0
        assert (await registration_of(someone)).status is VolunteerStatus.APPROVED
        last = await Transition.filter(subject="volunteer").order_by("-id").first()
        assert last is not None
        assert (last.actor_id, last.after, last.reason) == (None, "approved", "暂停期满")
