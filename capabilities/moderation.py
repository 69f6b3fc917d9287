"""Moderate (审核): a person accepts, sends back or refuses what people wrote. No machine accepts anything."""

from datetime import datetime
from uuid import UUID

from capabilities.caller import Caller
from capabilities.greeting import NoSuchGreeting
from capabilities.office import Office
from capabilities.transition import note
from kit.errors import Conflict, Invalid
from kit.paging import limit_of, row_of
from models.code_list import codes
from models.database import transaction
from models.greeting import Greeting, GreetingKind, GreetingStatus

DECISIONS = (GreetingStatus.ACCEPTED, GreetingStatus.RETURNED, GreetingStatus.REJECTED)


class AlreadyModerated(Conflict):
    """Somebody else decided first, or the sender changed or withdrew it."""

    words = "这条内容已被处理或已被作者修改，请刷新后查看。"


class ReasonCodeNeeded(Invalid):
    words = "请从列表中选择理由。"


async def waiting(who: Caller, *, kind: GreetingKind | None, cursor: str | None, limit: int | None) -> list[Greeting]:
    """What waits for a person, oldest first; one more than the page holds where there are more."""
    who.require_moderator()
    query = Greeting.awaiting_a_person()
    if kind is not None:
        query = query.filter(kind=kind)
    after = row_of(cursor)
    if after is not None:
        query = query.filter(id__gt=after)
    return await query.order_by("id").limit(limit_of(limit) + 1).prefetch_related("consents")


async def decide(
    office: Office,
    who: Caller,
    greeting_id: UUID,
    decision: GreetingStatus,
    *,
    version: int | None,
    reason_code: str | None,
    reason_note: str | None,
) -> Greeting:
    """The decision holds for the version that the moderator read (`version`; None means the present one).

    Raises `NoSuchGreeting`, `ReasonCodeNeeded` or `AlreadyModerated`.
    """
    who.require_moderator()
    greeting = await Greeting.get_or_none(id=greeting_id)
    if greeting is None:
        raise NoSuchGreeting
    read = greeting.version if version is None else version
    await _decide_once(
        greeting, decision, read, _reason(decision, reason_code), reason_note, who.person_id, office.now()
    )
    return await Greeting.get(id=greeting_id).prefetch_related("consents")


def _reason(decision: GreetingStatus, code: str | None) -> str | None:
    """An acceptance needs none; everything else says why."""
    if code is None and decision is GreetingStatus.ACCEPTED:
        return None
    if code not in codes("moderation_reason"):
        raise ReasonCodeNeeded(fields={"reason_code": ReasonCodeNeeded.words})
    return code


async def _decide_once(
    greeting: Greeting,
    decision: GreetingStatus,
    version: int,
    reason_code: str | None,
    reason_note: str | None,
    moderator_id: UUID,
    now: datetime,
) -> None:
    async with transaction():
        decided = await Greeting.filter(id=greeting.id, version=version, status=GreetingStatus.PENDING_REVIEW).update(
            status=decision,
            decided_by_id=moderator_id,
            decided_at=now,
            reason_code=reason_code,
            reason_note=reason_note,
        )
        if not decided:
            raise AlreadyModerated
        await note("greeting", greeting.id, moderator_id, GreetingStatus.PENDING_REVIEW, decision, now, reason_code)
