"""The office: what is put together once."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from capabilities.office import Office
from kit.clock import StandingClock
from kit.group_commit import Stopping
from kit.shared_memory import ProcessMemory
from tests.doubles import FakeWeChat

SECRET, OLDER_SECRET = b"secret-canary-" + b"s" * 26, b"older-canary-" + b"o" * 27


def office_with(clock: StandingClock, *, previous: bytes | None = None, secret: bytes = SECRET) -> Office:
    return Office(clock, FakeWeChat(), ProcessMemory(), "http://127.0.0.1:8530", secret, previous)


@pytest.fixture
def bare(clock: StandingClock) -> Office:
    """An office without a database or a server around it."""
    return office_with(clock)


class Batches:
    """Answers each number with its double, refuses the odd thirteen, and remembers what came together."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.began = asyncio.Event()

    async def write(self, _office: Office, numbers: Sequence[int]) -> list[int | BaseException]:
        self.sizes.append(len(numbers))
        self.began.set()
        await asyncio.sleep(0.01)
        return [KeyError(13) if number == 13 else number * 2 for number in numbers]


class TestTogether:
    async def test_answers_each_with_its_own(self, bare: Office) -> None:
        batches = Batches()
        answers = await asyncio.gather(*(bare.together(batches.write, n) for n in range(12)))
        assert answers == [n * 2 for n in range(12)]

    async def test_commits_what_comes_meanwhile_in_one(self, bare: Office) -> None:
        batches = Batches()
        first = asyncio.create_task(bare.together(batches.write, 0))
        await batches.began.wait()
        await asyncio.gather(first, *(bare.together(batches.write, n) for n in range(1, 9)))
        assert batches.sizes == [1, 8]

    async def test_raises_a_refusal_at_its_own_caller_only(self, bare: Office) -> None:
        batches = Batches()
        answers = await asyncio.gather(*(bare.together(batches.write, n) for n in (12, 13, 14)), return_exceptions=True)
        assert (answers[0], type(answers[1]), answers[2]) == (24, KeyError, 28)

    async def test_keeps_kinds_apart(self, bare: Office) -> None:
        one, other = Batches(), Batches()
        await asyncio.gather(bare.together(one.write, 1), bare.together(other.write, 2))
        assert (one.sizes, other.sizes) == ([1], [1])


class TestFinish:
    async def test_writes_what_was_submitted_and_takes_nothing_new(self, bare: Office) -> None:
        batches = Batches()
        submitted = [asyncio.create_task(bare.together(batches.write, n)) for n in range(3)]
        await asyncio.sleep(0)
        await bare.finish()
        assert await asyncio.gather(*submitted) == [0, 2, 4]
        with pytest.raises(Stopping):
            await bare.together(batches.write, 4)


class TestOffice:
    def test_tells_the_time_of_its_clock(self, bare: Office, clock: StandingClock) -> None:
        before = bare.now()
        clock.advance(timedelta(minutes=5))
        assert bare.now() - before == timedelta(minutes=5)

    def test_says_no_secret_of_itself(self, clock: StandingClock) -> None:
        assert "canary" not in repr(office_with(clock, previous=OLDER_SECRET))

    def test_opens_what_the_previous_secret_sealed(self, clock: StandingClock) -> None:
        older, rotated = office_with(clock, secret=OLDER_SECRET), office_with(clock, previous=OLDER_SECRET)
        seal = older.venue_seals.seal(b"payload")
        assert rotated.venue_seals.open(seal) == b"payload"
        assert office_with(clock).venue_seals.open(seal) is None
        assert older.ticket_keys[0] in rotated.ticket_keys
        assert rotated.ticket_keys[0] != older.ticket_keys[0]

    def test_derives_a_key_of_its_own_for_each_purpose(self, bare: Office) -> None:
        assert len({bare.secret, bare.session_key, bare.ticket_keys[0]}) == 3
