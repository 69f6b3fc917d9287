"""The log of decisions, for who looks after the moderators: what was decided, when, by which id, why; no words."""

from tortoise.expressions import Q

from capabilities.caller import Caller, RoleNeeded
from capabilities.greeting import SUBJECT
from capabilities.moderation.decide import DECISIONS
from kit.paging import limit_of, row_of
from models.greeting import STANDING, GreetingStatus
from models.role import RoleName
from models.transition import Transition


async def decisions(who: Caller, *, cursor: str | None, limit: int | None) -> list[Transition]:
    """Newest first, the machine's refusals among them (without an actor); one more than the page holds."""
    if not who.holds(RoleName.AUDITOR, RoleName.CITY_ADMIN):
        raise RoleNeeded
    decided = Q(after__in=[each.value for each in DECISIONS])
    reopened = Q(before__in=[each.value for each in STANDING], after=GreetingStatus.PENDING_REVIEW.value)
    query = Transition.filter(decided | reopened, subject=SUBJECT)
    before = row_of(cursor)
    if before is not None:
        query = query.filter(id__lt=before)
    return await query.order_by("-id").limit(limit_of(limit) + 1)
