"""A hall signs in while the server is killed again and again: every acknowledged scan is there, once."""

import asyncio
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.conftest import ROOT, Crowd, Launch
from tests.faults.ledger import Ledger, Stream, enrol_everybody, losses
from tests.faults.test_kill import SEED, kill_under_load


@pytest.fixture
async def hall(crowd: Crowd, database_url: str) -> Crowd:
    """Everybody is enrolled everywhere."""
    await enrol_everybody(crowd, database_url)
    return crowd


def rederived(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What the operators' command says of the log and the table."""
    return subprocess.run(
        [sys.executable, "-m", "scripts.rederive"],
        env={"PATH": str(Path(sys.executable).parent), "PYTHONPATH": str(ROOT), **environment},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


class TestStorm:
    async def test_loses_no_acknowledged_scan_and_derives_the_same(
        self, launch: Launch, hall: Crowd, database_url: str, environment: dict[str, str], cycles: int
    ) -> None:
        ledger, server, chance = Ledger(), launch(), random.Random(SEED)
        stream = Stream(hall, server.api, ledger, only="sign-ins")
        await asyncio.to_thread(server.start)
        for _ in range(cycles):
            await kill_under_load(server, stream, chance.randint(20, 60))
            await asyncio.to_thread(server.start)
            await stream.ask_again()
        print(f"{cycles} kills, acknowledged {ledger.acknowledged}, unknown {dict(ledger.unknown)}")  # noqa: T201 - shown by -rP
        assert await losses(database_url, ledger) == []
        assert ledger.surprises == []
        assert ledger.unknown.total() > 0, "no kill came midway, so nothing was shown"
        assert len(ledger.check_ins) >= 20 * cycles
        said = await asyncio.to_thread(rederived, environment)
        assert (said.returncode, "全部一致" in said.stdout) == (0, True), said.stdout + said.stderr


class TestControl:
    async def test_sees_a_server_that_acknowledges_scans_too_early(
        self, launch: Launch, hall: Crowd, database_url: str
    ) -> None:
        ledger, server = Ledger(), launch("tests.faults.lossy_server")
        await asyncio.to_thread(server.start)
        await kill_under_load(server, Stream(hall, server.api, ledger, only="sign-ins"), 60)
        lost = await losses(database_url, ledger)
        assert any(each.startswith("check-in ") for each in lost)
