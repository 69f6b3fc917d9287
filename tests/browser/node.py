"""Node, for what the staff page runs without a browser."""

import os
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def node() -> str:
    """Its path; without one the test is skipped and says so, and under CI=true it fails."""
    beside = Path(sys.executable).parent / "node"
    found = str(beside) if beside.exists() else shutil.which("node")
    if found is None:
        missing = "there is no Node: scripts/test brings it"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    return found
