"""The stage: everybody who takes part, the dice, and the acts with a bar each."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from rich.progress import Progress

from scripts.walkthrough.api import Api, Unexpected
from scripts.walkthrough.ledger import Ledger
from scripts.walkthrough.people import Moderator, Organizer, Person, Staff, Volunteer
from scripts.walkthrough.programme import Enrolment, Event, Fate
from scripts.walkthrough.wechat import WeChat

Item = TypeVar("Item")
Errand = Callable[[], Awaitable[object]]


@dataclass
class Cast:
    """`all_volunteers` includes the lost; the acts go through `volunteers`."""

    city: Organizer
    unit: Organizer
    moderator: Moderator
    second_moderator: Moderator
    staff: list[Staff]
    all_volunteers: list[Volunteer]

    @property
    def officials(self) -> list[Person]:
        return [self.city, self.unit, self.moderator, self.second_moderator, *self.staff]

    @property
    def volunteers(self) -> list[Volunteer]:
        return [each for each in self.all_volunteers if not each.is_lost]

    @property
    def approved(self) -> list[Volunteer]:
        return [each for each in self.volunteers if each.registration_status == "approved"]


@dataclass
class Stage:
    api: Api
    wechat: WeChat
    ledger: Ledger
    cast: Cast
    dice: random.Random
    progress: Progress
    events: list[Event] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def with_fate(self, *fates: Fate) -> list[Event]:
        return [event for event in self.events if event.fate in fates]

    def enrolments(self, *statuses: str, fates: tuple[Fate, ...] = tuple(Fate)) -> list[Enrolment]:
        """Of those who are still in the story, in the order of events and of arrival."""
        found = [each for event in self.with_fate(*fates) for each in event.with_status(*statuses)]
        return [each for each in found if not each.person.is_lost]

    async def each(self, title: str, items: Iterable[Item], work: Callable[[Item], Awaitable[object]]) -> None:
        """All at once; who meets an unforeseen answer stops there, and the ledger has it."""
        everything = list(items)
        async with self.act(title, len(everything)) as advance, asyncio.TaskGroup() as group:
            for item in everything:
                group.create_task(_one(item, work, advance))

    async def run(self, title: str, errands: Iterable[Errand]) -> None:
        await self.each(title, errands, lambda errand: errand())

    @asynccontextmanager
    async def act(self, title: str, total: int | None) -> AsyncIterator[Callable[[], None]]:
        began, bar = time.perf_counter(), self.progress.add_task(title, total=total)
        yield lambda: self.progress.advance(bar)
        self.progress.update(bar, total=total or 1, completed=total or 1)
        self.seconds[title] = self.seconds.get(title, 0.0) + time.perf_counter() - began


async def _one(item: Item, work: Callable[[Item], Awaitable[object]], advance: Callable[[], None]) -> None:
    try:
        await work(item)
    except Unexpected:
        # Noted where it happened; the others go on.
        return
    finally:
        advance()
