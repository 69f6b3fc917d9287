"""A person fills in the form and hands it in."""

import re
import unicodedata
from datetime import date, datetime
from uuid import UUID

from msgspec import UNSET
from tortoise.exceptions import IntegrityError

from capabilities.caller import Caller
from capabilities.consent import require_consent, require_unwithdrawn
from capabilities.guardian import Guardian, written
from capabilities.office import Office
from capabilities.registration.form import (
    ADULT,
    RegistrationFields,
    RegistrationForm,
    age_on,
    faults_in,
    missing_fields,
)
from capabilities.registration.refusals import (
    IdNumberTaken,
    NoSuchRegistration,
    RegistrationIncomplete,
    RegistrationLocked,
)
from capabilities.transition import note
from kit.clock import LOCAL
from kit.errors import Conflict
from models.consent import ConsentScope
from models.database import transaction
from models.fields import blind
from models.person import Person
from models.unit import Unit
from models.volunteer import Volunteer, VolunteerStatus

# Who has left may come back, and keeps the volunteer number.
EDITABLE = (VolunteerStatus.DRAFT, VolunteerStatus.RETURNED, VolunteerStatus.WITHDRAWN)
# The version of a row that is not in the database.
NOT_YET = 0
SAVED_ELSEWHERE = "登记信息刚刚在别处保存过，请刷新后再修改。"
# What a person's own form writes; number, decision and reason are the reviewers'.
_WRITTEN = (
    "status", "unit_id", "name", "sex", "birth_date", "birth_year", "id_type", "id_number", "id_number_index",
    "division_code", "phone", "phone_index", "guardian", "skills", "service_classes", "workplace", "title_level",
    "title_name", "discipline", "submitted_at", "changed_at", "version",
)  # fmt: skip


async def save(office: Office, who: Caller, form: RegistrationForm) -> Volunteer:
    """Keep what the caller filled in; with `form.submit` also hand it to the reviewers.

    Raises `ConsentNeeded`, `RegistrationLocked` or `RegistrationIncomplete` (all faults at once), and nothing is
    written then; or `IdNumberTaken`, and what was filled in is kept, only not handed in.
    """
    await require_consent(who.person_id, *scopes_for(form))
    volunteer, today = await _row_of(who), office.now().astimezone(LOCAL).date()
    if volunteer.status not in EDITABLE:
        raise RegistrationLocked(registration_status=volunteer.status.value)
    before, faults = volunteer.status, await fill(volunteer, form, today)
    if form.submit:
        faults |= missing_fields(volunteer)
    faults |= faults_in(volunteer, today)
    if faults:
        raise RegistrationIncomplete(fields=faults)
    return await _store(office, volunteer, before, submit=form.submit)


async def _row_of(who: Caller) -> Volunteer:
    """The caller's row, or a new one that knows already the number that WeChat vouched for."""
    volunteer = await Volunteer.get_or_none(person_id=who.person_id)
    if volunteer is not None:
        return volunteer
    person = await Person.get(id=who.person_id)
    return Volunteer(
        person_id=who.person_id,
        status=VolunteerStatus.DRAFT,
        version=NOT_YET,
        phone=person.phone,
        skills=[],
        service_classes=[],
    )


def scopes_for(form: RegistrationFields) -> list[ConsentScope]:
    scopes = [ConsentScope.POLICY]
    if isinstance(form.id_number, str):
        # 个人信息保护法 第二十九条: sensitive data needs a consent of its own.
        scopes.append(ConsentScope.ID_NUMBER)
    return scopes


def _scopes_of(volunteer: Volunteer) -> list[ConsentScope]:
    return [ConsentScope.POLICY, ConsentScope.ID_NUMBER] if volunteer.id_number else [ConsentScope.POLICY]


async def fill(volunteer: Volunteer, form: RegistrationFields, today: date) -> dict[str, str]:
    """Put the form's fields on the row; returns the faults that only a look-up can find."""
    faults = {}
    given = {name: getattr(form, name) for name in form.__struct_fields__ if getattr(form, name) is not UNSET}
    for name in ("name", "sex", "id_type", "division_code", "workplace", "title_level", "title_name", "discipline"):
        if name in given:
            setattr(volunteer, name, trimmed(given[name]))
    for name in ("skills", "service_classes"):
        if name in given:
            setattr(volunteer, name, [word for word in map(trimmed, given[name]) if word])
    if "id_number" in given:
        volunteer.id_number = _compact(given["id_number"], upper=True)
    if "phone" in given:
        volunteer.phone = phone_typed(given["phone"])
    if "birth_date" in given:
        born = given["birth_date"]
        volunteer.birth_date = born.isoformat() if born else None
        volunteer.birth_year = born.year if born else None
    if "guardian" in given:
        volunteer.guardian = written(given["guardian"] if _is_filled_in(given["guardian"]) else None)
    if volunteer.born_on and age_on(today, volunteer.born_on) >= ADULT:
        # Nobody consents for an adult, and a third person's number is not kept without need.
        volunteer.guardian = None
    if "unit_code" in given:
        unit = await Unit.get_or_none(code=given["unit_code"] or "")
        volunteer.unit_id = unit.id if unit else None
        if given["unit_code"] and unit is None:
            faults["unit_code"] = "没有这个单位，请从列表中选择"
    return faults


def _is_filled_in(guardian: Guardian | None) -> bool:
    return guardian is not None and guardian.is_filled_in


def trimmed(text: str | None) -> str | None:
    return (text or "").strip() or None


def _compact(text: str | None, *, upper: bool = False) -> str | None:
    """Spaces, hyphens and full-width digits are how people type long numbers; they are no part of them."""
    bare = re.sub(r"[\s\-\u2010-\u2015]", "", unicodedata.normalize("NFKC", text or ""))
    return (bare.upper() if upper else bare) or None


def phone_typed(text: str | None) -> str | None:
    """Without the ways of typing it, and without the prefix that every number of the mainland could carry."""
    return re.sub(r"\A(?:\+86|0086)(?=1[0-9]{10}\Z)", "", _compact(text) or "") or None


def phone_index(phone: str | None) -> str | None:
    return blind(phone, kind="phone-number") if phone else None


def id_number_index(volunteer: Volunteer) -> str:
    return blind(f"{volunteer.id_type}:{volunteer.id_number}", kind="id-number")


async def _store(office: Office, volunteer: Volunteer, before: VolunteerStatus, *, submit: bool) -> Volunteer:
    now, read, handed_in_at = office.now(), volunteer.version, volunteer.submitted_at
    volunteer.changed_at, volunteer.version = now, read + 1
    volunteer.phone_index = phone_index(volunteer.phone)
    if submit:
        volunteer.status, volunteer.submitted_at = VolunteerStatus.SUBMITTED, now
        volunteer.id_number_index = id_number_index(volunteer)
    elif volunteer.id_number_index != id_number_index(volunteer):
        # A number that is typed but not handed in holds no place.
        volunteer.id_number_index = None
    try:
        await _write(volunteer, before, read, now)
    except IntegrityError:
        fault = await _whose_fault(volunteer)
        if isinstance(fault, IdNumberTaken):
            volunteer.status, volunteer.submitted_at, volunteer.id_number_index = before, handed_in_at, None
            await _keep(volunteer, before, read, now)
        raise fault from None
    return volunteer


async def _keep(volunteer: Volunteer, before: VolunteerStatus, read: int, now: datetime) -> None:
    """Nothing typed is lost, though it was not handed in."""
    try:
        await _write(volunteer, before, read, now)
    except IntegrityError:
        raise RegistrationLocked(SAVED_ELSEWHERE) from None


async def _write(volunteer: Volunteer, before: VolunteerStatus, read: int, now: datetime) -> None:
    async with transaction():
        await _write_over(volunteer, before, read)
        # Under the row's lock, which a withdrawal holds too: else what it has just forgotten would be written again.
        await require_unwithdrawn(volunteer.person_id, *_scopes_of(volunteer))
        await forget_other_phone(volunteer.person_id, volunteer.phone_index)
        if volunteer.status is not before:
            await note("volunteer", volunteer.id, volunteer.person_id, before, volunteer.status, now)


async def _write_over(volunteer: Volunteer, before: VolunteerStatus, read: int) -> None:
    """Only over the row that was read: a late draft must not undo what was handed in or decided meanwhile."""
    if read == NOT_YET:
        await volunteer.save(force_create=True)
        return
    fields = {name: getattr(volunteer, name) for name in _WRITTEN}
    if not await Volunteer.filter(id=volunteer.id, status=before, version=read).update(**fields):
        raise RegistrationLocked(SAVED_ELSEWHERE)


async def forget_other_phone(person_id: UUID, index: str | None) -> None:
    """Another number was typed by hand: what WeChat vouched for is no longer this person's contact."""
    person = Person.filter(id=person_id, phone_index__isnull=False)
    other = person.filter(phone_index__not=index) if index else person
    await other.update(phone=None, phone_index=None, phone_verified_at=None)


async def _whose_fault(volunteer: Volunteer) -> Conflict:
    """Two unique keys can refuse: the ID number's, or one row per person when two forms arrive at once."""
    index = volunteer.id_number_index
    if index and await Volunteer.exists(id_number_index=index, person_id__not=volunteer.person_id):
        return IdNumberTaken()
    return RegistrationLocked(SAVED_ELSEWHERE)


async def mine(who: Caller) -> Volunteer:
    volunteer = await Volunteer.get_or_none(person_id=who.person_id).select_related("unit", "person")
    if volunteer is None:
        raise NoSuchRegistration("您还没有登记。")
    return volunteer
