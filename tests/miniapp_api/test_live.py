"""Live counts over the wire: at once, on change, as long as the rights last, and no longer than the server."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sanic import Sanic

from capabilities.caller import STAFF_OVERTIME, rights_changed
from capabilities.check_in import MyScan, annul, check_in
from capabilities.enrolment import cancel, enrol
from capabilities.live import hub as live_hub
from capabilities.log_in import log_out
from capabilities.office import Office
from capabilities.sign_in_code import venue_code
from capabilities.staff_phone import phones, take_back
from kit.clock import StandingClock
from models.event import Event
from models.role import Role
from models.scan import Direction, Scan
from tests.cast import Cast, Someone
from tests.stage import code_of, door_of, published, shift_of
from tests.streams import listening


@pytest.fixture
async def event(cast: Cast) -> Event:
    return await published(seats=[5], doors=["东门", "西门"], unit_code="150105")


@pytest.fixture
async def guest(cast: Cast, office: Office, event: Event) -> Someone:
    someone = await cast.volunteer()
    await enrol(office, await someone.caller(), shift_of(event).id)
    return someone


async def come(office: Office, event: Event, guest: Someone, direction: Direction = Direction.IN) -> Scan:
    code = venue_code(office, door_of(event, "东门"), office.now()).text
    return (await check_in(office, await guest.caller(), MyScan(code, uuid4().hex, direction))).scan


class TestWatch:
    async def test_sends_the_state_at_once_and_each_change_within_a_second(
        self, office: Office, base_url: str, cast: Cast, event: Event, guest: Someone
    ) -> None:
        staff = await cast.staff(event)
        async with listening(base_url, event.id, staff.headers) as heard:
            await heard.until(lambda h: (h.now["enrolled"], h.now["checked_in"]) == (1, 0))
            scan = await come(office, event, guest)
            await heard.until(lambda h: (h.now["checked_in"], h.now["present"]) == (1, 1))
            assert [(p["name"], p["checked_in"]) for p in heard.now["points"]] == [("东门", 1), ("西门", 0)]
            await come(office, event, guest, Direction.OUT)
            await heard.until(lambda h: (h.now["checked_in"], h.now["present"]) == (1, 0))
            await annul(office, await staff.caller(), scan.id, "扫错了人")
            await heard.until(lambda h: h.now["checked_in"] == 0)
            other = await cast.volunteer()
            standing = await enrol(office, await other.caller(), shift_of(event).id)
            await heard.until(lambda h: h.now["enrolled"] == 2)
            await cancel(office, await other.caller(), standing.enrolment.id)
            await heard.until(lambda h: h.now["enrolled"] == 1)

    async def test_says_nothing_of_another_event(
        self, office: Office, base_url: str, cast: Cast, event: Event, guest: Someone
    ) -> None:
        other = await published(title="参观")
        async with listening(base_url, other.id, (await cast.staff(other)).headers) as heard:
            await heard.until(lambda h: h.now["enrolled"] == 0)
            await come(office, event, guest)
            await asyncio.sleep(0.3)
            assert len(heard.states) == 1

    async def test_is_for_who_is_on_duty_there(
        self, base_url: str, anyone: httpx.AsyncClient, cast: Cast, event: Event, guest: Someone
    ) -> None:
        assert code_of(await anyone.get(f"/events/{event.id}/live")) == (401, "Unauthenticated")
        stranger = await cast.staff(await published(title="参观"))
        for someone in (guest, stranger):
            async with someone.client(base_url) as client:
                assert code_of(await client.get(f"/events/{event.id}/live")) == (403, "NotYourEvent")
                assert code_of(await client.get(f"/events/{uuid4()}/live")) == (404, "NoSuchEvent")

    async def test_tells_proxies_to_hold_nothing_back(self, base_url: str, cast: Cast, event: Event) -> None:
        async with (
            (await cast.staff(event)).client(base_url) as client,
            client.stream("GET", f"/events/{event.id}/live") as answer,
        ):
            assert answer.headers["content-type"] == "text/event-stream"
            assert answer.headers["x-accel-buffering"] == "no"
            assert answer.headers["cache-control"] == "no-store"
            assert "x-request-id" in answer.headers

    async def test_is_refused_beyond_its_measure(
        self, base_url: str, cast: Cast, event: Event, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(live_hub, "MOST_VIEWERS", 1)
        staff = await cast.staff(event)
        async with listening(base_url, event.id, staff.headers) as heard, staff.client(base_url) as client:
            await heard.until(lambda h: True)
            assert code_of(await client.get(f"/events/{event.id}/live")) == (503, "TooManyWatch")
        async with listening(base_url, event.id, staff.headers) as heard:
            await heard.until(lambda h: True)

    async def test_beats_while_nothing_happens(
        self, base_url: str, cast: Cast, event: Event, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(live_hub, "TICK_SECONDS", 0.02)
        monkeypatch.setattr(live_hub, "BEAT_SECONDS", 0.1)
        async with listening(base_url, event.id, (await cast.staff(event)).headers) as heard:
            await heard.until(lambda h: h.beats >= 3)
            assert len(heard.states) == 1


class TestEnd:
    async def test_comes_with_the_session(self, office: Office, base_url: str, cast: Cast, event: Event) -> None:
        staff, stays = await cast.staff(event), await cast.staff(event)
        async with (
            listening(base_url, event.id, staff.headers) as heard,
            listening(base_url, event.id, stays.headers) as other,
        ):
            await heard.until(lambda h: True)
            await log_out(office, await staff.caller())
            await heard.until(lambda h: h.has_ended and h.is_over)
            await other.until(lambda h: not h.has_ended)

    async def test_comes_with_a_taken_role(self, office: Office, base_url: str, cast: Cast, event: Event) -> None:
        staff = await cast.staff(event)
        async with listening(base_url, event.id, staff.headers) as heard:
            await heard.until(lambda h: True)
            await Role.filter(person_id=staff.id).update(taken_at=office.now())
            rights_changed(office, staff.id)
            await heard.until(lambda h: h.has_ended and h.is_over)

    async def test_comes_with_a_phone_taken_back(self, office: Office, base_url: str, cast: Cast, event: Event) -> None:
        phone, admin = await cast.phone(event), await (await cast.city_admin()).caller()
        async with listening(base_url, event.id, phone.headers) as heard:
            await heard.until(lambda h: True)
            await take_back(office, admin, (await phones(admin, event.id))[0].id)
            await heard.until(lambda h: h.has_ended and h.is_over)

    async def test_comes_with_the_events_end(
        self, base_url: str, cast: Cast, event: Event, clock: StandingClock
    ) -> None:
        async with listening(base_url, event.id, (await cast.staff(event)).headers) as heard:
            await heard.until(lambda h: True)
            clock.set(event.ends_at + STAFF_OVERTIME - timedelta(seconds=1))
            await asyncio.sleep(1.2)
            assert not heard.has_ended
            clock.advance(timedelta(seconds=1))
            await heard.until(lambda h: h.has_ended and h.is_over, seconds=2)

    async def test_comes_with_the_servers_and_promises_nothing(
        self, app: Sanic[Any, Any], base_url: str, cast: Cast, event: Event
    ) -> None:
        staff = await cast.staff(event)
        async with listening(base_url, event.id, staff.headers) as heard:
            await heard.until(lambda h: True)
            live_hub.close(app.ctx.office)
            await heard.until(lambda h: h.has_ended)
            assert not heard.is_over
            async with staff.client(base_url) as client:
                assert code_of(await client.get(f"/events/{event.id}/live")) == (503, "TooManyWatch")
