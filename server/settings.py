"""Settings: read once from the environment and an optional `.env`, typed, all faults at once, no secret printed."""

import json
import os
import re
from datetime import time
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from models.message import ReminderKind
from wechat.answers import ProgramVersion
from wechat.reminder import FIELDS, ReminderTemplate

PREFIX = "LIZAN_"
WECHAT = "https://api.weixin.qq.com"
KEYS = ("secret_key", "data_key", "index_key")
MIN_KEY_LENGTH = 32
# What stands for a file that cannot be read; refused wherever it comes up.
UNREADABLE = "\x00unreadable"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
# What WeChat's console takes.
PUSH_TOKEN = re.compile(r"[0-9A-Za-z]{3,32}")
PUSH_AES_KEY = re.compile(r"[0-9A-Za-z]{43}")


FAULTS = {
    "missing": "缺少此项设置",
    "too_short": "不能为空",
    "string_too_short": "不能为空",
    "bool_parsing": "应为 true 或 false",
    "int_parsing": "应为整数",
    "greater_than_equal": "数值太小",
    "less_than_equal": "数值太大",
    "string_pattern_mismatch": "不在可选范围内",
}


class SettingsFaulty(Exception):
    """One line per fault, in Chinese, with the setting's name and never its value."""


class _SecretFiles(EnvSettingsSource):
    """`LIZAN_X_FILE` names a file that holds X, as container secrets do."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(f"{PREFIX}{field_name.upper()}_FILE")
        return (_content_of(path) if path else None), field_name, False


def _content_of(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return UNREADABLE


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        # `LIZAN_REDIS_URL=` in a compose file means that there is none.
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    # First, because what is allowed below depends on it.
    demo: bool = False

    database_url: SecretStr = SecretStr("sqlite://var/lizan.db")
    redis_url: SecretStr | None = None
    media_url: str = "file://var/media"
    # Of a bucket; what is not given here is not looked for elsewhere.
    media_endpoint: str | None = None
    media_region: str | None = None
    media_access_key: SecretStr | None = None
    media_secret_key: SecretStr | None = None
    media_virtual_hosted: bool = False
    upload_folder: str = "var/incoming"
    upload_files_a_day: int = Field(30, ge=1, le=10_000)
    upload_megabytes_a_day: int = Field(200, ge=1, le=100_000)
    upload_megabytes_unattached: int = Field(300, ge=1, le=100_000)
    media_workers: int = Field(2, ge=1, le=64)
    public_url: str = "http://127.0.0.1:8530"
    host: str = "127.0.0.1"
    port: int = Field(8530, ge=1, le=65535)
    share_port: bool = False
    forwarded_secret: SecretStr | None = None
    run_jobs: bool = True
    pace: bool = True
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")

    secret_key: SecretStr
    previous_secret_key: SecretStr | None = None
    data_key: SecretStr
    previous_data_key: SecretStr | None = None
    index_key: SecretStr

    wechat_app_id: str = Field(min_length=1)
    wechat_app_secret: SecretStr = Field(min_length=1)
    wechat_api_base: str = WECHAT
    # Together or not at all; without them nothing that WeChat pushes is heard.
    wechat_push_token: SecretStr | None = None
    wechat_push_aes_key: SecretStr | None = Field(None, validate_default=True)
    wechat_push_plain: bool = False
    # {"event": {"template_id": "…", "keys": {"subject": "thing1", "time": "time2"}}, …}
    wechat_templates: Annotated[dict[ReminderKind, ReminderTemplate], NoDecode] = Field(default_factory=dict)
    # Before the first release only the trial version has pages that a mini-program code may open.
    wechat_program_version: ProgramVersion = "release"
    # Of the day in Asia/Shanghai; the same twice means no quiet hours.
    quiet_from: time = time(21)
    quiet_until: time = time(8)

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *sources: PydanticBaseSettingsSource, **named: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        init, environment = named["init_settings"], named["env_settings"]
        return init, environment, _SecretFiles(settings_cls), named["dotenv_settings"]

    @field_validator("*", mode="before")
    @classmethod
    def _readable(cls, value: Any) -> Any:
        if value == UNREADABLE:
            raise ValueError("所指的文件无法读取")
        return value

    @field_validator("wechat_templates", mode="before")
    @classmethod
    def _from_json(cls, value: Any) -> Any:
        try:
            return json.loads(value) if isinstance(value, str) else value
        except ValueError:
            raise ValueError("应为 JSON") from None

    @field_validator("wechat_templates")
    @classmethod
    def _known_fields(cls, value: dict[ReminderKind, ReminderTemplate]) -> dict[ReminderKind, ReminderTemplate]:
        if not all(each.keys and each.keys.keys() <= FIELDS for each in value.values()):
            raise ValueError(f"模板的 keys 只能从这些字段对应到微信的字段名：{'、'.join(sorted(FIELDS))}")
        return value

    @field_validator("quiet_from", "quiet_until")
    @classmethod
    def _of_the_day(cls, value: time) -> time:
        if value.tzinfo is not None:
            raise ValueError("应为不带时区的时刻，如 21:00")
        return value

    @field_validator(*KEYS, "previous_secret_key", "previous_data_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < MIN_KEY_LENGTH:
            raise ValueError(f"至少 {MIN_KEY_LENGTH} 个字符，可用 python -m scripts.make_keys 生成")
        return value

    @field_validator(*KEYS)
    @classmethod
    def _unlike_the_other_keys(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        if any(value == info.data.get(name) for name in KEYS if name != info.field_name):
            raise ValueError("SECRET_KEY、DATA_KEY、INDEX_KEY 应各不相同")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: SecretStr) -> SecretStr:
        if _parts(value.get_secret_value()).scheme not in {"sqlite", "postgres", "postgresql", "asyncpg"}:
            raise ValueError("应以 sqlite:// 或 postgres:// 开头")
        return value

    @field_validator("media_url")
    @classmethod
    def _known_storage(cls, value: str) -> str:
        parts = _parts(value)
        if parts.scheme not in {"file", "s3"} or not (parts.netloc or parts.path):
            raise ValueError("应为 file://文件夹 或 s3://存储桶/前缀")
        return value

    @field_validator("redis_url")
    @classmethod
    def _known_memory(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and _parts(value.get_secret_value()).scheme not in {"redis", "rediss", "unix"}:
            raise ValueError("应以 redis:// 或 rediss:// 开头")
        return value

    @field_validator("pace")
    @classmethod
    def _kept_outside_demo(cls, value: bool, info: ValidationInfo) -> bool:
        if not value and not info.data.get("demo"):
            raise ValueError("只有 LIZAN_DEMO=true 时才可关闭")
        return value

    @field_validator("public_url", "wechat_api_base")
    @classmethod
    def _absolute(cls, value: str) -> str:
        parts = _parts(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
            raise ValueError("应为完整网址，如 https://example.org")
        return value.rstrip("/")

    @field_validator("wechat_api_base")
    @classmethod
    def _real_wechat_outside_demo(cls, value: str, info: ValidationInfo) -> str:
        if not info.data.get("demo") and not value.startswith("https://"):
            raise ValueError("指向模拟微信，只有 LIZAN_DEMO=true 时允许")
        return value

    @field_validator("wechat_push_token")
    @classmethod
    def _as_wechat_takes_it(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not PUSH_TOKEN.fullmatch(value.get_secret_value()):
            raise ValueError("应为 3 至 32 个英文字母或数字，与微信后台的 Token 一致")
        return value

    @field_validator("wechat_push_aes_key")
    @classmethod
    def _both_or_none(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is not None and not PUSH_AES_KEY.fullmatch(value.get_secret_value()):
            raise ValueError("应为微信后台的 EncodingAESKey，43 个英文字母或数字")
        if "wechat_push_token" in info.data and (value is None) != (info.data["wechat_push_token"] is None):
            raise ValueError("WECHAT_PUSH_TOKEN 和 WECHAT_PUSH_AES_KEY 应同时设置或都不设置")
        return value

    @field_validator("public_url")
    @classmethod
    def _https_outside_demo(cls, value: str, info: ValidationInfo) -> str:
        if not info.data.get("demo") and value.startswith("http://") and not cls._is_loopback(value):
            raise ValueError("应使用 https")
        return value

    @staticmethod
    def _is_loopback(url: str) -> bool:
        return urlsplit(url).hostname in LOOPBACK


def _parts(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        # The library's own words would quote the address, and with it a password.
        raise ValueError("不是有效的网址") from None


def load_settings(**given: Any) -> Settings:
    """Raises `SettingsFaulty` naming everything that is missing or wrong. `given` goes before the environment."""
    try:
        return Settings(**given)
    except ValidationError as error:
        raise SettingsFaulty("\n".join(_line(fault) for fault in error.errors(include_input=False))) from None


def _line(fault: Any) -> str:
    name = PREFIX + str(fault["loc"][0]).upper() if fault["loc"] else "设置"
    is_ours = fault["type"] == "value_error"
    words = fault["msg"].removeprefix("Value error, ") if is_ours else FAULTS.get(fault["type"], "填写有误")
    return f"{name}：{words}"
