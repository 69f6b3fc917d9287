"""Settings: all faults at once, by name, and never a secret in words."""

from datetime import time
from pathlib import Path

import pytest

from models.message import ReminderKind
from server.settings import Settings, SettingsFaulty, load_settings

SECRETS = {
    "LIZAN_SECRET_KEY": "canary-secret-key-0123456789abcdefghij",
    "LIZAN_DATA_KEY": "canary-data-key-0123456789abcdefghijkl",
    "LIZAN_INDEX_KEY": "canary-index-key-0123456789abcdefghijk",
    "LIZAN_WECHAT_APP_SECRET": "canary-app-secret",
}
SOUND = SECRETS | {
    "LIZAN_WECHAT_APP_ID": "wx-app",
    "LIZAN_DATABASE_URL": "postgres://lizan:canary-database-password@db:5432/lizan",
    "LIZAN_REDIS_URL": "redis://:canary-redis-password@cache:6379/0",
    "LIZAN_PUBLIC_URL": "https://example.org",
    "LIZAN_FORWARDED_SECRET": "canary-forwarded-secret",
}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting from outside, and no `.env` in the folder that we run in."""
    monkeypatch.chdir(tmp_path)
    for name in [*SOUND, *(f"LIZAN_{field.upper()}" for field in Settings.model_fields)]:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A sound environment, to be spoilt."""
    for name, value in SOUND.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def faults() -> dict[str, str]:
    with pytest.raises(SettingsFaulty) as faulty:
        load_settings()
    assert "canary" not in str(faulty.value)
    return dict(line.split("：", 1) for line in str(faulty.value).splitlines())


class TestLoadSettings:
    def test_takes_a_sound_environment(self, environment: pytest.MonkeyPatch) -> None:
        settings = load_settings()
        assert settings.wechat_app_secret.get_secret_value() == "canary-app-secret"
        assert (settings.demo, settings.wechat_api_base) == (False, "https://api.weixin.qq.com")

    def test_names_everything_that_is_missing(self) -> None:
        missing = dict.fromkeys([*SECRETS, "LIZAN_WECHAT_APP_ID"], "缺少此项设置")
        assert faults() == missing

    def test_names_every_fault_at_once(self, environment: pytest.MonkeyPatch) -> None:
        spoilt = {
            "LIZAN_DEMO": "perhaps",
            "LIZAN_DATABASE_URL": "mysql://root:canary@db/x",
            "LIZAN_REDIS_URL": "canary",
            "LIZAN_PUBLIC_URL": "http://example.org",
            "LIZAN_PORT": "canary",
            "LIZAN_LOG_LEVEL": "canary",
            "LIZAN_MEDIA_URL": "https://canary/media",
            "LIZAN_MEDIA_WORKERS": "0",
            "LIZAN_SECRET_KEY": "canary",
            "LIZAN_INDEX_KEY": SECRETS["LIZAN_DATA_KEY"],
            "LIZAN_WECHAT_APP_ID": "",
            "LIZAN_WECHAT_API_BASE": "http://127.0.0.1:8531",
        }
        for name, value in spoilt.items():
            environment.setenv(name, value)
        found = faults()
        assert set(found) == set(spoilt)
        assert all(not words.isascii() for words in found.values())

    @pytest.mark.parametrize("name", SECRETS)
    def test_takes_an_empty_one_for_missing(self, name: str, environment: pytest.MonkeyPatch) -> None:
        environment.setenv(name, "")
        assert faults() == {name: "缺少此项设置"}

    def test_takes_an_empty_redis_url_for_none(self, environment: pytest.MonkeyPatch) -> None:
        environment.setenv("LIZAN_REDIS_URL", "")
        assert load_settings().redis_url is None

    @pytest.mark.parametrize("name", ["LIZAN_SECRET_KEY", "LIZAN_DATA_KEY", "LIZAN_INDEX_KEY"])
    def test_refuses_a_short_key(self, name: str, environment: pytest.MonkeyPatch) -> None:
        environment.setenv(name, "canary" * 5)
        assert list(faults()) == [name]
        environment.setenv(name, "canary-of-32-characters-01234567")
        assert load_settings()

    @pytest.mark.parametrize(("one", "other"), [("SECRET", "DATA"), ("SECRET", "INDEX"), ("DATA", "INDEX")])
    def test_refuses_equal_keys(self, one: str, other: str, environment: pytest.MonkeyPatch) -> None:
        environment.setenv(f"LIZAN_{one}_KEY", SECRETS[f"LIZAN_{other}_KEY"])
        assert list(faults().values()) == ["SECRET_KEY、DATA_KEY、INDEX_KEY 应各不相同"]

    def test_refuses_a_simulated_wechat_outside_a_demonstration(self, environment: pytest.MonkeyPatch) -> None:
        environment.setenv("LIZAN_WECHAT_API_BASE", "http://127.0.0.1:8531")
        assert list(faults()) == ["LIZAN_WECHAT_API_BASE"]
        environment.setenv("LIZAN_DEMO", "true")
        assert load_settings().demo

    def test_lets_http_serve_this_machine_only(self, environment: pytest.MonkeyPatch) -> None:
        environment.setenv("LIZAN_PUBLIC_URL", "http://example.org")
        assert list(faults()) == ["LIZAN_PUBLIC_URL"]
        environment.setenv("LIZAN_PUBLIC_URL", "http://127.0.0.1:8530/")
        assert load_settings().public_url == "http://127.0.0.1:8530"

    @pytest.mark.parametrize("url", ["canary", "https://", "https://canary?x=1", "https://[canary", "ftp://canary"])
    def test_refuses_what_is_no_address(self, url: str, environment: pytest.MonkeyPatch) -> None:
        environment.setenv("LIZAN_PUBLIC_URL", url)
        assert list(faults()) == ["LIZAN_PUBLIC_URL"]

    def test_keeps_the_pace_outside_a_demonstration(self, environment: pytest.MonkeyPatch) -> None:
        assert load_settings().pace
        environment.setenv("LIZAN_PACE", "off")
        assert faults() == {"LIZAN_PACE": "只有 LIZAN_DEMO=true 时才可关闭"}
        environment.setenv("LIZAN_DEMO", "true")
        assert not load_settings().pace


class TestSecret:
    def test_is_in_no_text_of_the_settings(self, environment: pytest.MonkeyPatch) -> None:
        settings = load_settings()
        for text in (str(settings), repr(settings), settings.model_dump_json()):
            assert "canary" not in text

    @pytest.mark.parametrize("name", SECRETS)
    def test_may_come_from_a_file(self, name: str, environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
        file = tmp_path / "secret"
        file.write_text(SECRETS[name] + "-from-file\n", encoding="utf-8")
        environment.delenv(name)
        environment.setenv(f"{name}_FILE", str(file))
        field = name.removeprefix("LIZAN_").lower()
        assert getattr(load_settings(), field).get_secret_value() == SECRETS[name] + "-from-file"

    @pytest.mark.parametrize("content", [None, b"\xff\xfe", b""])
    def test_is_a_named_fault_where_its_file_is_none(
        self, content: bytes | None, environment: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        file = tmp_path / "canary"
        if content is not None:
            file.write_bytes(content)
        environment.delenv("LIZAN_DATA_KEY")
        environment.setenv("LIZAN_DATA_KEY_FILE", str(file))
        assert list(faults()) == ["LIZAN_DATA_KEY"]


class TestDotEnv:
    def test_is_read(self, tmp_path: Path) -> None:
        lines = [f"{name}={value}\n" for name, value in SOUND.items()]
        (tmp_path / ".env").write_text("".join(lines), encoding="utf-8")
        assert load_settings().wechat_app_id == "wx-app"

    def test_gives_way_to_the_environment(self, environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("LIZAN_WECHAT_APP_ID=wx-file\n", encoding="utf-8")
        assert load_settings().wechat_app_id == "wx-app"

    def test_is_checked_like_the_environment(self, environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
        environment.delenv("LIZAN_SECRET_KEY")
        (tmp_path / ".env").write_text("LIZAN_SECRET_KEY=canary\n", encoding="utf-8")
        assert list(faults()) == ["LIZAN_SECRET_KEY"]


class TestPushSettings:
    TOKEN, AES_KEY = "LIZAN_WECHAT_PUSH_TOKEN", "LIZAN_WECHAT_PUSH_AES_KEY"

    def test_may_be_left_out(self, environment: pytest.MonkeyPatch) -> None:
        assert load_settings().wechat_push_token is None

    def test_come_together(self, environment: pytest.MonkeyPatch) -> None:
        environment.setenv(self.TOKEN, "canaryToken")
        assert list(faults()) == [self.AES_KEY]
        environment.setenv(self.AES_KEY, "canaryKey".ljust(43, "x"))
        assert load_settings().wechat_push_plain is False
        environment.delenv(self.TOKEN)
        assert list(faults()) == [self.AES_KEY]

    @pytest.mark.parametrize("key", ["canary", "canaryKey".ljust(44, "x"), "canaryKey".ljust(43, "=")])
    def test_are_what_wechats_console_gives(self, key: str, environment: pytest.MonkeyPatch) -> None:
        environment.setenv(self.TOKEN, "canary token")
        environment.setenv(self.AES_KEY, key)
        assert set(faults()) == {self.TOKEN, self.AES_KEY}


class TestTemplates:
    GOOD = '{"event": {"template_id": "t-1", "keys": {"subject": "thing1", "time": "time2"}}}'

    def test_are_read_from_json(self, environment: pytest.MonkeyPatch) -> None:
        environment.setenv("LIZAN_WECHAT_TEMPLATES", self.GOOD)
        template = load_settings().wechat_templates[ReminderKind.EVENT]
        assert (template.template_id, template.keys) == ("t-1", {"subject": "thing1", "time": "time2"})

    def test_are_none_by_default(self, environment: pytest.MonkeyPatch) -> None:
        assert load_settings().wechat_templates == {}

    @pytest.mark.parametrize(
        "text",
        [
            "{",
            "[]",
            '{"unheard-of": {"template_id": "t", "keys": {"subject": "thing1"}}}',
            '{"event": "t"}',
            '{"event": {"template_id": "t"}}',
            '{"event": {"template_id": "t", "keys": {}}}',
            '{"event": {"template_id": "t", "keys": {"canary": "thing1"}}}',
        ],
    )
    def test_are_refused_where_they_are_wrong(self, environment: pytest.MonkeyPatch, text: str) -> None:
        environment.setenv("LIZAN_WECHAT_TEMPLATES", text)
        assert set(faults()) == {"LIZAN_WECHAT_TEMPLATES"}

    def test_may_come_from_a_file(self, environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
        (tmp_path / "templates.json").write_text(self.GOOD, encoding="utf-8")
        environment.setenv("LIZAN_WECHAT_TEMPLATES_FILE", str(tmp_path / "templates.json"))
        assert set(load_settings().wechat_templates) == {ReminderKind.EVENT}


class TestQuietHours:
    def test_are_times_of_the_day(self, environment: pytest.MonkeyPatch) -> None:
        environment.setenv("LIZAN_QUIET_FROM", "22:30")
        settings = load_settings()
        assert (settings.quiet_from, settings.quiet_until) == (time(22, 30), time(8))

    @pytest.mark.parametrize("text", ["late", "25:00", "21:00Z"])
    def test_are_refused_where_they_are_none(self, environment: pytest.MonkeyPatch, text: str) -> None:
        environment.setenv("LIZAN_QUIET_UNTIL", text)
        assert set(faults()) == {"LIZAN_QUIET_UNTIL"}
