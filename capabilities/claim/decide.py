"""Decide a claim: the registration goes over, the number is separated, or the claim is refused."""

from typing import Any, Literal
from uuid import UUID

from capabilities.caller import Caller
from capabilities.claim.make import tell_holder
from capabilities.claim.refusals import ClaimDecided, ClaimReasonNeeded
from capabilities.claim.review import Sides, one_to_review
from capabilities.claim.transfer import hand_over
from capabilities.message import tell
from capabilities.office import Office
from capabilities.registration import NotYourOwn
from capabilities.transition import note
from models.claim import Claim, ClaimStatus
from models.database import transaction
from models.message import MessageKind
from models.volunteer import Volunteer, VolunteerStatus

Decision = Literal["transfer", "separate", "refused"]
AFTER = {
    "transfer": ClaimStatus.TRANSFERRED,
    "separate": ClaimStatus.SEPARATED,
    "refused": ClaimStatus.REFUSED,
}
# What both sides are told; the reason goes with it, and neither side's name does.
_TO_CLAIMANT = {
    "transfer": ("已通过", "登记已转入您的账号。"),
    "separate": ("已核实", "请重新提交您的登记表。"),
    "refused": ("未通过", ""),
}
# At a transfer the holder's account is closed and reads nothing any more: they were warned when the claim was made.
_TO_HOLDER = {
    "separate": "您登记的证件号码经核实有误，请更正后重新提交登记表。",
    "refused": "对您名下登记的认领申请未通过，您的登记不受影响。",
}
# Where the number was only held, and nothing is to be handed in anew.
_RESTING = (VolunteerStatus.REJECTED, VolunteerStatus.WITHDRAWN)


async def decide(office: Office, who: Caller, claim_id: UUID, decision: Decision, reason: str) -> Sides:
    """Once, by somebody who is neither side; what touches the claimed registration, by who organizes its unit.

    Raises `NoSuchClaim`, `NotYourOwn`, `NotYourUnit`, `ClaimReasonNeeded`, `ClaimantRegistered`,
    `HoldsLastCityAdmin` or `ClaimDecided`.
    """
    sides, reason = await one_to_review(who, claim_id), reason.strip()
    claim, holder = sides.claim, sides.claim.volunteer
    if who.person_id in (claim.person_id, holder.person_id):
        raise NotYourOwn
    if decision != "refused":
        who.require_organizer_of(holder.unit.path if holder.unit else "")
    if not reason:
        raise ClaimReasonNeeded(fields={"reason": ClaimReasonNeeded.words})
    was_held_by = holder.person_id
    async with transaction():
        await _close(office, who, claim, AFTER[decision], reason)
        if decision == "transfer":
            await hand_over(office, who, claim, reason)
        elif decision == "separate":
            await _separate(office, who, claim, reason)
        await _tell_both(office, claim, was_held_by, decision, reason)
    return await one_to_review(who, claim_id)


async def _close(office: Office, who: Caller, claim: Claim, after: ClaimStatus, reason: str) -> None:
    now = office.now()
    read = Claim.filter(id=claim.id, status=ClaimStatus.OPEN)
    if not await read.update(status=after, decided_by_id=who.person_id, decided_at=now, reason=reason):
        raise ClaimDecided
    await note("claim", claim.id, who.person_id, claim.status, after, now, reason)


async def _separate(office: Office, who: Caller, claim: Claim, reason: str) -> None:
    """Take the number out of the earlier registration: it was a slip there, and its owner writes the right one."""
    holder, now = claim.volunteer, office.now()
    rests = holder.status in _RESTING
    after = holder.status if rests else VolunteerStatus.RETURNED
    read = Volunteer.filter(id=holder.id, status=holder.status, version=holder.version)
    # It may have let the number go meanwhile, and what it holds now was claimed by nobody.
    read = read.filter(id_number_index=claim.id_number_index)
    changes: dict[str, Any] = {"status": after, "changed_at": now, "id_number": None, "id_number_index": None}
    if not rests:
        changes["return_reason"] = reason
    if not await read.update(**changes, version=holder.version + 1):
        raise ClaimDecided
    await note("volunteer", holder.id, who.person_id, holder.status, after, now, reason)


async def _tell_both(office: Office, claim: Claim, holder_id: UUID, decision: Decision, reason: str) -> None:
    outcome, what_next = _TO_CLAIMANT[decision]
    about = {"outcome": outcome, "reason": what_next + reason}
    key = f"claim:{claim.id}:decided"
    await tell(office, claim.person_id, MessageKind.CLAIM_DECIDED, about=about, key=key)
    if decision in _TO_HOLDER:
        await tell_holder(office, holder_id, _TO_HOLDER[decision], key, reason)
