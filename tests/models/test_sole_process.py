"""One database is served by one process, or by several that have a Redis in common; shown with real processes."""

import subprocess
from collections.abc import Callable, Iterator

import pytest

from models.sole_process import NotAlone, serving
from tests.models.processes import answer_of, start

Serve = Callable[[str], str]


@pytest.fixture
def running() -> Iterator[list["subprocess.Popen[str]"]]:
    running: list[subprocess.Popen[str]] = []
    yield running
    for process in running:
        if process.poll() is None:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


@pytest.fixture
def serve(empty_url: str, running: list["subprocess.Popen[str]"]) -> Serve:
    """Start a process that serves the database `with` or `without` Redis, and say how that went."""

    def serve(redis: str) -> str:
        process = start("serve", empty_url, {"with": "redis", "without": "none"}[redis])
        running.append(process)
        assert process.stdout is not None
        return process.stdout.readline().strip()

    return serve


class TestServing:
    def test_lets_the_first_process_in(self, serve: Serve) -> None:
        assert serve("without") == "serving"

    def test_refuses_a_second_process(self, serve: Serve) -> None:
        assert [serve("without"), serve("without")] == ["serving", "refused"]

    def test_refuses_a_second_process_on_sqlite_whatever_it_has(self, sqlite_only: None, serve: Serve) -> None:
        assert [serve("with"), serve("with"), serve("without")] == ["serving", "refused", "refused"]

    def test_lets_processes_share_a_database_when_all_have_redis(self, postgres_only: None, serve: Serve) -> None:
        assert [serve("with"), serve("with"), serve("with")] == ["serving"] * 3

    @pytest.mark.parametrize(("first", "second"), [("with", "without"), ("without", "with")])
    def test_refuses_one_without_redis_beside_one_with_it(
        self, postgres_only: None, serve: Serve, first: str, second: str
    ) -> None:
        assert [serve(first), serve(second)] == ["serving", "refused"]

    def test_lets_the_next_process_in_when_the_first_has_stopped(
        self, serve: Serve, running: list["subprocess.Popen[str]"]
    ) -> None:
        assert serve("without") == "serving"
        assert answer_of(running[0])[0] == 0
        assert serve("without") == "serving"

    def test_lets_the_next_process_in_when_the_first_was_killed(
        self, serve: Serve, running: list["subprocess.Popen[str]"]
    ) -> None:
        assert serve("without") == "serving"
        running[0].kill()
        running[0].wait()
        assert serve("without") == "serving"

    async def test_says_in_chinese_what_to_do(self, serve: Serve, empty_url: str) -> None:
        assert serve("without") == "serving"
        with pytest.raises(NotAlone, match=r"多进程.*Redis|LIZAN_REDIS_URL"):
            async with serving(empty_url, has_redis=False):
                pytest.fail("let in beside another process")
