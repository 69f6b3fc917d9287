"""Who belongs where: my own memberships, and the people of a team for those who lead it."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities.caller import Caller
from capabilities.masks import mask_name, mask_phone
from capabilities.team import for_everyone as team_for_everyone
from capabilities.team import require_authority
from kit.paging import limit_of, row_of
from models.team import Membership, MembershipStatus
from models.volunteer import Volunteer, VolunteerStatus

# A member of the past who has erased the account.
ERASED = "已注销"


class MemberSearch(msgspec.Struct, forbid_unknown_fields=True):
    """Without a status: who belongs now."""

    status: MembershipStatus = MembershipStatus.ACTIVE
    cursor: str | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] | None = None


@dataclass
class MemberLine:
    """`phone` is masked; `name` too until the person has said yes to this team, by applying or by joining."""

    id: UUID
    membership: Membership
    name: str
    phone: str


async def my_memberships(who: Caller) -> list[Membership]:
    """Newest first, the past ones too."""
    return await Membership.filter(person_id=who.person_id).order_by("-id").select_related("team__unit")


async def members(who: Caller, team_id: UUID, asked: MemberSearch) -> list[MemberLine]:
    """One more than the page holds where there are more. Raises `NoSuchTeam`, `NotYourTeam` or `BadCursor`."""
    after = row_of(asked.cursor)
    await require_authority(who, await team_for_everyone(team_id))
    query = Membership.filter(team_id=team_id, status=asked.status)
    if after is not None:
        query = query.filter(id__gt=after)
    rows = await query.order_by("id").limit(limit_of(asked.limit) + 1)
    return await lines(rows)


async def lines(rows: list[Membership]) -> list[MemberLine]:
    people = await Volunteer.filter(person_id__in=[row.person_id for row in rows]).only(
        "id", "person_id", "status", "name", "phone"
    )
    known = {each.person_id: each for each in people}
    return [_line(row, known.get(row.person_id)) for row in rows]


def _line(row: Membership, volunteer: Volunteer | None) -> MemberLine:
    if volunteer is None or volunteer.status is VolunteerStatus.ERASED:
        return MemberLine(row.id, row, ERASED, "")
    name, phone = volunteer.name or "", volunteer.phone or ""
    # Whoever knows a volunteer's number can invite it: that must not tell whose it is.
    said_yes = row.status is not MembershipStatus.INVITED and row.status is not MembershipStatus.DECLINED
    return MemberLine(row.id, row, name if said_yes else mask_name(name), mask_phone(phone) if said_yes else "")
