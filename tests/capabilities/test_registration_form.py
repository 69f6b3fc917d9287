"""Every fault in a registration form: ID numbers, fields, ages."""

from datetime import date
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from msgspec import UNSET

from capabilities.guardian import Guardian, read
from capabilities.office import Office
from capabilities.registration import (
    IdNumberTaken,
    RegistrationIncomplete,
    save,
)
from capabilities.registration.form import faults_in, missing_fields
from capabilities.registration.register import phone_typed
from models.volunteer import Volunteer
from tests.capabilities.forms import HER_ID_NUMBER, LEGAL, TODAY, X_ID_NUMBER, form, submitted, volunteer
from tests.cast import ID_NUMBER, Cast
from tests.stage import everything, refused


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
        attempt = save(cast.office, await second.caller(), form())
        await refused(IdNumberTaken, attempt, writes=["volunteer"])

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
        ("born", "faulty"),
        [
            ("2001-05-30", set()),
            ("2001-05-31", {"guardian"}),
            ("2005-05-30", {"guardian"}),
            ("2005-05-31", {"birth_date"}),
            ("2019-05-30", {"birth_date"}),
            ("2019-05-31", {"birth_date"}),
            ("1899-05-30", set()),
            ("1898-05-30", {"birth_date"}),
            ("2000-02-29", set()),
        ],
    )
    def test_knows_who_is_14_and_who_is_18_today(self, born: str, faulty: set[str]) -> None:
        someone = volunteer(birth_date=born, id_type="02", id_number="E12345678")
        assert set(faults_in(someone, TODAY)) == faulty

    def test_tells_who_is_too_young_what_is_open_to_them(self) -> None:
        words = faults_in(volunteer(birth_date="2010-01-01", id_type="02", id_number="E12345678"), TODAY)["birth_date"]
        assert "监护人" in words
        assert "祝福" in words

    @pytest.mark.parametrize("phone", ["13800000000", "+85251234567", "+14155550123", "+97688112233"])
    def test_takes_numbers_of_here_and_of_elsewhere(self, phone: str) -> None:
        assert faults_in(volunteer(phone=phone), TODAY) == {}

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
            ("phone", "+8613800000000"),
            ("phone", "+85"),
            ("phone", "+0123456789"),
            ("phone", "85251234567"),
        ],
    )
    def test_names_the_field_that_is_wrong(self, field: str, value: Any) -> None:
        assert set(faults_in(volunteer(**{field: value}), TODAY)) == {field}

    def test_leaves_empty_fields_to_the_question_of_what_is_missing(self) -> None:
        empty = Volunteer(person_id=uuid4(), skills=[], service_classes=[])
        assert faults_in(empty, TODAY) == {}
        assert sorted(missing_fields(empty)) == LEGAL


class TestGuardian:
    """14 to 17 (`domain.md` §2.7): with a guardian's name, relation and phone, sealed; an adult has none."""

    YOUNG: ClassVar[dict[str, Any]] = {"birth_date": date(2003, 3, 7), "id_type": "02", "id_number": "E12345678"}
    MOTHER = Guardian("萨仁", "母亲", "13912345678")

    async def test_is_needed_under_18(self, office: Office, cast: Cast) -> None:
        who = await (await cast.scientist()).caller()
        for nobody in (UNSET, None, Guardian(" ", "母亲", "13912345678")):
            refusal = await refused(RegistrationIncomplete, save(office, who, form(**self.YOUNG, guardian=nobody)))
            assert set(refusal.fields) == {"guardian"}

    async def test_is_kept_sealed(self, cast: Cast) -> None:
        _, row = await submitted(cast, **self.YOUNG, guardian=self.MOTHER)
        assert read((await Volunteer.get(id=row.id)).guardian) == self.MOTHER
        (stored,) = (await everything())["volunteer"]
        assert "萨仁".encode() not in bytes(stored["guardian"])

    async def test_of_an_adult_is_not_kept(self, cast: Cast) -> None:
        _, row = await submitted(cast, guardian=self.MOTHER)
        assert (await Volunteer.get(id=row.id)).guardian is None


class TestPhoneTyped:
    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("138 0000 0000", "13800000000"),
            ("+86 138-0000-0000", "13800000000"),
            ("008613800000000", "13800000000"),
            ("+852 5123 4567", "+85251234567"),
            ("", None),
        ],
    )
    def test_is_kept_without_the_ways_of_typing_it(self, typed: str, kept: str | None) -> None:
        assert phone_typed(typed) == kept
