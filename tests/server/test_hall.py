"""A hall: three hundred people behind one address log in and sign in at once, and nobody is told to wait."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sanic import Sanic

from capabilities.sign_in_code import venue_code
from miniapp_api.door import LOOKING_AROUND
from models.attendance import Attendance
from models.database import transaction
from models.event import Event
from models.fields import blind
from models.person import Person
from server.pace import Pacer
from server.porter import HousePorter
from tests.cast import Cast
from tests.kit.test_shared_memory import UNHURRIED_S, shared_redis
from tests.races.phones import Phones, phones
from tests.stage import code_of, door_of, published, shift_of

PEOPLE = 300


@pytest.fixture(params=["process", "redis"])
async def counting(request: pytest.FixtureRequest, app: Sanic[Any, Any]) -> AsyncIterator[None]:
    """Where it is counted: in the process, or in a Redis."""
    if request.param == "process":
        yield
        return
    pacer = Pacer(await shared_redis(), prefix=f"lizan-test-{uuid4().hex}", patience_s=UNHURRIED_S)
    app.ctx.porter = HousePorter(app.ctx.office, pacer)
    yield
    assert pacer._rests_until == 0.0
    await pacer.close()


@pytest.fixture
async def hall(cast: Cast) -> Event:
    """An event with a seat for each of three hundred approved volunteers, none of whom is logged in."""
    async with transaction():
        for number in range(PEOPLE):
            openid = f"openid-{number}"
            someone = await cast.volunteer()
            await Person.filter(id=someone.id).update(openid=openid, openid_index=blind(openid, kind="openid"))
    return await published(seats=[PEOPLE])


async def arrive(many: Phones, number: int, shift_id: Any, code: str) -> list[Any]:
    """Log in, enrol, sign in; what was said to each."""
    opened = json.loads(await many.post("/sessions", {}, {"code": f"code-of-{number}"}))
    session = {"authorization": f"Bearer {opened.get('token')}"}
    enrolled = json.loads(await many.post(f"/shifts/{shift_id}/enrolments", session))
    scan = {"code": code, "nonce": uuid4().hex}
    signed_in = json.loads(await many.post("/check-ins", session, scan))
    return ["token" in opened, enrolled.get("status"), signed_in.get("verdict"), session]


class TestHall:
    async def test_lets_three_hundred_in_at_once_and_yet_stops_who_tries_codes(
        self, counting: None, hall: Event, app: Sanic[Any, Any], base_url: str, anyone: httpx.AsyncClient
    ) -> None:
        code = venue_code(app.ctx.office, door_of(hall), app.ctx.office.now()).text
        async with phones(base_url) as many:
            told = await asyncio.gather(*(arrive(many, n, shift_of(hall).id, code) for n in range(PEOPLE)))
        assert Counter(tuple(each[:3]) for each in told) == {(True, "confirmed", "CheckedIn"): PEOPLE}
        assert await Attendance.all().count() == PEOPLE
        # The control: from the same address, false codes are counted, and end.
        answers = [await anyone.post("/sessions", json={"code": f"false-{n}"}) for n in range(62)]
        assert {code_of(each) for each in answers[:60]} == {(401, "LoginCodeRefused")}
        assert code_of(answers[-1]) == (429, "TooManyRequests")
        # And whoever is in goes on as before.
        answer = await anyone.get("/me", headers=told[0][3])
        assert answer.status_code == 200

    def test_has_room_to_look_around(self) -> None:
        """Each opens the app and reads some twenty things, all in the same minute."""
        assert LOOKING_AROUND.times / LOOKING_AROUND.seconds * 60 >= PEOPLE * 20
