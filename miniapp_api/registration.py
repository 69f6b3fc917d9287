"""Register as a volunteer; review registrations."""

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities import registration
from capabilities.caller import Caller, RoleNeeded
from capabilities.consent import ConsentNeeded
from capabilities.guardian import Guardian
from capabilities.guardian import read as read_guardian
from capabilities.masks import mask_id_number, mask_name, mask_phone
from capabilities.office import Office
from capabilities.registration import (
    AlreadyDecided,
    AppealUsedUp,
    CityDecides,
    IdNumberTaken,
    NoSuchRegistration,
    NothingToAppeal,
    NotYourOwn,
    ReasonNeeded,
    RegistrationForm,
    RegistrationIncomplete,
    RegistrationLocked,
)
from kit.working_days import is_certain
from miniapp_api.door import GUESSING, SAVING, Page, cut, door
from models.volunteer import Volunteer, VolunteerStatus

# Being told that a number is taken says that somebody with it is registered: nobody is to find that out by trying.
TAKEN_NUMBERS = replace(GUESSING, only=(IdNumberTaken,))


class GuardianShown(msgspec.Struct):
    name_masked: str
    relation: str
    phone_masked: str

    @classmethod
    def of(cls, guardian: Guardian | None) -> "GuardianShown | None":
        if guardian is None:
            return None
        return cls(mask_name(guardian.name), guardian.relation, mask_phone(guardian.phone))


class MyRegistration(msgspec.Struct):
    """The own registration. ID number and phone are masked here too: a phone is often looked at by others.

    `phone_verified_at` is null for a number that was typed by hand. `version` goes back with a decision, so that nobody
    decides on what they have not read.
    """

    id: UUID
    status: VolunteerStatus
    name: str | None
    sex: str | None
    birth_date: date | None
    id_type: str | None
    id_number_masked: str | None
    division_code: str | None
    phone_masked: str | None
    skills: list[str]
    service_classes: list[str]
    unit_code: str | None
    workplace: str | None
    title_level: str | None
    title_name: str | None
    discipline: str | None
    volunteer_no: str | None
    return_reason: str | None
    submitted_at: datetime | None
    phone_verified_at: datetime | None
    guardian: GuardianShown | None
    appeal: str | None
    appealed_at: datetime | None
    suspended_until: datetime | None
    version: int

    @classmethod
    def of(cls, row: Volunteer) -> "MyRegistration":
        return cls(
            id=row.id,
            status=row.status,
            name=row.name,
            sex=row.sex,
            birth_date=row.born_on,
            id_type=row.id_type,
            id_number_masked=mask_id_number(row.id_number) if row.id_number else None,
            division_code=row.division_code,
            phone_masked=mask_phone(row.phone) if row.phone else None,
            skills=row.skills,
            service_classes=row.service_classes,
            unit_code=row.unit.code if row.unit else None,
            workplace=row.workplace,
            title_level=row.title_level,
            title_name=row.title_name,
            discipline=row.discipline,
            volunteer_no=row.volunteer_no,
            return_reason=row.return_reason,
            submitted_at=row.submitted_at,
            phone_verified_at=_verified_at(row),
            guardian=GuardianShown.of(read_guardian(row.guardian)),
            appeal=row.appeal,
            appealed_at=row.appealed_at,
            suspended_until=row.suspended_until,
            version=row.version,
        )


def _verified_at(row: Volunteer) -> datetime | None:
    """When WeChat vouched for the number that stands in the registration; a number typed by hand has no such moment."""
    is_same = row.phone_index is not None and row.phone_index == row.person.phone_index
    return row.person.phone_verified_at if is_same else None


class RegistrationLine(msgspec.Struct):
    """A line of the reviewer's list: nothing in it identifies anybody to somebody who looks over a shoulder.

    `due_on` is the review's last working day; it may still move where that year's holidays are not published
    (`is_due_on_certain` false).
    """

    id: UUID
    status: VolunteerStatus
    name_masked: str
    phone_masked: str
    unit_code: str | None
    division_code: str | None
    title_level: str | None
    discipline: str | None
    submitted_at: datetime | None
    volunteer_no: str | None
    is_phone_verified: bool
    is_appeal: bool
    due_on: date | None
    is_due_on_certain: bool
    version: int

    @classmethod
    def of(cls, row: Volunteer) -> "RegistrationLine":
        due = registration.due_on(row)
        return cls(
            id=row.id,
            status=row.status,
            name_masked=mask_name(row.name or ""),
            phone_masked=mask_phone(row.phone or ""),
            unit_code=row.unit.code if row.unit else None,
            division_code=row.division_code,
            title_level=row.title_level,
            discipline=row.discipline,
            submitted_at=row.submitted_at,
            volunteer_no=row.volunteer_no,
            is_phone_verified=_verified_at(row) is not None,
            is_appeal=row.appealed_at is not None,
            due_on=due,
            is_due_on_certain=due is None or is_certain(due),
            version=row.version,
        )


class RegistrationSearch(msgspec.Struct, forbid_unknown_fields=True):
    status: VolunteerStatus | None = None
    cursor: str | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] | None = None


class RegistrationDecision(msgspec.Struct, forbid_unknown_fields=True):
    decision: Literal["approved", "returned", "rejected"]
    reason: Annotated[str, Meta(max_length=300)] | None = None
    version: Annotated[int, Meta(ge=1, le=2**31 - 1)] | None = None


class Appeal(msgspec.Struct, forbid_unknown_fields=True):
    statement: Annotated[str, Meta(min_length=2, max_length=500)]


@door.get("/me/volunteer", refusals=(NoSuchRegistration,))
async def read_mine(who: Caller) -> MyRegistration:
    """我的志愿者登记"""
    return MyRegistration.of(await registration.mine(who))


@door.put(
    "/me/volunteer",
    refusals=(ConsentNeeded, RegistrationLocked, IdNumberTaken, RegistrationIncomplete),
    pace=(SAVING, TAKEN_NUMBERS),
)
async def save_mine(who: Caller, office: Office, what: RegistrationForm) -> MyRegistration:
    """填写并提交志愿者登记（submit=false 时只暂存）"""
    await registration.save(office, who, what)
    return MyRegistration.of(await registration.mine(who))


@door.post(
    "/me/volunteer/appeal", limit=4096, refusals=(NoSuchRegistration, NothingToAppeal, AppealUsedUp, AlreadyDecided)
)
async def appeal(who: Caller, office: Office, what: Appeal) -> MyRegistration:
    """对未通过的登记申诉一次，由市科协复核"""
    return MyRegistration.of(await registration.appeal(office, who, what.statement))


@door.get("/registrations", refusals=(RoleNeeded,))
async def list_to_review(who: Caller, asked: RegistrationSearch) -> Page[RegistrationLine]:
    """本单位及下级单位的志愿者登记"""
    rows = await registration.to_review(who, status=asked.status, cursor=asked.cursor, limit=asked.limit)
    page, following = cut(rows, asked.limit)
    return Page([RegistrationLine.of(row) for row in page], following)


@door.get("/registrations/<registration_id:uuid>", refusals=(RoleNeeded, NoSuchRegistration))
async def read_one(who: Caller, registration_id: UUID) -> MyRegistration:
    """一份登记的详情（证件号和电话脱敏）"""
    return MyRegistration.of(await registration.one_to_review(who, registration_id))


@door.post(
    "/registrations/<registration_id:uuid>/decision",
    limit=4096,
    refusals=(RoleNeeded, NoSuchRegistration, NotYourOwn, CityDecides, AlreadyDecided, ReasonNeeded),
)
async def decide(who: Caller, office: Office, registration_id: UUID, what: RegistrationDecision) -> RegistrationLine:
    """审核志愿者登记"""
    decision = VolunteerStatus(what.decision)
    row = await registration.decide(office, who, registration_id, decision, what.reason, version=what.version)
    return RegistrationLine.of(row)
