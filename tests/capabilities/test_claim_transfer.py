"""A registration goes over to another account: its number, places and teams with it, its roles with nobody."""

from datetime import date

import pytest

from capabilities.caller import SessionEnded, caller_with
from capabilities.claim import ClaimantRegistered, ClaimDecided, ClaimForm, decide, make
from capabilities.enrolment import enrol
from capabilities.log_in import AccountClosed, log_in
from capabilities.office import Office
from capabilities.phone import confirm
from capabilities.registration import RegistrationForm, RegistrationNotApproved, mine, save
from models.claim import Claim
from models.enrolment import Enrolment
from models.fields import blind
from models.person import Person
from models.role import Role, RoleName
from models.team import Membership, MembershipStatus, Team, TeamLevel, TeamStatus
from models.transition import Transition
from models.unit import Unit
from models.volunteer import Volunteer
from tests.capabilities.forms import FILLED
from tests.cast import Cast, Someone
from tests.stage import published, refused, shift_of

REASON = "本人更换微信号，已核对证件"


@pytest.fixture
async def holder(cast: Cast) -> Someone:
    return await cast.volunteer("巴特尔", unit_code="150102")


@pytest.fixture
async def claimant(cast: Cast) -> Someone:
    return await cast.scientist()


@pytest.fixture
async def claim(office: Office, holder: Someone, claimant: Someone) -> Claim:
    number = (await Volunteer.get(person_id=holder.id)).id_number
    values = FILLED | {"id_type": "99", "id_number": number}
    return await make(office, await claimant.caller(), ClaimForm(**values, statement="这是我本人的登记"))


async def transfer(cast: Cast, claim: Claim) -> None:
    await decide(cast.office, await (await cast.city_admin()).caller(), claim.id, "transfer", REASON)


class TestTransfer:
    async def test_gives_the_registration_with_its_number_to_the_claimant(
        self, cast: Cast, holder: Someone, claimant: Someone, claim: Claim
    ) -> None:
        before = await Volunteer.get(person_id=holder.id)
        draft = await Volunteer.get(person_id=claimant.id)
        await transfer(cast, claim)
        row = await mine(await claimant.caller())
        assert (row.id, row.volunteer_no, row.status) == (before.id, before.volunteer_no, before.status)
        assert not await Volunteer.exists(id=draft.id)
        assert not await Volunteer.exists(person_id=holder.id)
        noted = await Transition.filter(subject_id__in=[row.id, draft.id, holder.id]).order_by("id")
        assert [(each.subject, each.after) for each in noted] == [
            ("volunteer", "merged"),
            ("volunteer", "approved"),
            ("person", "closed"),
        ]

    async def test_takes_enrolments_along_and_lets_enrol_again(
        self, office: Office, cast: Cast, holder: Someone, claimant: Someone
    ) -> None:
        held = (await enrol(office, await holder.caller(), shift_of(await published()).id)).enrolment
        number = (await Volunteer.get(person_id=holder.id)).id_number
        form = ClaimForm(**FILLED | {"id_type": "99", "id_number": number}, statement="这是我本人的登记")
        await transfer(cast, await make(office, await claimant.caller(), form))
        assert (await Enrolment.get(id=held.id)).person_id == claimant.id
        new = await enrol(office, await claimant.caller(), shift_of(await published(title="参观")).id)
        assert new.place is None

    async def test_takes_teams_along(self, cast: Cast, holder: Someone, claimant: Someone, claim: Claim) -> None:
        now = cast.office.now()
        team = await Team.create(
            unit=await Unit.get(code="150102"), name="气象队", name_key="气象队", level=TeamLevel.SQUAD,
            trade="meteorology", status=TeamStatus.ACTIVE, leader=holder.person, founded_on=date(2019, 5, 1),
            created_at=now,
        )  # fmt: skip
        row = await Membership.create(
            team=team, person=holder.person, status=MembershipStatus.ACTIVE, slot=1, applied_at=now, joined_at=now
        )
        await transfer(cast, claim)
        assert (await Membership.get(id=row.id)).person_id == claimant.id

    async def test_closes_the_old_account_with_its_sessions_and_roles(
        self, office: Office, cast: Cast, holder: Someone, claimant: Someone, claim: Claim
    ) -> None:
        role = await Role.create(person=holder.person, name=RoleName.MODERATOR, given_at=office.now())
        await caller_with(office, holder.token)
        await transfer(cast, claim)
        with pytest.raises(SessionEnded):
            await caller_with(office, holder.token)
        assert (await Person.get(id=holder.id)).closed_at == office.now()
        assert (await Role.get(id=role.id)).taken_at == office.now()
        assert (await claimant.caller()).grants == ()

    async def test_is_told_to_who_logs_in_by_the_old_account(
        self, office: Office, cast: Cast, holder: Someone, claim: Claim
    ) -> None:
        await Person.filter(id=holder.id).update(openid_index=blind("openid-bat", kind="openid"))
        await transfer(cast, claim)
        with pytest.raises(AccountClosed):
            await log_in(office, "code-of-bat", phone="old phone")

    async def test_takes_the_number_that_wechat_vouched_for(
        self, office: Office, cast: Cast, claimant: Someone, claim: Claim
    ) -> None:
        await confirm(office, await claimant.caller(), "phone-86-13912345678")
        await transfer(cast, claim)
        row = await mine(await claimant.caller())
        assert (row.phone, row.phone_index) == ("13912345678", row.person.phone_index)

    async def test_gives_way_to_a_registration_of_the_claimants_own(
        self, office: Office, cast: Cast, claimant: Someone, claim: Claim
    ) -> None:
        """Meanwhile handed in with a passport: two registrations do not become one behind a reviewer's back."""
        await save(office, await claimant.caller(), RegistrationForm(id_type="02", id_number="E12345678"))
        city = await (await cast.city_admin()).caller()
        await refused(ClaimantRegistered, decide(office, city, claim.id, "transfer", REASON))
        await decide(office, city, claim.id, "refused", "已用护照登记")

    async def test_happens_once(self, office: Office, cast: Cast, holder: Someone, claim: Claim) -> None:
        """A second claimant of the same number finds it with the first."""
        other = await cast.scientist()
        number = (await Volunteer.get(person_id=holder.id)).id_number
        form = ClaimForm(**FILLED | {"id_type": "99", "id_number": number}, statement="这也是我的")
        second = await make(office, await other.caller(), form)
        await transfer(cast, claim)
        city = await (await cast.city_admin()).caller()
        await refused(ClaimDecided, decide(office, city, claim.id, "transfer", REASON))
        await decide(office, city, second.id, "refused", "号码属于他人")
        with pytest.raises(RegistrationNotApproved):
            await enrol(office, await other.caller(), shift_of(await published()).id)
