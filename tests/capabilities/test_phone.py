"""A number that WeChat vouches for: kept with its person, carried into the registration, forgotten when replaced."""

import pytest

from capabilities.consent import ConsentNeeded
from capabilities.office import Office
from capabilities.phone import PhoneNotUsable, as_written, confirm
from capabilities.registration import RegistrationForm, mine, save
from models.person import Person
from models.transition import Transition
from models.volunteer import Volunteer, VolunteerStatus
from tests.capabilities.forms import form, submitted
from tests.cast import Cast
from tests.doubles import FakeWeChat
from tests.stage import everything, refused
from wechat.answers import PhoneNumber
from wechat.errors import PhoneCodeRefused, WeChatUnavailable

TAPPED, NUMBER = "phone-86-13912345678", "13912345678"


class TestConfirm:
    async def test_keeps_the_number_sealed_and_findable(self, office: Office, cast: Cast) -> None:
        someone = await cast.scientist()
        person = await confirm(office, await someone.caller(), TAPPED)
        assert (person.phone, person.phone_verified_at) == (NUMBER, office.now())
        (row,) = [each for each in (await everything())["person"] if each["phone"] is not None]
        assert NUMBER.encode() not in bytes(row["phone"])
        assert await Person.filter(phone_index=person.phone_index).count() == 1

    async def test_fills_in_the_registration_that_comes_later(self, office: Office, cast: Cast) -> None:
        someone = await cast.scientist()
        await confirm(office, await someone.caller(), TAPPED)
        row = await save(office, await someone.caller(), RegistrationForm(name="巴特尔", submit=False))
        assert row.phone == NUMBER

    @pytest.mark.parametrize("status", [VolunteerStatus.DRAFT, VolunteerStatus.SUBMITTED, VolunteerStatus.APPROVED])
    async def test_replaces_the_number_of_a_registration(
        self, office: Office, cast: Cast, status: VolunteerStatus
    ) -> None:
        someone, row = await submitted(cast)
        await Volunteer.filter(id=row.id).update(status=status, volunteer_no="V1")
        await confirm(office, await someone.caller(), TAPPED)
        changed = await mine(await someone.caller())
        assert (changed.phone, changed.status, changed.version) == (NUMBER, status, row.version + 1)
        assert changed.phone_index == changed.person.phone_index
        last = await Transition.filter(subject_id=row.id).order_by("-id").first()
        assert last is not None
        assert (last.before, last.after, last.reason) == (status, status, "手机号经微信核验")

    async def test_leaves_a_registration_alone_that_has_this_number(self, office: Office, cast: Cast) -> None:
        someone, row = await submitted(cast, phone=NUMBER)
        await confirm(office, await someone.caller(), TAPPED)
        changed = await mine(await someone.caller())
        assert (changed.version, changed.phone_index) == (row.version, changed.person.phone_index)

    async def test_needs_consent_before_it_asks_wechat(self, office: Office, cast: Cast, wechat: FakeWeChat) -> None:
        await refused(ConsentNeeded, confirm(office, await (await cast.visitor()).caller(), TAPPED))
        assert wechat.spent == set()

    @pytest.mark.parametrize("code", ["phone-86-13912345678@somebody-else", "code-of-bat", "nonsense"])
    async def test_refuses_a_code_that_is_not_this_persons(self, office: Office, cast: Cast, code: str) -> None:
        await refused(PhoneCodeRefused, confirm(office, await (await cast.scientist()).caller(), code))

    async def test_refuses_a_spent_code_and_keeps_what_it_gave(self, office: Office, cast: Cast) -> None:
        who = await (await cast.scientist()).caller()
        await confirm(office, who, TAPPED)
        await refused(PhoneCodeRefused, confirm(office, who, TAPPED))
        assert (await Person.get(id=who.person_id)).phone == NUMBER

    async def test_loses_nothing_while_wechat_is_down(self, office: Office, cast: Cast, wechat: FakeWeChat) -> None:
        who = await (await cast.scientist()).caller()
        await confirm(office, who, TAPPED)
        wechat.refusal = WeChatUnavailable()
        await refused(WeChatUnavailable, confirm(office, who, "phone-86-13800000001"))
        wechat.refusal = None
        assert (await confirm(office, who, "phone-86-13800000001")).phone == "13800000001"

    async def test_refuses_a_number_that_is_none(self, office: Office, cast: Cast) -> None:
        await refused(PhoneNotUsable, confirm(office, await (await cast.scientist()).caller(), "phone-86-110"))


class TestTypedByHand:
    """What is typed is never vouched for."""

    async def test_another_number_forgets_the_one_of_wechat(self, office: Office, cast: Cast) -> None:
        someone = await cast.scientist()
        await confirm(office, await someone.caller(), TAPPED)
        await save(office, await someone.caller(), form(phone="13800000000"))
        person = await Person.get(id=someone.id)
        assert (person.phone, person.phone_index, person.phone_verified_at) == (None, None, None)

    async def test_the_same_number_stays_vouched_for(self, office: Office, cast: Cast) -> None:
        someone = await cast.scientist()
        await confirm(office, await someone.caller(), TAPPED)
        await save(office, await someone.caller(), form(phone="+86 139 1234 5678"))
        assert (await Person.get(id=someone.id)).phone == NUMBER

    async def test_of_somebody_else_changes_nothing_here(self, office: Office, cast: Cast) -> None:
        someone = await cast.scientist()
        await confirm(office, await someone.caller(), TAPPED)
        await submitted(cast, phone="13800000000")
        assert (await Person.get(id=someone.id)).phone == NUMBER


class TestAsWritten:
    def test_names_the_country_of_a_number_of_elsewhere(self) -> None:
        assert as_written(PhoneNumber("13912345678", "86")) == "13912345678"
        assert as_written(PhoneNumber("51234567", "852")) == "+85251234567"

    async def test_of_elsewhere_is_taken_and_stays_valid_in_the_form(self, office: Office, cast: Cast) -> None:
        someone = await cast.scientist()
        await confirm(office, await someone.caller(), "phone-852-51234567")
        row = await save(office, await someone.caller(), form(phone="+852 5123 4567"))
        assert (row.phone, row.status) == ("+85251234567", VolunteerStatus.SUBMITTED)
        assert (await mine(await someone.caller())).person.phone == "+85251234567"
