"""Serve the simulated WeChat for a demonstration; refused outside one."""

import argparse
import sys
from urllib.parse import urlsplit

from capabilities.link import pages as link_pages
from capabilities.message import pages
from kit.clock import SystemClock
from server.settings import Settings, SettingsFaulty, load_settings
from wechat.simulator.app import create_simulator
from wechat.simulator.pushes import PushSettings
from wechat.simulator.reminder_values import Template, keys_of
from wechat.simulator.serving import NotLoopback, serve
from wechat.simulator.state import Account

# Long enough to be seen waiting, short enough for a demonstration.
JUDGES_MEDIA_AFTER = 3.0


def push_settings_of(settings: Settings) -> PushSettings | None:
    """Where the simulated WeChat delivers its pushes: to the server of this machine, if that hears them."""
    if settings.wechat_push_token is None or settings.wechat_push_aes_key is None:
        return None
    return PushSettings(
        f"http://127.0.0.1:{settings.port}/wechat/push",
        settings.wechat_push_token.get_secret_value(),
        settings.wechat_push_aes_key.get_secret_value(),
    )


def account_of(settings: Settings) -> Account:
    """Our mini-program as WeChat's console would show it: its pages released, its templates chosen, its push set."""
    return Account(
        settings.wechat_app_id,
        settings.wechat_app_secret.get_secret_value(),
        pages=pages() | link_pages(),
        push=push_settings_of(settings),
        templates=tuple(
            Template(each.template_id, settings.wechat_app_id, keys_of(list(each.keys.values())))
            for each in settings.wechat_templates.values()
        ),
    )


def main() -> int:
    argparse.ArgumentParser(prog="python -m scripts.simulate", description=__doc__).parse_args()
    try:
        settings = load_settings()
    except SettingsFaulty as fault:
        sys.stderr.write(f"设置有误：\n{fault}\n")
        return 2
    if not settings.demo:
        sys.stderr.write("模拟微信只用于演示：请设置 LIZAN_DEMO=true。\n")
        return 2
    base = urlsplit(settings.wechat_api_base)
    app = create_simulator(accounts=[account_of(settings)], clock=SystemClock(), judges_media_after=JUDGES_MEDIA_AFTER)
    try:
        serve(app, base.hostname or "", base.port or 80)
    except NotLoopback:
        sys.stderr.write("LIZAN_WECHAT_API_BASE 应指向本机（如 http://127.0.0.1:8531）：模拟微信只在本机运行。\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"模拟微信无法在 {settings.wechat_api_base} 启动：{error.strerror}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
