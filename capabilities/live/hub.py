"""A hub (汇集): one per watched event and process. A change is read once and encoded once, whoever many watch it.

Each viewer gets the newest state when it is ready for one; what it was too slow for is skipped and never queued.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field
from itertools import chain
from uuid import UUID

import structlog

from capabilities.caller import Caller, Found, look_up_again
from capabilities.live.counts import read
from capabilities.office import Office, Topic
from kit.errors import Refusal
from kit.tidings import EVERYTHING
from models.event import Event

log = structlog.get_logger(__name__)

# The state is pushed at most ten times a second, less often where reading it takes long: a tenth of the time at most.
SHORTEST_PAUSE = 0.1
LONGEST_PAUSE = 0.6
TICK_SECONDS = 1.0
# Under the server's and the proxies' patience with a silent connection.
BEAT_SECONDS = 15.0
AGAIN_AFTER_SECONDS = 1.0
# How often somebody's rights are read again although nobody told of a change; the shorter while nobody can.
TRUSTED_SECONDS = 60.0
UNTOLD_SECONDS = 5.0
MOST_VIEWERS = 2000

# What the client waits before it comes again.
FIRST = b"retry: 2000\n\n"
BEAT = b": \n\n"
# The caller's rights have ended; to come again is in vain.
OVER = b"event: over\ndata: {}\n\n"


@dataclass(eq=False)
class Viewer:
    event: Event
    found: Found
    checked_at: float
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    wants_beat: bool = False
    is_over: bool = False
    has_no_right: bool = False

    def wake(self) -> None:
        self.woken.set()

    def end(self) -> None:
        self.is_over = True
        self.wake()

    def rests_on(self, subject: str) -> bool:
        return subject == EVERYTHING or any(str(each) == subject for each in self.found.rests_on)


class Hub:
    """`newest` is empty until it was read for the first time."""

    def __init__(self, event_id: UUID, hubs: "Hubs") -> None:
        self.event_id = event_id
        self.viewers: set[Viewer] = set()
        self.newest = b""
        self._hubs = hubs
        self._stale = asyncio.Event()
        self._stale.set()
        self._running = asyncio.create_task(self._run())

    def change(self) -> None:
        self._stale.set()

    def stop(self) -> None:
        self._running.cancel()

    async def _run(self) -> None:
        while True:
            await self._stale.wait()
            self._stale.clear()
            began = time.monotonic()
            try:
                newest = await read(self.event_id, self._hubs.wall)
            except Exception as error:  # noqa: BLE001 - each driver fails in its own way; viewers keep what they have
                log.error("live_counts_not_read", reason=type(error).__name__)
                self._stale.set()
                await asyncio.sleep(AGAIN_AFTER_SECONDS)
                continue
            if newest != self.newest:
                self.newest = newest
                for viewer in self.viewers:
                    viewer.wake()
            await asyncio.sleep(min(max(SHORTEST_PAUSE, 9 * (time.monotonic() - began)), LONGEST_PAUSE))


class Hubs:
    """All hubs of this process."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._hubs: dict[UUID, Hub] = {}
        self._ticking: asyncio.Task[None] | None = None
        self._suspects: set[Viewer] = set()
        self._checking: asyncio.Task[None] | None = None
        self._is_closed = False
        # Not the same in two processes, so that a client that comes to another one looks at the wall again.
        self.wall = secrets.token_hex(4)
        office.tidings.hear(Topic.EVENT, self._event_changed)
        office.tidings.hear(Topic.WALL, self._wall_changed)
        office.tidings.hear(Topic.CALLER, self._caller_changed)

    @property
    def has_room(self) -> bool:
        return not self._is_closed and sum(len(hub.viewers) for hub in self._hubs.values()) < MOST_VIEWERS

    async def frames(self, event: Event, who: Caller) -> AsyncGenerator[bytes, None]:
        """What is sent to one viewer, from the first byte until the rights or the server end."""
        viewer = Viewer(event, Found(who, self._office.now()), time.monotonic())
        hub = self._enter(viewer)
        sent = b""
        try:
            yield FIRST
            # Only now that this viewer hears of changes: none falls between the door's look and the first one here.
            await self._check_one(viewer)
            while not viewer.is_over:
                viewer.woken.clear()
                if hub.newest is not sent:
                    sent = hub.newest
                    yield sent
                elif viewer.wants_beat:
                    viewer.wants_beat = False
                    yield BEAT
                else:
                    await viewer.woken.wait()
            if viewer.has_no_right:
                yield OVER
        finally:
            self._leave(hub, viewer)

    def close(self) -> None:
        """Everybody's stream ends; nobody new is let in."""
        self._is_closed = True
        for viewer in self._viewers():
            viewer.end()

    def _enter(self, viewer: Viewer) -> Hub:
        hub = self._hubs.get(viewer.event.id)
        if hub is None:
            hub = self._hubs[viewer.event.id] = Hub(viewer.event.id, self)
        hub.viewers.add(viewer)
        if self._is_closed:
            viewer.end()
        if self._ticking is None:
            self._ticking = asyncio.create_task(self._tick())
        return hub

    def _leave(self, hub: Hub, viewer: Viewer) -> None:
        hub.viewers.discard(viewer)
        self._suspects.discard(viewer)
        if not hub.viewers and self._hubs.get(hub.event_id) is hub:
            del self._hubs[hub.event_id]
            hub.stop()
        if not self._hubs and self._ticking is not None:
            self._ticking.cancel()
            self._ticking = None

    def _viewers(self) -> list[Viewer]:
        return list(chain.from_iterable(hub.viewers for hub in self._hubs.values()))

    def _event_changed(self, subject: str) -> None:
        for event_id, hub in self._hubs.items():
            if subject in (EVERYTHING, str(event_id)):
                hub.change()

    def _wall_changed(self, _: str) -> None:
        self.wall = secrets.token_hex(4)
        self._event_changed(EVERYTHING)

    def _caller_changed(self, subject: str) -> None:
        self._suspect(viewer for viewer in self._viewers() if viewer.rests_on(subject))

    async def _tick(self) -> None:
        beat_at = time.monotonic() + BEAT_SECONDS
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now, moment = time.monotonic(), self._office.now()
            trusted = TRUSTED_SECONDS if self._office.tidings.is_whole else UNTOLD_SECONDS
            viewers = self._viewers()
            self._suspect(v for v in viewers if v.found.ends_at <= moment or v.checked_at + trusted <= now)
            if now >= beat_at:
                beat_at = now + BEAT_SECONDS
                for viewer in viewers:
                    viewer.wants_beat = True
                    viewer.wake()

    def _suspect(self, viewers: Iterable[Viewer]) -> None:
        self._suspects.update(viewers)
        if self._suspects and (self._checking is None or self._checking.done()):
            self._checking = asyncio.create_task(self._check())

    async def _check(self) -> None:
        """One after the other: a thousand at once would keep the doors waiting."""
        while self._suspects:
            await self._check_one(self._suspects.pop())

    async def _check_one(self, viewer: Viewer) -> None:
        viewer.checked_at = time.monotonic()
        try:
            viewer.found = await look_up_again(self._office, viewer.found.caller)
            viewer.found.caller.require_watcher_of(viewer.event.id, viewer.event.unit.path)
        except Refusal:
            viewer.has_no_right = True
            viewer.end()
        except Exception as error:  # noqa: BLE001 - each driver fails in its own way; looked at again at the next turn
            log.error("viewer_not_checked", reason=type(error).__name__)


def hubs_of(office: Office) -> Hubs:
    hubs: Hubs | None = office.kept.get("live")
    if hubs is None:
        hubs = office.kept["live"] = Hubs(office)
    return hubs


def close(office: Office) -> None:
    """Every stream ends now, and none begins: the process is going down."""
    hubs_of(office).close()
