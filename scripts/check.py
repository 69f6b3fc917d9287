"""Everything that must hold before a change is kept: lint, types, import contracts, and the tests on each database.

PostgreSQL and Redis are used where they are reachable; without them their legs are skipped with a line that says so,
and under CI=true that is a failure.
"""

import os
import re
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit

POSTGRES = "postgres://root@127.0.0.1:5432/test"
REDIS = "redis://127.0.0.1:6379/9"
CHECKS = (
    ("lint", ("ruff", "check", ".")),
    ("format", ("ruff", "format", "--check", ".")),
    ("types", ("mypy",)),
    ("imports", ("importlinter.cli", "lint")),
)
# More than these is no accident of a busy machine.
MOST_TRIED_ALONE = 5
# pytest ran to its end; any other code but 0 says that it did not.
TESTS_FAILED = 1
COUNT = re.compile(r"(\d+) (passed|failed|skipped|error)")


def main() -> int:
    began, arguments = time.monotonic(), sys.argv[1:]
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for name, command in CHECKS:
        is_good = _run(name, *_module(command))
        counts["passed" if is_good else "failed"] += 1
    for database in _databases(counts):
        _pytest(database, arguments, counts)
    seconds = time.monotonic() - began
    print(f"\n用时 {seconds:.0f} 秒。Done in {seconds:.0f} s.")
    print(", ".join(f"{number} {word}" for word, number in counts.items()))
    return 1 if counts["failed"] else 0


def _module(command: tuple[str, ...]) -> tuple[str, ...]:
    if command[0] == "importlinter.cli":
        return sys.executable, "-c", "import importlinter.cli; importlinter.cli.lint_imports_command()"
    return sys.executable, "-m", *command


def _run(name: str, *command: str) -> bool:
    print(f"\n== {name}", flush=True)
    return subprocess.run(command, check=False).returncode == 0


def _databases(counts: dict[str, int]) -> list[str]:
    """SQLite always; PostgreSQL where it answers."""
    for name, variable, default in (
        ("PostgreSQL", "LIZAN_TEST_POSTGRES_URL", POSTGRES),
        ("Redis", "LIZAN_TEST_REDIS_URL", REDIS),
    ):
        url = os.environ.setdefault(variable, default)
        if not _answers(url):
            _miss(name, url, counts)
    return ["sqlite", "postgres"] if _answers(os.environ["LIZAN_TEST_POSTGRES_URL"]) else ["sqlite"]


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    try:
        with socket.create_connection(
            (parts.hostname or "127.0.0.1", parts.port or (6379 if parts.scheme.startswith("redis") else 5432)),
            timeout=2,
        ):
            return True
    except OSError:
        return False


def _miss(name: str, url: str, counts: dict[str, int]) -> None:
    where = urlsplit(url)
    is_ci = os.environ.get("CI") == "true"
    counts["failed" if is_ci else "skipped"] += 1
    print(f"\n== {name} {'must answer' if is_ci else 'skipped: nothing answers'} at {where.hostname}:{where.port}")


def _pytest(database: str, arguments: list[str], counts: dict[str, int]) -> None:
    """One process per database: the ORM keeps SQL per process.

    Few that failed while two workers and their servers shared a small machine are run once more with nobody beside
    them. What passes then is said in the last line; what fails twice has failed.
    """
    print(f"\n== tests on {database}", flush=True)
    command = [sys.executable, "-m", "pytest", "-q", "--database", database]
    found, code = _counted([*command, "-n", "2", *arguments])
    failed = found.get("failed", 0) + found.get("error", 0)
    if code == TESTS_FAILED and 0 < failed <= MOST_TRIED_ALONE:
        print(f"\n== {failed} of them again, alone, on {database}", flush=True)
        again, code = _counted([*command, "--last-failed", "--last-failed-no-failures", "none", *arguments])
        alone = again.get("passed", 0)
        counts["passed only alone"] = counts.get("passed only alone", 0) + alone
        failed = again.get("failed", 0) + again.get("error", 0)
    counts["passed"] += found.get("passed", 0)
    counts["skipped"] += found.get("skipped", 0)
    counts["failed"] += failed or int(code != 0)


def _counted(command: list[str]) -> tuple[dict[str, int], int]:
    """What pytest counted in its last line, and how it ended."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as tests:
        last = ""
        for line in tests.stdout or ():
            print(line, end="", flush=True)
            last = line if COUNT.search(line) else last
    return {word: int(number) for number, word in COUNT.findall(last)}, tests.returncode


if __name__ == "__main__":
    sys.exit(main())
