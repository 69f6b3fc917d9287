"""Twenty moderators reach for two hundred greetings at once: nobody reads what another reads."""

import asyncio
import random
from collections import Counter
from uuid import UUID

import pytest

from capabilities import moderation
from capabilities.moderation import Decision
from capabilities.office import Office
from models.campaign import Campaign
from models.greeting import Byline, Greeting, GreetingKind, GreetingStatus
from models.transition import Transition
from tests.cast import Cast, Someone

MODERATORS, WAITING, EACH = 20, 200, 10


@pytest.fixture
async def waiting(office: Office, cast: Cast) -> list[UUID]:
    writer = await cast.scientist()
    campaign = await Campaign.current()
    rows = [
        Greeting(
            campaign=campaign,
            person_id=writer.id,
            kind=GreetingKind.GREETING,
            status=GreetingStatus.PENDING_REVIEW,
            topic="motherland",
            text=f"祝福{number}",
            byline=Byline.ANONYMOUS,
            is_over_14=True,
            submitted_at=office.now(),
            rank=random.choice((0, 3)),
        )
        for number in range(WAITING)
    ]
    await Greeting.bulk_create(rows)
    return [row.id for row in rows]


@pytest.fixture
async def moderators(cast: Cast) -> list[Someone]:
    return [await cast.moderator() for _ in range(MODERATORS)]


class TestHold:
    async def test_gives_each_to_exactly_one(
        self, office: Office, beside: Office, waiting: list[UUID], moderators: list[Someone]
    ) -> None:
        callers = [await each.caller() for each in moderators]
        taken = await asyncio.gather(
            *(moderation.hold(random.choice((office, beside)), who, EACH, None) for who in callers)
        )
        counted = Counter(each.id for mine in taken for each in mine)
        assert counted == Counter(waiting)
        assert {len(mine) for mine in taken} == {EACH}
        for who, mine in zip(callers, taken, strict=True):
            held = {each.id for each in await Greeting.filter(held_by_id=who.person_id)}
            assert held == {each.id for each in mine}

    async def test_lets_only_the_holder_decide(
        self, office: Office, waiting: list[UUID], moderators: list[Someone]
    ) -> None:
        """Everybody then decides on everything: each greeting is decided once, by whoever holds it."""
        callers = [await each.caller() for each in moderators[:5]]
        mine = {who.person_id: await moderation.hold(office, who, 4, None) for who in callers}
        items = [(each.id, 1) for taken in mine.values() for each in taken]
        accept = Decision(GreetingStatus.ACCEPTED)
        await asyncio.gather(*(moderation.decide_many(office, who, items, accept) for who in callers))
        for person_id, taken in mine.items():
            rows = await Greeting.filter(id__in=[each.id for each in taken])
            assert {(row.status, row.decided_by_id) for row in rows} == {(GreetingStatus.ACCEPTED, person_id)}
        assert await Transition.filter(before="pending_review").count() == len(items)
