"""A person fills in the form and hands it in."""

import re
import unicodedata
from collections.abc import Sequence
from uuid import UUID

from msgspec import UNSET
from tortoise.exceptions import IntegrityError

from capabilities.caller import Caller
from capabilities.consent import require_consent
from capabilities.office import Office
from capabilities.registration.form import RegistrationForm, faults_in, missing_fields
from capabilities.registration.refusals import (
    IdNumberTaken,
    NoSuchRegistration,
    RegistrationIncomplete,
    RegistrationLocked,
    RegistrationNotApproved,
)
from capabilities.transition import note
from kit.clock import LOCAL
from kit.errors import Conflict
from models.consent import ConsentScope
from models.database import transaction
from models.fields import blind
from models.unit import Unit
from models.volunteer import Volunteer, VolunteerStatus

EDITABLE = (VolunteerStatus.DRAFT, VolunteerStatus.RETURNED)
# The version of a row that is not in the database.
NOT_YET = 0
SAVED_ELSEWHERE = "登记信息刚刚在别处保存过，请刷新后再修改。"
# What a person's own form writes; number, decision and reason are the reviewers'.
_WRITTEN = (
    "status", "unit_id", "name", "sex", "birth_date", "birth_year", "id_type", "id_number", "id_number_index",
    "division_code", "phone", "phone_index", "skills", "service_classes", "workplace", "title_level", "title_name",
    "discipline", "submitted_at", "changed_at", "version",
)  # fmt: skip


async def save(office: Office, who: Caller, form: RegistrationForm) -> Volunteer:
    """Keep what the caller filled in; with `form.submit` also hand it to the reviewers.

    Raises `ConsentNeeded`, `RegistrationLocked`, `RegistrationIncomplete` (all faults at once) or `IdNumberTaken`;
    nothing is written then.
    """
    await require_consent(who.person_id, *_scopes_for(form))
    volunteer = await Volunteer.get_or_none(person_id=who.person_id) or Volunteer(
        person_id=who.person_id, status=VolunteerStatus.DRAFT, version=NOT_YET, skills=[], service_classes=[]
    )
    if volunteer.status not in EDITABLE:
        raise RegistrationLocked(registration_status=volunteer.status.value)
    before, faults = volunteer.status, await _fill(volunteer, form)
    if form.submit:
        faults |= missing_fields(volunteer)
    faults |= faults_in(volunteer, office.now().astimezone(LOCAL).date())
    if faults:
        raise RegistrationIncomplete(fields=faults)
    return await _store(office, volunteer, before, submit=form.submit)


def _scopes_for(form: RegistrationForm) -> list[ConsentScope]:
    scopes = [ConsentScope.POLICY]
    if isinstance(form.id_number, str):
        # 个人信息保护法 第二十九条: sensitive data needs a consent of its own.
        scopes.append(ConsentScope.ID_NUMBER)
    return scopes


async def _fill(volunteer: Volunteer, form: RegistrationForm) -> dict[str, str]:
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
        volunteer.phone = _compact(given["phone"])
    if "birth_date" in given:
        born = given["birth_date"]
        volunteer.birth_date = born.isoformat() if born else None
        volunteer.birth_year = born.year if born else None
    if "unit_code" in given:
        unit = await Unit.get_or_none(code=given["unit_code"] or "")
        volunteer.unit_id = unit.id if unit else None
        if given["unit_code"] and unit is None:
            faults["unit_code"] = "没有这个单位，请从列表中选择"
    return faults


def trimmed(text: str | None) -> str | None:
    return (text or "").strip() or None


def _compact(text: str | None, *, upper: bool = False) -> str | None:
    """Spaces, hyphens and full-width digits are how people type long numbers; they are no part of them."""
    bare = re.sub(r"[\s\-\u2010-\u2015]", "", unicodedata.normalize("NFKC", text or ""))
    return (bare.upper() if upper else bare) or None


async def _store(office: Office, volunteer: Volunteer, before: VolunteerStatus, *, submit: bool) -> Volunteer:
    now, read = office.now(), volunteer.version
    volunteer.changed_at, volunteer.version = now, read + 1
    volunteer.phone_index = blind(volunteer.phone, kind="phone-number") if volunteer.phone else None
    if submit:
        volunteer.status, volunteer.submitted_at = VolunteerStatus.SUBMITTED, now
        volunteer.id_number_index = blind(f"{volunteer.id_type}:{volunteer.id_number}", kind="id-number")
    try:
        async with transaction():
            await _write(volunteer, before, read)
            if submit:
                await note("volunteer", volunteer.id, volunteer.person_id, before, volunteer.status, now)
    except IntegrityError:
        raise await _whose_fault(volunteer) from None
    return volunteer


async def _write(volunteer: Volunteer, before: VolunteerStatus, read: int) -> None:
    """Only over the row that was read: a late draft must not undo what was handed in or decided meanwhile."""
    if read == NOT_YET:
        await volunteer.save(force_create=True)
        return
    fields = {name: getattr(volunteer, name) for name in _WRITTEN}
    if not await Volunteer.filter(id=volunteer.id, status=before, version=read).update(**fields):
        raise RegistrationLocked(SAVED_ELSEWHERE)


async def _whose_fault(volunteer: Volunteer) -> Conflict:
    """Two unique keys can refuse: the ID number's, or one row per person when two forms arrive at once."""
    index = volunteer.id_number_index
    if index and await Volunteer.exists(id_number_index=index, person_id__not=volunteer.person_id):
        return IdNumberTaken()
    return RegistrationLocked(SAVED_ELSEWHERE)


async def mine(who: Caller) -> Volunteer:
    volunteer = await Volunteer.get_or_none(person_id=who.person_id).select_related("unit")
    if volunteer is None:
        raise NoSuchRegistration("您还没有登记。")
    return volunteer


async def require_approved(person_id: UUID) -> None:
    if not await Volunteer.exists(person_id=person_id, status=VolunteerStatus.APPROVED):
        raise RegistrationNotApproved


async def names_of(person_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Real names for those who may see them, by person."""
    rows = await Volunteer.filter(person_id__in=list(person_ids)).only("id", "person_id", "name")
    return {row.person_id: row.name for row in rows if row.name}
