"""Correcting an approved registration: at once what harms nobody, after a look what the record says of a person."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from capabilities.consent import ConsentNeeded
from capabilities.correction import (
    Asked,
    Change,
    CorrectionForm,
    NoSuchCorrection,
    NotCorrectable,
    NothingToCorrect,
    ask,
    changes_of,
    decide,
    mine,
    one_to_review,
    to_review,
)
from capabilities.guardian import Guardian
from capabilities.office import Office
from capabilities.phone import confirm
from capabilities.registration import (
    AlreadyDecided,
    IdNumberTaken,
    NoSuchRegistration,
    NotYourOwn,
    ReasonNeeded,
    RegistrationIncomplete,
)
from models.correction import Correction, CorrectionStatus
from models.message import Message
from models.person import Person
from models.role import Role, RoleName
from models.transition import Transition
from models.volunteer import Volunteer, VolunteerStatus
from tests.cast import ID_NUMBER, Cast, Someone
from tests.stage import everything, refused

OPEN, APPROVED, REFUSED = CorrectionStatus.OPEN, CorrectionStatus.APPROVED, CorrectionStatus.REFUSED
REASON = "登记时填写有误"
HER_ID_NUMBER = "150105199003070022"


@pytest.fixture
async def someone(cast: Cast) -> Someone:
    return await cast.volunteer("巴特", unit_code="150105")


async def asked(someone: Someone, **fields: Any) -> Correction:
    given = CorrectionForm(**{"reason": REASON} | fields)
    answer = await ask(someone.office, await someone.caller(), given)
    assert answer.correction is not None
    return answer.correction


async def registration_of(someone: Someone) -> Volunteer:
    return await Volunteer.get(person_id=someone.id).select_related("unit")


class TestAsk:
    async def test_changes_at_once_what_harms_nobody(self, office: Office, someone: Someone) -> None:
        before = await registration_of(someone)
        form = CorrectionForm(skills=["蒙医", "气象"], workplace="市气象局", title_level="412")
        answer = await ask(office, await someone.caller(), form)
        assert answer == Asked(("skills", "workplace", "title_level"), None)
        row = await registration_of(someone)
        assert (row.skills, row.workplace, row.title_level) == (["蒙医", "气象"], "市气象局", "412")
        assert (row.version, row.status) == (before.version + 1, VolunteerStatus.APPROVED)
        noted = await Transition.get(subject="volunteer", subject_id=row.id)
        assert noted.reason == "本人更新：专业技能、工作单位、职称级别"

    async def test_leaves_the_legal_fields_as_they_stand(self, someone: Someone) -> None:
        """What waits is sealed, and the record says the old until somebody has looked."""
        row = await asked(someone, name="巴特尔", division_code="150105")
        assert (await registration_of(someone)).name == "巴特"
        assert await changes_of(row) == [Change("name", "巴特", "巴特尔"), Change("division_code", "150102", "150105")]
        (stored,) = (await everything())["correction"]
        assert "巴特尔".encode() not in bytes(stored["after"])

    async def test_splits_a_form_with_both(self, office: Office, someone: Someone) -> None:
        form = CorrectionForm(name="巴特尔", workplace="市气象局", reason=REASON)
        answer = await ask(office, await someone.caller(), form)
        assert answer.applied == ("workplace",)
        assert answer.correction is not None
        assert [each.field for each in await changes_of(answer.correction)] == ["name"]

    async def test_again_replaces_what_waits(self, office: Office, cast: Cast, someone: Someone) -> None:
        first, second = await asked(someone, name="巴特尔"), await asked(someone, name="巴图")
        assert [(each.id, each.status) for each in await mine(await someone.caller())] == [
            (second.id, OPEN),
            (first.id, CorrectionStatus.REPLACED),
        ]
        unit = await (await cast.organizer("150105")).caller()
        await refused(AlreadyDecided, decide(office, unit, first.id, APPROVED, None))

    async def test_at_once_by_two_hands_leaves_one_that_waits(self, someone: Someone) -> None:
        await asyncio.gather(*(asked(someone, name=name) for name in ("巴特尔", "巴图")), return_exceptions=True)
        assert await Correction.filter(status=OPEN).count() == 1

    @pytest.mark.parametrize(
        ("fields", "faulty"),
        [
            ({"name": "巴特尔", "reason": " "}, {"reason"}),
            ({"name": None}, {"name"}),
            ({"phone": "138"}, {"phone"}),
            ({"birth_date": date(2004, 1, 1)}, {"guardian"}),
            ({"unit_code": "999"}, {"unit_code"}),
        ],
    )
    async def test_names_what_is_wrong(
        self, office: Office, someone: Someone, fields: dict[str, Any], faulty: set[str]
    ) -> None:
        form = CorrectionForm(**{"reason": REASON} | fields)
        refusal = await refused(RegistrationIncomplete, ask(office, await someone.caller(), form))
        assert faulty <= set(refusal.fields)

    async def test_of_nothing_is_refused(self, office: Office, someone: Someone) -> None:
        form = CorrectionForm(name=" 巴特 ", phone="138 0000 0000", reason=REASON)
        await refused(NothingToCorrect, ask(office, await someone.caller(), form))

    async def test_of_anothers_number_is_refused(self, office: Office, cast: Cast, someone: Someone) -> None:
        number = (await registration_of(await cast.volunteer())).id_number
        form = CorrectionForm(id_number=number, reason=REASON)
        await refused(IdNumberTaken, ask(office, await someone.caller(), form))

    async def test_is_for_who_is_approved(self, office: Office, cast: Cast, someone: Someone) -> None:
        form = CorrectionForm(name="巴特尔", reason=REASON)
        await Volunteer.filter(person_id=someone.id).update(status=VolunteerStatus.RETURNED)
        await refused(NotCorrectable, ask(office, await someone.caller(), form))
        await refused(NoSuchRegistration, ask(office, await (await cast.scientist()).caller(), form))
        await refused(ConsentNeeded, ask(office, await (await cast.visitor()).caller(), form))

    async def test_is_open_to_who_is_suspended(self, office: Office, someone: Someone) -> None:
        until = office.now() + timedelta(days=9)
        suspended = Volunteer.filter(person_id=someone.id)
        await suspended.update(status=VolunteerStatus.SUSPENDED, suspended_until=until)
        assert (await asked(someone, name="巴特尔")).status is OPEN

    async def test_drops_a_guardian_at_once_when_the_person_has_grown_up(
        self, office: Office, someone: Someone
    ) -> None:
        await Volunteer.filter(person_id=someone.id).update(
            guardian='{"name":"萨仁","relation":"母亲","phone":"13900000000"}'
        )
        answer = await ask(office, await someone.caller(), CorrectionForm(workplace="市气象局"))
        assert (answer.correction, set(answer.applied)) == (None, {"workplace", "guardian"})
        assert (await registration_of(someone)).guardian is None


class TestDecide:
    async def test_writes_all_and_keeps_what_was(self, office: Office, cast: Cast, someone: Someone) -> None:
        row = await asked(
            someone, name="乌兰图雅", sex="2", birth_date=date(1990, 3, 7), id_type="01", id_number=HER_ID_NUMBER,
            unit_code="150102",
        )  # fmt: skip
        before = await registration_of(someone)
        city = await (await cast.city_admin()).caller()
        decided = await decide(office, city, row.id, APPROVED, None, version=before.version)
        after = await registration_of(someone)
        assert (after.name, after.birth_year, after.id_number, after.unit and after.unit.code) == (
            "乌兰图雅", 1990, HER_ID_NUMBER, "150102",
        )  # fmt: skip
        assert after.id_number_index != before.id_number_index
        assert (decided.status, decided.decided_by_id) == (APPROVED, city.person_id)
        shown = {each.field: (each.before, each.after) for each in await changes_of(decided)}
        assert shown["name"] == ("巴特", "乌兰图雅")
        assert shown["unit_code"] == ("150105", "150102")
        noted = await Transition.filter(subject="volunteer", subject_id=after.id).order_by("-id").first()
        assert noted is not None
        assert noted.reason == "经审核更正：姓名、性别、出生日期、证件类型、证件号码、所属单位"
        assert "已采纳" in (await Message.get(person_id=someone.id)).words

    async def test_refuses_with_a_reason_that_is_told(self, office: Office, cast: Cast, someone: Someone) -> None:
        row, unit = await asked(someone, name="巴特尔"), await (await cast.organizer("150105")).caller()
        await refused(ReasonNeeded, decide(office, unit, row.id, REFUSED, " "))
        await decide(office, unit, row.id, REFUSED, "与证件不符")
        assert (await registration_of(someone)).name == "巴特"
        assert "与证件不符" in (await Message.get(person_id=someone.id)).words
        await refused(AlreadyDecided, decide(office, unit, row.id, APPROVED, None))

    async def test_covers_only_what_the_reviewer_read(self, office: Office, cast: Cast, someone: Someone) -> None:
        row, unit = await asked(someone, name="巴特尔"), await (await cast.organizer("150105")).caller()
        read = (await one_to_review(unit, row.id)).volunteer.version
        await ask(office, await someone.caller(), CorrectionForm(workplace="市气象局"))
        await refused(AlreadyDecided, decide(office, unit, row.id, APPROVED, None, version=read))
        await decide(office, unit, row.id, APPROVED, None, version=read + 1)
        assert (await registration_of(someone)).workplace == "市气象局"

    async def test_is_made_once(self, office: Office, cast: Cast, someone: Someone) -> None:
        row, unit = await asked(someone, name="巴特尔"), await (await cast.organizer("150105")).caller()
        answers = await asyncio.gather(
            *(decide(office, unit, row.id, each, "理由") for each in (APPROVED, REFUSED, APPROVED)),
            return_exceptions=True,
        )
        assert sorted(type(each).__name__ for each in answers) == ["AlreadyDecided", "AlreadyDecided", "Correction"]

    async def test_of_a_number_that_was_taken_meanwhile(self, office: Office, cast: Cast, someone: Someone) -> None:
        row = await asked(someone, id_type="01", id_number=ID_NUMBER)
        other = await asked(await cast.volunteer(unit_code="150105"), id_type="01", id_number=ID_NUMBER)
        unit = await (await cast.organizer("150105")).caller()
        await decide(office, unit, other.id, APPROVED, None)
        await refused(IdNumberTaken, decide(office, unit, row.id, APPROVED, None))
        assert (await decide(office, unit, row.id, REFUSED, "号码已由他人登记")).status is REFUSED

    async def test_of_a_typed_phone_forgets_the_one_of_wechat(
        self, office: Office, cast: Cast, someone: Someone
    ) -> None:
        await confirm(office, await someone.caller(), "phone-86-13912345678")
        row, unit = await asked(someone, phone="13700000000"), await (await cast.organizer("150105")).caller()
        await decide(office, unit, row.id, APPROVED, None)
        assert (await registration_of(someone)).phone == "13700000000"
        assert (await Person.get(id=someone.id)).phone_verified_at is None

    async def test_is_for_the_unit_and_for_nobody_about_themselves(
        self, office: Office, cast: Cast, someone: Someone
    ) -> None:
        row = await asked(someone, name="巴特尔")
        elsewhere = await (await cast.organizer("150102")).caller()
        await refused(NoSuchCorrection, decide(office, elsewhere, row.id, APPROVED, None))
        assert await to_review(elsewhere, status=OPEN, cursor=None, limit=None) == []
        await Role.create(person=someone.person, name=RoleName.CITY_ADMIN, given_at=office.now())
        who = await someone.caller()
        assert [each.id for each in await to_review(who, status=OPEN, cursor=None, limit=None)] == [row.id]
        await refused(NotYourOwn, decide(office, who, row.id, APPROVED, None))

    async def test_of_who_left_meanwhile_corrects_nothing(self, office: Office, cast: Cast, someone: Someone) -> None:
        row, unit = await asked(someone, name="巴特尔"), await (await cast.organizer("150105")).caller()
        await Volunteer.filter(person_id=someone.id).update(status=VolunteerStatus.WITHDRAWN)
        await refused(AlreadyDecided, decide(office, unit, row.id, APPROVED, None))

    async def test_takes_a_guardian_for_who_is_younger_than_was_written(
        self, office: Office, cast: Cast, someone: Someone
    ) -> None:
        mother = Guardian("萨仁", "母亲", "13912345678")
        row = await asked(someone, birth_date=date(2004, 1, 1), guardian=mother)
        unit = await (await cast.organizer("150105")).caller()
        await decide(office, unit, row.id, APPROVED, None)
        after = await registration_of(someone)
        assert (after.birth_year, "萨仁" in (after.guardian or "")) == (2004, True)
