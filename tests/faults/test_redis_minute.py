"""Redis is gone for a whole minute in a rush: two processes, people sign in, staff scan, viewers watch.

Only liveness may be lost, and it comes back by itself.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from uuid import uuid4

import httpx
import pytest

from models.attendance import Attendance
from models.enrolment import Enrolment
from models.event import Event
from tests.cast import Cast, Someone
from tests.clients import client_of
from tests.faults.conftest import Crowd, Launch, PrivateRedis, Server, database
from tests.faults.ledger import Ledger, Stream, enrol_everybody, losses
from tests.faults.test_live import UNTOLD_SECONDS, call, come, event_of, within
from tests.faults.test_redis import readiness
from tests.streams import Listener, listening

GONE_SECONDS = 60
# With six hundred a minute allowed to each of twelve, so many would be far too few.
LEAST_ACKNOWLEDGED = 20 * GONE_SECONDS
# Redis is looked for four times a second, and what it brings is told within the next second.
BACK_WITHIN = 1.5
PAUSE_S = 0.25


@pytest.fixture
def two(launch: Launch, redis: PrivateRedis, postgres_only: None) -> tuple[Server, Server]:
    servers = launch(LIZAN_REDIS_URL=redis.url), launch(LIZAN_REDIS_URL=redis.url)
    for server in servers:
        server.start()
    return servers


@pytest.fixture
async def staff(database_url: str, crowd: Crowd) -> list[Someone]:
    """Two at the doors of the crowd's first event; everybody is enrolled everywhere, and may come and go."""
    await enrol_everybody(crowd, database_url)
    async with database(database_url) as office:
        await Event.all().update(allows_re_entry=True)
        event = await Event.get(id=event_of(crowd))
        return [await Cast(office).staff(event) for _ in range(2)]


class Scanning:
    """A staff member scans one person's code after the other, in and out, at one process."""

    def __init__(self, server: Server, who: Someone, crowd: Crowd, enrolments: dict[str, str], ledger: Ledger) -> None:
        self._server, self._who, self._crowd, self._enrolments, self._ledger = server, who, crowd, enrolments, ledger
        self.verdicts: Counter[str] = Counter()
        self.is_ending = False

    async def run(self) -> None:
        point = self._crowd.doors[0][1]
        async with client_of(self._server.api, timeout=10) as client:
            while not self.is_ending:
                guest = random.choice(self._crowd.people)
                shown = await client.get(f"/enrolments/{self._enrolments[str(guest.id)]}/code", headers=guest.headers)
                nonce = f"s-{uuid4().hex}"
                scan = {"point_id": str(point.id), "code": shown.json()["code"], "nonce": nonce}
                scan["direction"] = random.choice(("in", "out"))
                answer = await client.post("/scans", json=scan, headers=self._who.headers)
                self.verdicts[answer.json().get("verdict") or answer.json().get("code")] += 1
                if "scan_id" in answer.json():
                    self._ledger.check_ins[nonce] = answer.json()["scan_id"]
                else:
                    self._ledger.surprises.append(answer.text)
                await asyncio.sleep(random.uniform(0, PAUSE_S))


@asynccontextmanager
async def rush(
    two: Sequence[Server], crowd: Crowd, staff: Sequence[Someone], url: str, ledger: Ledger
) -> AsyncIterator[list[Scanning]]:
    """Half of the crowd and one of the staff at each process, until the block ends."""
    async with database(url):
        rows = await Enrolment.filter(event_id=event_of(crowd))
    enrolments = {str(row.person_id): str(row.id) for row in rows}
    halves = [replace(crowd, people=crowd.people[part::2]) for part in (0, 1)]
    streams = [
        Stream(half, server.api, ledger, only="sign-ins", pause_s=PAUSE_S)
        for half, server in zip(halves, two, strict=True)
    ]
    scanning = [
        Scanning(server, who, half, enrolments, ledger) for server, who, half in zip(two, staff, halves, strict=True)
    ]
    async with asyncio.TaskGroup() as group:
        for each in (*streams, *scanning):
            group.create_task(each.run())
        try:
            yield scanning
        finally:
            for stream in streams:
                stream.end()
            for each in scanning:
                each.is_ending = True


async def came(url: str, event_id: str) -> tuple[int, int]:
    """How many came, and how many of them are there: what the tables say."""
    async with database(url):
        rows = await Attendance.filter(event_id=event_id)
    return len(rows), sum(row.checked_out_at is None for row in rows)


def shows(listener: Listener) -> tuple[int, int]:
    return listener.now["checked_in"], listener.now["present"]


async def is_open(server: Server, path: str, who: Someone) -> bool:
    return (await call(server, "GET", path, who)).status_code == 200


class TestAMinuteWithoutRedis:
    async def test_costs_liveness_and_nothing_else(
        self, two: tuple[Server, Server], redis: PrivateRedis, crowd: Crowd, staff: list[Someone], database_url: str
    ) -> None:
        one, other = two
        event, ledger, cast = event_of(crowd), Ledger(), Cast(staff[0].office)
        counts = f"/events/{event}/counts"
        async with database(database_url):
            watcher = await cast.staff(await Event.get(id=event))
            leaving = [await cast.staff(await Event.get(id=event)) for _ in range(2)]
        async with AsyncExitStack() as watching:
            viewers = [
                await watching.enter_async_context(listening(server.api, event, watcher.headers)) for server in two
            ]
            async with rush(two, crowd, staff, database_url, ledger) as scanning:
                for viewer in viewers:
                    await viewer.until(lambda h: h.now["checked_in"] > 0, seconds=5)
                assert all([await is_open(other, counts, each) for each in leaving])
                redis.popen.kill()
                redis.popen.wait(10)
                await asyncio.sleep(GONE_SECONDS / 2)
                assert [await readiness(server) for server in two] == [(200, ["redis"])] * 2
                await self._may_not_go_on(one, other, counts, leaving[0], within_s=UNTOLD_SECONDS)
                await asyncio.sleep(GONE_SECONDS / 2)
            assert (ledger.unknown.total(), ledger.surprises) == (0, [])
            assert ledger.acknowledged > LEAST_ACKNOWLEDGED
            assert all(each.verdicts["CheckedIn"] and each.verdicts["CheckedOut"] for each in scanning)
            assert await losses(database_url, ledger) == []
            assert [viewer.has_ended for viewer in viewers] == [False, False]
            # What the one process knows now the other does not, nor does anybody who watches there.
            await self._come_new(one, crowd, cast, database_url)
            truth = await came(database_url, event)
            await viewers[0].until(lambda h: shows(h) == truth)
            await asyncio.sleep(2)
            assert shows(viewers[1]) != truth

            redis.start()
            for viewer in viewers:
                await viewer.until(lambda h: shows(h) == truth, seconds=BACK_WITHIN)
            assert [await readiness(server) for server in two] == [(200, []), (200, [])]
            await self._is_live_again(two, crowd, viewers, cast, database_url)
            await self._may_not_go_on(one, other, counts, leaving[1], within_s=1.0)
            await self._refuses_a_revoked_ticket(one, other, crowd, staff[1], database_url)

    async def _may_not_go_on(self, here: Server, there: Server, path: str, who: Someone, *, within_s: float) -> None:
        """With the policy's consent go all roles."""
        assert await is_open(there, path, who)
        assert (await call(here, "DELETE", "/me/consents/policy", who)).status_code < 300

        async def is_closed() -> bool:
            return (await call(there, "GET", path, who)).status_code == 403

        await within(within_s, is_closed)

    async def _is_live_again(
        self, two: Sequence[Server], crowd: Crowd, viewers: list[Listener], cast: Cast, url: str
    ) -> None:
        """Somebody comes at each process, and every viewer sees it within a second."""
        for server in two:
            before = viewers[0].now["checked_in"]
            await self._come_new(server, crowd, cast, url)
            for viewer in viewers:
                await viewer.until(lambda h, before=before: h.now["checked_in"] == before + 1)  # type: ignore[misc]

    async def _come_new(self, server: Server, crowd: Crowd, cast: Cast, url: str) -> None:
        async with database(url):
            guest = await cast.volunteer("后来的人")
        answer = await call(server, "POST", f"/shifts/{crowd.doors[0][0].id}/enrolments", guest)
        assert answer.status_code == 201, answer.text
        await come(server, crowd, guest)

    async def _refuses_a_revoked_ticket(
        self, here: Server, there: Server, crowd: Crowd, staff: Someone, url: str
    ) -> None:
        guest, point = crowd.people[0], crowd.doors[0][1]
        async with database(url):
            row = await Enrolment.get(event_id=point.event_id, person_id=guest.id)
        path = f"/enrolments/{row.id}/code"
        code = (await call(here, "GET", path, guest)).json()["code"]
        assert (await call(here, "DELETE", path, guest)).status_code == 204
        scan = {"point_id": str(point.id), "code": code, "nonce": uuid4().hex}
        answer: httpx.Response = await call(there, "POST", "/scans", staff, json=scan)
        assert answer.json()["code"] == "TicketRevoked"
