"""What the reviewers see of a claim: both sides, and where they agree, without either's number."""

from dataclasses import dataclass
from uuid import UUID

from capabilities.caller import Caller
from capabilities.claim.refusals import NoSuchClaim
from kit.paging import limit_of, row_of
from models.claim import Claim, ClaimStatus
from models.volunteer import Volunteer

_WITH = ("volunteer__unit", "volunteer__person", "unit", "person")


@dataclass
class Sides:
    """`draft` is the claimant's own registration; None once it has become one with the claimed."""

    id: UUID
    claim: Claim
    draft: Volunteer | None

    @property
    def agreeing(self) -> tuple[str, ...]:
        """The fields in which both sides say the same: for a reviewer, and for nobody else."""
        if self.draft is None:
            return ()
        names = ("name", "sex", "birth_date", "phone", "workplace")
        pairs = {name: (getattr(self.draft, name), getattr(self.claim.volunteer, name)) for name in names}
        return tuple(name for name, (one, other) in pairs.items() if one and one == other)


async def to_review(who: Caller, *, status: ClaimStatus, cursor: str | None, limit: int | None) -> list[Sides]:
    """Claims by or on people of the caller's units, oldest first; one more than the page holds."""
    query = Claim.filter(who.scope("volunteer__unit__path") | who.scope("unit__path"), status=status)
    after = row_of(cursor)
    if after is not None:
        query = query.filter(id__gt=after)
    rows = await query.select_related(*_WITH).order_by("id").limit(limit_of(limit) + 1)
    return await _sides(rows)


async def one_to_review(who: Caller, claim_id: UUID) -> Sides:
    scope = who.scope("volunteer__unit__path") | who.scope("unit__path")
    row = await Claim.get_or_none(scope, id=claim_id).select_related(*_WITH)
    if row is None:
        raise NoSuchClaim
    return (await _sides([row]))[0]


async def _sides(rows: list[Claim]) -> list[Sides]:
    people = [row.person_id for row in rows]
    drafts = {each.person_id: each for each in await Volunteer.filter(person_id__in=people).select_related("unit")}
    return [Sides(row.id, row, _own(drafts.get(row.person_id), row)) for row in rows]


def _own(draft: Volunteer | None, claim: Claim) -> Volunteer | None:
    return None if draft is None or draft.id == claim.volunteer_id else draft
