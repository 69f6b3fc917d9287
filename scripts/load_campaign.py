"""Load a campaign file: units and frame, and with --rehearse its events on another day."""

import argparse
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from msgspec import ValidationError

from capabilities.campaign_file import load, read_file
from kit.clock import LOCAL
from scripts.office import open_office, run

HOHHOT_2019 = Path(__file__).with_name("campaigns") / "hohhot-2019.json"


async def load_file(file: Path, rehearse_on: date | None) -> int:
    now = datetime.now(UTC)
    try:
        content = read_file(file)
    except ValidationError as error:
        sys.stderr.write(f"{file} 有误：{error}\n")
        return 2
    async with open_office():
        campaign = await load(content, now=now, rehearse_on=rehearse_on)
    print(f"已载入：{campaign.title}（{campaign.starts_on} 至 {campaign.ends_on}）")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.load_campaign", description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=HOHHOT_2019)
    parser.add_argument("--rehearse", metavar="DATE", help='move 30 May to this day ("today" or YYYY-MM-DD)')
    asked = parser.parse_args()
    today = datetime.now(LOCAL).date()
    day = None if asked.rehearse is None else today if asked.rehearse == "today" else date.fromisoformat(asked.rehearse)
    return run(load_file(asked.file, day))


if __name__ == "__main__":
    sys.exit(main())
