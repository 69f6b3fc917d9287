"""The rounds that the server makes by itself."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

from capabilities.job import put
from capabilities.office import Office
from server.background import ROUNDS, Round, make_rounds, run_jobs
from server.works import WORKS


async def run_for(turns: int, office: Office, *rounds: Round) -> list[str]:
    """Make these rounds until a last one has counted so many turns; returns which were made."""
    made: list[str] = []
    enough = asyncio.Event()

    def noting(round_: Round) -> Round:
        async def note(office: Office) -> int:
            made.append(round_.__name__)
            if made.count(rounds[-1].__name__) == turns:
                enough.set()
            return await round_(office)

        return note

    task = asyncio.create_task(make_rounds(office, [noting(each) for each in rounds], 0.001))
    await asyncio.wait_for(enough.wait(), 5)
    assert not task.done()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    return made


async def fail(_: Office) -> int:
    raise RuntimeError("planted")


async def do_nothing(_: Office) -> int:
    return 0


class TestMakeRounds:
    async def test_goes_on_after_one_that_fails(self, office: Office) -> None:
        made = await run_for(3, office, fail, do_nothing)
        assert made[:6] == ["fail", "do_nothing"] * 3

    async def test_makes_all_that_there_are(self, office: Office) -> None:
        names = [each.__name__ for each in ROUNDS]
        assert (await run_for(2, office, *ROUNDS))[: len(names)] == names


class TestRunJobs:
    async def test_does_what_is_ordered_while_it_runs(self, office: Office) -> None:
        done = asyncio.Event()

        async def ring(_: Office, __: Mapping[str, Any]) -> None:
            done.set()

        task = asyncio.create_task(run_jobs(office, {"bell.ring": ring}, 0.01))
        await put(office, "bell.ring", {})
        await asyncio.wait_for(done.wait(), 5)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def test_knows_a_work_for_every_name(self) -> None:
        assert all(name.partition(".")[2] and callable(work) for name, work in WORKS.items())
