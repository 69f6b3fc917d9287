"""A server killed between asking WeChat for a reminder and hearing of it: it came once, and never comes again."""

import asyncio
import json
import time
from datetime import timedelta
from typing import Any

import httpx

from capabilities import message
from capabilities.office import Office
from models.job import Job, JobStatus
from models.message import Delivery, Message, ReminderKind
from models.person import Person
from tests.clients import client_of
from tests.faults.conftest import Launch, Server, Simulator, database
from tests.reminders import ABOUT, KEYS, RESULT
from wechat.reminder import ReminderTemplate

SEND, TEMPLATE, USER = "/cgi-bin/message/subscribe/send", "template-1", "chen"
# No quiet hours: this story takes place whenever the tests are run.
SETTINGS = {
    "LIZAN_WECHAT_TEMPLATES": json.dumps({"result": {"template_id": TEMPLATE, "keys": KEYS}}),
    "LIZAN_QUIET_FROM": "08:00",
    "LIZAN_QUIET_UNTIL": "08:00",
}
SLOW, WITHIN_SECONDS = 2.5, 20.0


async def someone_who_allowed(server: Server, simulator: Simulator) -> None:
    """Logged in through WeChat, and two taps on "allow" that the mini-program reports."""
    simulator.post("/templates", template_id=TEMPLATE, keys=list(KEYS.values()))
    simulator.post("/pages", page="pages/message/list")
    async with client_of(server.api, timeout=15) as client:
        session = (await client.post("/sessions", json={"code": simulator.code(USER)})).json()
        client.headers["authorization"] = f"Bearer {session['token']}"
        for _ in range(2):
            simulator.post("/accept", user=USER, template_id=TEMPLATE, count=1)
            assert (await client.post("/me/reminders", json={"accepted": ["result"]})).status_code == 200


async def tell_that_person(url: str) -> None:
    async with database(url) as office:
        office.templates = {ReminderKind.RESULT: ReminderTemplate(TEMPLATE, KEYS)}
        office.quiet_from = office.quiet_until
        person = await Person.get()
        await message.tell(office, person.id, RESULT, about=ABOUT, key="1")


def on_the_phone(simulator: Simulator) -> list[Any]:
    found: list[Any] = httpx.get(f"{simulator.base}/control/messages", timeout=5).json()["messages"]
    return found


async def until_one_is_there(simulator: Simulator) -> None:
    until = time.monotonic() + WITHIN_SECONDS
    while not on_the_phone(simulator):
        assert time.monotonic() < until, "no reminder was sent"
        await asyncio.sleep(0.05)


async def let_the_holds_run_out(office: Office) -> None:
    """As if minutes had passed: the job may be taken again, and the sending counts as given up."""
    long_ago = office.now() - timedelta(minutes=10)
    assert await Message.filter(delivery=Delivery.SENDING).update(claimed_at=long_ago) == 1
    assert await Job.filter(work=message.SEND).update(status=JobStatus.WAITING, run_at=long_ago, held_until=None) == 1


async def until_the_job_is_over(office: Office) -> None:
    until = time.monotonic() + WITHIN_SECONDS
    while not await Job.filter(work=message.SEND, status=JobStatus.DONE).exists():
        assert time.monotonic() < until, "the job was not taken again"
        await asyncio.sleep(0.1)


class TestKilledWhileSending:
    async def test_sends_once_and_knows_that_it_does_not_know(
        self, launch: Launch, simulator: Simulator, database_url: str
    ) -> None:
        server = launch(**SETTINGS)
        await asyncio.to_thread(server.start)
        await someone_who_allowed(server, simulator)
        await asyncio.to_thread(server.kill)
        await tell_that_person(database_url)
        # The work is done first and the answer comes late: the reminder lies on the phone and nobody has said so.
        simulator.fail(SEND, delay_seconds=SLOW)
        await asyncio.to_thread(server.start)
        await until_one_is_there(simulator)
        await asyncio.to_thread(server.kill)
        async with database(database_url) as office:
            assert (await Message.get()).delivery is Delivery.SENDING
            await let_the_holds_run_out(office)
        await asyncio.to_thread(server.start)
        async with database(database_url) as office:
            await until_the_job_is_over(office)
            await message.give_up_unanswered(office)
            assert (await Message.get()).delivery is Delivery.UNKNOWN
        assert len(on_the_phone(simulator)) == 1
