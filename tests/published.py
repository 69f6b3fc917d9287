"""Greetings on their way out: written, accepted by one person, chosen by another, placed in an outlet."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from capabilities import greeting, placement
from capabilities.greeting import NewGreeting
from capabilities.office import Office
from capabilities.placement import NewPlacement
from models.greeting import Byline, Channel, Greeting
from models.placement import Placement
from tests.cast import Cast, Someone
from tests.greetings import TODAY, accept


def words(
    text: str = "祝福祖国", *, channels: Sequence[Channel] = (Channel.WALL, Channel.TV), **more: Any
) -> NewGreeting:
    standard: dict[str, Any] = {"topic": "motherland", "byline": Byline.ANONYMOUS, "is_over_14": True}
    return NewGreeting(text=text, **standard | {"channels": list(channels)} | more)


async def accepted(office: Office, cast: Cast, writer: Someone, what: NewGreeting | None = None) -> Greeting:
    left = await greeting.leave(office, await writer.caller(), what or words())
    return await accept(office, cast, left)


def appearance(*ids: UUID, channel: Channel = Channel.TV, **more: Any) -> NewPlacement:
    standard: dict[str, Any] = {"outlet": "呼和浩特电视台", "title": "祝福科技工作者", "published_on": TODAY}
    return NewPlacement(greeting_ids=list(ids), channel=channel, **standard | more)


async def placed(
    office: Office, city: Someone, *rows: Greeting, channel: Channel = Channel.TV, **more: Any
) -> Placement:
    """Chosen for the channel where it is not yet, and placed there."""
    who = await city.caller()
    for row in rows:
        if not await row.selections.filter(channel=channel, ended_at=None).exists():
            await placement.select(office, who, row.id, channel)
    return await placement.place(office, who, appearance(*(row.id for row in rows), channel=channel, **more))
