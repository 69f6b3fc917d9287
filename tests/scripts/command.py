"""Run a maintenance command as a person or a timer does: a process of its own, with an environment said in full."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
KEYS = {"LIZAN_SECRET_KEY": "s" * 40, "LIZAN_DATA_KEY": "d" * 40, "LIZAN_INDEX_KEY": "i" * 40}
WECHAT = {"LIZAN_WECHAT_APP_ID": "wx-test", "LIZAN_WECHAT_APP_SECRET": "app-secret-canary"}


@dataclass(frozen=True)
class Ran:
    code: int
    said: str
    complained: str


def environment(**settings: str) -> dict[str, str]:
    """Nothing of the environment that the tests run in but the way to the programs."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", **settings}


def for_database(url: str) -> dict[str, str]:
    return environment(**KEYS, **WECHAT, LIZAN_DATABASE_URL=url)


def run(name: str, *arguments: str, env: dict[str, str], cwd: Path, seconds: float = 240) -> Ran:
    """`cwd` is a directory of the test's own, so that no `.env` is found; ends after `seconds` at the latest."""
    done = subprocess.run(
        [sys.executable, "-m", f"scripts.{name}", *arguments],
        env=env,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    # Nobody who starts a command is answered with a traceback, and nobody with a secret.
    assert "Traceback" not in done.stderr, done.stderr
    for secret in (*KEYS.values(), "app-secret-canary"):
        assert secret not in done.stdout + done.stderr
    return Ran(done.returncode, done.stdout, done.stderr)
