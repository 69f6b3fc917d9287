"""Two hundred people want thirty seats, all at once."""

import asyncio
import json
import random
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest

from capabilities.enrolment import AlreadyEnrolled, Standing, enrol
from capabilities.office import Office
from models.enrolment import Enrolment
from models.shift import Shift
from tests.cast import Cast, Someone
from tests.races.harness import Answer, faults_in, race
from tests.races.phones import phones
from tests.stage import published, shift_of, shifts_of

ROOT = Path(__file__).parents[2]
SEATS, CROWD = 30, 200
ROUNDS, FEWER_ROUNDS = 20, 5
# One in twenty presses twice.
DOUBLE = CROWD // 20


async def what_is_written(shift: Shift) -> list[Answer]:
    """The race as the table tells it; a place is a place among those who wait."""
    rows = await Enrolment.filter(shift_id=shift.id).order_by("queue_no")
    assert [row.queue_no for row in rows] == list(range(1, len(rows) + 1))
    places = {row.id: place for place, row in enumerate((r for r in rows if r.status == "waitlisted"), 1)}
    return [Answer(row.person_id, row.status.value, places.get(row.id)) for row in rows]


async def require_sound(shift: Shift, answers: Sequence[Answer]) -> None:
    assert faults_in(answers, seats=SEATS, people=CROWD, double=DOUBLE) == []
    written = await what_is_written(shift)
    assert faults_in(written, seats=SEATS, people=CROWD) == []
    assert set(written) == {answer for answer in answers if answer.status != "AlreadyEnrolled"}
    assert (await Shift.get(id=shift.id)).taken == SEATS


class TestEnrol:
    async def test_gives_each_seat_once_over_the_door(self, crowd: list[Someone], base_url: str) -> None:
        """Through HTTP to the served application, twenty times."""
        async with phones(base_url) as many:

            async def press(someone: Someone) -> Answer:
                got = json.loads(await many.post(f"/shifts/{shift.id}/enrolments", someone.headers))
                return Answer(someone.id, got["code"] if "code" in got else got["status"], got.get("place"))

            for _ in range(ROUNDS):
                shift = shift_of(await published(seats=[SEATS]))
                await require_sound(shift, await race(press, crowd, double=DOUBLE))

    async def test_gives_each_seat_once_to_two_offices(
        self, crowd: list[Someone], office: Office, beside: Office
    ) -> None:
        """Through the capability; who presses twice may come to both."""
        callers = {someone.id: await someone.caller() for someone in crowd}

        async def press(someone: Someone) -> Answer:
            try:
                got = await enrol(random.choice((office, beside)), callers[someone.id], shift.id)
            except AlreadyEnrolled as refusal:
                return Answer(someone.id, refusal.code)
            return Answer(someone.id, got.enrolment.status.value, got.place)

        for _ in range(FEWER_ROUNDS):
            shift = shift_of(await published(seats=[SEATS]))
            await require_sound(shift, await race(press, crowd, double=DOUBLE))

    async def test_gives_each_seat_once_to_two_processes(
        self, crowd: list[Someone], office: Office, database_url: str, is_postgres: bool
    ) -> None:
        """Each of two processes of the system enrols half the crowd; who presses twice comes to both."""
        if not is_postgres:
            pytest.skip("SQLite is served by one process alone (models/sole_process.py); run with --database postgres")
        people = [someone.id for someone in crowd]
        halves = (people[: CROWD // 2], people[CROWD // 2 :] + people[:DOUBLE])
        async with process(database_url, office) as first, process(database_url, office) as second:
            for _ in range(FEWER_ROUNDS):
                shift = shift_of(await published(seats=[SEATS]))
                both = zip((first, second), halves, strict=True)
                got = await asyncio.gather(*(ask(each, shift, half) for each, half in both))
                await require_sound(shift, [*got[0], *got[1]])

    async def test_enrols_one_person_in_one_of_two_shifts(self, cast: Cast, office: Office, beside: Office) -> None:
        """One phone, two taps, two processes: the locks on the shifts do not meet, the one on the person does."""
        for _ in range(20):
            first, second = shifts_of(await published(seats=[5, 5]))
            who = await (await cast.volunteer()).caller()
            answers = await asyncio.gather(
                enrol(office, who, first.id), enrol(beside, who, second.id), return_exceptions=True
            )
            assert sorted(type(each).__name__ for each in answers) == [AlreadyEnrolled.__name__, Standing.__name__]
            assert await Enrolment.filter(person_id=who.person_id).count() == 1
            taken = [shift.taken for shift in await Shift.filter(id__in=[first.id, second.id])]
            assert sorted(taken) == [0, 1]


@asynccontextmanager
async def process(database_url: str, office: Office) -> AsyncIterator[Process]:
    command = (sys.executable, "-m", "tests.races.enrolling_process", database_url, office.now().isoformat())
    running = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=PIPE, stdout=PIPE)
    assert running.stdin is not None
    assert running.stdout is not None
    try:
        assert await running.stdout.readline() == b"ready\n"
        yield running
    finally:
        running.stdin.close()
        ended = await asyncio.wait_for(running.wait(), timeout=30)
    assert ended == 0


async def ask(running: Process, shift: Shift, people: Sequence[UUID]) -> list[Answer]:
    assert running.stdin is not None
    assert running.stdout is not None
    asked = {"shift": str(shift.id), "people": [str(each) for each in people]}
    running.stdin.write(json.dumps(asked).encode() + b"\n")
    return [Answer(UUID(who), status, place) for who, status, place in json.loads(await running.stdout.readline())]
