"""Killed midway, again and again: what was acknowledged is there after the restart, once."""

import asyncio
import random

from tests.faults.conftest import Crowd, Launch, Server
from tests.faults.ledger import Ledger, Stream, losses

CYCLES = 5
# The moment of the kill is drawn from this; a fixed seed makes a run repeatable as far as time allows.
SEED = 20190530


async def kill_under_load(
    server: Server, crowd: Crowd, ledger: Ledger, seconds: float, *, greetings_only: bool
) -> Stream:
    stream = Stream(crowd, server.api, ledger)
    running = asyncio.create_task(stream.run(greetings_only=greetings_only))
    await asyncio.sleep(seconds)
    await asyncio.to_thread(server.kill)
    stream.end()
    await running
    return stream


class TestKill:
    async def test_loses_no_acknowledged_write(self, launch: Launch, crowd: Crowd, database_url: str) -> None:
        ledger, server, chance = Ledger(), launch(), random.Random(SEED)
        for _ in range(CYCLES):
            await asyncio.to_thread(server.start)
            stream = await kill_under_load(server, crowd, ledger, chance.uniform(0.5, 1.2), greetings_only=False)
            await asyncio.to_thread(server.start)
            await stream.ask_again()
            await asyncio.to_thread(server.kill)
            assert await losses(database_url, crowd, ledger) == []
        assert ledger.surprises == []
        assert ledger.unknown.total() > 0, "no kill came midway, so nothing was shown"
        assert min(len(ledger.greetings), len(ledger.enrolments), len(ledger.check_ins)) >= 20
        print(f"acknowledged {ledger.acknowledged}, unknown {dict(ledger.unknown)}")  # noqa: T201 - shown by -rP


class TestControl:
    async def test_sees_a_writer_that_acknowledges_too_early(
        self, launch: Launch, crowd: Crowd, database_url: str
    ) -> None:
        ledger, server = Ledger(), launch("tests.faults.lossy_server")
        await asyncio.to_thread(server.start)
        await kill_under_load(server, crowd, ledger, 1.0, greetings_only=True)
        lost = await losses(database_url, crowd, ledger)
        assert 0 < len(lost) < len(ledger.greetings)
        assert all(each.startswith("greeting ") for each in lost)
