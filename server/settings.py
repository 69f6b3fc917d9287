"""Settings: read once from the environment and an optional `.env`, typed, all faults at once, no secret printed."""

import os
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "LIZAN_"
WECHAT = "https://api.weixin.qq.com"
KEYS = ("secret_key", "data_key", "index_key")
MIN_KEY_LENGTH = 32
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class SettingsFaulty(Exception):
    """One line per fault, in Chinese, with the setting's name and never its value."""


class _SecretFiles(EnvSettingsSource):
    """`LIZAN_X_FILE` names a file that holds X, as container secrets do."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(f"{PREFIX}{field_name.upper()}_FILE")
        return (Path(path).read_text(encoding="utf-8").strip() if path else None), field_name, False


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    database_url: SecretStr = SecretStr("sqlite://var/lizan.db")
    redis_url: SecretStr | None = None
    media_url: str = "file://var/media"
    public_url: str = "http://127.0.0.1:8530"
    host: str = "127.0.0.1"
    port: int = Field(8530, ge=1, le=65535)
    share_port: bool = False
    forwarded_secret: SecretStr | None = None
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")

    secret_key: SecretStr
    previous_secret_key: SecretStr | None = None
    data_key: SecretStr
    previous_data_key: SecretStr | None = None
    index_key: SecretStr

    wechat_app_id: str = Field(min_length=1)
    wechat_app_secret: SecretStr
    wechat_api_base: str = WECHAT
    demo: bool = False

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *sources: PydanticBaseSettingsSource, **named: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        init, environment = named["init_settings"], named["env_settings"]
        return init, environment, _SecretFiles(settings_cls), named["dotenv_settings"]

    @field_validator(*KEYS, "previous_secret_key", "previous_data_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < MIN_KEY_LENGTH:
            raise ValueError(f"至少 {MIN_KEY_LENGTH} 个字符，可用 python -m scripts.make_keys 生成")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: SecretStr) -> SecretStr:
        if urlsplit(value.get_secret_value()).scheme not in {"sqlite", "postgres", "postgresql", "asyncpg"}:
            raise ValueError("应以 sqlite:// 或 postgres:// 开头")
        return value

    @field_validator("public_url", "wechat_api_base")
    @classmethod
    def _absolute(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
            raise ValueError("应为完整网址，如 https://example.org")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _safe_outside_demo(self) -> Self:
        """Nothing that only a demonstration may do passes for service; every fault is named in one go."""
        faults = []
        if len({getattr(self, name).get_secret_value() for name in KEYS}) < len(KEYS):
            faults.append("SECRET_KEY、DATA_KEY、INDEX_KEY 应各不相同")
        if not self.demo and not self.wechat_api_base.startswith("https://"):
            faults.append("WECHAT_API_BASE 指向模拟微信，只有 LIZAN_DEMO=true 时允许")
        if not self.demo and self.public_url.startswith("http://") and not self._is_loopback(self.public_url):
            faults.append("PUBLIC_URL 应使用 https")
        if faults:
            raise ValueError("；".join(faults))
        return self

    @staticmethod
    def _is_loopback(url: str) -> bool:
        return urlsplit(url).hostname in LOOPBACK


def load_settings(**given: Any) -> Settings:
    """Raises `SettingsFaulty` naming everything that is missing or wrong. `given` goes before the environment."""
    try:
        return Settings(**given)
    except ValidationError as error:
        raise SettingsFaulty("\n".join(_line(fault) for fault in error.errors(include_input=False))) from None


def _line(fault: Any) -> str:
    name = PREFIX + str(fault["loc"][0]).upper() if fault["loc"] else "设置"
    words = {"missing": "缺少此项设置"}.get(fault["type"], fault["msg"].removeprefix("Value error, "))
    return f"{name}：{words}"
