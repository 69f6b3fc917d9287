"""A few at a time, each in a process with bounds; nobody waits for long, and nothing hostile reaches the server."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kit.media import workbench
from kit.media.looking import Family, Looked
from kit.media.refusals import MediaBusy, MediaUnreadable
from kit.media.workbench import Workbench
from tests.kit.media.conftest import Make
from tests.media import jpeg

ROOT = Path(__file__).parents[3]
PICTURE = Looked(Family.JPEG, 8, 8)
HEAVY = Looked(Family.PNG, 5000, 5000)
TRY_TO_GROW = """
from kit.media.worker import bound_yourself
bound_yourself(5, 5)
try:
    b"x" * 1024 * 1024 * 1024
except MemoryError:
    print("bounded")
"""
RUN_FOR_EVER = """
from kit.media.worker import bound_yourself
bound_yourself(1, 15)
while True:
    pass
"""


def python(program: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, timeout=20)


class TestWorker:
    def test_gets_no_more_memory_than_its_bound(self) -> None:
        assert python(TRY_TO_GROW).stdout == b"bounded\n"

    def test_is_ended_when_it_works_too_long(self) -> None:
        assert python(RUN_FOR_EVER).returncode == -signal.SIGXCPU


class TestWorkbench:
    async def test_keeps_our_secrets_from_the_worker(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("LIZAN_SECRET_KEY", "canary")
        bench, worker = Workbench(), tmp_path / "kit" / "media"
        worker.mkdir(parents=True)
        for package in (tmp_path / "kit", worker):
            (package / "__init__.py").touch()
        (worker / "worker.py").write_text(
            "import os, sys, json\nprint(json.dumps({'made': {'kind': 'CANARY' if 'LIZAN_SECRET_KEY' in os.environ"
            " else 'image'}}))"
        )
        monkeypatch.setattr(workbench, "ROOT", tmp_path)
        assert (await bench.make(PICTURE, tmp_path, tmp_path)).kind == "image"

    async def test_gives_up_a_worker_that_hangs(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, make: Make
    ) -> None:
        monkeypatch.setattr(workbench, "PICTURE_SECONDS", (5, 1))
        pipe = tmp_path / "never"
        os.mkfifo(pipe)
        with pytest.raises(MediaBusy):
            await Workbench().make(PICTURE, pipe, tmp_path)
        monkeypatch.undo()
        assert (await make(jpeg())).made.kind == "image"

    async def test_calls_a_file_unreadable_that_ends_its_worker(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """As more work than is allowed does, or a fault in a decoder."""
        worker = tmp_path / "kit" / "media"
        worker.mkdir(parents=True)
        for package in (tmp_path / "kit", worker):
            (package / "__init__.py").touch()
        monkeypatch.setattr(workbench, "ROOT", tmp_path)
        for number in ("SIGXCPU", "SIGSEGV", "SIGKILL"):
            (worker / "worker.py").write_text(f"import os, signal\nos.kill(os.getpid(), signal.{number})")
            with pytest.raises(MediaUnreadable):
                await Workbench().make(PICTURE, tmp_path, tmp_path)

    async def test_ends_the_worker_when_nobody_waits_any_more(self, tmp_path: Path) -> None:
        pipe = tmp_path / "never"
        os.mkfifo(pipe)
        asked = asyncio.create_task(Workbench().make(PICTURE, pipe, tmp_path))
        await asyncio.sleep(0.5)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert not any(str(pipe) in line for line in _command_lines())

    async def test_refuses_rather_than_queues_for_ever(self, tmp_path: Path) -> None:
        pipe = tmp_path / "never"
        os.mkfifo(pipe)
        bench = Workbench(hands=1, queue=1, patience=0.3)
        first, second = (asyncio.create_task(bench.make(PICTURE, pipe, tmp_path)) for _ in range(2))
        await asyncio.sleep(0.05)
        with pytest.raises(MediaBusy) as third:
            await bench.make(PICTURE, pipe, tmp_path)
        assert third.value.retry_after
        with pytest.raises(MediaBusy):
            await second
        first.cancel()
        await asyncio.wait([first])

    async def test_has_one_heavy_picture_at_a_time_and_others_beside_it(self, tmp_path: Path) -> None:
        pipe = tmp_path / "never"
        os.mkfifo(pipe)
        bench = Workbench(hands=2, patience=0.3)
        first = asyncio.create_task(bench.make(HEAVY, pipe, tmp_path))
        await asyncio.sleep(0.05)
        with pytest.raises(MediaBusy):
            await bench.make(HEAVY, pipe, tmp_path)
        (tmp_path / "given").write_bytes(jpeg())
        assert (await bench.make(PICTURE, tmp_path / "given", tmp_path)).kind == "image"
        first.cancel()
        await asyncio.wait([first])

    def test_bounds_what_arrives_at_once_for_all_and_for_each(self) -> None:
        bench = Workbench(arriving=3, arriving_each=2)
        with bench.arriving("alice"), bench.arriving("alice"):
            with pytest.raises(MediaBusy), bench.arriving("alice"):
                pass
            with bench.arriving("bob"), pytest.raises(MediaBusy), bench.arriving("charlie"):
                pass
        with bench.arriving("alice"):
            pass


def _command_lines() -> list[str]:
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(file.read_bytes().decode(errors="replace"))
        except OSError:
            continue
    return found
