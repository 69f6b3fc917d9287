"""Load a campaign file: units and frame, and with --rehearse its events on another day."""

import argparse
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from capabilities.campaign_file import CampaignFileFaulty, load, read_file
from kit.clock import LOCAL
from scripts.office import open_office, run

HOHHOT_2019 = Path(__file__).with_name("campaigns") / "hohhot-2019.json"


async def load_file(file: Path, rehearse_on: date | None) -> int:
    now = datetime.now(UTC)
    try:
        content = read_file(file)
    except CampaignFileFaulty as fault:
        sys.stderr.write(f"{file} 有误：\n{fault}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"无法读取 {file}：{error.strerror}\n")
        return 2
    async with open_office():
        campaign = await load(content, now=now, rehearse_on=rehearse_on)
    print(f"已载入：{campaign.title}（{campaign.starts_on} 至 {campaign.ends_on}）")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.load_campaign", description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=HOHHOT_2019)
    parser.add_argument("--rehearse", metavar="DATE", type=day, help='move 30 May to this day ("today" or YYYY-MM-DD)')
    asked = parser.parse_args()
    return run(load_file(asked.file, asked.rehearse))


def day(text: str) -> date:
    return datetime.now(LOCAL).date() if text == "today" else date.fromisoformat(text)


if __name__ == "__main__":
    sys.exit(main())
