"""Doing the jobs in a process of their own."""

import asyncio
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.scripts.command import environment, for_database, run


class TestWork:
    def test_names_what_is_missing(self, tmp_path: Path) -> None:
        ran = run("work", env=environment(), cwd=tmp_path)
        assert ran.code == 2
        assert "LIZAN_SECRET_KEY" in ran.complained

    def test_runs_until_it_is_told_to_stop(self, database_url: str, tmp_path: Path) -> None:
        log = tmp_path / "log"
        with log.open("w") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "scripts.work"], env=for_database(database_url), cwd=tmp_path, stderr=said
            )
            try:
                until = time.monotonic() + 30
                while '"working"' not in log.read_text() and time.monotonic() < until:
                    time.sleep(0.1)
                process.send_signal(signal.SIGTERM)
                assert process.wait(timeout=10) == 0
            finally:
                process.kill()
        assert '"stopped"' in log.read_text()

    async def test_is_refused_beside_a_server_without_redis(
        self, app: object, database_url: str, tmp_path: Path
    ) -> None:
        ran = await asyncio.to_thread(run, "work", env=for_database(database_url), cwd=tmp_path)
        assert ran.code == 2
        assert "后台任务未启动" in ran.complained
