"""A process of its own that enrols people through the capability: `python -m tests.races.enrolling_process URL`.

Each line of its input is one race, `{"shift": id, "people": [ids]}`; each line of its output the answers to it.
"""

import asyncio
import json
import sys
from datetime import datetime
from uuid import UUID, uuid4

from capabilities.caller import Caller
from capabilities.enrolment import enrol
from capabilities.office import Office
from kit.errors import Refusal
from models.database import opened
from tests.races.offices import office_beside


async def answer_to(office: Office, shift_id: UUID, person_id: UUID) -> list[str | int | None]:
    try:
        standing = await enrol(office, Caller(person_id, uuid4()), shift_id)
    except Refusal as refusal:
        return [str(person_id), refusal.code, None]
    return [str(person_id), standing.enrolment.status.value, standing.place]


async def serve(url: str, now: datetime) -> None:
    async with opened(url):
        office = office_beside(url, now)
        say("ready")
        while line := await asyncio.to_thread(sys.stdin.readline):
            asked = json.loads(line)
            shift_id, people = UUID(asked["shift"]), [UUID(each) for each in asked["people"]]
            answers = await asyncio.gather(*(answer_to(office, shift_id, each) for each in people))
            say(json.dumps(answers))
        await office.finish()


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], datetime.fromisoformat(sys.argv[2])))
