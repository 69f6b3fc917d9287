"""A registration goes over to another account: its number, places and teams with it, its roles with nobody."""

from datetime import date

import pytest

from capabilities import greeting, leaving
from capabilities.caller import SessionEnded, caller_with
from capabilities.claim import ClaimantRegistered, ClaimDecided, ClaimForm, HoldsLastCityAdmin, decide, make
from capabilities.consent import POLICY_VERSION, agree
from capabilities.enrolment import enrol
from capabilities.log_in import log_in
from capabilities.message import Answers, note_answers, tell
from capabilities.office import Office
from capabilities.own_data import PLACES
from capabilities.phone import confirm
from capabilities.registration import RegistrationForm, RegistrationNotApproved, mine, save
from models.claim import Claim, ClaimStatus
from models.consent import ConsentScope
from models.enrolment import Enrolment
from models.fields import blind
from models.greeting import ChannelConsent
from models.job import Job
from models.message import MessageKind, ReminderKind
from models.person import Person
from models.placement import TakeDown, TakeDownState
from models.role import Role, RoleName
from models.team import Membership, MembershipStatus, Team, TeamLevel, TeamStatus
from models.transition import Transition
from models.unit import Unit
from models.upload import Upload, UploadStatus
from models.volunteer import Volunteer
from tests.capabilities.forms import FILLED
from tests.cast import Cast, Someone
from tests.greetings import on_the_wall
from tests.published import accepted, placed
from tests.stage import published, refused, shift_of
from tests.uploads import stored

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

    async def test_leaves_the_office_a_city_admin(
        self, office: Office, cast: Cast, holder: Someone, claim: Claim
    ) -> None:
        await Role.create(person=holder.person, name=RoleName.CITY_ADMIN, given_at=office.now())
        organizer = await (await cast.organizer("150102")).caller()
        await refused(HoldsLastCityAdmin, decide(office, organizer, claim.id, "transfer", REASON))
        await cast.city_admin()
        await decide(office, organizer, claim.id, "transfer", REASON)
        assert not await Role.exists(person_id=holder.id, taken_at=None)

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
        assert (await Team.get(id=team.id)).leader_id == claimant.id

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

    async def test_takes_greetings_along_with_their_consents_and_files(
        self, office: Office, cast: Cast, holder: Someone, claimant: Someone, claim: Claim
    ) -> None:
        """Whose they are must be able to take them back; the account that wrote them opens nothing any more."""
        written = await accepted(office, cast, holder)
        upload = await stored(office, holder.id, status=UploadStatus.ATTACHED, greeting_id=written.id)
        await placed(office, await cast.city_admin(), written)
        await transfer(cast, claim)
        assert [row.id for row in await greeting.mine(await claimant.caller())] == [written.id]
        assert set(await ChannelConsent.all().values_list("person_id", flat=True)) == {claimant.id}
        await greeting.withdraw(office, await claimant.caller(), written.id)
        assert await on_the_wall() == []
        assert (await TakeDown.get()).state is TakeDownState.TO_DO
        assert (await Upload.get(id=upload.id)).status is UploadStatus.REMOVED

    async def test_leaves_of_the_old_account_what_an_erasure_leaves(
        self, office: Office, cast: Cast, holder: Someone, claim: Claim
    ) -> None:
        """Its owner has another one now and could never erase this one."""
        who = await holder.caller()
        await note_answers(office, who, Answers(accepted=[ReminderKind.EVENT]))
        await tell(office, holder.id, MessageKind.REGISTRATION_RETURNED, about={"reason": "补照片"}, key="old")
        await confirm(office, who, "phone-86-13912345678")
        written = await accepted(office, cast, holder)
        await transfer(cast, claim)
        order = await Job.get(work="leaving.sweep")
        await leaving.sweep(office, order.about)
        left = {place.table: await (await place.rows_of(holder.id)).count() for place in PLACES if place.is_owned}
        assert {table for table, count in left.items() if count} <= {"person", "consent", "role"}
        old = await Person.get(id=holder.id)
        assert (old.openid, old.phone, old.phone_index) == ("", None, None)
        assert await on_the_wall() == [written.text]

    async def test_lets_who_has_the_old_account_begin_anew_and_ask_in_turn(
        self, office: Office, cast: Cast, holder: Someone, claimant: Someone, claim: Claim
    ) -> None:
        """Where the wrong one got it, the right one is at no dead end."""
        await Person.filter(id=holder.id).update(openid_index=blind("openid-bat", kind="openid"))
        number = (await Volunteer.get(person_id=holder.id)).id_number
        await transfer(cast, claim)
        opened = await log_in(office, "code-of-bat", phone="old phone")
        assert opened.person.id != holder.id
        again = Someone(office, opened.token, opened.person)
        await agree(office, await again.caller(), version=POLICY_VERSION, scopes=list(ConsentScope))
        form = ClaimForm(**FILLED | {"id_type": "99", "id_number": number}, statement="转错了，我才是本人")
        assert (await make(office, await again.caller(), form)).status is ClaimStatus.OPEN

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
