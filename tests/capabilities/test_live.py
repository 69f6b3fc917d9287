"""One read for all viewers, the newest state for each, nothing queued; the wall is told of; rights are looked at."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncGenerator
from typing import Any
from uuid import uuid4

import pytest

from capabilities import live
from capabilities.caller import NotYourEvent
from capabilities.event import NoSuchEvent
from capabilities.greeting import leave, withdraw
from capabilities.live import hub as live_hub
from capabilities.live.hub import FIRST, OVER, hubs_of
from capabilities.live.watch import TooManyWatch
from capabilities.log_in import log_out
from capabilities.office import Office
from kit.tidings import Tidings
from models.event import Event
from models.shift import Shift
from tests.cast import Cast, Someone
from tests.greetings import accept, new
from tests.stage import published, refused

Frames = AsyncGenerator[bytes, None]


@pytest.fixture
async def event(cast: Cast) -> Event:
    return await published(unit_code="150105")


@pytest.fixture
async def staff(cast: Cast, event: Event) -> Someone:
    return await cast.staff(event)


async def opened(office: Office, staff: Someone, event: Event) -> tuple[Frames, dict[str, Any]]:
    """A stream, and the state that it begins with."""
    frames = await live.watch(office, await staff.caller(), event.id)
    assert await anext(frames) == FIRST
    return frames, state_in(await asyncio.wait_for(anext(frames), 1))


def state_in(frame: bytes) -> dict[str, Any]:
    assert frame.startswith(b"event: counts\ndata: ")
    assert frame.endswith(b"\n\n")
    state: dict[str, Any] = json.loads(frame.partition(b"data: ")[2])
    return state


class TestWatch:
    async def test_is_of_an_event_that_there_is(self, office: Office, staff: Someone) -> None:
        await refused(NoSuchEvent, live.watch(office, await staff.caller(), uuid4()))

    async def test_is_for_who_is_on_duty_there(self, office: Office, cast: Cast, event: Event) -> None:
        who = await (await cast.volunteer()).caller()
        await refused(NotYourEvent, live.watch(office, who, event.id))

    async def test_reads_once_for_all_and_sends_all_the_same_bytes(
        self, office: Office, staff: Someone, event: Event, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reads: list[bytes] = []
        read = live_hub.read

        async def counted(*asked: Any) -> bytes:
            reads.append(await read(*asked))
            return reads[-1]

        monkeypatch.setattr(live_hub, "read", counted)
        streams = [(await opened(office, staff, event))[0] for _ in range(20)]
        assert len(reads) == 1
        office.announce("wall")
        frames = await asyncio.wait_for(asyncio.gather(*(anext(each) for each in streams)), 1)
        assert {id(each) for each in frames} == {id(reads[-1])}
        assert len(reads) == 2
        for each in streams:
            await each.aclose()

    async def test_skips_for_a_slow_viewer_what_is_not_the_newest(
        self, office: Office, staff: Someone, event: Event, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(live_hub, "SHORTEST_PAUSE", 0.0)
        states = iter(range(1000))

        async def read(*_: Any) -> bytes:
            return b"state %d" % next(states)

        monkeypatch.setattr(live_hub, "read", read)
        frames = await live.watch(office, await staff.caller(), event.id)
        assert [await anext(frames), await anext(frames)] == [FIRST, b"state 0"]
        for _ in range(5):
            office.changed(event.id)
            await asyncio.sleep(0.02)
        assert await anext(frames) == b"state 5"
        await frames.aclose()

    async def test_sends_nothing_where_nothing_is_other(self, office: Office, staff: Someone, event: Event) -> None:
        frames, _ = await opened(office, staff, event)
        waiting = asyncio.ensure_future(anext(frames))
        office.changed(event.id)
        await asyncio.sleep(0.3)
        assert not waiting.done()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await frames.aclose()

    async def test_forgets_an_event_that_nobody_watches_any_more(
        self, office: Office, staff: Someone, event: Event
    ) -> None:
        frames, _ = await opened(office, staff, event)
        assert list(hubs_of(office)._hubs) == [event.id]
        await frames.aclose()
        assert (hubs_of(office)._hubs, hubs_of(office)._ticking) == ({}, None)

    async def test_goes_on_when_the_database_is_back(
        self, office: Office, staff: Someone, event: Event, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(live_hub, "AGAIN_AFTER_SECONDS", 0.05)
        read, fails = live_hub.read, [True, True]

        async def failing(*asked: Any) -> bytes:
            if fails:
                fails.pop()
                raise OSError
            return await read(*asked)

        monkeypatch.setattr(live_hub, "read", failing)
        frames, state = await opened(office, staff, event)
        assert state["enrolled"] == 0
        await frames.aclose()

    async def test_tells_that_the_wall_is_another(
        self, office: Office, cast: Cast, staff: Someone, event: Event
    ) -> None:
        frames, before = await opened(office, staff, event)
        sender = await (await cast.scientist()).caller()
        greeting = await leave(office, sender, new())
        for change in (accept(office, cast, greeting), withdraw(office, sender, greeting.id)):
            await change
            after = state_in(await asyncio.wait_for(anext(frames), 1))
            assert before["wall"] != after["wall"]
            assert before | {"wall": ""} == after | {"wall": ""}
            before = after
        await frames.aclose()

    async def test_hears_of_changes_from_an_office_beside(self, office: Office, staff: Someone, event: Event) -> None:
        beside = dataclasses.replace(office)
        frames, _ = await opened(beside, staff, event)
        await Shift.filter(event_id=event.id).delete()
        office.announce("wall")
        state_in(await asyncio.wait_for(anext(frames), 1))
        await frames.aclose()


class TestRights:
    async def test_end_the_stream_when_they_end(self, office: Office, staff: Someone, event: Event) -> None:
        frames, _ = await opened(office, staff, event)
        await log_out(office, await staff.caller())
        assert await asyncio.wait_for(anext(frames), 1) == OVER
        with pytest.raises(StopAsyncIteration):
            await anext(frames)

    async def test_are_looked_at_after_the_viewer_hears_of_changes(
        self, office: Office, staff: Someone, event: Event
    ) -> None:
        """They ended between the door's look and the stream's first byte."""
        frames = await live.watch(office, await staff.caller(), event.id)
        await log_out(office, await staff.caller())
        assert [each async for each in frames] == [FIRST, OVER]

    async def test_are_looked_at_again_where_others_are_not_heard(
        self, office: Office, staff: Someone, event: Event, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(live_hub, "TICK_SECONDS", 0.05)
        monkeypatch.setattr(live_hub, "UNTOLD_SECONDS", 0.1)

        class Parted(Tidings):
            @property
            def is_whole(self) -> bool:
                return False

        beside = dataclasses.replace(office, tidings=Parted())
        frames, _ = await opened(beside, staff, event)
        await log_out(office, await staff.caller())
        assert await asyncio.wait_for(anext(frames), 1) == OVER


class TestClose:
    async def test_ends_every_stream_and_begins_none(self, office: Office, staff: Someone, event: Event) -> None:
        beside = dataclasses.replace(office)
        frames, _ = await opened(beside, staff, event)
        live.close(beside)
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(anext(frames), 1)
        await refused(TooManyWatch, live.watch(beside, await staff.caller(), event.id))
