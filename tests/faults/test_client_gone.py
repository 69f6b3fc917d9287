"""A phone that goes away before its answer: its scan is in the log once or not at all, and asking again settles it."""

import asyncio
import json
import random
from urllib.parse import urlsplit

import httpx

from capabilities.sign_in_code import venue_code
from models.attendance import Attendance
from models.scan import Scan
from tests.cast import Someone
from tests.faults.conftest import Crowd, Server, database
from tests.faults.ledger import enrol_everybody

DOORS = 5
SEED = 20190530
LONGEST_STAY_SECONDS = 0.3
Body = dict[str, str]


async def send_and_leave(server: Server, someone: Someone, body: Body, stay_seconds: float) -> None:
    """The whole request, and then the connection is cut, as in a lift; nobody reads what comes."""
    at = urlsplit(server.api)
    _, writer = await asyncio.open_connection(at.hostname, at.port)
    sent = json.dumps(body).encode()
    head = [
        f"POST {at.path}/check-ins HTTP/1.1",
        f"host: {at.netloc}",
        f"authorization: {someone.headers['authorization']}",
        "content-type: application/json",
        f"content-length: {len(sent)}",
    ]
    writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + sent)
    await writer.drain()
    await asyncio.sleep(stay_seconds)
    # A reset, not a farewell: what the server writes then fails.
    writer.transport.abort()


async def logged(url: str) -> dict[str, str]:
    """What each nonce was logged as; each once."""
    async with database(url):
        scans = await Scan.all()
    found = {scan.nonce: str(scan.id) for scan in scans}
    assert len(found) == len(scans)
    return found


def scans_of(crowd: Crowd) -> list[tuple[Someone, Body]]:
    codes = [venue_code(crowd.office, point, crowd.office.now()).text for _, point in crowd.doors[:DOORS]]
    return [
        (someone, {"code": code, "nonce": f"lift-{number}-{someone.id.hex}"})
        for someone in crowd.people
        for number, code in enumerate(codes)
    ]


class TestClientGone:
    async def test_gets_the_first_answer_when_it_asks_again(
        self, server: Server, crowd: Crowd, database_url: str
    ) -> None:
        await enrol_everybody(crowd, database_url)
        scans, chance = scans_of(crowd), random.Random(SEED)
        await asyncio.gather(
            *[send_and_leave(server, *scan, chance.uniform(0, LONGEST_STAY_SECONDS)) for scan in scans]
        )
        # What was on its way when nobody waited any more is written by then.
        await asyncio.sleep(1)
        before = await logged(database_url)
        print(f"{len(before)} of {len(scans)} were written though nobody waited")  # noqa: T201 - shown by -rP
        assert before
        async with httpx.AsyncClient(base_url=server.api, timeout=20) as client:
            for someone, body in scans:
                answers = [await client.post("/check-ins", json=body, headers=someone.headers) for _ in range(2)]
                assert {each.status_code for each in answers} == {200}, answers[0].text
                assert answers[0].content == answers[1].content
                assert answers[0].json()["scan_id"] == before.get(body["nonce"], answers[0].json()["scan_id"])
        assert len(await logged(database_url)) == len(scans)
        async with database(database_url):
            assert await Attendance.all().count() == len(scans)
