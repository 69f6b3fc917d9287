"""Take out what is past its time, by the rules of `capabilities/retention/rules.py`, and say what is left and why.

Runs beside a server. A stop loses nothing: the next run goes on. Each batch leaves a row in the table `removal`.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from capabilities.retention import RULES, Outcome, due, left, retain
from models.database import cut_write_ahead_log
from models.removal import RemovedBy
from scripts.office import open_office, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.retain", description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="only say what would go")
    return run(_retain(parser.parse_args().dry_run))


async def _retain(is_dry: bool) -> int:
    async with open_office():
        now = datetime.now(UTC)
        if is_dry:
            _print("将清理", await due(now))
        else:
            for place, rule in enumerate(RULES, 1):
                _print(f"[{place}/{len(RULES)}] 已清理", await retain(now, RemovedBy.COMMAND, rules=[rule]))
            await cut_write_ahead_log()
        print("\n现存：")
        for each in await left():
            print(f"  {each.name}：{each.count} 条；保存期限：{each.kept_for}{'；' + each.why if each.why else ''}")
    return 0


def _print(done: str, outcomes: Sequence[Outcome]) -> None:
    for each in outcomes:
        span = f"（{each.oldest:%Y-%m-%d} 至 {each.newest:%Y-%m-%d}）" if each.oldest and each.newest else ""
        print(f"{done} {each.count} 条：{each.rule.words}{span}")


if __name__ == "__main__":
    sys.exit(main())
