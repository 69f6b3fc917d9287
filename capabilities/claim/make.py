"""A person whose ID number is taken asks for it, and loses nothing of what was typed."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta
from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q

from capabilities.caller import Caller
from capabilities.claim.refusals import ClaimOpen, ClaimsUsedUp, NothingToClaim
from capabilities.consent import require_consent
from capabilities.message import tell
from capabilities.office import Office
from capabilities.registration import (
    SAVED_ELSEWHERE,
    RegistrationFields,
    RegistrationForm,
    RegistrationIncomplete,
    RegistrationLocked,
    id_number_index,
    missing_fields,
    save,
)
from capabilities.transition import note
from models.claim import Claim, ClaimStatus
from models.consent import ConsentScope
from models.database import transaction
from models.message import MessageKind
from models.volunteer import Volunteer

# A claim and one appeal with new proof.
MOST = 2


class ClaimForm(RegistrationFields, forbid_unknown_fields=True, kw_only=True):
    """The fields of the registration, kept as its draft, and in `statement` why the number is the person's own."""

    statement: Annotated[str, Meta(min_length=2, max_length=500, pattern=r"\S")]


async def make(office: Office, who: Caller, form: ClaimForm) -> Claim:
    """Keep the form as a draft and hand the claim to the reviewers of both units.

    Raises `ConsentNeeded`, `RegistrationLocked`, `RegistrationIncomplete`, `NothingToClaim`, `ClaimOpen` or
    `ClaimsUsedUp`; from `NothingToClaim` on the draft is kept.
    """
    await require_consent(who.person_id, ConsentScope.POLICY, ConsentScope.ID_NUMBER)
    fields = {name: getattr(form, name) for name in RegistrationFields.__struct_fields__}
    draft = await save(office, who, RegistrationForm(**fields, submit=False))
    if missing := missing_fields(draft):
        raise RegistrationIncomplete(fields=missing)
    holder = await Volunteer.get_or_none(id_number_index=id_number_index(draft), id__not=draft.id)
    if holder is None:
        raise NothingToClaim
    claim = await _next_claim(who, draft, holder, form.statement.strip())
    return await _hand_in(office, claim, holder)


async def _next_claim(who: Caller, draft: Volunteer, holder: Volunteer, statement: str) -> Claim:
    index = id_number_index(draft)
    earlier = await Claim.filter(person_id=who.person_id, id_number_index=index)
    if len(earlier) >= MOST and not any(each.status is ClaimStatus.OPEN for each in earlier):
        raise ClaimsUsedUp
    return Claim(
        person_id=who.person_id,
        volunteer_id=holder.id,
        unit_id=draft.unit_id,
        id_number_index=index,
        attempt=min(len(earlier) + 1, MOST),
        status=ClaimStatus.OPEN,
        statement=statement,
    )


async def _hand_in(office: Office, claim: Claim, holder: Volunteer) -> Claim:
    claim.made_at = office.now()
    try:
        async with transaction():
            await _require_held(claim)
            await claim.save(force_create=True)
            await note("claim", claim.id, claim.person_id, None, claim.status, office.now())
            notice = "有人申请认领您名下的志愿者登记。如果不是您本人更换了微信账号，请尽快联系所在单位科协。"
            await tell_holder(office, holder.person_id, notice, f"claim:{claim.id}:made")
    except IntegrityError:
        # One open claim per person, and each attempt once: the one that stands was made a moment ago.
        raise ClaimOpen from None
    return claim


async def _require_held(claim: Claim) -> None:
    """Ask again under lock, claims first as everywhere: either side may let the number go at this very moment."""
    mine = Claim.filter(person_id=claim.person_id, status=ClaimStatus.OPEN)
    if await mine.order_by("id").select_for_update():
        raise ClaimOpen
    sides = Volunteer.filter(Q(id=claim.volunteer_id) | Q(person_id=claim.person_id))
    rows = {row.id: row for row in await sides.order_by("id").select_for_update()}
    held, draft = rows.pop(claim.volunteer_id), next(iter(rows.values()), None)
    if held.id_number_index != claim.id_number_index:
        raise NothingToClaim
    if draft is None or id_number_index(draft) != claim.id_number_index:
        raise RegistrationLocked(SAVED_ELSEWHERE)


async def tell_holder(office: Office, person_id: UUID, notice: str, key: str, reason: str = "") -> None:
    about = {"notice": notice, "reason": reason}
    await tell(office, person_id, MessageKind.CLAIM_ON_YOU, about=about, key=key)


async def mine(who: Caller) -> list[Claim]:
    return await Claim.filter(person_id=who.person_id).order_by("-id")


def may_ask_again(claim: Claim) -> bool:
    """Whether a refusal leaves one more try, with new proof."""
    return claim.status is ClaimStatus.REFUSED and claim.attempt < MOST
