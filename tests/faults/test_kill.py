"""Killed midway, again and again: what was acknowledged is there after the restart, once."""

import asyncio
import random

from tests.faults.conftest import Crowd, Launch, Server
from tests.faults.ledger import Ledger, Stream, losses

CYCLES = 5
# How many acknowledgements the kill waits for is drawn with a fixed seed, so that a run can be repeated.
SEED = 20190530


async def kill_under_load(server: Server, stream: Stream, acknowledged: int) -> None:
    running = await stream.run_until(acknowledged)
    await asyncio.to_thread(server.kill)
    stream.end()
    await running


class TestKill:
    async def test_loses_no_acknowledged_write(self, launch: Launch, crowd: Crowd, database_url: str) -> None:
        ledger, server, chance = Ledger(), launch(), random.Random(SEED)
        stream = Stream(crowd, server.api, ledger)
        await asyncio.to_thread(server.start)
        for _ in range(CYCLES):
            await kill_under_load(server, stream, chance.randint(30, 90))
            await asyncio.to_thread(server.start)
            await stream.ask_again()
            assert await losses(database_url, ledger) == []
        print(f"acknowledged {ledger.acknowledged}, unknown {dict(ledger.unknown)}")  # noqa: T201 - shown by -rP
        assert ledger.surprises == []
        assert ledger.unknown.total() > 0, "no kill came midway, so nothing was shown"
        assert min(len(ledger.greetings), len(ledger.enrolments), len(ledger.check_ins)) >= 20


class TestControl:
    async def test_sees_a_writer_that_acknowledges_too_early(
        self, launch: Launch, crowd: Crowd, database_url: str
    ) -> None:
        ledger, server = Ledger(), launch("tests.faults.lossy_server")
        await asyncio.to_thread(server.start)
        await kill_under_load(server, Stream(crowd, server.api, ledger, only="greetings"), 60)
        lost = await losses(database_url, ledger)
        assert len(lost) > 0
        assert all(each.startswith("greeting ") for each in lost)
