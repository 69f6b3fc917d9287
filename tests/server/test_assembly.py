"""The application put together: its contract, its logs, and how it ends."""

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import structlog
from sanic import Sanic

from capabilities.consent import POLICY_VERSION
from capabilities.office import Office
from kit import logs
from miniapp_api import door
from models.event import Event
from tests.cast import ID_NUMBER, Cast
from tests.doubles import FakeWeChat
from tests.server.conftest import Planted
from wechat.errors import WeChatUnavailable

PHONE = "13987654321"
NAME = "敖登格日勒"
WORKPLACE = "内蒙古金丝雀研究院"
CODE = "code-of-canaryperson"
PART = re.compile(r"<(\w+)(?::\w+)?>")
# The contract itself and its readable page are no calls of the contract.
BESIDE = {"/api/v1/openapi.json", "/api/v1/docs"}

Log = Callable[[], str]


@pytest.fixture(params=["INFO", "DEBUG"])
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    """What the process has written to its log, of every logger."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level, written = root.handlers, root.level, io.StringIO()
    logs.configure(level=request.param, stream=written)
    yield written.getvalue
    structlog.configure(**before)
    root.handlers, root.level = handlers, level


def lines(log: Log, event: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, log().splitlines()) if line["event"] == event]


class TestLog:
    async def test_tells_nothing_of_a_person(self, log: Log, anyone: httpx.AsyncClient, cast: Cast) -> None:
        opened = (await anyone.post("/sessions", json={"code": CODE})).json()
        bearer = {"authorization": f"Bearer {opened['token']}"}
        await anyone.post(
            "/me/consents", json={"policy_version": POLICY_VERSION, "scopes": ["policy", "id_number"]}, headers=bearer
        )
        form = {"name": NAME, "sex": "1", "birth_date": "1980-01-01", "id_type": "01", "id_number": ID_NUMBER}
        form |= {"division_code": "150102", "phone": PHONE, "skills": ["气象"], "service_classes": ["popsci"]}
        form |= {"unit_code": "150100", "workplace": WORKPLACE}
        saved = await anyone.put("/me/volunteer", json=form, headers=bearer)
        await anyone.put("/me/volunteer", json=form | {"phone": PHONE + "0"}, headers=bearer)
        await anyone.get("/events", params={"q": NAME}, headers=bearer)
        await anyone.get(f"/codes/{NAME}", headers=bearer)
        await anyone.post("/sessions", json={"code": CODE + "#again", "phone": PHONE})
        assert saved.status_code == 200
        self._is_silent(log(), opened["token"])
        assert len(lines(log, "answered")) == 7

    async def test_tells_nothing_of_a_person_when_things_go_wrong(
        self, log: Log, planted: Planted, wechat: FakeWeChat
    ) -> None:
        token = "t" * 43
        client = planted.client
        wechat.refusal = WeChatUnavailable()
        await client.post("/api/v1/sessions", json={"code": CODE})
        planted.error = RuntimeError(f"phone {PHONE} id {ID_NUMBER} bearer {token} openid=openid-canaryperson")
        await client.get("/planted", params={"name": NAME}, headers={"authorization": f"Bearer {token}"})
        planted.error = ConnectionRefusedError(f"postgres://lizan:{token}@db/lizan {PHONE}")
        await client.get("/planted")
        self._is_silent(log(), token)
        assert len(lines(log, "unexpected_error")) == len(lines(log, "database_failed")) == 1

    def _is_silent(self, written: str, token: str) -> None:
        for canary in (PHONE, ID_NUMBER, NAME, WORKPLACE, CODE, "canaryperson", token):
            assert canary not in written
            assert json.dumps(canary)[1:-1] not in written

    async def test_ties_a_fault_to_its_answer(self, log: Log, planted: Planted) -> None:
        answer = await planted.ask(RuntimeError("canary"))
        (fault,) = lines(log, "unexpected_error")
        assert fault["request_id"] == answer.headers["x-request-id"]
        assert "RuntimeError" in fault["exception"]

    async def test_names_the_route_and_not_the_path(self, log: Log, anyone: httpx.AsyncClient, event: Event) -> None:
        await anyone.get(f"/events/{event.id}")
        (line,) = lines(log, "answered")
        assert (line["route"], line["status"]) == ("api/v1/events/<event_id:uuid>", 200)

    async def test_writes_one_line_per_event_whatever_is_in_it(self, log: Log, planted: Planted) -> None:
        await planted.ask(RuntimeError('first\nsecond\r\n{"event": "forged"}'))
        assert lines(log, "forged") == []


class TestContract:
    async def test_is_the_routes_that_are_served(self, anyone: httpx.AsyncClient, app: Sanic) -> None:
        written = (await anyone.get("/openapi.json")).json()
        documented = {(method.upper(), path) for path, methods in written["paths"].items() for method in methods}
        served = {
            (method, "/" + PART.sub(r"{\1}", route.path))
            for route in app.router.routes
            for method in route.methods
            if route.path.startswith("api/v1/")
        }
        assert documented == {each for each in served if each[1] not in BESIDE}
        assert len(documented) == len(door.routes)

    async def test_says_which_calls_need_a_session(self, anyone: httpx.AsyncClient) -> None:
        written = (await anyone.get("/openapi.json")).json()
        for route in door.routes:
            operation = written["paths"]["/api/v1" + PART.sub(r"{\1}", route.path)][route.method.lower()]
            assert ("security" in operation) is not route.is_public
        assert written["openapi"].startswith("3.1")


class TestEnd:
    async def test_refuses_with_a_time_to_come_again(
        self, office: Office, cast: Cast, event: Event, base_url: str
    ) -> None:
        path = f"/shifts/{event.shifts[0].id}/enrolments"
        async with (await cast.volunteer()).client(base_url) as client:
            await client.post(path)
        await office.finish()
        async with (await cast.volunteer()).client(base_url) as client:
            answer = await client.post(path)
        assert (answer.status_code, answer.json()["code"]) == (503, "ShuttingDown")
        assert answer.headers["retry-after"] == "5"
