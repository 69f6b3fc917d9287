"""Find greetings: one's own, and those on the wall."""

from datetime import date
from uuid import UUID

from capabilities.caller import Caller
from capabilities.greeting.refusals import NoSuchGreeting
from capabilities.office import Office
from capabilities.take_down import Place, places_of
from kit.paging import limit_of, row_of
from models.greeting import Channel, Greeting


async def mine(who: Caller) -> list[Greeting]:
    return await Greeting.filter(person_id=who.person_id).order_by("-id").prefetch_related("consents")


async def one_of(who: Caller, greeting_id: UUID) -> Greeting:
    """Raises `NoSuchGreeting` for another's too."""
    greeting = await Greeting.get_or_none(id=greeting_id, person_id=who.person_id)
    if greeting is None:
        raise NoSuchGreeting
    return greeting


async def places(office: Office, who: Caller, greeting_id: UUID) -> list[Place]:
    """Where one's own greeting stands or stood. Raises `NoSuchGreeting` for another's too."""
    return await places_of(await one_of(who, greeting_id), office.now())


async def wall(*, today: date, cursor: str | None, limit: int | None) -> list[Greeting]:
    """Newest first; one more than the page holds where there are more."""
    query = Greeting.showable(Channel.WALL, today)
    before = row_of(cursor)
    if before is not None:
        query = query.filter(id__lt=before)
    return await query.order_by("-id").limit(limit_of(limit) + 1).prefetch_related("consents")
