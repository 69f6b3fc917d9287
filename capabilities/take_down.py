"""Take down (撤下): every copy of what may no longer be shown, ours at once, others by a person within three days."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from capabilities.caller import Caller
from capabilities.office import Office
from capabilities.transition import note
from kit.clock import LOCAL
from kit.errors import Conflict, Invalid, NotFound
from kit.paging import limit_of, row_of
from kit.working_days import add_working_days
from models.database import transaction
from models.greeting import Channel, ChannelConsent, Greeting, GreetingStatus
from models.placement import Copy, Placement, TakeDown, TakeDownReason, TakeDownState
from models.transition import Transition

# As the texts of the consents promise.
WORKING_DAYS = 3
BY_THE_SYSTEM = "系统已停止展示"


class NoSuchTakeDown(NotFound):
    words = "没有找到这项撤下任务。"


class TakeDownSettled(Conflict):
    """Somebody has written down already what became of it."""

    words = "这项撤下任务已有结果，请刷新后查看。"


class HowNeeded(Invalid):
    words = "请说明如何撤下，或为什么无法撤下。"


async def order_take_downs(
    greeting_ids: Collection[UUID],
    reason: TakeDownReason,
    actor_id: UUID | None,
    now: datetime,
    *,
    channels: Collection[Channel] | None = None,
) -> None:
    """Order every copy down that nobody was told to take down yet; call it under the greetings' locks."""
    query = Copy.standing(list(greeting_ids))
    if channels is not None:
        query = query.filter(placement__channel__in=list(channels))
    for copy in await query.order_by("id").select_related("placement"):
        task = await TakeDown.create(copy=copy, reason=reason, ordered_at=now, due_on=due_on(now), **_begun(copy, now))
        await note("take_down", task.id, actor_id, None, task.state, now, reason)


def due_on(now: datetime) -> date:
    return add_working_days(now.astimezone(LOCAL).date(), WORKING_DAYS)


def _begun(copy: Copy, now: datetime) -> dict[str, Any]:
    if copy.placement.needs_person:
        return {"state": TakeDownState.TO_DO}
    return {"state": TakeDownState.DONE, "settled_at": now, "how": BY_THE_SYSTEM}


async def listed(who: Caller, *, state: TakeDownState | None, cursor: str | None, limit: int | None) -> list[TakeDown]:
    """For organizers, oldest first; one more than the page holds where there are more."""
    who.require_organizer()
    query = TakeDown.all() if state is None else TakeDown.filter(state=state)
    after = row_of(cursor)
    if after is not None:
        query = query.filter(id__gt=after)
    return await query.order_by("id").limit(limit_of(limit) + 1).select_related("copy__placement")


async def settle(office: Office, who: Caller, take_down_id: UUID, state: TakeDownState, how: str) -> TakeDown:
    """Write down what became of it. Raises `NoSuchTakeDown`, `HowNeeded` or `TakeDownSettled`."""
    who.require_organizer()
    if not how.strip():
        raise HowNeeded(fields={"how": HowNeeded.words})
    if not await TakeDown.exists(id=take_down_id):
        raise NoSuchTakeDown
    now = office.now()
    async with transaction():
        to_do = TakeDown.filter(id=take_down_id, state=TakeDownState.TO_DO)
        if not await to_do.update(state=state, how=how.strip(), settled_by_id=who.person_id, settled_at=now):
            raise TakeDownSettled
        await note("take_down", take_down_id, who.person_id, TakeDownState.TO_DO, state, now)
    return await TakeDown.get(id=take_down_id).select_related("copy__placement")


@dataclass(frozen=True)
class Place:
    """One place that shows or showed a greeting; the wall has no placement. No `task` while it may stand there."""

    channel: Channel
    placement: Placement | None = None
    task: TakeDown | None = None
    is_gone: bool = False


async def places_of(greeting: Greeting, now: datetime) -> list[Place]:
    """Every place that a greeting came to, the wall first: whether it is gone from there, or who must act by when."""
    copies = await Copy.filter(greeting_id=greeting.id).order_by("id").select_related("placement")
    tasks = {each.copy_id: each for each in await TakeDown.filter(copy_id__in=[copy.id for copy in copies])}
    places = [Place(copy.placement.channel, copy.placement, tasks.get(copy.id)) for copy in copies]
    return await _wall(greeting, now) + places


async def _wall(greeting: Greeting, now: datetime) -> list[Place]:
    """The wall where it stands there, or stood there once: accepted, and with a consent to it."""
    if await Greeting.showable(Channel.WALL, now.astimezone(LOCAL).date()).filter(id=greeting.id).exists():
        return [Place(Channel.WALL)]
    was_accepted = Transition.filter(subject="greeting", subject_id=greeting.id, after=GreetingStatus.ACCEPTED.value)
    was_agreed = ChannelConsent.filter(greeting_id=greeting.id, channel=Channel.WALL)
    return [Place(Channel.WALL, is_gone=True)] if await was_agreed.exists() and await was_accepted.exists() else []
