"""Claim an ID number that is taken; review such claims."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities import claim
from capabilities.caller import Caller, NotYourUnit, RoleNeeded
from capabilities.claim import (
    ClaimantRegistered,
    ClaimDecided,
    ClaimForm,
    ClaimOpen,
    ClaimReasonNeeded,
    ClaimsUsedUp,
    Decision,
    HoldsLastCityAdmin,
    NoSuchClaim,
    NothingToClaim,
    Sides,
)
from capabilities.consent import ConsentNeeded
from capabilities.masks import mask_id_number, mask_name, mask_phone
from capabilities.office import Office
from capabilities.registration import NotYourOwn, RegistrationIncomplete, RegistrationLocked
from kit.paging import BadCursor
from miniapp_api.door import GUESSING, Page, cut, door
from models.claim import Claim, ClaimStatus
from models.volunteer import Volunteer, VolunteerStatus


class MyClaim(msgspec.Struct):
    """The own claim; of the other side it says nothing. `may_ask_again`: one appeal, with new proof, is left."""

    id: UUID
    status: ClaimStatus
    statement: str
    reason: str | None
    made_at: datetime
    decided_at: datetime | None
    may_ask_again: bool

    @classmethod
    def of(cls, row: Claim) -> "MyClaim":
        again = claim.may_ask_again(row)
        return cls(row.id, row.status, row.statement, row.reason, row.made_at, row.decided_at, again)


class SideShown(msgspec.Struct):
    """One of the two registrations, masked."""

    registration_id: UUID
    status: VolunteerStatus
    name_masked: str
    id_number_masked: str
    phone_masked: str
    birth_year: int | None
    unit_code: str | None
    volunteer_no: str | None
    submitted_at: datetime | None

    @classmethod
    def of(cls, row: Volunteer) -> "SideShown":
        return cls(
            registration_id=row.id,
            status=row.status,
            name_masked=mask_name(row.name or ""),
            id_number_masked=mask_id_number(row.id_number or ""),
            phone_masked=mask_phone(row.phone or ""),
            birth_year=row.birth_year,
            unit_code=row.unit.code if row.unit else None,
            volunteer_no=row.volunteer_no,
            submitted_at=row.submitted_at,
        )


class ClaimShown(msgspec.Struct):
    """`agreeing` names the fields in which both sides say the same. After a transfer there is one side only."""

    id: UUID
    status: ClaimStatus
    attempt: int
    statement: str
    is_claimants_phone_verified: bool
    claimant: SideShown | None
    existing: SideShown
    agreeing: list[str]
    made_at: datetime
    decided_at: datetime | None
    reason: str | None

    @classmethod
    def of(cls, sides: Sides) -> "ClaimShown":
        row, draft = sides.claim, sides.draft
        return cls(
            id=row.id,
            status=row.status,
            attempt=row.attempt,
            statement=row.statement,
            is_claimants_phone_verified=row.person.phone_verified_at is not None,
            claimant=SideShown.of(draft) if draft else None,
            existing=SideShown.of(row.volunteer),
            agreeing=list(sides.agreeing),
            made_at=row.made_at,
            decided_at=row.decided_at,
            reason=row.reason,
        )


class ClaimSearch(msgspec.Struct, forbid_unknown_fields=True):
    status: ClaimStatus = ClaimStatus.OPEN
    cursor: str | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] | None = None


class ClaimDecision(msgspec.Struct, forbid_unknown_fields=True):
    """`transfer`: the registration goes over to the claimant. `separate`: the number was a slip in the earlier one."""

    decision: Decision
    reason: Annotated[str, Meta(max_length=300)]


@door.post(
    "/me/claims",
    status=201,
    refusals=(
        ConsentNeeded,
        RegistrationLocked,
        RegistrationIncomplete,
        NothingToClaim,
        ClaimOpen,
        ClaimsUsedUp,
    ),
    # Whether a number is taken could be found by trying.
    pace=GUESSING,
)
async def make(who: Caller, office: Office, what: ClaimForm) -> MyClaim:
    """证件号码已被登记时申请认领；填写的内容存为草稿"""
    return MyClaim.of(await claim.make(office, who, what))


@door.get("/me/claims")
async def list_mine(who: Caller) -> list[MyClaim]:
    """我的认领申请"""
    return [MyClaim.of(row) for row in await claim.mine(who)]


@door.get("/claims", refusals=(RoleNeeded, BadCursor))
async def list_to_review(who: Caller, asked: ClaimSearch) -> Page[ClaimShown]:
    """涉及本单位及下级单位的认领申请（双方脱敏）"""
    rows = await claim.to_review(who, status=asked.status, cursor=asked.cursor, limit=asked.limit)
    page, following = cut(rows, asked.limit)
    return Page([ClaimShown.of(row) for row in page], following)


@door.get("/claims/<claim_id:uuid>", refusals=(RoleNeeded, NoSuchClaim))
async def read_one(who: Caller, claim_id: UUID) -> ClaimShown:
    """一条认领申请（双方脱敏）"""
    return ClaimShown.of(await claim.one_to_review(who, claim_id))


@door.post(
    "/claims/<claim_id:uuid>/decision",
    limit=4096,
    refusals=(
        RoleNeeded,
        NotYourUnit,
        NoSuchClaim,
        NotYourOwn,
        ClaimReasonNeeded,
        ClaimantRegistered,
        HoldsLastCityAdmin,
        ClaimDecided,
    ),
)
async def decide(who: Caller, office: Office, claim_id: UUID, what: ClaimDecision) -> ClaimShown:
    """处理认领申请：转入、分开登记或不予通过"""
    return ClaimShown.of(await claim.decide(office, who, claim_id, what.decision, what.reason))
