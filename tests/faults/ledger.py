"""A stream of writes and a ledger of what was acknowledged, to be compared with what is there afterwards.

A write is acknowledged, refused, or its outcome is unknown because the answer never came. The acknowledged must be
there once; the unknown may be there once or not at all.
"""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from uuid import uuid4

import httpx

from capabilities.sign_in_code import venue_code
from models.attendance import Attendance
from models.enrolment import HOLDS_SEAT, LIVE, Enrolment, EnrolmentStatus
from models.event import Event, Point
from models.greeting import Greeting
from models.scan import Scan
from models.shift import Shift
from tests.cast import Someone
from tests.clients import client_of
from tests.faults.conftest import Crowd, database

Step = Callable[[httpx.AsyncClient, Someone], Awaitable[None]]
PATIENCE_SECONDS = 30


@dataclass
class Ledger:
    """`unknown` and `surprises` are counted by kind; a surprise is a 5xx that is none of the announced ones."""

    greetings: set[str] = field(default_factory=set)
    enrolments: set[str] = field(default_factory=set)
    check_ins: dict[str, str] = field(default_factory=dict)
    unanswered: list[tuple[Someone, Point, str, str]] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)

    @property
    def acknowledged(self) -> int:
        return len(self.greetings) + len(self.enrolments) + len(self.check_ins)


class Stream:
    """Everybody of the crowd goes from door to door, enrols, checks in and writes greetings, until told to end.

    One stream outlives several lives of the server: `run` goes on where the last run ended.
    """

    def __init__(
        self, crowd: Crowd, api: str, ledger: Ledger, *, only: str | None = None, pause_s: float = 0.02
    ) -> None:
        """`only`: "greetings" or "sign-ins"; for these everybody must be enrolled already.

        `pause_s` is the longest between two steps of one person: nobody may do more than 600 a minute for long.
        """
        self._crowd = crowd
        self._api = api
        self._ledger = ledger
        self._pause_s = pause_s
        self._is_ending = False
        self._steps = {someone.id: self._plan(only) for someone in crowd.people}

    def _plan(self, only: str | None) -> Iterator[Step]:
        for shift, point in itertools.cycle(self._crowd.doors):
            if only is None:
                yield partial(self._enrol, shift=shift)
            if only != "greetings":
                yield partial(self._check_in, point=point)
            if only != "sign-ins":
                yield self._greet
            else:
                yield partial(self._check_in, point=point, direction="out")

    async def run(self) -> None:
        self._is_ending = False
        async with asyncio.TaskGroup() as group:
            for someone in self._crowd.people:
                group.create_task(self._act(someone))

    async def run_until(self, acknowledged: int) -> "asyncio.Task[None]":
        """Start, and come back with the task once so many more writes are acknowledged."""
        enough = self._ledger.acknowledged + acknowledged
        task = asyncio.create_task(self.run())
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self._ledger.acknowledged < enough:  # noqa: ASYNC110 - the ledger is a plain book, not an event
                await asyncio.sleep(0.005)
        return task

    def end(self) -> None:
        self._is_ending = True

    async def _act(self, someone: Someone) -> None:
        # Their own pace and their own connection, as phones have.
        async with client_of(self._api, someone.headers, timeout=10) as client:
            while not self._is_ending:
                await next(self._steps[someone.id])(client, someone)
                await asyncio.sleep(random.uniform(0, self._pause_s))

    async def _send(
        self, client: httpx.AsyncClient, kind: str, method: str, path: str, **more: object
    ) -> httpx.Response | None:
        try:
            answer = await client.request(method, path, **more)  # type: ignore[arg-type]
        except httpx.HTTPError:
            self._ledger.unknown[kind] += 1
            await asyncio.sleep(0.05)
            return None
        if answer.status_code >= 500 and answer.json()["code"] not in {"DatabaseUnavailable", "ShuttingDown"}:
            self._ledger.surprises.append(answer.text)
        if answer.status_code >= 500:
            self._ledger.unknown[kind] += 1
        return answer

    async def _greet(self, client: httpx.AsyncClient, someone: Someone) -> None:
        words = {"topic": "motherland", "text": f"祝福 {uuid4()}", "byline": "anonymous", "is_over_14": True}
        answer = await self._send(client, "greeting", "POST", "/greetings", json=words)
        if answer is not None and answer.status_code == 201:
            self._ledger.greetings.add(answer.json()["id"])

    async def _enrol(self, client: httpx.AsyncClient, someone: Someone, *, shift: Shift) -> None:
        answer = await self._send(client, "enrolment", "POST", f"/shifts/{shift.id}/enrolments")
        if answer is not None and answer.status_code == 201:
            self._ledger.enrolments.add(answer.json()["id"])

    async def _check_in(
        self, client: httpx.AsyncClient, someone: Someone, *, point: Point, direction: str = "in"
    ) -> None:
        await self._scan(client, someone, point, f"n-{uuid4().hex}", direction)

    async def _scan(
        self, client: httpx.AsyncClient, someone: Someone, point: Point, nonce: str, direction: str
    ) -> None:
        office = self._crowd.office
        body = {"code": venue_code(office, point, office.now()).text, "nonce": nonce, "direction": direction}
        answer = await self._send(client, "check-in", "POST", "/check-ins", json=body)
        if answer is None or answer.status_code >= 500:
            self._ledger.unanswered.append((someone, point, nonce, direction))
        elif "scan_id" in answer.json():
            # Refused scans are acknowledged too: each stands in the log.
            self._ledger.check_ins[nonce] = answer.json()["scan_id"]

    async def ask_again(self) -> None:
        """Send every check-in once more that got no answer, as a phone does."""
        again, self._ledger.unanswered = self._ledger.unanswered, []
        for someone, point, nonce, direction in again:
            async with client_of(self._api, someone.headers, timeout=10) as client:
                await self._scan(client, someone, point, nonce, direction)


async def enrol_everybody(crowd: Crowd, url: str) -> None:
    """In every event, without asking the server."""
    now = crowd.office.now()
    async with database(url):
        for shift, point in crowd.doors:
            await Enrolment.bulk_create([
                Enrolment(
                    event_id=point.event_id, shift=shift, person=someone.person, status=EnrolmentStatus.CONFIRMED,
                    queue_no=number, enrolled_at=now, changed_at=now,
                )
                for number, someone in enumerate(crowd.people, 1)
            ])  # fmt: skip
            await Shift.filter(id=shift.id).update(taken=len(crowd.people), queue_tail=len(crowd.people))


async def losses(url: str, ledger: Ledger) -> list[str]:
    """What the ledger has and the database has not, and what the database has twice."""
    async with database(url):
        return await _missing(ledger) + await _doubled() + await _miscounted()


async def _missing(ledger: Ledger) -> list[str]:
    greetings = {str(row) for row in await Greeting.all().values_list("id", flat=True)}
    enrolments = {str(row) for row in await Enrolment.all().values_list("id", flat=True)}
    scans = {row.nonce: str(row.id) for row in await Scan.all()}
    return [
        *(f"greeting {each}" for each in ledger.greetings - greetings),
        *(f"enrolment {each}" for each in ledger.enrolments - enrolments),
        *(f"check-in {nonce}" for nonce, scan in ledger.check_ins.items() if scans.get(nonce) != scan),
    ]


async def _doubled() -> list[str]:
    live = Counter([(row.event_id, row.person_id) for row in await Enrolment.filter(status__in=LIVE)])
    nonces = Counter([row.nonce for row in await Scan.all()])
    attended = Counter([row.enrolment_id for row in await Attendance.all()])
    texts = Counter([row.text for row in await Greeting.all()])
    kinds = {"enrolment": live, "scan": nonces, "attendance": attended, "greeting": texts}
    return [f"{kind} {each} twice" for kind, counts in kinds.items() for each, times in counts.items() if times > 1]


async def _miscounted() -> list[str]:
    faults = []
    for shift in await Shift.all():
        held = await Enrolment.filter(shift_id=shift.id, status__in=HOLDS_SEAT).count()
        faults += [f"{shift.taken} seats taken, {held} held"] if shift.taken != held else []
    scans = await Scan.filter(verdict="CheckedIn").values_list("event_id", "enrolment_id")
    # Who may come and go is checked in as often as they come.
    open_to_return = set(await Event.filter(allows_re_entry=True).values_list("id", flat=True))
    returning = {scan for scan in scans if scan[0] in open_to_return}
    accepted = len(returning) + sum(scan[0] not in open_to_return for scan in scans)
    attended = await Attendance.all().count()
    return faults + ([f"{accepted} checked in, {attended} attended"] if accepted != attended else [])
