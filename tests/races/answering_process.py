"""A process of its own that answers once: `python -m tests.races.answering_process URL NOW`.

Each line of its input is one race, `{"person": id, "keys": [keys]}`; each line of its output what became of them.
"""

import asyncio
import json
import sys
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from sanic import HTTPResponse

from capabilities.office import Office
from capabilities.transition import note
from kit.errors import Refusal
from models.database import opened
from server.idempotency import FirstAnswers
from tests.races.offices import office_beside

WORK = "raced"


def a_request() -> Any:
    return SimpleNamespace(
        method="POST", path="/raced", query_string="", headers={}, body=b"{}", ctx=SimpleNamespace(request_id="r")
    )


async def ask(answers: FirstAnswers, office: Office, person_id: UUID, key: str) -> list[str]:
    """Do some work under the key: a line in the log of transitions. What was answered names that line."""

    async def work() -> HTTPResponse:
        line = uuid4()
        await note(WORK, line, person_id, None, "done", office.now())
        return HTTPResponse(str(line), 201, content_type="text/plain")

    try:
        response = await answers.once(a_request(), person_id, key, work)
    except Refusal as refusal:
        return [key, refusal.code, ""]
    replayed = "replayed" if "idempotent-replayed" in response.headers else "first"
    return [key, replayed, (response.body or b"").decode()]


async def serve(url: str, now: datetime) -> None:
    async with opened(url):
        office = office_beside(url, now)
        answers = FirstAnswers(office)
        say("ready")
        while line := await asyncio.to_thread(sys.stdin.readline):
            asked = json.loads(line)
            told = await asyncio.gather(*(ask(answers, office, UUID(asked["person"]), key) for key in asked["keys"]))
            say(json.dumps(told))
        await answers.finish()


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], datetime.fromisoformat(sys.argv[2])))
