"""Registration: the form, its faults, handing it in, and the review."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from msgspec import UNSET
from stdnum import luhn

from capabilities.caller import RoleNeeded
from capabilities.consent import ConsentNeeded
from capabilities.office import Office
from capabilities.registration import (
    AlreadyDecided,
    IdNumberTaken,
    NoSuchRegistration,
    ReasonNeeded,
    RegistrationForm,
    RegistrationIncomplete,
    RegistrationLocked,
    RegistrationNotApproved,
    decide,
    mine,
    one_to_review,
    require_approved,
    save,
    to_review,
)
from capabilities.registration.form import faults_in, missing_fields
from capabilities.registration.review import new_volunteer_no
from kit.clock import StandingClock
from models.consent import Consent, ConsentScope
from models.event import Event
from models.role import RoleName
from models.transition import Transition
from models.volunteer import Volunteer, VolunteerStatus
from tests.cast import ID_NUMBER, Cast, Someone
from tests.stage import everything, refused

TODAY = date(2019, 5, 30)
# Valid by their check digits and nobody's; a woman's, and one that ends in X.
HER_ID_NUMBER, X_ID_NUMBER = "150105199003070022", "15010219800101009X"

FILLED: dict[str, Any] = {
    "name": "巴特尔",
    "sex": "1",
    "birth_date": date(1980, 1, 1),
    "id_type": "01",
    "id_number": ID_NUMBER,
    "division_code": "150102",
    "phone": "13800000000",
    "skills": ["气象"],
    "service_classes": ["popsci"],
    "unit_code": "150105",
}
# 民政部令第67号 第五条, and the unit that reviews.
LEGAL = sorted(FILLED)


def form(**changed: Any) -> RegistrationForm:
    return RegistrationForm(**FILLED | changed)


def volunteer(**changed: Any) -> Volunteer:
    values = FILLED | {"birth_date": "1980-01-01"} | changed
    values.pop("unit_code")
    return Volunteer(person_id=uuid4(), unit_id=uuid4(), **values)


async def submitted(cast: Cast, **changed: Any) -> tuple[Someone, Volunteer]:
    someone = await cast.scientist()
    return someone, await save(cast.office, await someone.caller(), form(**changed))


async def noted(subject: Volunteer) -> list[tuple[str | None, str, str | None]]:
    rows = await Transition.filter(subject="volunteer", subject_id=subject.id).order_by("id")
    return [(row.before, row.after, row.reason) for row in rows]


class TestIdNumber:
    """GB 11643: seventeen digits and a check digit; who is asked about another document is asked for less."""

    @pytest.mark.parametrize(
        ("id_type", "number", "born"),
        [
            ("01", ID_NUMBER, "1980-01-01"),
            ("01", X_ID_NUMBER, "1980-01-01"),
            # Born before the county code existed: the code is of the year in which the number was given.
            ("01", "150102195003120010", "1950-03-12"),
            ("01", "150105193811240053", "1938-11-24"),
            ("06", "810000198001010014", "1980-01-01"),
            ("06", "820000198503150019", "1985-03-15"),
            ("06", "830000199001010012", "1990-01-01"),
            ("02", "E12345678", "1980-01-01"),
            ("02", "EA1234567", "1980-01-01"),
            ("03", "H12345678", "1980-01-01"),
            ("04", "12345678", "1980-01-01"),
            ("05", "911156198001010016", "1980-01-01"),
            ("99", "A123456(7)", "1980-01-01"),
        ],
    )
    def test_of_a_right_form_is_taken(self, id_type: str, number: str, born: str) -> None:
        assert faults_in(volunteer(id_type=id_type, id_number=number, birth_date=born), TODAY) == {}

    @pytest.mark.parametrize("place", range(18))
    @pytest.mark.parametrize("id_number", [ID_NUMBER, X_ID_NUMBER, "810000198001010014"])
    def test_with_any_one_digit_wrong_is_refused(self, id_number: str, place: int) -> None:
        id_type = "06" if id_number.startswith("81") else "01"
        for other in set("0123456789X") - {id_number[place]}:
            wrong = id_number[:place] + other + id_number[place + 1 :]
            assert "id_number" in faults_in(volunteer(id_type=id_type, id_number=wrong), TODAY), wrong

    @pytest.mark.parametrize(
        ("id_type", "number", "words"),
        [
            ("01", "15010219800101001", "只有17位，请核对后补全"),
            ("01", "150102800101001", "只有15位，请核对后补全"),
            ("06", "81", "只有2位，请核对后补全"),
            ("01", ID_NUMBER + "0", "超过18位，请核对"),
            ("01", "150102198001010015", "证件号码有误，请核对"),
            # The check digit is right; the date does not exist, the place is a permit's, or no place at all.
            ("01", "150102198002300013", "证件号码有误，请核对"),
            ("01", "810000198001010014", "证件号码有误，请核对"),
            ("01", "911156198001010016", "证件号码有误，请核对"),
            ("06", ID_NUMBER, "证件号码有误，请核对"),
            # An X where no X can be, with a check digit that is right for it.
            ("06", "8100001980010100X8", "证件号码有误，请核对"),
            ("01", "一五〇一〇二一九八〇〇一〇一〇〇一四", "证件号码有误，请核对"),
            ("02", "E123", "证件号码格式不对，请核对"),
            ("02", "护照12345678", "证件号码格式不对，请核对"),
            ("99", "A" * 21, "证件号码格式不对，请核对"),
        ],
    )
    def test_of_a_wrong_form_is_refused_in_words_that_help(self, id_type: str, number: str, words: str) -> None:
        assert faults_in(volunteer(id_type=id_type, id_number=number), TODAY)["id_number"] == words

    @pytest.mark.parametrize(
        ("changed", "faulty"),
        [
            ({"birth_date": "1980-01-02"}, {"birth_date"}),
            ({"sex": "2"}, {"sex"}),
            ({"birth_date": "1979-01-01", "sex": "2"}, {"birth_date", "sex"}),
            ({"id_number": HER_ID_NUMBER, "birth_date": "1990-03-07", "sex": "2"}, set()),
            ({"id_number": HER_ID_NUMBER, "birth_date": "1990-03-07"}, {"sex"}),
            # Unknown and unstated (GB/T 2261.1) contradict nothing.
            ({"sex": "0"}, set()),
            ({"sex": "9"}, set()),
            # A passport says neither.
            ({"id_type": "02", "id_number": "E12345678", "birth_date": "1979-01-01", "sex": "2"}, set()),
        ],
    )
    def test_agrees_with_birth_date_and_sex(self, changed: dict[str, str], faulty: set[str]) -> None:
        assert set(faults_in(volunteer(**changed), TODAY)) == faulty

    @pytest.mark.parametrize(
        "typed",
        [
            "150102 19800101 0014",
            "150102-19800101-0014",
            " 150102198001010014\n",
            "１５０１０２１９８００１０１００１４",
            "150102－19800101—0014",
        ],
    )
    async def test_is_kept_without_the_ways_of_typing_it(self, cast: Cast, typed: str) -> None:
        _, row = await submitted(cast, id_number=typed)
        assert row.id_number == ID_NUMBER
        second = await cast.scientist()
        await refused(IdNumberTaken, save(cast.office, await second.caller(), form()))

    async def test_takes_a_small_x(self, cast: Cast) -> None:
        _, row = await submitted(cast, id_number=X_ID_NUMBER.lower())
        assert row.id_number == X_ID_NUMBER


class TestFaultsIn:
    @pytest.mark.parametrize(
        "name", ["巴特尔", "斯琴高娃", "艾力·买买提", "欧阳修", "马", "𠮷", "𠮷野家", "阿" * 25, "Nguyễn Văn An"]
    )
    def test_finds_none_in_the_names_that_people_have(self, name: str) -> None:
        assert faults_in(volunteer(name=name), TODAY) == {}

    @pytest.mark.parametrize(
        ("born", "is_fault"),
        [
            ("2001-05-30", False),
            ("2001-05-31", True),
            ("2019-05-30", True),
            ("2019-05-31", True),
            ("1899-05-30", False),
            ("1898-05-30", True),
            ("2000-02-29", False),
        ],
    )
    def test_knows_who_is_18_today(self, born: str, is_fault: bool) -> None:
        someone = volunteer(birth_date=born, id_type="02", id_number="E12345678")
        assert ("birth_date" in faults_in(someone, TODAY)) is is_fault

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", "阿" * 51),
            ("workplace", "阿" * 61),
            ("title_name", "阿" * 41),
            ("sex", "3"),
            ("id_type", "07"),
            ("division_code", "110105"),
            ("title_level", "1"),
            ("discipline", "999"),
            ("skills", ["气象"] * 11),
            ("skills", ["阿" * 21]),
            ("service_classes", ["popsci", "cooking"]),
            ("phone", "12800000000"),
            ("phone", "1380000000"),
            ("phone", "138000000000"),
            ("phone", "13８00000000"),
            ("phone", "0471-6621013"),
        ],
    )
    def test_names_the_field_that_is_wrong(self, field: str, value: Any) -> None:
        assert set(faults_in(volunteer(**{field: value}), TODAY)) == {field}

    def test_leaves_empty_fields_to_the_question_of_what_is_missing(self) -> None:
        empty = Volunteer(person_id=uuid4(), skills=[], service_classes=[])
        assert faults_in(empty, TODAY) == {}
        assert sorted(missing_fields(empty)) == LEGAL


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
            VolunteerStatus.WITHDRAWN,
        ],
    )
    async def test_is_refused_while_others_decide_or_have_decided(
        self, office: Office, cast: Cast, status: VolunteerStatus
    ) -> None:
        someone, row = await submitted(cast)
        await Volunteer.filter(id=row.id).update(status=status, volunteer_no="V1")
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
        assert await Volunteer.all().count() == 1

    async def test_tells_nothing_of_who_holds_the_id_number(self, office: Office, cast: Cast) -> None:
        await submitted(cast)
        second = await cast.scientist()
        refusal = await refused(IdNumberTaken, save(office, await second.caller(), form(name="冒名者")))
        assert refusal.facts == {}
        assert "巴特尔" not in refusal.detail

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
        reviewers = [await (await cast.organizer("150105")).caller() for _ in range(4)]
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


class TestRequireApproved:
    @pytest.mark.parametrize("status", [each for each in VolunteerStatus if each is not VolunteerStatus.APPROVED])
    async def test_refuses_every_other_state(self, cast: Cast, status: VolunteerStatus) -> None:
        someone = await cast.volunteer()
        await Volunteer.filter(person_id=someone.id).update(status=status)
        await refused(RegistrationNotApproved, require_approved(someone.id))

    async def test_refuses_who_never_registered(self, cast: Cast) -> None:
        someone = await cast.visitor()
        await refused(RegistrationNotApproved, require_approved(someone.id))
        await refused(NoSuchRegistration, mine(await someone.caller()))


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
