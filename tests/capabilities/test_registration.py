"""Registration: the form is kept, handed in, and sealed at rest."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from msgspec import UNSET

from capabilities.consent import ConsentNeeded
from capabilities.office import Office
from capabilities.registration import (
    IdNumberTaken,
    RegistrationForm,
    RegistrationIncomplete,
    RegistrationLocked,
    mine,
    save,
)
from models.consent import Consent, ConsentScope
from models.volunteer import Volunteer, VolunteerStatus
from tests.capabilities.forms import LEGAL, X_ID_NUMBER, form, noted, submitted
from tests.cast import ID_NUMBER, Cast
from tests.stage import everything, refused


class TestSave:
    async def test_hands_in_a_whole_form(self, office: Office, cast: Cast) -> None:
        someone, row = await submitted(cast, workplace=" 市气象局 ", name=" 巴特尔　")
        kept = await mine(await someone.caller())
        assert (kept.id, kept.status, kept.submitted_at) == (row.id, VolunteerStatus.SUBMITTED, office.now())
        assert (kept.name, kept.workplace, kept.born_on, kept.birth_year) == (
            "巴特尔",
            "市气象局",
            date(1980, 1, 1),
            1980,
        )
        assert (kept.skills, kept.service_classes) == (["气象"], ["popsci"])
        assert kept.unit is not None
        assert kept.unit.code == "150105"
        assert await noted(row) == [("draft", "submitted", None)]

    async def test_keeps_a_draft_as_far_as_it_was_typed(self, office: Office, cast: Cast) -> None:
        someone = await cast.scientist()
        await save(office, await someone.caller(), RegistrationForm(name="斯琴高娃", skills=["蒙医"], submit=False))
        await save(office, await someone.caller(), RegistrationForm(phone="138 0000 0000", submit=False))
        kept = await mine(await someone.caller())
        assert (kept.status, kept.name, kept.phone) == (VolunteerStatus.DRAFT, "斯琴高娃", "13800000000")
        assert kept.skills == ["蒙医"]
        assert await noted(kept) == []

    async def test_tells_what_was_left_out_from_what_was_emptied(self, office: Office, cast: Cast) -> None:
        someone = await cast.scientist()
        await save(office, await someone.caller(), form(submit=False))
        await save(office, await someone.caller(), RegistrationForm(phone=None, birth_date=None, submit=False))
        kept = await mine(await someone.caller())
        assert (kept.phone, kept.phone_index, kept.birth_date, kept.birth_year) == (None, None, None, None)
        assert kept.name == "巴特尔"

    async def test_of_a_draft_shows_faults_too(self, office: Office, cast: Cast) -> None:
        who = await (await cast.scientist()).caller()
        refusal = await refused(RegistrationIncomplete, save(office, who, RegistrationForm(phone="138", submit=False)))
        assert set(refusal.fields) == {"phone"}

    @pytest.mark.parametrize("field", LEGAL)
    @pytest.mark.parametrize("empty", [UNSET, None, " "], ids=["left out", "null", "blank"])
    async def test_refuses_to_hand_in_without_a_legal_field(
        self, office: Office, cast: Cast, field: str, empty: Any
    ) -> None:
        if field in {"skills", "service_classes"}:
            empty = UNSET if empty is UNSET else [] if empty is None else [" "]
        elif field == "birth_date" and empty == " ":
            empty = None
        who = await (await cast.scientist()).caller()
        refusal = await refused(RegistrationIncomplete, save(office, who, form(**{field: empty})))
        assert refusal.fields == {field: "请填写"}

    async def test_names_all_faults_at_once(self, office: Office, cast: Cast) -> None:
        who = await (await cast.scientist()).caller()
        faulty = RegistrationForm(
            name="阿" * 51, sex="7", birth_date=date(2010, 1, 1), id_type="01", id_number="1501", phone="1",
            unit_code="999999", title_level="x", skills=[],
        )  # fmt: skip
        refusal = await refused(RegistrationIncomplete, save(office, who, faulty))
        assert set(refusal.fields) == {
            "name", "sex", "birth_date", "id_number", "phone", "unit_code", "title_level", "skills",
            "service_classes", "division_code",
        }  # fmt: skip

    async def test_needs_consent_to_the_policy_and_to_the_id_number(self, office: Office, cast: Cast) -> None:
        who = await (await cast.visitor()).caller()
        refusal = await refused(ConsentNeeded, save(office, who, form()))
        assert refusal.facts["scopes"] == ["policy", "id_number"]

    async def test_needs_no_consent_of_its_own_without_an_id_number(self, office: Office, cast: Cast) -> None:
        someone = await cast.scientist()
        await Consent.filter(scope=ConsentScope.ID_NUMBER).update(withdrawn_at=office.now())
        who = await someone.caller()
        await save(office, who, RegistrationForm(name="巴特尔", submit=False))
        refusal = await refused(ConsentNeeded, save(office, who, RegistrationForm(id_number=ID_NUMBER, submit=False)))
        assert refusal.facts["scopes"] == ["id_number"]

    @pytest.mark.parametrize(
        "status",
        [
            VolunteerStatus.SUBMITTED,
            VolunteerStatus.APPROVED,
            VolunteerStatus.REJECTED,
            VolunteerStatus.SUSPENDED,
        ],
    )
    async def test_is_refused_while_others_decide_or_have_decided(
        self, office: Office, cast: Cast, status: VolunteerStatus
    ) -> None:
        someone, row = await submitted(cast)
        await Volunteer.filter(id=row.id).update(
            status=status, volunteer_no="V1", suspended_until=office.now() + timedelta(days=30)
        )
        for submit in (True, False):
            attempt = save(office, await someone.caller(), form(name="另一人", submit=submit))
            refusal = await refused(RegistrationLocked, attempt)
            assert refusal.facts == {"registration_status": status.value}

    async def test_gives_one_id_number_to_one_of_two_people_at_once(self, office: Office, cast: Cast) -> None:
        people = [await (await cast.scientist()).caller() for _ in range(6)]
        answers = await asyncio.gather(*(save(office, who, form()) for who in people), return_exceptions=True)
        taken = [each for each in answers if isinstance(each, Volunteer)]
        assert len(taken) == 1
        assert {type(each) for each in answers if each not in taken} == {IdNumberTaken}
        assert await Volunteer.filter(status=VolunteerStatus.SUBMITTED).count() == 1

    async def test_tells_nothing_of_who_holds_the_id_number(self, office: Office, cast: Cast) -> None:
        await submitted(cast)
        second = await cast.scientist()
        attempt = save(office, await second.caller(), form(name="冒名者"))
        refusal = await refused(IdNumberTaken, attempt, writes=["volunteer"])
        assert refusal.facts == {}
        assert "巴特尔" not in refusal.detail

    async def test_keeps_what_was_typed_beside_a_taken_id_number(self, office: Office, cast: Cast) -> None:
        """Nothing is handed in, and the draft holds no place: the number stays the first one's."""
        _, first = await submitted(cast)
        second = await cast.scientist()
        attempt = save(office, await second.caller(), form(name="斯琴高娃", workplace="市气象局"))
        await refused(IdNumberTaken, attempt, writes=["volunteer"])
        kept = await mine(await second.caller())
        assert (kept.status, kept.name, kept.workplace) == (VolunteerStatus.DRAFT, "斯琴高娃", "市气象局")
        assert (kept.id_number, kept.id_number_index, kept.submitted_at) == (ID_NUMBER, None, None)
        assert await noted(kept) == []
        assert (await Volunteer.get(id=first.id)).id_number_index is not None
        again = await save(office, await second.caller(), RegistrationForm(id_number=X_ID_NUMBER))
        assert again.status is VolunteerStatus.SUBMITTED

    async def test_keeps_a_returned_form_returned_when_its_new_number_is_taken(
        self, office: Office, cast: Cast
    ) -> None:
        await submitted(cast)
        someone, row = await submitted(cast, id_number=X_ID_NUMBER)
        await Volunteer.filter(id=row.id).update(status=VolunteerStatus.RETURNED, return_reason="证件号码有误")
        attempt = save(office, await someone.caller(), RegistrationForm(id_number=ID_NUMBER))
        await refused(IdNumberTaken, attempt, writes=["volunteer"])
        kept = await mine(await someone.caller())
        assert (kept.status, kept.return_reason) == (VolunteerStatus.RETURNED, "证件号码有误")
        assert (kept.submitted_at, kept.id_number_index) == (row.submitted_at, None)

    async def test_takes_somebody_back_who_had_left(self, office: Office, cast: Cast) -> None:
        someone, row = await submitted(cast)
        await Volunteer.filter(id=row.id).update(status=VolunteerStatus.WITHDRAWN, volunteer_no="V1")
        again = await save(office, await someone.caller(), RegistrationForm(workplace="市气象局"))
        assert (again.id, again.status, again.volunteer_no) == (row.id, VolunteerStatus.SUBMITTED, "V1")

    async def test_takes_the_same_digits_on_another_kind_of_document(self, office: Office, cast: Cast) -> None:
        await submitted(cast, id_type="02", id_number="E12345678")
        _, row = await submitted(cast, id_type="99", id_number="E12345678")
        assert row.status is VolunteerStatus.SUBMITTED

    async def test_hands_in_once_when_one_person_taps_twice(self, office: Office, cast: Cast) -> None:
        someone = await cast.scientist()
        await save(office, await someone.caller(), form(submit=False))
        who = await someone.caller()
        answers = await asyncio.gather(*(save(office, who, form()) for _ in range(6)), return_exceptions=True)
        assert sum(isinstance(each, Volunteer) for each in answers) == 1
        assert {type(each) for each in answers if not isinstance(each, Volunteer)} == {RegistrationLocked}
        assert await noted(await mine(who)) == [("draft", "submitted", None)]

    async def test_of_two_first_forms_at_once_makes_one_row(self, office: Office, cast: Cast) -> None:
        await save(office, await (await cast.scientist()).caller(), RegistrationForm(name="旁人", submit=False))
        who = await (await cast.scientist()).caller()
        draft = RegistrationForm(name="巴特尔", submit=False)
        answers = await asyncio.gather(*(save(office, who, draft) for _ in range(6)), return_exceptions=True)
        assert {type(each) for each in answers} == {Volunteer, RegistrationLocked}
        assert await Volunteer.filter(person_id=who.person_id).count() == 1

    async def test_never_undoes_with_a_late_draft_what_was_handed_in(self, office: Office, cast: Cast) -> None:
        someone = await cast.scientist()
        await save(office, await someone.caller(), form(submit=False))
        who = await someone.caller()
        late = form(name="旧稿", submit=False)
        await asyncio.gather(save(office, who, form()), save(office, who, late), return_exceptions=True)
        kept = await mine(who)
        is_submitted = bool(await noted(kept))
        assert (kept.status is VolunteerStatus.SUBMITTED) == is_submitted
        assert kept.name == ("巴特尔" if is_submitted else "旧稿")


class TestAtRest:
    async def test_nothing_that_identifies_stands_in_clear(self, cast: Cast) -> None:
        await submitted(cast, name="斯琴高娃", workplace="市气象局雷达站", title_name="正研级高工")
        rows = (await everything())["volunteer"]
        cells = b"\0".join(cell if isinstance(cell, bytes) else str(cell).encode() for cell in rows[0].values())
        # The control: what is not sealed is found by the same search.
        assert "正研级高工".encode() in cells
        for secret in ("斯琴高娃", ID_NUMBER, "13800000000", "1980-01-01", "市气象局雷达站"):
            assert secret.encode() not in cells

    async def test_one_value_is_sealed_differently_each_time(self, cast: Cast) -> None:
        await submitted(cast, id_number=ID_NUMBER)
        await submitted(cast, id_number=X_ID_NUMBER)
        first, second = (await everything())["volunteer"]
        assert first["name"] != second["name"]
        assert first["phone_index"] == second["phone_index"]
