"""The review: who sees what was handed in, who decides, and how often."""

import asyncio
from datetime import date, timedelta
from uuid import uuid4

import pytest
from stdnum import luhn

from capabilities.caller import RoleNeeded
from capabilities.office import Office
from capabilities.registration import (
    AlreadyDecided,
    AppealUsedUp,
    CityDecides,
    NoSuchRegistration,
    NothingToAppeal,
    NotYourOwn,
    ReasonNeeded,
    RegistrationForm,
    appeal,
    decide,
    due_on,
    one_to_review,
    require_approved,
    save,
    to_review,
)
from capabilities.registration.review import new_volunteer_no
from kit.clock import StandingClock
from models.event import Event
from models.role import Role, RoleName
from models.volunteer import Volunteer, VolunteerStatus
from tests.capabilities.forms import X_ID_NUMBER, form, noted, submitted
from tests.cast import Cast, Someone
from tests.stage import refused


class TestToReview:
    async def test_lists_the_own_unit_and_those_below_and_no_drafts(self, office: Office, cast: Cast) -> None:
        await submitted(cast, unit_code="150105")
        await submitted(cast, unit_code="150102", id_number=X_ID_NUMBER)
        await save(office, await (await cast.scientist()).caller(), form(id_number=None, submit=False))
        seen = {}
        for unit_code in ("150100", "150105", "150102", "150103"):
            who = await (await cast.organizer(unit_code)).caller()
            rows = await to_review(who, status=None, cursor=None, limit=None)
            seen[unit_code] = sorted(row.unit.code for row in rows if row.unit)
        assert seen == {"150100": ["150102", "150105"], "150105": ["150105"], "150102": ["150102"], "150103": []}

    async def test_filters_by_status(self, cast: Cast) -> None:
        await submitted(cast)
        await cast.volunteer(unit_code="150105")
        who = await (await cast.city_admin()).caller()
        for status, count in [
            (VolunteerStatus.SUBMITTED, 1),
            (VolunteerStatus.APPROVED, 1),
            (VolunteerStatus.DRAFT, 0),
        ]:
            assert len(await to_review(who, status=status, cursor=None, limit=None)) == count

    @pytest.mark.parametrize("role", [RoleName.MODERATOR, RoleName.AUDITOR, RoleName.EVENT_STAFF, None])
    async def test_is_for_organizers_only(self, cast: Cast, event: Event, role: RoleName | None) -> None:
        _, row = await submitted(cast)
        someone = await (
            cast.with_role(role, event=event if role is RoleName.EVENT_STAFF else None) if role else cast.visitor()
        )
        who = await someone.caller()
        await refused(RoleNeeded, to_review(who, status=None, cursor=None, limit=None))
        await refused(RoleNeeded, one_to_review(who, row.id))
        await refused(RoleNeeded, decide(cast.office, who, row.id, VolunteerStatus.APPROVED, None))


class TestDecide:
    async def test_approves_with_a_number_that_checks_itself(self, office: Office, cast: Cast) -> None:
        someone, row = await submitted(cast)
        who = await (await cast.organizer("150105")).caller()
        approved = await decide(office, who, row.id, VolunteerStatus.APPROVED, None)
        assert (approved.status, approved.decided_at) == (VolunteerStatus.APPROVED, office.now())
        number = approved.volunteer_no or ""
        assert (number[:9], len(number)) == ("V15010219", 17)
        assert luhn.is_valid(number[1:])
        assert await noted(row) == [("draft", "submitted", None), ("submitted", "approved", None)]
        await require_approved(someone.id)

    async def test_sends_back_with_a_reason_and_takes_the_corrected_form(self, office: Office, cast: Cast) -> None:
        someone, row = await submitted(cast, name="巴特")
        reviewer = await (await cast.organizer("150105")).caller()
        returned = await decide(office, reviewer, row.id, VolunteerStatus.RETURNED, " 姓名与证件不符 ")
        assert (returned.status, returned.return_reason) == (VolunteerStatus.RETURNED, "姓名与证件不符")
        corrected = await save(office, await someone.caller(), RegistrationForm(name="巴特尔"))
        assert corrected.status is VolunteerStatus.SUBMITTED
        approved = await decide(office, reviewer, row.id, VolunteerStatus.APPROVED, None)
        assert (approved.name, approved.return_reason) == ("巴特尔", None)
        assert [after for _, after, _ in await noted(row)] == ["submitted", "returned", "submitted", "approved"]
        assert (await noted(row))[1] == ("submitted", "returned", "姓名与证件不符")

    async def test_of_the_city_reaches_every_unit(self, office: Office, cast: Cast) -> None:
        _, row = await submitted(cast)
        for someone in (await cast.organizer("150100"), await cast.city_admin()):
            assert (await one_to_review(await someone.caller(), row.id)).id == row.id
        who = await (await cast.organizer("150100")).caller()
        assert (await decide(office, who, row.id, VolunteerStatus.APPROVED, None)).status is VolunteerStatus.APPROVED

    @pytest.mark.parametrize("unit_code", ["150102", "1501X1"])
    async def test_of_another_unit_finds_nothing(self, office: Office, cast: Cast, unit_code: str) -> None:
        _, row = await submitted(cast)
        who = await (await cast.organizer(unit_code)).caller()
        await refused(NoSuchRegistration, one_to_review(who, row.id))
        await refused(NoSuchRegistration, decide(office, who, row.id, VolunteerStatus.APPROVED, None))

    async def test_of_a_draft_finds_nothing(self, office: Office, cast: Cast) -> None:
        row = await save(office, await (await cast.scientist()).caller(), form(submit=False))
        who = await (await cast.city_admin()).caller()
        await refused(NoSuchRegistration, decide(office, who, row.id, VolunteerStatus.APPROVED, None))

    async def test_of_what_does_not_exist_finds_nothing(self, office: Office, cast: Cast) -> None:
        who = await (await cast.city_admin()).caller()
        await refused(NoSuchRegistration, decide(office, who, uuid4(), VolunteerStatus.APPROVED, None))

    @pytest.mark.parametrize("decision", [VolunteerStatus.RETURNED, VolunteerStatus.REJECTED])
    @pytest.mark.parametrize("reason", [None, "", " \n"])
    async def test_asks_for_a_reason(
        self, office: Office, cast: Cast, decision: VolunteerStatus, reason: str | None
    ) -> None:
        _, row = await submitted(cast)
        who = await (await cast.city_admin()).caller()
        refusal = await refused(ReasonNeeded, decide(office, who, row.id, decision, reason))
        assert set(refusal.fields) == {"reason"}

    async def test_is_made_once_by_two_reviewers_at_once(self, office: Office, cast: Cast) -> None:
        _, row = await submitted(cast)
        reviewers = [await (await cast.city_admin()).caller() for _ in range(4)]
        choices = [
            VolunteerStatus.APPROVED,
            VolunteerStatus.RETURNED,
            VolunteerStatus.REJECTED,
            VolunteerStatus.APPROVED,
        ]
        answers = await asyncio.gather(
            *(decide(office, who, row.id, choice, "理由") for who, choice in zip(reviewers, choices, strict=True)),
            return_exceptions=True,
        )
        assert sum(isinstance(each, Volunteer) for each in answers) == 1
        assert [type(each) for each in answers].count(AlreadyDecided) == 3
        assert len(await noted(row)) == 2

    @pytest.mark.parametrize("first", [VolunteerStatus.APPROVED, VolunteerStatus.RETURNED, VolunteerStatus.REJECTED])
    async def test_is_not_made_twice(self, office: Office, cast: Cast, first: VolunteerStatus) -> None:
        _, row = await submitted(cast)
        who = await (await cast.city_admin()).caller()
        await decide(office, who, row.id, first, "理由")
        await refused(AlreadyDecided, decide(office, who, row.id, VolunteerStatus.APPROVED, None))

    async def test_keeps_the_number_of_who_was_approved_before(
        self, office: Office, cast: Cast, clock: StandingClock
    ) -> None:
        _, row = await submitted(cast)
        who = await (await cast.city_admin()).caller()
        first = await decide(office, who, row.id, VolunteerStatus.APPROVED, None)
        await Volunteer.filter(id=row.id).update(status=VolunteerStatus.SUBMITTED)
        clock.advance(timedelta(days=400))
        who = await (await cast.city_admin()).caller()
        again = await decide(office, who, row.id, VolunteerStatus.APPROVED, None)
        assert again.volunteer_no == first.volunteer_no


class TestRightToDecide:
    async def test_for_good_is_the_citys(self, office: Office, cast: Cast) -> None:
        _, row = await submitted(cast)
        unit = await (await cast.organizer("150105")).caller()
        await refused(CityDecides, decide(office, unit, row.id, VolunteerStatus.REJECTED, "不符合条件"))
        city = await (await cast.city_admin()).caller()
        assert (await decide(office, city, row.id, VolunteerStatus.REJECTED, "不符合条件")).status == "rejected"

    async def test_is_nobodys_about_themselves(self, office: Office, cast: Cast) -> None:
        someone, row = await submitted(cast)
        await Role.create(person=someone.person, name=RoleName.CITY_ADMIN, given_at=office.now())
        who = await someone.caller()
        await refused(NotYourOwn, decide(office, who, row.id, VolunteerStatus.APPROVED, None))

    async def test_covers_only_what_the_reviewer_read(self, office: Office, cast: Cast) -> None:
        """Sent back, changed and handed in again, while somebody still looks at the first form."""
        someone, row = await submitted(cast)
        who = await (await cast.organizer("150105")).caller()
        read = (await one_to_review(who, row.id)).version
        await decide(office, who, row.id, VolunteerStatus.RETURNED, "姓名与证件不符", version=read)
        await save(office, await someone.caller(), RegistrationForm(name="斯琴高娃"))
        await refused(AlreadyDecided, decide(office, who, row.id, VolunteerStatus.APPROVED, None, version=read))
        now_read = (await one_to_review(who, row.id)).version
        approved = await decide(office, who, row.id, VolunteerStatus.APPROVED, None, version=now_read)
        assert approved.name == "斯琴高娃"

    async def test_does_not_end_a_suspension_by_leaving_and_coming_back(
        self, office: Office, cast: Cast, clock: StandingClock
    ) -> None:
        _, row = await submitted(cast)
        await Volunteer.filter(id=row.id).update(suspended_until=office.now() + timedelta(days=30))
        who = await (await cast.organizer("150105")).caller()
        assert (await decide(office, who, row.id, VolunteerStatus.APPROVED, None)).status == "suspended"


class TestDueOn:
    async def test_is_the_fifth_working_day(self, cast: Cast) -> None:
        _, row = await submitted(cast)
        # Thursday, 30 May 2019; Children's Day is no holiday, 端午节 comes a day after.
        assert due_on(row) == date(2019, 6, 6)

    async def test_is_of_nobody_who_does_not_wait(self, cast: Cast) -> None:
        _, row = await submitted(cast)
        row.status = VolunteerStatus.APPROVED
        assert due_on(row) is None


class TestAppeal:
    async def rejected(self, cast: Cast) -> tuple[Someone, Volunteer]:
        someone, row = await submitted(cast)
        city = await (await cast.city_admin()).caller()
        return someone, await decide(cast.office, city, row.id, VolunteerStatus.REJECTED, "材料不足")

    async def test_brings_a_refused_registration_back_to_the_city(self, office: Office, cast: Cast) -> None:
        someone, row = await self.rejected(cast)
        back = await appeal(office, await someone.caller(), "已补充单位证明")
        assert (back.status, back.appeal, back.appealed_at) == ("submitted", "已补充单位证明", office.now())
        unit = await (await cast.organizer("150105")).caller()
        await refused(CityDecides, decide(office, unit, row.id, VolunteerStatus.APPROVED, None))
        city = await (await cast.city_admin()).caller()
        assert (await decide(office, city, row.id, VolunteerStatus.APPROVED, None)).status == "approved"
        assert [after for _, after, _ in await noted(row)] == ["submitted", "rejected", "submitted", "approved"]

    async def test_is_made_once(self, office: Office, cast: Cast) -> None:
        someone, row = await self.rejected(cast)
        who = await someone.caller()
        answers = await asyncio.gather(*(appeal(office, who, "申诉理由") for _ in range(4)), return_exceptions=True)
        assert sum(isinstance(each, Volunteer) for each in answers) == 1
        city = await (await cast.city_admin()).caller()
        await decide(office, city, row.id, VolunteerStatus.REJECTED, "仍不符合")
        await refused(AppealUsedUp, appeal(office, who, "再次申诉"))

    async def test_is_against_a_refusal_only(self, office: Office, cast: Cast) -> None:
        someone, _ = await submitted(cast)
        await refused(NothingToAppeal, appeal(office, await someone.caller(), "请尽快审核"))
        await refused(NoSuchRegistration, appeal(office, await (await cast.visitor()).caller(), "没有登记"))


class TestNewVolunteerNo:
    def test_has_division_year_serial_and_check_digit(self) -> None:
        number = new_volunteer_no("150102", 2019)
        assert (number[:9], len(number), number[1:].isdecimal()) == ("V15010219", 17, True)

    def test_loses_its_check_with_any_wrong_digit(self) -> None:
        number = new_volunteer_no("150102", 2019)[1:]
        for place, digit in enumerate(number):
            for other in set("0123456789") - {digit}:
                assert not luhn.is_valid(number[:place] + other + number[place + 1 :])

    def test_tells_nothing_of_how_many_there_are(self) -> None:
        serials = sorted(int(new_volunteer_no("150102", 2019)[9:16]) for _ in range(200))
        # Drawn from ten million; counted up they would lie within a few hundred.
        assert serials[-1] - serials[0] > 5_000_000
