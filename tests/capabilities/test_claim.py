"""Claiming a taken ID number: asked once and once more, told to both, and never a dead end."""

import asyncio
from typing import Any

import pytest

from capabilities.caller import NotYourUnit
from capabilities.claim import (
    ClaimDecided,
    ClaimForm,
    ClaimOpen,
    ClaimReasonNeeded,
    ClaimsUsedUp,
    NoSuchClaim,
    NothingToClaim,
    decide,
    make,
    may_ask_again,
    mine,
    one_to_review,
    to_review,
)
from capabilities.consent import ConsentNeeded
from capabilities.office import Office
from capabilities.registration import (
    NotYourOwn,
    RegistrationForm,
    RegistrationIncomplete,
    RegistrationLocked,
    save,
)
from capabilities.registration import mine as my_registration
from models.claim import Claim, ClaimStatus
from models.message import Message, MessageKind
from models.role import Role, RoleName
from models.volunteer import Volunteer, VolunteerStatus
from tests.capabilities.forms import FILLED
from tests.cast import Cast, Someone
from tests.stage import everything, refused

HOLDERS_UNIT, CLAIMANTS_UNIT, ELSEWHERE = "150102", "150105", "150103"
OPEN = ClaimStatus.OPEN


@pytest.fixture
async def holder(cast: Cast) -> Someone:
    return await cast.volunteer("巴特尔", unit_code=HOLDERS_UNIT)


async def form_for(holder: Someone, **changed: Any) -> ClaimForm:
    number = (await Volunteer.get(person_id=holder.id)).id_number
    values = FILLED | {"id_type": "99", "id_number": number, "unit_code": CLAIMANTS_UNIT}
    return ClaimForm(**values | {"statement": "我换了微信号，这是我本人的登记"} | changed)


async def claimed(cast: Cast, holder: Someone) -> tuple[Someone, Claim]:
    someone = await cast.scientist()
    return someone, await make(cast.office, await someone.caller(), await form_for(holder))


async def told(someone: Someone, kind: MessageKind) -> list[str]:
    return [each.words for each in await Message.filter(person_id=someone.id, kind=kind).order_by("id")]


class TestMake:
    async def test_keeps_the_whole_form_as_a_draft(self, cast: Cast, holder: Someone) -> None:
        someone, claim = await claimed(cast, holder)
        draft = await my_registration(await someone.caller())
        assert (draft.status, draft.name, draft.skills) == (VolunteerStatus.DRAFT, "巴特尔", ["气象"])
        assert draft.id_number_index is None
        assert (claim.status, claim.attempt) == (OPEN, 1)
        (stored,) = (await everything())["claim"]
        assert "微信号".encode() not in bytes(stored["statement"])

    async def test_warns_whose_registration_it_is(self, cast: Cast, holder: Someone) -> None:
        await claimed(cast, holder)
        (words,) = await told(holder, MessageKind.CLAIM_ON_YOU)
        assert "请尽快联系" in words

    async def test_is_made_once_by_a_double_tap(self, office: Office, cast: Cast, holder: Someone) -> None:
        someone, form = await cast.scientist(), await form_for(holder)
        who = await someone.caller()
        answers = await asyncio.gather(*(make(office, who, form) for _ in range(4)), return_exceptions=True)
        assert sum(isinstance(each, Claim) for each in answers) == 1
        assert {type(each) for each in answers if not isinstance(each, Claim)} <= {ClaimOpen, RegistrationLocked}
        with pytest.raises(ClaimOpen):
            await make(office, who, form)
        assert await Claim.all().count() == 1

    async def test_of_a_free_number_says_so_and_keeps_the_draft(
        self, office: Office, cast: Cast, holder: Someone
    ) -> None:
        someone = await cast.scientist()
        form = await form_for(holder, id_number="FREE12345")
        await refused(NothingToClaim, make(office, await someone.caller(), form), writes=["volunteer"])
        submitted = await save(office, await someone.caller(), RegistrationForm())
        assert submitted.status is VolunteerStatus.SUBMITTED

    async def test_needs_the_whole_form_and_both_consents(self, office: Office, cast: Cast, holder: Someone) -> None:
        someone = await cast.scientist()
        form = await form_for(holder, phone=None)
        refusal = await refused(
            RegistrationIncomplete, make(office, await someone.caller(), form), writes=["volunteer"]
        )
        assert set(refusal.fields) == {"phone"}
        await refused(ConsentNeeded, make(office, await (await cast.visitor()).caller(), await form_for(holder)))

    async def test_is_not_for_who_is_registered(self, office: Office, cast: Cast, holder: Someone) -> None:
        other = await cast.volunteer()
        await refused(RegistrationLocked, make(office, await other.caller(), await form_for(holder)))


class TestToReview:
    async def test_shows_it_to_both_units_and_to_no_other(self, cast: Cast, holder: Someone) -> None:
        _, claim = await claimed(cast, holder)
        seen = {}
        for unit in (HOLDERS_UNIT, CLAIMANTS_UNIT, ELSEWHERE, "150100"):
            who = await (await cast.organizer(unit)).caller()
            seen[unit] = [each.id for each in await to_review(who, status=OPEN, cursor=None, limit=None)]
        assert seen == {HOLDERS_UNIT: [claim.id], CLAIMANTS_UNIT: [claim.id], ELSEWHERE: [], "150100": [claim.id]}
        with pytest.raises(NoSuchClaim):
            await one_to_review(await (await cast.organizer(ELSEWHERE)).caller(), claim.id)

    async def test_says_where_the_two_sides_agree(self, office: Office, cast: Cast, holder: Someone) -> None:
        someone = await cast.scientist()
        form = await form_for(holder, phone="13911112222", workplace="市气象局")
        claim = await make(office, await someone.caller(), form)
        sides = await one_to_review(await (await cast.city_admin()).caller(), claim.id)
        assert sides.agreeing == ("name", "sex", "birth_date")


class TestRefused:
    async def test_leaves_one_appeal_and_then_another_document(
        self, office: Office, cast: Cast, holder: Someone
    ) -> None:
        someone, claim = await claimed(cast, holder)
        city = await (await cast.city_admin()).caller()
        await decide(office, city, claim.id, "refused", "请补充证件照片")
        (first,) = await mine(await someone.caller())
        assert (first.status, first.reason, may_ask_again(first)) == (ClaimStatus.REFUSED, "请补充证件照片", True)
        again = await make(office, await someone.caller(), await form_for(holder, statement="已到单位出示证件"))
        assert (again.attempt, may_ask_again(again)) == (2, False)
        await decide(office, city, again.id, "refused", "仍不一致")
        with pytest.raises(ClaimsUsedUp):
            await make(office, await someone.caller(), await form_for(holder))
        other = RegistrationForm(id_type="02", id_number="E12345678")
        assert (await save(office, await someone.caller(), other)).status is VolunteerStatus.SUBMITTED

    async def test_is_told_to_both_and_changes_nothing_for_the_holder(
        self, office: Office, cast: Cast, holder: Someone
    ) -> None:
        someone, claim = await claimed(cast, holder)
        before = await Volunteer.get(person_id=holder.id)
        unit = await (await cast.organizer(CLAIMANTS_UNIT)).caller()
        await decide(office, unit, claim.id, "refused", "材料不符")
        assert (await Volunteer.get(person_id=holder.id)).version == before.version
        assert "材料不符" in (await told(someone, MessageKind.CLAIM_DECIDED))[0]
        assert "不受影响" in (await told(holder, MessageKind.CLAIM_ON_YOU))[1]


class TestSeparate:
    async def test_sends_the_slip_back_and_lets_the_other_hand_in(
        self, office: Office, cast: Cast, holder: Someone
    ) -> None:
        someone, claim = await claimed(cast, holder)
        before = await Volunteer.get(person_id=holder.id)
        unit = await (await cast.organizer(HOLDERS_UNIT)).caller()
        await decide(office, unit, claim.id, "separate", "原登记号码有误")
        row = await Volunteer.get(person_id=holder.id)
        assert (row.status, row.return_reason) == (VolunteerStatus.RETURNED, "原登记号码有误")
        assert (row.id_number, row.id_number_index, row.volunteer_no) == (None, None, before.volunteer_no)
        handed_in = await save(office, await someone.caller(), RegistrationForm())
        assert handed_in.status is VolunteerStatus.SUBMITTED
        corrected = await save(office, await holder.caller(), RegistrationForm(id_type="02", id_number="E7654321"))
        assert corrected.status is VolunteerStatus.SUBMITTED
        assert "已核实" in (await told(someone, MessageKind.CLAIM_DECIDED))[0]
        assert "请更正" in (await told(holder, MessageKind.CLAIM_ON_YOU))[1]

    @pytest.mark.parametrize("status", [VolunteerStatus.WITHDRAWN, VolunteerStatus.REJECTED])
    async def test_wakes_no_registration_that_rests(
        self, office: Office, cast: Cast, holder: Someone, status: VolunteerStatus
    ) -> None:
        await Volunteer.filter(person_id=holder.id).update(status=status)
        _, claim = await claimed(cast, holder)
        await decide(office, await (await cast.city_admin()).caller(), claim.id, "separate", "原登记号码有误")
        row = await Volunteer.get(person_id=holder.id)
        assert (row.status, row.id_number_index) == (status, None)


class TestDecide:
    async def test_of_what_the_claim_is_on_is_for_its_unit(self, office: Office, cast: Cast, holder: Someone) -> None:
        """Else an organizer of any unit could carry somebody's registration out of another."""
        _, claim = await claimed(cast, holder)
        unit = await (await cast.organizer(CLAIMANTS_UNIT)).caller()
        for decision in ("transfer", "separate"):
            await refused(NotYourUnit, decide(office, unit, claim.id, decision, "已核实"))  # type: ignore[arg-type]

    async def test_is_neither_sides(self, office: Office, cast: Cast, holder: Someone) -> None:
        someone, claim = await claimed(cast, holder)
        for side in (someone, holder):
            await Role.create(person=side.person, name=RoleName.CITY_ADMIN, given_at=office.now())
            await refused(NotYourOwn, decide(office, await side.caller(), claim.id, "transfer", "已核实"))

    async def test_takes_no_other_number_than_the_claimed(self, office: Office, cast: Cast, holder: Someone) -> None:
        """Meanwhile corrected: what the registration holds now was claimed by nobody, and the refusal says how to."""
        _, claim = await claimed(cast, holder)
        await Volunteer.filter(person_id=holder.id).update(id_number="RIGHT123", id_number_index="right")
        city = await (await cast.city_admin()).caller()
        for decision in ("transfer", "separate"):
            await refused(ClaimDecided, decide(office, city, claim.id, decision, "已核实"))  # type: ignore[arg-type]
        await decide(office, city, claim.id, "refused", "号码已更正，请直接提交")

    async def test_needs_a_reason(self, office: Office, cast: Cast, holder: Someone) -> None:
        _, claim = await claimed(cast, holder)
        city = await (await cast.city_admin()).caller()
        await refused(ClaimReasonNeeded, decide(office, city, claim.id, "transfer", " "))

    async def test_is_made_once(self, office: Office, cast: Cast, holder: Someone) -> None:
        _, claim = await claimed(cast, holder)
        city = await (await cast.city_admin()).caller()
        answers = await asyncio.gather(
            decide(office, city, claim.id, "refused", "甲"),
            decide(office, city, claim.id, "separate", "乙"),
            decide(office, city, claim.id, "transfer", "丙"),
            return_exceptions=True,
        )
        assert [type(each) for each in answers].count(ClaimDecided) == 2
        assert len(await Message.filter(kind=MessageKind.CLAIM_DECIDED)) == 1
