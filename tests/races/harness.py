"""Who races, and what is wrong with how a race ended.

The harness knows nothing of how seats are given: it starts everybody at once and reads the answers. That it sees an
oversold shift is shown on a naive form in `test_control.py`.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

Person = TypeVar("Person")


@dataclass(frozen=True)
class Answer:
    """`status` is confirmed, waitlisted, or the code of a refusal."""

    who: UUID
    status: str
    place: int | None = None


async def race(
    ask: Callable[[Person], Awaitable[Answer]], people: Sequence[Person], *, double: int = 0
) -> list[Answer]:
    """Everybody asks at once, in no order; the first `double` of them press twice."""
    presses = [*people, *people[:double]]
    random.shuffle(presses)
    return list(await asyncio.gather(*(ask(person) for person in presses)))


def faults_in(answers: Sequence[Answer], *, seats: int, people: int, double: int = 0) -> list[str]:
    """Everything that is wrong; empty where each seat was given once and the queue has no gap and no double."""
    counted = Counter(answer.status for answer in answers)
    standing = Counter(answer.who for answer in answers if answer.status in {"confirmed", "waitlisted"})
    places = sorted(answer.place or 0 for answer in answers if answer.status == "waitlisted")
    waiting, most = max(people - seats, 0), max(standing.values(), default=0)
    faults = []
    if counted["confirmed"] != min(seats, people):
        faults.append(f"{counted['confirmed']} confirmed for {seats} seats")
    if places != list(range(1, waiting + 1)):
        faults.append(f"places of {len(places)} waiting are not 1 to {waiting}")
    if len(standing) != people or most > 1:
        faults.append(f"{len(standing)} of {people} people stand, one of them {most} times")
    if counted["AlreadyEnrolled"] != double:
        faults.append(f"{counted['AlreadyEnrolled']} told that they are enrolled already, for {double} double presses")
    if others := set(counted) - {"confirmed", "waitlisted", "AlreadyEnrolled"}:
        faults.append(f"answers of another kind: {sorted(others)}")
    return faults
