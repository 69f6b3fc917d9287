"""Walk the whole main job over HTTP as many people at once, against a running server and its simulated WeChat."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from capabilities.campaign_file import read_file
from capabilities.invitation import write_invitation
from models.role import RoleName
from scripts.demo_settings import settings_of_server
from scripts.load_campaign import HOHHOT_2019
from scripts.office import open_office, run
from scripts.walkthrough.report import show, write_json
from scripts.walkthrough.story import FEWEST_EVENTS, FEWEST_VOLUNTEERS, Options, Outcome, walk


def main() -> int:
    return run(_walk_and_tell(_parser().parse_args()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.walkthrough", description=__doc__)
    parser.add_argument("--volunteers", type=_at_least(FEWEST_VOLUNTEERS), default=300, metavar="N")
    parser.add_argument("--events", type=_at_least(FEWEST_EVENTS), default=12, metavar="N")
    parser.add_argument("--url", help="the server (default: LIZAN_PUBLIC_URL)")
    parser.add_argument("--wechat", help="the simulated WeChat (default: LIZAN_WECHAT_API_BASE)")
    parser.add_argument("--invitation", metavar="CODE", help="to the role city_admin (default: one is made)")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other choices")
    parser.add_argument("--concurrency", type=_at_least(1), default=40, metavar="N", help="requests in flight at most")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the outcome here")
    return parser


def _at_least(fewest: int) -> Any:
    def number(text: str) -> int:
        value = int(text)
        if value < fewest:
            raise argparse.ArgumentTypeError(f"at least {fewest}")
        return value

    return number


async def _walk_and_tell(asked: argparse.Namespace) -> int:
    try:
        outcome = await _walk(asked)
    except httpx.HTTPError as error:
        sys.stderr.write(f"模拟微信没有应答（{type(error).__name__}），请先启动：scripts/run\n")
        return 2
    show(outcome, Console())
    if asked.json:
        write_json(outcome, asked.json)
    return 0 if outcome.ledger.is_clean else 1


async def _walk(asked: argparse.Namespace) -> Outcome:
    needs_settings = not (asked.url and asked.wechat and asked.invitation)
    settings = settings_of_server() if needs_settings else None
    options = Options(
        url=(asked.url or (settings.public_url if settings else "")).rstrip("/"),
        wechat=(asked.wechat or (settings.wechat_api_base if settings else "")).rstrip("/"),
        invitation=asked.invitation or await _invitation(),
        volunteers=asked.volunteers,
        events=asked.events,
        at_once=asked.concurrency,
        seed=asked.seed,
    )
    with _progress() as progress:
        return await walk(options, read_file(HOHHOT_2019), progress)


async def _invitation() -> str:
    """The way in for the first city administrator, as `python -m scripts.invite` makes it."""
    async with open_office():
        return (await write_invitation(datetime.now(UTC), RoleName.CITY_ADMIN)).code


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))


if __name__ == "__main__":
    sys.exit(main())
