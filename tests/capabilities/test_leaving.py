"""Withdrawing a consent: what rests on it stops at once, what is kept is said, and one may agree again."""

import pytest

from capabilities.consent import POLICY_VERSION, ConsentNeeded, agree
from capabilities.enrolment import enrol
from capabilities.leaving import LastCityAdmin, NoSuchConsent, NotAgreed, withdraw_consent
from capabilities.office import Office
from capabilities.registration import RegistrationForm, RegistrationNotApproved, decide, save
from models.consent import Consent, ConsentScope
from models.correction import Correction, CorrectionStatus
from models.enrolment import LIVE, Enrolment, EnrolmentStatus
from models.greeting import Greeting, GreetingStatus
from models.message import Credit
from models.placement import TakeDown, TakeDownReason, TakeDownState
from models.role import Role
from models.team import Membership
from models.transition import Transition
from models.upload import Upload
from models.volunteer import Volunteer, VolunteerStatus
from tests.cast import ID_NUMBER, Cast
from tests.leaving import NAME, NUMBER, Life, full_life
from tests.stage import published, refused, shift_of


@pytest.fixture
async def life(office: Office, cast: Cast) -> Life:
    return await full_life(office, cast)


class TestWithdrawPolicy:
    async def test_stops_everything_that_is_ahead(self, life: Life) -> None:
        someone = life.someone
        answer = await withdraw_consent(life.office, await someone.caller(), "policy")
        assert (await Enrolment.get(id=life.waits.id)).status is EnrolmentStatus.CANCELLED
        assert (await Volunteer.get(person_id=someone.id)).status is VolunteerStatus.WITHDRAWN
        assert (await Greeting.get(id=life.greeting.id)).status is GreetingStatus.WITHDRAWN
        task = await TakeDown.get()
        assert (task.state, task.reason) == (TakeDownState.TO_DO, TakeDownReason.CONSENT_WITHDRAWN)
        assert not await Membership.live().filter(person_id=someone.id).exists()
        assert not await Upload.living_of(someone.id).exists()
        assert not await Credit.filter(person_id=someone.id, spent_at=None, withdrawn_at=None).exists()
        assert not await Role.filter(person_id=someone.id, taken_at=None).exists()
        assert not await Consent.live(someone.id).exists()
        assert answer.stopped
        assert all(each.why for each in answer.kept)

    async def test_passes_a_seat_on_to_the_next(self, office: Office, cast: Cast) -> None:
        someone, behind, found = await cast.volunteer(), await cast.volunteer(), await published()
        for each in (someone, behind):
            await enrol(office, await each.caller(), shift_of(found).id)
        await withdraw_consent(office, await someone.caller(), "policy")
        assert (await Enrolment.get(person_id=behind.id)).status is EnrolmentStatus.OFFERED

    async def test_keeps_what_has_happened(self, life: Life) -> None:
        await withdraw_consent(life.office, await life.someone.caller(), "policy")
        assert (await Enrolment.get(id=life.came.id)).status in LIVE
        assert (await Greeting.get(id=life.suggestion.id)).status is not GreetingStatus.WITHDRAWN

    async def test_lets_one_come_back_by_agreeing_again(self, life: Life) -> None:
        who = await life.someone.caller()
        await withdraw_consent(life.office, who, "policy")
        restricted = await life.someone.caller()
        assert restricted.is_restricted
        assert restricted.grants == ()
        await agree(life.office, restricted, version=POLICY_VERSION, scopes=[ConsentScope.POLICY])
        assert not (await life.someone.caller()).is_restricted

    async def test_is_noted_as_a_request(self, life: Life) -> None:
        await withdraw_consent(life.office, await life.someone.caller(), "policy")
        line = await Transition.filter(subject="privacy_request").get()
        assert (line.actor_id, line.after, line.reason) == (life.someone.id, "done", "withdraw_consent:policy")

    async def test_of_the_last_city_admin_waits_for_another(self, office: Office, cast: Cast) -> None:
        only = await cast.city_admin()
        await refused(LastCityAdmin, withdraw_consent(office, await only.caller(), "policy"))


class TestWithdrawIdNumber:
    async def test_forgets_the_number_and_sends_the_registration_back(self, office: Office, cast: Cast) -> None:
        someone = await cast.volunteer()
        held = await enrol(office, await someone.caller(), shift_of(await published()).id)
        before = await Volunteer.get(person_id=someone.id)
        await withdraw_consent(office, await someone.caller(), "id_number")
        row = await Volunteer.get(person_id=someone.id)
        assert (row.status, row.id_number, row.id_number_index, row.id_type) == (
            VolunteerStatus.RETURNED, None, None, None,
        )  # fmt: skip
        assert (row.volunteer_no, row.name) == (before.volunteer_no, before.name)
        assert (await Enrolment.get(id=held.enrolment.id)).status is EnrolmentStatus.CONFIRMED
        doing = enrol(office, await someone.caller(), shift_of(await published(title="另一场")).id)
        await refused(RegistrationNotApproved, doing)

    async def test_forgets_it_in_corrections_too(self, life: Life) -> None:
        await withdraw_consent(life.office, await life.someone.caller(), "id_number")
        row = await Correction.get(volunteer__person_id=life.someone.id)
        assert row.status is CorrectionStatus.REPLACED
        assert NUMBER not in row.after
        assert NAME in row.after

    async def test_comes_back_with_the_number_given_again(self, office: Office, cast: Cast) -> None:
        someone = await cast.volunteer()
        no = (await Volunteer.get(person_id=someone.id)).volunteer_no
        await withdraw_consent(office, await someone.caller(), "id_number")
        form = RegistrationForm(id_type="01", id_number=ID_NUMBER)
        await refused(ConsentNeeded, save(office, await someone.caller(), form))
        who = await someone.caller()
        await agree(office, who, version=POLICY_VERSION, scopes=[ConsentScope.ID_NUMBER])
        row = await save(office, who, form)
        city = await (await cast.city_admin()).caller()
        back = await decide(office, city, row.id, VolunteerStatus.APPROVED, None)
        assert (back.status, back.volunteer_no) == (VolunteerStatus.APPROVED, no)

    @pytest.mark.parametrize(
        ("status", "after"),
        [
            (VolunteerStatus.SUBMITTED, VolunteerStatus.DRAFT),
            (VolunteerStatus.REJECTED, VolunteerStatus.REJECTED),
            (VolunteerStatus.WITHDRAWN, VolunteerStatus.WITHDRAWN),
        ],
    )
    async def test_leaves_other_states_where_they_belong(
        self, office: Office, cast: Cast, status: VolunteerStatus, after: VolunteerStatus
    ) -> None:
        someone = await cast.volunteer()
        await Volunteer.filter(person_id=someone.id).update(status=status)
        await withdraw_consent(office, await someone.caller(), "id_number")
        row = await Volunteer.get(person_id=someone.id)
        assert (row.status, row.id_number) == (after, None)


class TestWithdrawLocation:
    async def test_ends_that_consent_alone(self, life: Life) -> None:
        await withdraw_consent(life.office, await life.someone.caller(), "location")
        scopes = {each.scope for each in await Consent.live(life.someone.id)}
        assert scopes == {ConsentScope.POLICY, ConsentScope.ID_NUMBER}


class TestRefusals:
    async def test_name_what_there_is(self, office: Office, cast: Cast) -> None:
        who = await (await cast.visitor()).caller()
        await refused(NoSuchConsent, withdraw_consent(office, who, "face"))
        await refused(NotAgreed, withdraw_consent(office, who, "policy"))
