"""A claim ends (了结) without a reviewer: its number is held no more, or its claimant takes it back."""

from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q

from capabilities.claim.make import tell_holder
from capabilities.message import tell
from capabilities.office import Office
from capabilities.transition import note
from models.claim import Claim, ClaimStatus
from models.message import MessageKind

# The claimant is not told why: that somebody left or withdrew is for nobody else.
FREE = "该证件号码现已无人登记，请直接提交您的登记表。"
TAKEN_BACK = "对您名下登记的认领申请已撤销，您的登记不受影响。"
WITHDRAWN = "withdrawn"


async def hold_claims_of(person_id: UUID) -> None:
    """Lock what is open by this person and on their registration: before all else, as a decision does."""
    found = Claim.filter(Q(person_id=person_id) | Q(volunteer__person_id=person_id), status=ClaimStatus.OPEN)
    ids = await found.values_list("id", flat=True)
    # By ids, since a lock over the join would hold the registrations too.
    await Claim.filter(id__in=list(ids)).order_by("id").select_for_update().only("id")


async def end_claims_on(office: Office, person_id: UUID, now: datetime) -> None:
    """In the transaction in which this person's registration lets its number go: the claimants may simply hand in."""
    open_ones = Claim.filter(volunteer__person_id=person_id, person_id__not=person_id, status=ClaimStatus.OPEN)
    for claim in await open_ones.order_by("id"):
        after = ClaimStatus.SEPARATED
        still_open = Claim.filter(id=claim.id, status=ClaimStatus.OPEN)
        # Decided by the holder: who goes gives the number up by their own hand.
        if not await still_open.update(status=after, decided_by_id=person_id, decided_at=now, reason=FREE):
            continue
        await note("claim", claim.id, person_id, claim.status, after, now, FREE)
        about = {"outcome": "已了结", "reason": FREE}
        await tell(office, claim.person_id, MessageKind.CLAIM_DECIDED, about=about, key=f"claim:{claim.id}:decided")


async def forget_number_in_claims_on(person_id: UUID) -> None:
    """Of whoever is erased no index of the number is kept, by which a claim would still lead from it to them."""
    for claim in await Claim.filter(volunteer__person_id=person_id).order_by("id").only("id"):
        # No number has such an index; unlike an empty one it leaves the claimant's attempts apart.
        await Claim.filter(id=claim.id).update(id_number_index=f"ended:{claim.id.hex}")


async def take_back_claims(office: Office, person_id: UUID, now: datetime) -> None:
    """Tell whose registrations the open ones are on, since they were warned. The rows are the caller's to remove."""
    open_ones = Claim.filter(person_id=person_id, status=ClaimStatus.OPEN)
    for claim in await open_ones.order_by("id").select_related("volunteer"):
        await note("claim", claim.id, claim.person_id, claim.status, WITHDRAWN, now)
        await tell_holder(office, claim.volunteer.person_id, TAKEN_BACK, f"claim:{claim.id}:withdrawn")
