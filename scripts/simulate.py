"""Serve the simulated WeChat for a demonstration; refused outside one."""

import argparse
import sys
from urllib.parse import urlsplit

from kit.clock import SystemClock
from server.settings import SettingsFaulty, load_settings
from wechat.simulator.app import create_simulator
from wechat.simulator.serving import NotLoopback, serve
from wechat.simulator.state import Account


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
    account = Account(settings.wechat_app_id, settings.wechat_app_secret.get_secret_value())
    app = create_simulator(accounts=[account], clock=SystemClock())
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
