"""Derive the attendances of an event, or of all, from the log of scans, and prove that the table says the same."""

import argparse
import sys
from uuid import UUID

from rich.progress import track

from capabilities.check_in import rederived
from models.event import Event
from scripts.office import open_office, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.rederive", description=__doc__)
    parser.add_argument("--event", type=UUID, help="only this event (its id)")
    return run(_run(parser.parse_args().event))


async def _run(event_id: UUID | None) -> int:
    async with open_office():
        events = await Event.filter(id=event_id) if event_id else await Event.all().order_by("id")
        if event_id and not events:
            sys.stderr.write("没有找到这场活动。\n")
            return 2
        differing = 0
        for event in track(events, description="推算签到记录", disable=not sys.stdout.isatty()):
            for each in await rederived(event.id):
                differing += 1
                print(f"不一致：活动 {event.id} 报名 {each.enrolment_id}")
    print(f"共 {len(events)} 场活动，{differing} 条不一致。" if differing else f"共 {len(events)} 场活动，全部一致。")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
