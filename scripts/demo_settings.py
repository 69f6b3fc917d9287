"""The demonstration's settings: what `scripts/run` sets, and what commands beside it find again."""

import json
import os
import sys
from pathlib import Path

from models.message import ReminderKind
from scripts.make_keys import keys_in
from server.settings import PREFIX, Settings, SettingsFaulty, load_settings

ENVIRONMENT = Path("var/demo.env")
# Settings in earnest stand beside the code; nothing of the demonstration may touch what they name.
PRODUCTION = Path(".env")
SIMULATOR = "http://127.0.0.1:8531"
# As somebody would choose them in WeChat's console; the simulated WeChat knows the same ones.
TEMPLATE_KEYS = {"subject": "thing1", "outcome": "phrase2", "time": "time3", "note": "thing4"}
TEMPLATES = {kind.value: {"template_id": f"demo-{kind.value}", "keys": TEMPLATE_KEYS} for kind in ReminderKind}


def demo_environment() -> dict[str, str]:
    """What the demonstration sets where its user has not; the keys are kept in `var/` for the next start."""
    return {
        "LIZAN_DEMO": "true",
        "LIZAN_WECHAT_APP_ID": "wx-demo",
        "LIZAN_WECHAT_APP_SECRET": "demo-secret-of-the-simulator",
        "LIZAN_WECHAT_API_BASE": SIMULATOR,
        "LIZAN_WECHAT_TEMPLATES": json.dumps(TEMPLATES),
        # Known to everybody, as the secret above: the simulated WeChat that they belong to serves this machine only.
        "LIZAN_WECHAT_PUSH_TOKEN": "demoPushToken",
        "LIZAN_WECHAT_PUSH_AES_KEY": "demoPushAesKeyOfTheSimulatorAndOfNobodyElse",
        # Nobody sleeps here, and who tries it in the evening wants to see a reminder arrive.
        "LIZAN_QUIET_FROM": "00:00",
        "LIZAN_QUIET_UNTIL": "00:00",
        **keys_in(ENVIRONMENT),
    }


def settings_of_server() -> Settings:
    """From the environment; where that says nothing, those of `scripts/run`, aloud. Raises `SettingsFaulty`."""
    try:
        return load_settings()
    except SettingsFaulty:
        is_in_earnest = PRODUCTION.exists() or any(name.startswith(PREFIX) for name in os.environ)
        if is_in_earnest or not ENVIRONMENT.exists():
            raise
        for name, value in demo_environment().items():
            os.environ.setdefault(name, value)
        settings = load_settings()
        sys.stderr.write("使用 scripts/run 的演示设置。\n")
        return settings
