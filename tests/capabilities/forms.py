"""A filled-in registration form, and people who have handed one in."""

from datetime import date
from typing import Any
from uuid import uuid4

from capabilities.registration import RegistrationForm, save
from models.transition import Transition
from models.volunteer import Volunteer
from tests.cast import ID_NUMBER, Cast, Someone

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
