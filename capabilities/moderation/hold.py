"""Take what waits before oneself, so that no two moderators read the same; let it go; or let it lapse."""

from datetime import datetime, timedelta
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from capabilities.caller import Caller
from capabilities.greeting import NoSuchGreeting
from capabilities.moderation.appeals import another_can, not_own_appeal
from capabilities.moderation.queue import Waiting, shown
from capabilities.office import Office
from models.greeting import Greeting, GreetingKind

HOLD = timedelta(minutes=15)
# In one call, and in all: nobody keeps the others from working.
MOST_AT_ONCE = 50
MOST_HELD = 100


async def hold(office: Office, who: Caller, count: int, kind: GreetingKind | None) -> list[Waiting]:
    """Take up to `count` more of what waits and is free, in the order of the queue, for a quarter of an hour."""
    who.require_moderator()
    now = office.now()
    wanted = min(count, MOST_HELD - await _mine(who.person_id, now).count())
    may = not_own_appeal(who.person_id) if await another_can(who.person_id, now) else Q()
    taken: list[UUID] = []
    while len(taken) < wanted:
        candidates = await _free(may, kind, now, wanted - len(taken))
        if not candidates:
            break
        taken += [row_id for row_id in candidates if await _take(row_id, who.person_id, now)]
    rows = await Greeting.filter(id__in=taken).order_by("rank", "id").prefetch_related("consents") if taken else []
    return await shown(office, rows)


async def _free(may: Q, kind: GreetingKind | None, now: datetime, count: int) -> list[UUID]:
    nobodys = Greeting.awaiting_a_person().filter(may, Greeting.free(now))
    if kind is not None:
        nobodys = nobodys.filter(kind=kind)
    found = await nobodys.order_by("rank", "id").limit(count).values_list("id", flat=True)
    return [UUID(str(each)) for each in found]


async def _take(greeting_id: UUID, person_id: UUID, now: datetime) -> bool:
    """One row, one statement: of two who want it the database lets one through."""
    free = Greeting.awaiting_a_person().filter(Greeting.free(now), id=greeting_id)
    return bool(await free.update(held_by_id=person_id, held_until=now + HOLD))


def _mine(person_id: UUID, now: datetime) -> QuerySet[Greeting]:
    return Greeting.awaiting_a_person().filter(held_by_id=person_id, held_until__gt=now)


async def held(office: Office, who: Caller) -> list[Waiting]:
    """What the caller has before them."""
    who.require_moderator()
    rows = await _mine(who.person_id, office.now()).order_by("rank", "id").prefetch_related("consents")
    return await shown(office, rows)


async def release(who: Caller, greeting_id: UUID | None = None) -> None:
    """Let one go, or all; what another holds stays theirs. Raises `NoSuchGreeting`."""
    who.require_moderator()
    mine = Greeting.filter(held_by_id=who.person_id)
    if greeting_id is not None:
        if not await Greeting.exists(id=greeting_id):
            raise NoSuchGreeting
        mine = mine.filter(id=greeting_id)
    await mine.update(held_by_id=None, held_until=None)
