"""Many ask at once with one key, in one process and in two: the work is done once, and every answer names that work."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from capabilities.office import Office
from models.answered import Answered
from models.transition import Transition
from server.idempotency import FirstAnswers
from tests.cast import Cast, Someone
from tests.races.answering_process import WORK, ask

ROOT = Path(__file__).parents[2]
KEYS = [f"key-{number}" for number in range(25)]
AT_ONCE = 4

Told = list[list[str]]


@pytest.fixture
async def writer(cast: Cast) -> Someone:
    return await cast.scientist()


async def faults_in(told: Told) -> list[str]:
    """Everything that is wrong: work done twice or not at all, an answer that names no work or another's."""
    done = {str(each.subject_id) for each in await Transition.filter(subject=WORK)}
    named = {key: {body for each, _, body in told if each == key and body} for key in KEYS}
    first = Counter(key for key, how, _ in told if how == "first")
    faults = [f"{key} named {len(bodies)} works" for key, bodies in named.items() if len(bodies) != 1]
    faults += [f"{key} was done {first[key]} times" for key in KEYS if first[key] != 1]
    if done != set().union(*named.values()) or len(done) != len(KEYS):
        faults.append(f"{len(done)} works for {len(KEYS)} keys")
    if others := {how for _, how, _ in told} - {"first", "replayed", "IdempotencyKeyInFlight"}:
        faults.append(f"answers of another kind: {sorted(others)}")
    return faults


class TestOneProcess:
    async def test_does_it_once(self, office: Office, writer: Someone) -> None:
        answers = FirstAnswers(office)
        told = await asyncio.gather(*(ask(answers, office, writer.id, key) for key in KEYS * AT_ONCE))
        told += await asyncio.gather(*(ask(answers, office, writer.id, key) for key in KEYS))
        assert await faults_in(told) == []
        assert {how for _, how, _ in told[-len(KEYS) :]} == {"replayed"}

    async def test_would_be_seen_to_do_it_twice(self, office: Office, writer: Someone) -> None:
        """The control: one whose rows are forgotten between the askings does everything again."""
        answers = FirstAnswers(office)
        told = await asyncio.gather(*(ask(answers, office, writer.id, key) for key in KEYS))
        await Answered.all().delete()
        told += await asyncio.gather(*(ask(answers, office, writer.id, key) for key in KEYS))
        assert len(await faults_in(told)) == 2 * len(KEYS) + 1


class TestTwoProcesses:
    async def test_do_it_once(self, office: Office, writer: Someone, database_url: str) -> None:
        told: Told = []
        async with process(database_url, office) as one, process(database_url, office) as other:
            for number, key in enumerate(KEYS):
                # Whoever is asked first would always win, so they take turns.
                pair = (one, other) if number % 2 else (other, one)
                for answers in await asyncio.gather(*(told_by(each, writer, [key] * AT_ONCE) for each in pair)):
                    told += answers
            again = [await told_by(each, writer, KEYS) for each in (one, other)]
        assert await faults_in([*told, *again[0], *again[1]]) == []
        assert {how for each in again for _, how, _ in each} == {"replayed"}


@asynccontextmanager
async def process(database_url: str, office: Office) -> AsyncIterator[Process]:
    command = (sys.executable, "-m", "tests.races.answering_process", database_url, office.now().isoformat())
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


async def told_by(running: Process, writer: Someone, keys: list[str]) -> Told:
    assert running.stdin is not None
    assert running.stdout is not None
    running.stdin.write(json.dumps({"person": str(writer.id), "keys": keys}).encode() + b"\n")
    told: Told = json.loads(await running.stdout.readline())
    return told
