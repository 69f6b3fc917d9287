"""Correct (更正) an approved registration: what harms nobody changes at once, a reviewer looks at the legal fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta
from tortoise.exceptions import IntegrityError

from capabilities.caller import Caller
from capabilities.consent import require_consent
from capabilities.message import tell
from capabilities.office import Office
from capabilities.registration import (
    AlreadyDecided,
    IdNumberTaken,
    NotYourOwn,
    ReasonNeeded,
    RegistrationFields,
    RegistrationIncomplete,
    faults_in,
    fill,
    forget_other_phone,
    id_number_index,
    missing_fields,
    phone_index,
    scopes_for,
)
from capabilities.registration import mine as my_registration
from capabilities.transition import note
from kit.clock import LOCAL
from kit.errors import Conflict, Invalid, NotFound
from kit.paging import limit_of, row_of
from models.correction import Correction, CorrectionStatus
from models.database import transaction
from models.message import MessageKind
from models.unit import Unit
from models.volunteer import Volunteer, VolunteerStatus

# What the record says of a person, and who reviews it; in words for the log.
REVIEWED: Mapping[str, str] = {
    "name": "姓名",
    "sex": "性别",
    "birth_date": "出生日期",
    "id_type": "证件类型",
    "id_number": "证件号码",
    "division_code": "居住区域",
    "phone": "联系电话",
    "guardian": "监护人",
    "unit_id": "所属单位",
}
AT_ONCE: Mapping[str, str] = {
    "skills": "专业技能",
    "service_classes": "服务类别",
    "workplace": "工作单位",
    "title_level": "职称级别",
    "title_name": "职称",
    "discipline": "学科",
}
_WORDS = {**REVIEWED, **AT_ONCE}
CORRECTABLE = (VolunteerStatus.APPROVED, VolunteerStatus.SUSPENDED)


class CorrectionForm(RegistrationFields, forbid_unknown_fields=True, kw_only=True):
    """A field left out stays as it is. `reason` is for who reviews; needed where a legal field is to change."""

    reason: Annotated[str, Meta(max_length=300)] = ""


class NoSuchCorrection(NotFound):
    words = "没有找到这条更正申请。"


class NotCorrectable(Conflict):
    """Before the approval the form itself can be changed."""

    words = "登记通过审核后才需要申请更正；审核前请直接修改登记表。"


class NothingToCorrect(Invalid):
    words = "没有需要更正的内容，请核对后再提交。"


@dataclass(frozen=True)
class Asked:
    """`applied` names the fields that changed at once; `correction` is what waits for the reviewers."""

    applied: tuple[str, ...]
    correction: Correction | None


async def ask(office: Office, who: Caller, form: CorrectionForm) -> Asked:
    """Change what may change at once, and hand the rest to the reviewers; a second asking replaces the first.

    Raises `ConsentNeeded`, `NoSuchRegistration`, `NotCorrectable`, `RegistrationIncomplete`, `NothingToCorrect`,
    `IdNumberTaken` or `AlreadyDecided`; nothing is written then.
    """
    await require_consent(who.person_id, *scopes_for(form))
    volunteer = await my_registration(who)
    if volunteer.status not in CORRECTABLE:
        raise NotCorrectable(registration_status=volunteer.status.value)
    changed = await _changes(office, volunteer, form)
    reviewed, at_once = _sorted(changed)
    if reviewed and not form.reason.strip():
        raise RegistrationIncomplete(fields={"reason": "请填写更正原因，便于核对"})
    if reviewed.keys() & {"id_type", "id_number"} and await _is_anothers(volunteer):
        raise IdNumberTaken("该证件号码已由他人登记，请核对；如确为您本人的号码，请联系所在单位科协。")
    try:
        async with transaction():
            await _apply_at_once(office, volunteer, at_once)
            correction = await _hand_in(office, volunteer, reviewed, form.reason) if reviewed else None
    except IntegrityError:
        raise AlreadyDecided from None
    return Asked(tuple(at_once), correction)


async def _changes(office: Office, volunteer: Volunteer, form: CorrectionForm) -> dict[str, Any]:
    """The columns that would become others, with what they would become; the row itself is changed on the way."""
    columns = (*REVIEWED, *AT_ONCE)
    before = {name: getattr(volunteer, name) for name in columns}
    today = office.now().astimezone(LOCAL).date()
    faults = await fill(volunteer, form, today)
    faults |= missing_fields(volunteer) | faults_in(volunteer, today)
    if faults:
        raise RegistrationIncomplete(fields=faults)
    changed = {name: getattr(volunteer, name) for name in columns if getattr(volunteer, name) != before[name]}
    if not changed:
        raise NothingToCorrect
    return changed


def _sorted(changed: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is reviewed, and what is written at once."""
    has_grown_up = "guardian" in changed and changed["guardian"] is None and "birth_date" not in changed
    reviewed = {name: value for name, value in changed.items() if name in REVIEWED}
    at_once = {name: value for name, value in changed.items() if name not in REVIEWED}
    if has_grown_up:
        at_once["guardian"] = reviewed.pop("guardian")
    return reviewed, at_once


async def _is_anothers(volunteer: Volunteer) -> bool:
    return await Volunteer.exists(id_number_index=id_number_index(volunteer), id__not=volunteer.id)


async def _apply_at_once(office: Office, volunteer: Volunteer, changes: Mapping[str, Any]) -> None:
    if not changes:
        return
    await _write(volunteer, {**changes, "changed_at": office.now()})
    names = "、".join(_WORDS[name] for name in changes)
    status = volunteer.status
    await note("volunteer", volunteer.id, volunteer.person_id, status, status, office.now(), f"本人更新：{names}")


async def _write(volunteer: Volunteer, changes: Mapping[str, Any]) -> None:
    """Only over the row that was read."""
    read = Volunteer.filter(id=volunteer.id, version=volunteer.version, status__in=CORRECTABLE)
    if not await read.update(**changes, version=volunteer.version + 1):
        raise AlreadyDecided


async def _hand_in(office: Office, volunteer: Volunteer, changes: Mapping[str, Any], reason: str) -> Correction:
    now, actor = office.now(), volunteer.person_id
    waiting = await Correction.filter(volunteer_id=volunteer.id, status=CorrectionStatus.OPEN).select_for_update()
    for each in waiting:
        await Correction.filter(id=each.id).update(status=CorrectionStatus.REPLACED)
        await note("correction", each.id, actor, each.status, CorrectionStatus.REPLACED, now)
    correction = await Correction.create(
        volunteer_id=volunteer.id,
        status=CorrectionStatus.OPEN,
        after=msgspec.json.encode(changes).decode(),
        reason=reason.strip(),
        asked_at=now,
    )
    await note("correction", correction.id, actor, None, correction.status, now)
    return await _read(correction.id)


async def _read(correction_id: UUID) -> Correction:
    return await Correction.get(id=correction_id).select_related("volunteer__unit", "volunteer__person")


async def mine(who: Caller) -> list[Correction]:
    rows = Correction.filter(volunteer__person_id=who.person_id).order_by("-id")
    return await rows.select_related("volunteer__unit", "volunteer__person")


async def to_review(
    who: Caller, *, status: CorrectionStatus, cursor: str | None, limit: int | None
) -> list[Correction]:
    """Corrections in the caller's units, oldest first; one more than the page holds where there are more."""
    query = Correction.filter(who.scope("volunteer__unit__path"), status=status)
    after = row_of(cursor)
    if after is not None:
        query = query.filter(id__gt=after)
    rows = query.select_related("volunteer__unit", "volunteer__person").order_by("id")
    return await rows.limit(limit_of(limit) + 1)


async def one_to_review(who: Caller, correction_id: UUID) -> Correction:
    found = Correction.get_or_none(who.scope("volunteer__unit__path"), id=correction_id)
    row = await found.select_related("volunteer__unit", "volunteer__person")
    if row is None:
        raise NoSuchCorrection
    return row


@dataclass(frozen=True)
class Change:
    """One field's before and after, in plain: whoever shows it masks it."""

    field: str
    before: str | None
    after: str | None


async def changes_of(row: Correction) -> list[Change]:
    """Before is what stands now, or for a decided correction what stood then. A unit is shown by its code."""
    after = msgspec.json.decode(row.after)
    before = msgspec.json.decode(row.before) if row.before else _standing(row.volunteer, after)
    if "unit_id" in after:
        codes = {str(unit.id): unit.code for unit in await Unit.filter(id__in=[before["unit_id"], after["unit_id"]])}
        before, after = ({**each, "unit_id": codes.get(each["unit_id"])} for each in (before, after))
    return [Change(name.replace("unit_id", "unit_code"), before[name], after[name]) for name in after]


def _standing(volunteer: Volunteer, names: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: getattr(volunteer, name) for name in names}
    return {name: str(value) if isinstance(value, UUID) else value for name, value in values.items()}


async def decide(
    office: Office,
    who: Caller,
    correction_id: UUID,
    decision: CorrectionStatus,
    reason: str | None,
    *,
    version: int | None = None,
) -> Correction:
    """Write the correction into the registration as the reviewer read it at `version`, or refuse it with a reason.

    Raises `NoSuchCorrection`, `NotYourOwn`, `ReasonNeeded`, `IdNumberTaken` or `AlreadyDecided`.
    """
    row, reason = await one_to_review(who, correction_id), (reason or "").strip() or None
    if row.volunteer.person_id == who.person_id:
        raise NotYourOwn
    if decision is CorrectionStatus.REFUSED and not reason:
        raise ReasonNeeded(fields={"reason": ReasonNeeded.words})
    if version not in (None, row.volunteer.version):
        raise AlreadyDecided
    try:
        async with transaction():
            await _settle(office, who, row, decision, reason)
    except IntegrityError:
        raise IdNumberTaken("该证件号码已由他人登记，不能更正为此号码；请写明理由后不予采纳。") from None
    return await one_to_review(who, correction_id)


async def _settle(office: Office, who: Caller, row: Correction, decision: CorrectionStatus, reason: str | None) -> None:
    now, volunteer, after = office.now(), row.volunteer, msgspec.json.decode(row.after)
    before = msgspec.json.encode(_standing(volunteer, after)).decode()
    changes = {"status": decision, "before": before, "decided_at": now, "decision_reason": reason}
    # The registration first, as everywhere: who asks anew holds it before the corrections.
    if decision is CorrectionStatus.APPROVED:
        await _correct(volunteer, after, now=now, who=who)
    read = Correction.filter(id=row.id, status=CorrectionStatus.OPEN)
    if not await read.update(**changes, decided_by_id=who.person_id):
        raise AlreadyDecided
    await note("correction", row.id, who.person_id, row.status, decision, now, reason)
    outcome = "已采纳" if decision is CorrectionStatus.APPROVED else "未采纳"
    about = {"outcome": outcome, "reason": reason or ""}
    await tell(office, volunteer.person_id, MessageKind.CORRECTION_DECIDED, about=about, key=f"correction:{row.id}")


async def _correct(volunteer: Volunteer, after: Mapping[str, Any], *, now: Any, who: Caller) -> None:
    for name, value in after.items():
        setattr(volunteer, name, UUID(value) if name == "unit_id" and value else value)
    values: dict[str, Any] = {name: getattr(volunteer, name) for name in after}
    if volunteer.birth_date:
        values["birth_year"] = int(volunteer.birth_date[:4])
    values |= {"phone_index": phone_index(volunteer.phone), "id_number_index": id_number_index(volunteer)}
    await _write(volunteer, {**values, "changed_at": now})
    await forget_other_phone(volunteer.person_id, phone_index(volunteer.phone))
    names = "、".join(REVIEWED[name] for name in after)
    status = volunteer.status
    await note("volunteer", volunteer.id, who.person_id, status, status, now, f"经审核更正：{names}")
