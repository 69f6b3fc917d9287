"""Known (已查验): who called lately is known for a few seconds, and forgotten at once where their rights change.

A look-up that began before a change is never kept after it, and nobody who comes after the change is answered by it.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from capabilities.caller.look_up import Found, look_up
from capabilities.caller.who import Caller
from capabilities.office import Office, Topic
from kit.errors import Unauthenticated
from kit.tidings import EVERYTHING
from models.session import Session

# What nobody told is seen after this time; while tidings from other processes do not arrive, after the shorter one.
KEPT_SECONDS = 5.0
UNTOLD_SECONDS = 1.0
# Some 1 KB each; the eldest gives way.
MOST_KEPT = 20_000

LookUp = Callable[[Office, str], Awaitable[Found]]


@dataclass(frozen=True, slots=True)
class _Kept:
    found: Found
    since: float


class Known:
    """The callers of this process, by the hashes of their tokens; `look_up` and `stopwatch` are for doubles."""

    def __init__(
        self, office: Office, look_up: LookUp = look_up, stopwatch: Callable[[], float] = time.monotonic
    ) -> None:
        self._office = office
        self._look_up = look_up
        self._stopwatch = stopwatch
        self._kept: dict[str, _Kept] = {}
        self._resting_on: dict[str, set[str]] = defaultdict(set)
        self._looking: dict[str, asyncio.Task[Found]] = {}
        self._forgettings = 0
        office.tidings.hear(Topic.CALLER, self.forget)

    def recall(self, key: str) -> Found | None:
        """Without a question to anybody: a dictionary, two clocks."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        lasts = KEPT_SECONDS if self._office.tidings.is_whole else UNTOLD_SECONDS
        if self._stopwatch() >= kept.since + lasts or self._office.now() >= kept.found.ends_at:
            return None
        return kept.found

    async def find(self, key: str, token: str) -> Found:
        """Many who come at once with one token share one look-up. Raises `SessionEnded`."""
        task = self._looking.get(key)
        if task is None:
            task = self._looking[key] = asyncio.create_task(self._find(key, token))
            # Also where everybody who waited has gone, and nobody is there to be told of a failure.
            task.add_done_callback(_was_heard)
        return await asyncio.shield(task)

    async def renew(self, key: str, token: str) -> Found:
        """What the database says now, whatever is known and whoever is looking already. Raises `SessionEnded`."""
        self._drop(key)
        self._looking.pop(key, None)
        return await self.find(key, token)

    async def _find(self, key: str, token: str) -> Found:
        since, forgettings = self._stopwatch(), self._forgettings
        try:
            found = await self._look_up(self._office, token)
            if forgettings == self._forgettings:
                self._keep(key, _Kept(found, since))
            return found
        finally:
            # After a change somebody else may be looking under this key.
            if self._looking.get(key) is asyncio.current_task():
                del self._looking[key]

    def _keep(self, key: str, kept: _Kept) -> None:
        self._drop(key)
        self._kept[key] = kept
        for each in kept.found.rests_on:
            self._resting_on[str(each)].add(key)
        # In the order of their times: what is over stands in front.
        while (eldest := next(iter(self._kept))) != key and (
            len(self._kept) > MOST_KEPT or self._kept[eldest].since + KEPT_SECONDS <= kept.since
        ):
            self._drop(eldest)

    def forget(self, subject: str) -> None:
        """Everything that rests on this person, pass or event."""
        self._forgettings += 1
        self._looking.clear()
        if subject == EVERYTHING:
            self._kept.clear()
            self._resting_on.clear()
        for key in list(self._resting_on.get(subject, ())):
            self._drop(key)

    def _drop(self, key: str) -> None:
        kept = self._kept.pop(key, None)
        for each in kept.found.rests_on if kept else ():
            keys = self._resting_on[str(each)]
            keys.discard(key)
            if not keys:
                del self._resting_on[str(each)]


def _was_heard(task: "asyncio.Task[Any]") -> None:
    if not task.cancelled():
        task.exception()


def known_to(office: Office) -> Known:
    known: Known | None = office.kept.get("caller")
    if known is None:
        known = office.kept["caller"] = Known(office)
    return known


async def found_with(office: Office, token: str | None) -> Found:
    """Raises `Unauthenticated` without a token and `SessionEnded` with one that no longer opens anything."""
    if not token:
        raise Unauthenticated
    known, key = known_to(office), Session.hash_of(token)
    return known.recall(key) or await known.find(key, token)


async def caller_with(office: Office, token: str | None) -> Caller:
    """As `found_with`."""
    return (await found_with(office, token)).caller


async def caller_anew(office: Office, token: str) -> Caller:
    """For somebody who is about to be refused: a right that was given elsewhere a moment ago is not known here yet."""
    return (await known_to(office).renew(Session.hash_of(token), token)).caller


def rights_changed(office: Office, subject: UUID) -> None:
    """Call where a session, role or pass of this person or pass is written, or an event's end on which roles rest.

    In a transaction it takes effect with the commit: here at once, in the other processes within a second.
    """
    office.announce(Topic.CALLER, str(subject))
