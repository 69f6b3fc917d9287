"""The registration form: what may be filled in, and every fault in what was."""

import re
from datetime import date
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType
from stdnum.iso7064 import mod_11_2

from capabilities.guardian import Guardian
from models.code_list import codes
from models.volunteer import Volunteer

# `domain.md` §2.7: an adult registers alone, who is 14 to 17 with a guardian, and nobody younger.
ADULT, MIN_AGE = 18, 14
TOO_YOUNG = "未满14周岁不能登记为志愿者；您可以由监护人陪同参加面向公众的活动，也可在监护人同意后提交祝福"
GUARDIAN_NEEDED = "未满18周岁须填写监护人的姓名、关系和电话，并经监护人同意"
MAINLAND_PHONE = re.compile(r"1[3-9][0-9]{9}\Z")
# A number of elsewhere carries its country (E.164), so that it is never taken for one of here.
FOREIGN_PHONE = re.compile(r"\+(?!86)[1-9][0-9]{6,14}\Z")
RESIDENT_ID, RESIDENCE_PERMIT = "01", "06"
# `domain.md` §2.2: the legal minimum, and the unit that reviews.
LEGAL_FIELDS = (
    "name", "sex", "birth_date", "id_type", "id_number", "division_code", "phone", "skills", "service_classes",
    "unit_id",
)  # fmt: skip


class RegistrationFields(msgspec.Struct, forbid_unknown_fields=True):
    """A field left out stays as it was; null empties it. `birth_date` is YYYY-MM-DD.

    `phone` is 11 digits, or with a plus and the country's code where it is not of the mainland. `guardian` is only for
    who is under 18.
    """

    name: str | UnsetType | None = UNSET
    sex: str | UnsetType | None = UNSET
    birth_date: date | UnsetType | None = UNSET
    id_type: str | UnsetType | None = UNSET
    id_number: str | UnsetType | None = UNSET
    division_code: str | UnsetType | None = UNSET
    phone: str | UnsetType | None = UNSET
    guardian: Guardian | UnsetType | None = UNSET
    skills: list[str] | UnsetType = UNSET
    service_classes: Annotated[list[str], Meta(max_length=10)] | UnsetType = UNSET
    unit_code: Annotated[str, Meta(max_length=16)] | UnsetType | None = UNSET
    workplace: str | UnsetType | None = UNSET
    title_level: str | UnsetType | None = UNSET
    title_name: str | UnsetType | None = UNSET
    discipline: str | UnsetType | None = UNSET


class RegistrationForm(RegistrationFields, forbid_unknown_fields=True, kw_only=True):
    """A field left out stays as it was; null empties it."""

    submit: bool = True


def missing_fields(volunteer: Volunteer) -> dict[str, str]:
    """民政部令第67号 第五条: all eight must be there before anybody reviews."""
    names = {"unit_id": "unit_code"}
    return {names.get(name, name): "请填写" for name in LEGAL_FIELDS if not getattr(volunteer, name)}


_LIMITS = {"name": 50, "workplace": 60, "title_name": 40}
_CODED = {
    "sex": "sex",
    "id_type": "id_type",
    "division_code": "division",
    "title_level": "title_level",
    "discipline": "discipline",
}


def faults_in(volunteer: Volunteer, today: date) -> dict[str, str]:
    """Every fault in what is filled in, field → words; empty fields are no fault here."""
    faults = {}
    for name, limit in _LIMITS.items():
        if len(getattr(volunteer, name) or "") > limit:
            faults[name] = f"不能超过{limit}个字"
    for name, code_list in _CODED.items():
        if getattr(volunteer, name) and getattr(volunteer, name) not in codes(code_list):
            faults[name] = "请从列表中选择"
    if len(volunteer.skills) > 10 or any(len(skill) > 20 for skill in volunteer.skills):
        faults["skills"] = "最多10项，每项不超过20个字"
    if any(each not in codes("service_class") for each in volunteer.service_classes):
        faults["service_classes"] = "请从列表中选择"
    if volunteer.phone and not is_phone(volunteer.phone):
        faults["phone"] = "请填写11位手机号码；境外号码请以“+”和国家（地区）代码开头"
    return faults | _age_faults(volunteer, today) | id_faults(volunteer)


def is_phone(text: str) -> bool:
    return bool(MAINLAND_PHONE.match(text) or FOREIGN_PHONE.match(text))


def age_on(day: date, born: date) -> int:
    """Full years of age; who is born on 29 February turns a year older on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _age_faults(volunteer: Volunteer, today: date) -> dict[str, str]:
    if volunteer.born_on is None:
        return {}
    age = age_on(today, volunteer.born_on)
    if not 0 <= age <= 120:
        return {"birth_date": "出生日期有误，请核对"}
    if age < MIN_AGE:
        return {"birth_date": TOO_YOUNG}
    return {"guardian": GUARDIAN_NEEDED} if age < ADULT and not volunteer.guardian else {}


def id_faults(volunteer: Volunteer) -> dict[str, str]:
    """GB 11643 numbers must be valid and agree with birth date and sex; other documents have no check digit."""
    number, kind = volunteer.id_number, volunteer.id_type
    if not number:
        return {}
    if kind not in {RESIDENT_ID, RESIDENCE_PERMIT}:
        is_plausible = re.fullmatch(r"[A-Z0-9()]{5,20}", number)
        return {} if is_plausible else {"id_number": "证件号码格式不对，请核对"}
    if len(number) != 18:
        return {"id_number": f"只有{len(number)}位，请核对后补全" if len(number) < 18 else "超过18位，请核对"}
    if not _is_valid_18(number, kind):
        return {"id_number": "证件号码有误，请核对"}
    return _disagreements(volunteer, number)


def _is_valid_18(number: str, kind: str) -> bool:
    """Form, calendar date, check digit, and the kind's places; no table of counties.

    The place is where the number was given, so somebody born in 1950 carries a county code of 1983: a look-up
    by year of birth would refuse the older half of a city. 港澳台居民居住证 has the places 81, 82 and 83.
    """
    is_well_formed = re.fullmatch(r"[0-9]{17}[0-9X]", number) and _is_date(number[6:14])
    is_permit_place = number[:2] in {"81", "82", "83"}
    is_place = is_permit_place if kind == RESIDENCE_PERMIT else number[0] in "123456"
    return bool(is_well_formed and is_place and mod_11_2.is_valid(number))


def _is_date(digits: str) -> bool:
    try:
        date.fromisoformat(digits)
    except ValueError:
        return False
    return True


def _disagreements(volunteer: Volunteer, number: str) -> dict[str, str]:
    faults = {}
    if volunteer.birth_date and volunteer.birth_date.replace("-", "") != number[6:14]:
        faults["birth_date"] = "与证件号码中的出生日期不一致，请核对"
    expected = "1" if int(number[16]) % 2 else "2"
    if volunteer.sex in {"1", "2"} and volunteer.sex != expected:
        faults["sex"] = "与证件号码不一致，请核对"
    return faults
