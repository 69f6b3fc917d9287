"""Find greetings: one's own, and those on the wall."""

from uuid import UUID

from capabilities.caller import Caller
from capabilities.greeting.refusals import NoSuchGreeting
from kit.paging import limit_of, row_of
from models.greeting import Greeting


async def mine(who: Caller) -> list[Greeting]:
    return await Greeting.filter(person_id=who.person_id).order_by("-id").prefetch_related("consents")


async def one_of(who: Caller, greeting_id: UUID) -> Greeting:
    """Raises `NoSuchGreeting` for another's too."""
    greeting = await Greeting.get_or_none(id=greeting_id, person_id=who.person_id)
    if greeting is None:
        raise NoSuchGreeting
    return greeting


async def wall(*, cursor: str | None, limit: int | None) -> list[Greeting]:
    """Newest first; one more than the page holds where there are more."""
    query = Greeting.on_the_wall()
    before = row_of(cursor)
    if before is not None:
        query = query.filter(id__lt=before)
    return await query.order_by("-id").limit(limit_of(limit) + 1)
