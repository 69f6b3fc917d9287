"""What the check makes of tests that fail: once among others, twice, or without coming to an end."""

from pathlib import Path

import pytest

from scripts import check

CONFTEST = "def pytest_addoption(parser):\n    parser.addoption('--database')\n"
STEADY = "def test_steady(request):\n    assert request.node.name == 'test_steady'\n"
FAILS_ONCE = """
from pathlib import Path
def test_fails_once():
    seen = Path('seen')
    was_there = seen.exists()
    seen.touch()
    assert was_there
"""
FAILS = "def test_fails():\n    assert False\n"
ENDS_EARLY = "import pytest\ndef test_ends():\n    pytest.exit('enough', returncode=3)\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "conftest.py").write_text(CONFTEST)
    return tmp_path


def counts_of(folder: Path, *tests: str) -> dict[str, int]:
    (folder / "test_all.py").write_text("\n".join(tests))
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    check._pytest("sqlite", [], counts)
    return counts


class TestPytest:
    def test_tells_what_passed_only_alone(self, folder: Path) -> None:
        counts = counts_of(folder, STEADY, FAILS_ONCE)
        assert counts == {"passed": 1, "failed": 0, "skipped": 0, "passed only alone": 1}

    def test_fails_what_fails_twice(self, folder: Path) -> None:
        counts = counts_of(folder, STEADY, FAILS_ONCE, FAILS)
        assert counts == {"passed": 1, "failed": 1, "skipped": 0, "passed only alone": 1}

    def test_tries_nothing_again_where_much_has_failed(self, folder: Path) -> None:
        many = [FAILS.replace("test_fails", f"test_fails_{number}") for number in range(check.MOST_TRIED_ALONE)]
        counts = counts_of(folder, FAILS_ONCE, *many)
        assert counts == {"passed": 0, "failed": check.MOST_TRIED_ALONE + 1, "skipped": 0}

    def test_fails_where_the_tests_did_not_come_to_their_end(self, folder: Path) -> None:
        assert counts_of(folder, STEADY, ENDS_EARLY)["failed"] >= 1
