"""Before the harness is trusted it must go red: on a naive form that oversells, and on each fault by itself."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest

from capabilities.office import Office
from models.database import connection
from tests.races.harness import Answer, faults_in, race

SEATS, CROWD = 3, 12
PEOPLE = [UUID(int=number) for number in range(1, CROWD + 1)]


async def count(status: str) -> int:
    rows = await connection().execute_query_dict(f"SELECT count(*) AS n FROM scratch WHERE status = '{status}'")  # noqa: S608
    return int(rows[0]["n"])


async def enrol_naively(person: UUID) -> Answer:
    """Look first, write after: every other caller fits in between. No constraint stops it."""
    status = "confirmed" if await count("confirmed") < SEATS else "waitlisted"
    place = await count("waitlisted") + 1 if status == "waitlisted" else None
    await asyncio.sleep(0)
    await connection().execute_query(f"INSERT INTO scratch VALUES ('{person}', '{status}')")  # noqa: S608
    return Answer(person, status, place)


@pytest.fixture
async def scratch(office: Office) -> AsyncIterator[None]:
    await connection().execute_query("CREATE TABLE scratch (person VARCHAR(36), status VARCHAR(12))")
    yield
    await connection().execute_query("DROP TABLE scratch")


class TestNaiveForm:
    async def test_is_caught(self, scratch: None) -> None:
        answers = await race(enrol_naively, PEOPLE)
        assert sum(answer.status == "confirmed" for answer in answers) > SEATS
        assert faults_in(answers, seats=SEATS, people=CROWD)[0].endswith("confirmed for 3 seats")

    async def test_passes_one_after_the_other(self, scratch: None) -> None:
        """So what the harness catches above is the race, and nothing else about the form."""
        answers = [await enrol_naively(person) for person in PEOPLE]
        assert faults_in(answers, seats=SEATS, people=CROWD) == []


SOUND = [
    *(Answer(person, "confirmed") for person in PEOPLE[:SEATS]),
    *(Answer(person, "waitlisted", place) for place, person in enumerate(PEOPLE[SEATS:], 1)),
]


class TestFaultsIn:
    def test_finds_none_in_a_sound_race(self) -> None:
        assert faults_in(SOUND, seats=SEATS, people=CROWD) == []
        pressed_twice = [*SOUND, Answer(PEOPLE[0], "AlreadyEnrolled")]
        assert faults_in(pressed_twice, seats=SEATS, people=CROWD, double=1) == []

    @pytest.mark.parametrize(
        "planted",
        [
            [*SOUND[:3], Answer(PEOPLE[3], "confirmed"), *SOUND[4:]],
            [*SOUND[:2], *SOUND[3:]],
            [*SOUND[:-1], replace(SOUND[-1], place=8)],
            [*SOUND[:-1], replace(SOUND[-1], place=10)],
            [*SOUND[:-1], replace(SOUND[-1], place=None)],
            [*SOUND[:-1], replace(SOUND[-1], who=PEOPLE[0])],
            [*SOUND[:-1], Answer(PEOPLE[-1], "InternalError")],
            [*SOUND, Answer(PEOPLE[0], "AlreadyEnrolled")],
            [*SOUND, SOUND[0]],
            [],
        ],
        ids=[
            "oversold", "undersold", "a_place_twice", "a_gap", "no_place", "a_person_twice", "an_error",
            "a_refusal_nobody_caused", "an_answer_twice", "nothing",
        ],
    )  # fmt: skip
    def test_finds_what_was_planted(self, planted: list[Answer]) -> None:
        assert faults_in(planted, seats=SEATS, people=CROWD)
