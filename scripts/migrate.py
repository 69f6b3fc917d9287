"""Bring the database to the newest schema; a backup of a SQLite file is made first."""

import argparse
import asyncio
import pkgutil
import sys
from datetime import UTC, datetime

from models import migrations
from models.migrating import Report, TargetNeeded, downgrade, migrate
from server.settings import SettingsFaulty, load_settings


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.migrate", description=__doc__)
    steps = [module.name for module in pkgutil.iter_modules(migrations.__path__)]
    parser.add_argument("--down-to", choices=steps, help="go back to this migration (its name, in full)")
    parser.add_argument("--down", action="store_true", help="refused without --down-to: it would drop every table")
    asked = parser.parse_args()
    try:
        url = load_settings().database_url.get_secret_value()
        report = asyncio.run(_run(url, down=asked.down or asked.down_to is not None, target=asked.down_to))
    except SettingsFaulty as fault:
        sys.stderr.write(f"设置有误：\n{fault}\n")
        return 2
    except TargetNeeded:
        sys.stderr.write("退回结构时必须用 --down-to 指明退到哪一步，否则会清空所有表。\n")
        return 2
    _tell(report)
    return 0


async def _run(url: str, *, down: bool, target: str | None) -> Report:
    now = datetime.now(UTC)
    return await (downgrade(url, now=now, target=target) if down else migrate(url, now=now))


def _tell(report: Report) -> None:
    if report.backup:
        print(f"已备份：{report.backup}")
    for name in report.applied:
        print(f"已更新：{name}")
    for name in report.undone:
        print(f"已退回：{name}")
    if not report.applied and not report.undone:
        print("数据库结构已是最新。")


if __name__ == "__main__":
    sys.exit(main())
