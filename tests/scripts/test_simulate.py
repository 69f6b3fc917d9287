"""The simulated WeChat as a process: for a demonstration, on this machine, and never else."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from models.message import ReminderKind
from scripts.demo_settings import TEMPLATES, demo_environment
from scripts.simulate import account_of, push_settings_of
from server.settings import load_settings
from tests.conftest import settings_for
from tests.letters import AES_KEY, TOKEN
from tests.scripts.command import KEYS, WECHAT, environment, run
from wechat.reminder import ReminderTemplate


def settings(**changed: str) -> dict[str, str]:
    return environment(**KEYS, **WECHAT, **{"LIZAN_DEMO": "true", "LIZAN_WECHAT_API_BASE": free_address()} | changed)


def free_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def simulated(env: dict[str, str], cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """The running command; ends with this block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "scripts.simulate"],
        env=env,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=10)


def answer_of(base: str) -> httpx.Response:
    """The answer to a log-in code that was never given, once the command serves."""
    asked = {"appid": "wx-test", "secret": "app-secret-canary", "js_code": "x", "grant_type": "authorization_code"}
    for _ in range(100):
        try:
            return httpx.get(f"{base}/sns/jscode2session", params=asked)
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("the simulator did not answer within ten seconds")


class TestSimulate:
    def test_answers_as_wechat_would_and_ends_when_interrupted(self, tmp_path: Path) -> None:
        env = settings()
        with simulated(env, tmp_path) as process:
            assert answer_of(env["LIZAN_WECHAT_API_BASE"]).json()["errcode"] == 40029
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=10) == 0
            assert process.stdout is not None
            said = process.stdout.read()
        assert "Traceback" not in said
        assert "app-secret-canary" not in said

    @pytest.mark.parametrize("demo", ["false", None])
    def test_is_refused_outside_a_demonstration(self, tmp_path: Path, demo: str | None) -> None:
        env = settings(LIZAN_WECHAT_API_BASE="https://api.weixin.qq.com") | ({"LIZAN_DEMO": demo} if demo else {})
        if demo is None:
            del env["LIZAN_DEMO"]
        ran = run("simulate", env=env, cwd=tmp_path)
        assert (ran.code, "LIZAN_DEMO" in ran.complained) == (2, True)

    @pytest.mark.parametrize(
        "base",
        ["https://api.weixin.qq.com", "http://0.0.0.0:8531", "http://192.168.1.1:8531", "http://example.org:8531"],
    )
    def test_serves_no_address_that_another_machine_reaches(self, tmp_path: Path, base: str) -> None:
        ran = run("simulate", env=settings(LIZAN_WECHAT_API_BASE=base), cwd=tmp_path)
        assert (ran.code, "本机" in ran.complained) == (2, True)

    def test_says_so_when_the_address_is_taken(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            base = f"http://127.0.0.1:{listener.getsockname()[1]}"
            ran = run("simulate", env=settings(LIZAN_WECHAT_API_BASE=base), cwd=tmp_path)
        assert (ran.code, base in ran.complained) == (2, True)
        assert os.strerror(98) in ran.complained


class TestAccountOf:
    def test_knows_the_templates_and_pages_of_our_reminders(self) -> None:
        template = ReminderTemplate("t-1", {"subject": "thing1", "time": "time2"})
        account = account_of(settings_for("sqlite://x.db", wechat_templates={ReminderKind.EVENT: template}))
        (chosen,) = account.templates
        assert (chosen.template_id, chosen.keys) == ("t-1", {"thing1": "thing", "time2": "time"})
        assert "pages/event/show" in account.pages

    def test_of_the_demonstration_has_a_template_for_every_kind(self) -> None:
        settings = settings_for("sqlite://x.db", wechat_templates=TEMPLATES)
        assert set(settings.wechat_templates) == set(ReminderKind)
        assert len(account_of(settings).templates) == len(ReminderKind)


class TestPushSettings:
    def test_lead_to_the_server_of_this_machine(self) -> None:
        settings = settings_for("sqlite://unused.db", wechat_push_token=TOKEN, wechat_push_aes_key=AES_KEY, port=8999)
        push = push_settings_of(settings)
        assert push is not None
        assert (push.url, push.mode) == ("http://127.0.0.1:8999/wechat/push", "safe")
        assert push_settings_of(settings_for("sqlite://unused.db")) is None

    def test_of_the_demonstration_are_taken(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        for name, value in demo_environment().items():
            monkeypatch.setenv(name, value)
        assert push_settings_of(load_settings(_env_file=None)) is not None
