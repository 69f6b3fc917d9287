"""The demonstration: keys, schema, campaign, simulated WeChat and server, started together and stopped together."""

import argparse
import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from capabilities.campaign_file import load, read_file
from capabilities.invitation import write_invitation
from kit.clock import LOCAL
from models.migrating import migrate
from models.role import RoleName
from scripts.demo_settings import PRODUCTION, demo_environment
from scripts.load_campaign import HOHHOT_2019
from scripts.office import open_office
from server.settings import Settings, SettingsFaulty, load_settings

LOG = Path("var/demo.log")
PATIENCE_SECONDS = 20


def main() -> int:
    argparse.ArgumentParser(prog="scripts/run", description=__doc__).parse_args()
    if PRODUCTION.exists():
        sys.stderr.write("此目录有正式设置 .env，演示不会使用正式数据库；请在另一个目录运行 scripts/run。\n")
        return 2
    for name, value in demo_environment().items():
        os.environ.setdefault(name, value)
    try:
        settings = load_settings()
    except SettingsFaulty as fault:
        sys.stderr.write(f"设置有误：\n{fault}\n")
        return 2
    invitation = asyncio.run(_prepare(settings))
    with LOG.open("ab") as log, _running("scripts.simulate", log), _running("server", log) as server:
        if not _wait_for(f"http://{settings.host}:{settings.port}/readyz", server):
            sys.stderr.write(f"服务没有启动成功，请查看日志 {LOG}。\n")
            return 1
        _tell(settings, invitation)
        return _wait_until_stopped(server)


async def _prepare(settings: Settings) -> str:
    """Migrate, move the rehearsal to today, and make one invitation for the first organizer."""
    now = datetime.now(UTC)
    await migrate(settings.database_url.get_secret_value(), now=now)
    async with open_office():
        await load(read_file(HOHHOT_2019), now=now, rehearse_on=now.astimezone(LOCAL).date())
        return (await write_invitation(now, RoleName.CITY_ADMIN)).code


@contextlib.contextmanager
def _running(module: str, log: BinaryIO) -> Iterator[subprocess.Popen[bytes]]:
    """A child in a group of its own, so that Ctrl-C reaches us first and we stop it in order."""
    command = [sys.executable, "-m", module]
    with subprocess.Popen(command, start_new_session=True, stdout=log, stderr=log) as child:
        try:
            yield child
        finally:
            child.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=10)
            child.kill()


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> bool:
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310 - our own loopback address
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    return False


def _tell(settings: Settings, invitation: str) -> None:
    simulator = urlsplit(settings.wechat_api_base)
    print(f"""
礼赞 Lizan 演示已启动（演练数据：2019 年活动，日期已移到今天前后；微信为模拟，不连接外部）

  首页            {settings.public_url}/
  接口与试用      {settings.public_url}/api/v1/docs
  模拟微信        {simulator.scheme}://{simulator.netloc}/control/   （新建用户，取得登录码）
  市级管理员邀请  {invitation}   （一次有效；登录后在试用页“领取角色”处填写）

  全流程演练      .venv/bin/python -m scripts.walkthrough
  日志            {LOG}
  停止            Ctrl-C
""", flush=True)  # fmt: skip


def _wait_until_stopped(server: subprocess.Popen[bytes]) -> int:
    """Until somebody stops us, or the server ends by itself, which is then a fault."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return server.wait() or 1
    except KeyboardInterrupt:
        print("\n正在停止…", flush=True)
        return 0


if __name__ == "__main__":
    sys.exit(main())
