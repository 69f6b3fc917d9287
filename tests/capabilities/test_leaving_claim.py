"""Leaving and claims: what is claimed of who goes is free with them, and one's own claims go with the number."""

from collections.abc import Sequence

import pytest

from capabilities.claim import ClaimDecided, ClaimForm, NothingToClaim, decide, make, mine, to_review
from capabilities.consent import POLICY_VERSION, agree
from capabilities.job import run_due
from capabilities.leaving import SWEEP_AFTER, erase, withdraw_consent
from capabilities.office import Office
from capabilities.own_data import copy_of
from capabilities.registration import RegistrationForm, save
from kit.clock import StandingClock
from models.claim import Claim, ClaimStatus
from models.consent import ConsentScope
from models.message import Message, MessageKind
from models.transition import Transition
from models.volunteer import Volunteer, VolunteerStatus
from server.works import WORKS
from tests.capabilities.forms import FILLED
from tests.cast import Cast, Someone
from tests.stage import everything, refused

STATEMENT = "我换了微信号，这是我本人的登记"
GOING = ("erase", "policy", "id_number")


@pytest.fixture
async def holder(cast: Cast) -> Someone:
    return await cast.volunteer("巴特尔", unit_code="150102")


@pytest.fixture
async def claimant(cast: Cast) -> Someone:
    return await cast.scientist()


@pytest.fixture
async def claim(office: Office, holder: Someone, claimant: Someone) -> Claim:
    return await make(office, await claimant.caller(), await form_for(holder))


async def form_for(holder: Someone) -> ClaimForm:
    number = (await Volunteer.get(person_id=holder.id)).id_number
    return ClaimForm(**FILLED | {"id_type": "99", "id_number": number}, statement=STATEMENT)


async def goes(someone: Someone, how: str) -> None:
    who = await someone.caller()
    await (erase(someone.office, who) if how == "erase" else withdraw_consent(someone.office, who, how))


async def told(someone: Someone, kind: MessageKind) -> Sequence[str]:
    return [each.words for each in await Message.filter(person_id=someone.id, kind=kind).order_by("id")]


@pytest.mark.parametrize("how", GOING)
class TestClaimOnSomebodyWhoGoes:
    async def test_ends_with_them_and_says_that_the_number_is_free(
        self, office: Office, cast: Cast, holder: Someone, claimant: Someone, claim: Claim, how: str
    ) -> None:
        await goes(holder, how)
        (ended,) = await mine(await claimant.caller())
        assert (ended.status, ended.decided_at) == (ClaimStatus.SEPARATED, office.now())
        city = await (await cast.city_admin()).caller()
        assert await to_review(city, status=ClaimStatus.OPEN, cursor=None, limit=None) == []
        (words,) = await told(claimant, MessageKind.CLAIM_DECIDED)
        assert "请直接提交您的登记表" in words
        handed_in = await save(office, await claimant.caller(), RegistrationForm())
        assert handed_in.status is VolunteerStatus.SUBMITTED

    async def test_tells_the_claimant_nothing_of_who_went(
        self, office: Office, holder: Someone, claimant: Someone, claim: Claim, how: str
    ) -> None:
        await goes(holder, how)
        made = await copy_of(office, await claimant.caller())
        seen = str([section.rows for section in made.sections])
        assert STATEMENT in seen
        assert "请直接提交您的登记表" in seen
        assert str(holder.id) not in seen
        assert not [each for each in ("注销", "撤回") if each in seen]

    async def test_is_decided_no_more(
        self, office: Office, cast: Cast, holder: Someone, claim: Claim, how: str
    ) -> None:
        await goes(holder, how)
        city = await (await cast.city_admin()).caller()
        for decision in ("transfer", "separate", "refused"):
            await refused(ClaimDecided, decide(office, city, claim.id, decision, "已核对"))  # type: ignore[arg-type]

    async def test_cannot_be_made_afterwards(self, office: Office, cast: Cast, holder: Someone, how: str) -> None:
        form, late = await form_for(holder), await cast.scientist()
        await goes(holder, how)
        await refused(NothingToClaim, make(office, await late.caller(), form), writes=["volunteer"])

    async def test_leaves_what_was_decided_before(
        self, office: Office, cast: Cast, holder: Someone, claimant: Someone, claim: Claim, how: str
    ) -> None:
        await decide(office, await (await cast.city_admin()).caller(), claim.id, "refused", "材料不符")
        await goes(holder, how)
        (row,) = await mine(await claimant.caller())
        assert (row.status, row.reason) == (ClaimStatus.REFUSED, "材料不符")
        assert len(await told(claimant, MessageKind.CLAIM_DECIDED)) == 1


@pytest.mark.parametrize("how", GOING)
class TestOwnClaim:
    async def test_goes_with_the_number_it_rests_on(
        self, cast: Cast, holder: Someone, claimant: Someone, claim: Claim, how: str
    ) -> None:
        before = await Volunteer.get(person_id=holder.id)
        await goes(claimant, how)
        assert await Claim.all().count() == 0
        row = await Volunteer.get(person_id=holder.id)
        assert (row.status, row.version, row.id_number) == (before.status, before.version, before.id_number)
        asked, over = await told(holder, MessageKind.CLAIM_ON_YOU)
        assert "请尽快联系" in asked
        assert "您的登记不受影响" in over

    async def test_that_was_decided_goes_quietly(
        self, office: Office, cast: Cast, holder: Someone, claimant: Someone, claim: Claim, how: str
    ) -> None:
        await decide(office, await (await cast.city_admin()).caller(), claim.id, "refused", "材料不符")
        known = await told(holder, MessageKind.CLAIM_ON_YOU)
        await goes(claimant, how)
        assert await Claim.all().count() == 0
        assert await told(holder, MessageKind.CLAIM_ON_YOU) == known

    async def test_leaves_the_step_in_the_log(self, claimant: Someone, claim: Claim, how: str) -> None:
        await goes(claimant, how)
        last = await Transition.filter(subject="claim", subject_id=claim.id).order_by("-id").first()
        assert last is not None
        assert (last.before, last.after, last.actor_id) == ("open", "withdrawn", claimant.id)


class TestOwnClaimWithoutItsNumber:
    async def test_of_the_place_stays(self, office: Office, claimant: Someone, claim: Claim) -> None:
        who = await claimant.caller()
        await agree(office, who, version=POLICY_VERSION, scopes=[ConsentScope.LOCATION])
        await withdraw_consent(office, who, "location")
        assert (await Claim.get()).status is ClaimStatus.OPEN

    async def test_may_be_made_again_after_agreeing_again(
        self, office: Office, holder: Someone, claimant: Someone, claim: Claim
    ) -> None:
        await goes(claimant, "id_number")
        who = await claimant.caller()
        await agree(office, who, version=POLICY_VERSION, scopes=[ConsentScope.ID_NUMBER])
        again = await make(office, who, await form_for(holder))
        assert (again.status, again.attempt) == (ClaimStatus.OPEN, 1)


class TestSweep:
    async def test_ends_a_claim_that_came_in_between(
        self, office: Office, holder: Someone, claimant: Someone, claim: Claim, clock: StandingClock
    ) -> None:
        await erase(office, await holder.caller())
        as_it_came = {"status": ClaimStatus.OPEN, "decided_by_id": None, "decided_at": None, "reason": None}
        await Claim.filter(id=claim.id).update(**as_it_came)
        clock.advance(SWEEP_AFTER)
        while await run_due(office, WORKS):
            pass
        assert (await Claim.get()).status is ClaimStatus.SEPARATED


class TestTombstone:
    async def test_is_found_by_no_index_of_its_number(
        self, office: Office, cast: Cast, holder: Someone, claimant: Someone, claim: Claim
    ) -> None:
        """Neither by the claim that it ends nor by one that was decided before."""
        city = await (await cast.city_admin()).caller()
        await decide(office, city, claim.id, "refused", "材料不符")
        await make(office, await claimant.caller(), await form_for(holder))
        index = (await Volunteer.get(person_id=holder.id)).id_number_index
        assert str(await everything()).count(str(index)) == 3
        await erase(office, await holder.caller())
        assert str(index) not in str(await everything())

    async def test_is_handed_to_nobody(self, office: Office, cast: Cast, holder: Someone, claim: Claim) -> None:
        """Also between the erasure and the sweep, by a claim that came in at the very moment."""
        await erase(office, await holder.caller())
        as_it_came = {"status": ClaimStatus.OPEN, "decided_by_id": None, "decided_at": None, "reason": None}
        await Claim.filter(id=claim.id).update(**as_it_came)
        city = await (await cast.city_admin()).caller()
        before = await everything()
        for decision in ("transfer", "separate"):
            with pytest.raises(ClaimDecided):
                await decide(office, city, claim.id, decision, "已核对")  # type: ignore[arg-type]
        assert await everything() == before
