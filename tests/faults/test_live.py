"""Several processes with a Redis: what one of them writes the others know within a second; without it, soon enough."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import uuid4

import httpx
import pytest

from capabilities.enrolment import enrol
from capabilities.sign_in_code import venue_code
from models.event import Event
from tests.cast import Cast, Someone
from tests.faults.conftest import Crowd, Launch, PrivateRedis, Server, database
from tests.streams import listening

# While no process hears another, each believes what it read for a second; looking takes a moment.
UNTOLD_SECONDS = 2.5


@pytest.fixture
def two(launch: Launch, redis: PrivateRedis, postgres_only: None) -> tuple[Server, Server]:
    """Two processes at one database and one Redis."""
    one, other = launch(LIZAN_REDIS_URL=redis.url), launch(LIZAN_REDIS_URL=redis.url)
    one.start()
    other.start()
    return one, other


@pytest.fixture
async def staff(database_url: str, crowd: Crowd) -> AsyncIterator[Someone]:
    """On duty at the crowd's first event, whose first two have a seat there."""
    async with database(database_url) as office:
        shift, point = crowd.doors[0]
        for someone in crowd.people[:2]:
            await enrol(office, await someone.caller(), shift.id)
        yield await Cast(office).staff(await Event.get(id=point.event_id))


def event_of(crowd: Crowd) -> str:
    return str(crowd.doors[0][1].event_id)


async def call(server: Server, method: str, path: str, who: Someone, **more: object) -> httpx.Response:
    async with httpx.AsyncClient(base_url=server.api, headers=who.headers, timeout=10) as client:
        return await client.request(method, path, **more)  # type: ignore[arg-type]


async def come(server: Server, crowd: Crowd, someone: Someone) -> None:
    code = venue_code(crowd.office, crowd.doors[0][1], crowd.office.now()).text
    answer = await call(server, "POST", "/check-ins", someone, json={"code": code, "nonce": uuid4().hex})
    assert answer.status_code == 200, answer.text


async def within(seconds: float, is_so: Callable[[], Awaitable[bool]]) -> None:
    ends = time.monotonic() + seconds
    while not await is_so():
        assert time.monotonic() < ends, f"not within {seconds} s"
        await asyncio.sleep(0.02)


class TestTwoProcesses:
    async def test_count_together(self, two: tuple[Server, Server], crowd: Crowd, staff: Someone) -> None:
        one, other = two
        async with (
            listening(one.api, event_of(crowd), staff.headers) as here,
            listening(other.api, event_of(crowd), staff.headers) as there,
        ):
            for heard in (here, there):
                await heard.until(lambda h: (h.now["enrolled"], h.now["checked_in"]) == (2, 0))
            for number, (server, someone) in enumerate(zip(two, crowd.people, strict=False), 1):
                await come(server, crowd, someone)
                for heard in (here, there):
                    await heard.until(lambda h, number=number: h.now["checked_in"] == number)  # type: ignore[misc]

    async def test_refuse_who_logged_out_at_the_other(self, two: tuple[Server, Server], staff: Someone) -> None:
        one, other = two
        for server in two:
            assert (await call(server, "GET", "/me", staff)).status_code == 200
        assert (await call(one, "DELETE", "/sessions/current", staff)).status_code == 204
        assert (await call(one, "GET", "/me", staff)).status_code == 401

        async def is_refused() -> bool:
            return (await call(other, "GET", "/me", staff)).status_code == 401

        await within(1.0, is_refused)

    async def test_end_the_stream_of_a_phone_taken_back_at_the_other(
        self, two: tuple[Server, Server], crowd: Crowd, staff: Someone
    ) -> None:
        one, other = two
        cast = Cast(staff.office)
        event, admin = await Event.get(id=event_of(crowd)), await cast.city_admin()
        phone = await cast.phone(event)
        (listed,) = (await call(one, "GET", f"/events/{event.id}/staff-phones", admin)).json()
        async with listening(other.api, event.id, phone.headers) as heard:
            await heard.until(lambda h: True)
            assert (await call(one, "DELETE", f"/staff-phones/{listed['id']}", admin)).status_code == 204
            await heard.until(lambda h: h.has_ended and h.is_over)

    async def test_drop_roles_when_the_policys_consent_is_withdrawn_at_the_other(
        self, two: tuple[Server, Server], crowd: Crowd, staff: Someone
    ) -> None:
        """A taken role: with the consent go all roles."""
        one, other = two
        path = f"/events/{event_of(crowd)}/counts"
        assert (await call(other, "GET", path, staff)).status_code == 200
        assert (await call(one, "DELETE", "/me/consents/policy", staff)).status_code < 300

        async def is_closed() -> bool:
            return (await call(other, "GET", path, staff)).status_code == 403

        await within(1.0, is_closed)

    async def test_refuse_a_ticket_revoked_at_the_other(
        self, two: tuple[Server, Server], crowd: Crowd, staff: Someone
    ) -> None:
        """Tickets are kept in no process: the very next scan elsewhere is refused."""
        one, other = two
        guest, (_, point) = crowd.people[0], crowd.doors[0]
        mine = (await call(one, "GET", "/me/enrolments", guest)).json()
        (enrolment_id,) = [each["id"] for each in mine if each["event_id"] == event_of(crowd)]
        code = (await call(one, "GET", f"/enrolments/{enrolment_id}/code", guest)).json()["code"]
        assert (await call(one, "DELETE", f"/enrolments/{enrolment_id}/code", guest)).status_code == 204
        scan = {"point_id": str(point.id), "code": code, "nonce": uuid4().hex}
        answer = await call(other, "POST", "/scans", staff, json=scan)
        assert answer.json()["code"] == "TicketRevoked"


class TestRedisGone:
    async def test_costs_liveness_only_and_comes_back_by_itself(
        self, two: tuple[Server, Server], redis: PrivateRedis, crowd: Crowd, staff: Someone
    ) -> None:
        one, other = two
        leaver = await Cast(staff.office).visitor()
        async with listening(other.api, event_of(crowd), staff.headers) as heard:
            await heard.until(lambda h: h.now["checked_in"] == 0)
            assert (await call(other, "GET", "/me", leaver)).status_code == 200
            redis.popen.kill()
            redis.popen.wait(10)
            await asyncio.sleep(1)
            await come(one, crowd, crowd.people[0])
            assert (await call(one, "DELETE", "/sessions/current", leaver)).status_code == 204

            async def is_refused() -> bool:
                return (await call(other, "GET", "/me", leaver)).status_code == 401

            await within(UNTOLD_SECONDS, is_refused)
            await asyncio.sleep(2)
            assert (heard.now["checked_in"], heard.has_ended) == (0, False)
            redis.start()
            await heard.until(lambda h: h.now["checked_in"] == 1, seconds=3)
            await come(one, crowd, crowd.people[1])
            await heard.until(lambda h: h.now["checked_in"] == 2)
