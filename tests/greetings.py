"""Greetings and suggestions as people write them, and what became of them."""

from datetime import date
from typing import Any

from capabilities import greeting, moderation
from capabilities.greeting import GreetingWords, Guardian, NewGreeting
from capabilities.moderation import Decision
from capabilities.office import Office
from models.greeting import Byline, Channel, ChannelConsent, Greeting, GreetingKind, GreetingStatus, GreetingText
from models.transition import Transition
from tests.cast import Cast, Someone

TODAY = date(2019, 5, 30)
PARENT = Guardian("乌兰", "母亲", "13900000000")


def new(text: str = "祝福祖国", **more: Any) -> NewGreeting:
    standard: dict[str, Any] = {"topic": "motherland", "byline": Byline.ANONYMOUS, "is_over_14": True}
    return NewGreeting(text=text, **standard | {"channels": [Channel.WALL]} | more)


def words(text: str = "祝福家乡", **more: Any) -> GreetingWords:
    standard: dict[str, Any] = {"topic": "hometown", "byline": Byline.ANONYMOUS, "is_over_14": True}
    return GreetingWords(text=text, **standard | {"channels": [Channel.WALL]} | more)


def suggestion(**more: Any) -> NewGreeting:
    return new("多设几个停车位", **{"kind": GreetingKind.SUGGESTION, "topic": "events", "channels": []} | more)


async def on_the_wall() -> list[str]:
    return [each.text for each in await greeting.wall(today=TODAY, cursor=None, limit=None)]


async def written() -> tuple[int, int, int, int]:
    """How many rows of each table that a greeting touches there are."""
    counts = [await table.all().count() for table in (Greeting, GreetingText, ChannelConsent, Transition)]
    return counts[0], counts[1], counts[2], counts[3]


async def steps_of(row: Greeting) -> list[tuple[str | None, str]]:
    return [(each.before, each.after) for each in await Transition.filter(subject_id=row.id).order_by("id")]


async def accept(
    office: Office, cast: Cast, row: Greeting, version: int | None = None, *, moderator: Someone | None = None
) -> Greeting:
    who = await (moderator or await cast.moderator()).caller()
    await moderation.decide(office, who, row.id, Decision(GreetingStatus.ACCEPTED), version=version)
    return await Greeting.get(id=row.id)
