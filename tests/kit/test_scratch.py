"""A folder of the process's own: each place gone afterwards, what the dead left gone at the next start."""

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest

from kit.scratch import Scratch, ScratchUnusable, sweep

ROOT = Path(__file__).parents[2]
LEAVES_A_FILE = """
import os, signal, sys
from pathlib import Path
from kit.scratch import Scratch
scratch = Scratch(Path(sys.argv[1]))
with scratch.place() as place:
    (place / "given").write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


class TestPlace:
    def test_is_gone_afterwards_whatever_happened(self, tmp_path: Path) -> None:
        scratch = Scratch(tmp_path)
        places = []
        with contextlib.suppress(RuntimeError), scratch.place() as place:
            places.append(place)
            (place / "given").write_bytes(b"x")
            raise RuntimeError
        assert not places[0].exists()
        scratch.close()
        assert list(tmp_path.iterdir()) == []


class TestSweep:
    def test_takes_what_a_killed_process_left(self, tmp_path: Path) -> None:
        left = subprocess.run([sys.executable, "-c", LEAVES_A_FILE, str(tmp_path)], cwd=ROOT)
        assert left.returncode == -9
        assert len(list(tmp_path.rglob("given"))) == 1
        Scratch(tmp_path).close()
        assert list(tmp_path.iterdir()) == []

    def test_leaves_a_living_process_alone(self, tmp_path: Path) -> None:
        scratch = Scratch(tmp_path)
        with scratch.place() as place:
            (place / "given").write_bytes(b"x")
            assert sweep(tmp_path) == 0
            assert (place / "given").exists()
        scratch.close()


class TestScratch:
    def test_says_that_it_cannot_write(self, tmp_path: Path) -> None:
        (tmp_path / "taken").write_text("a file where a folder should be")
        with pytest.raises(ScratchUnusable, match="LIZAN_UPLOAD_FOLDER"):
            Scratch(tmp_path / "taken")
