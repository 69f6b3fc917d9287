"""Correct the own approved registration; review what others ask for."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities import correction
from capabilities.caller import Caller, RoleNeeded
from capabilities.consent import ConsentNeeded
from capabilities.correction import Asked, Change, CorrectionForm, NoSuchCorrection, NotCorrectable, NothingToCorrect
from capabilities.guardian import read
from capabilities.masks import mask_id_number, mask_name, mask_phone
from capabilities.office import Office
from capabilities.registration import (
    AlreadyDecided,
    IdNumberTaken,
    NoSuchRegistration,
    NotYourOwn,
    ReasonNeeded,
    RegistrationIncomplete,
)
from kit.paging import BadCursor
from miniapp_api.door import SAVING, Page, cut, door
from miniapp_api.registration import TAKEN_NUMBERS
from models.correction import Correction, CorrectionStatus


def _masked_guardian(text: str) -> str:
    guardian = read(text)
    return f"{mask_name(guardian.name)}（{guardian.relation}）{mask_phone(guardian.phone)}" if guardian else ""


Masks = Mapping[str, Callable[[str], str]]
# What the person and the reviewer of one case must compare in full is masked in lists only.
ONE: Masks = {"id_number": mask_id_number, "phone": mask_phone, "guardian": _masked_guardian}
LIST: Masks = {**ONE, "name": mask_name, "birth_date": lambda text: f"{text[:4]}-**-**"}


class ChangeShown(msgspec.Struct):
    field: str
    before: str | None
    after: str | None

    @classmethod
    def of(cls, change: Change, masks: Masks) -> "ChangeShown":
        mask = masks.get(change.field, str)
        return cls(change.field, *(mask(text) if text else None for text in (change.before, change.after)))


class CorrectionShown(msgspec.Struct):
    """`version` is the registration's: it goes back with the decision."""

    id: UUID
    registration_id: UUID
    status: CorrectionStatus
    name_masked: str
    volunteer_no: str | None
    unit_code: str | None
    changes: list[ChangeShown]
    reason: str
    asked_at: datetime
    decided_at: datetime | None
    decision_reason: str | None
    version: int

    @classmethod
    async def of(cls, row: Correction, masks: Masks) -> "CorrectionShown":
        return cls(
            id=row.id,
            registration_id=row.volunteer_id,
            status=row.status,
            name_masked=mask_name(row.volunteer.name or ""),
            volunteer_no=row.volunteer.volunteer_no,
            unit_code=row.volunteer.unit.code if row.volunteer.unit else None,
            changes=[ChangeShown.of(each, masks) for each in await correction.changes_of(row)],
            reason=row.reason,
            asked_at=row.asked_at,
            decided_at=row.decided_at,
            decision_reason=row.decision_reason,
            version=row.volunteer.version,
        )

    @classmethod
    async def all_of(cls, rows: "list[Correction]", masks: Masks) -> "list[CorrectionShown]":
        return [await cls.of(row, masks) for row in rows]


class AskedShown(msgspec.Struct):
    """`applied` names the fields that changed at once; `correction` waits for the reviewers, or is null."""

    applied: list[str]
    correction: CorrectionShown | None

    @classmethod
    async def of(cls, asked: Asked) -> "AskedShown":
        waiting = await CorrectionShown.of(asked.correction, ONE) if asked.correction else None
        return cls(list(asked.applied), waiting)


class CorrectionSearch(msgspec.Struct, forbid_unknown_fields=True):
    status: CorrectionStatus = CorrectionStatus.OPEN
    cursor: str | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] | None = None


class CorrectionDecision(msgspec.Struct, forbid_unknown_fields=True):
    decision: Literal["approved", "refused"]
    reason: Annotated[str, Meta(max_length=300)] | None = None
    version: Annotated[int, Meta(ge=1, le=2**31 - 1)] | None = None


@door.post(
    "/me/volunteer/corrections",
    refusals=(
        ConsentNeeded,
        NoSuchRegistration,
        NotCorrectable,
        RegistrationIncomplete,
        NothingToCorrect,
        IdNumberTaken,
        AlreadyDecided,
    ),
    pace=(SAVING, TAKEN_NUMBERS),
)
async def ask(who: Caller, office: Office, what: CorrectionForm) -> AskedShown:
    """更正已通过的登记：技能、单位等即时生效，法定信息由单位审核"""
    return await AskedShown.of(await correction.ask(office, who, what))


@door.get("/me/volunteer/corrections")
async def list_mine(who: Caller) -> list[CorrectionShown]:
    """我的更正申请"""
    return await CorrectionShown.all_of(await correction.mine(who), ONE)


@door.get("/corrections", refusals=(RoleNeeded, BadCursor))
async def list_to_review(who: Caller, asked: CorrectionSearch) -> Page[CorrectionShown]:
    """本单位及下级单位的更正申请（脱敏对照）"""
    rows = await correction.to_review(who, status=asked.status, cursor=asked.cursor, limit=asked.limit)
    page, following = cut(rows, asked.limit)
    return Page(await CorrectionShown.all_of(list(page), LIST), following)


@door.get("/corrections/<correction_id:uuid>", refusals=(RoleNeeded, NoSuchCorrection))
async def read_one(who: Caller, correction_id: UUID) -> CorrectionShown:
    """一条更正申请的对照（证件号和电话脱敏）"""
    return await CorrectionShown.of(await correction.one_to_review(who, correction_id), ONE)


@door.post(
    "/corrections/<correction_id:uuid>/decision",
    limit=4096,
    refusals=(RoleNeeded, NoSuchCorrection, NotYourOwn, ReasonNeeded, IdNumberTaken, AlreadyDecided),
)
async def decide(who: Caller, office: Office, correction_id: UUID, what: CorrectionDecision) -> CorrectionShown:
    """审核一条更正申请"""
    decision = CorrectionStatus(what.decision)
    row = await correction.decide(office, who, correction_id, decision, what.reason, version=what.version)
    return await CorrectionShown.of(row, ONE)
