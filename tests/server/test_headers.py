"""Security headers and a request id of ours on every kind of answer."""

import httpx
import pytest

from kit.clock import StandingClock
from models.event import Event
from server.headers import HEADERS
from tests.cast import Cast
from tests.conftest import settings_for
from tests.doubles import FakeWeChat
from tests.server.conftest import Planted, planted_in

ANSWERS = [
    ("GET", "/healthz", 200),
    ("GET", "/", 200),
    ("GET", "/api/v1/openapi.json", 200),
    ("GET", "/api/v1/units", 200),
    ("GET", "/api/v1/me", 401),
    ("GET", "/api/v1/events?limit=0", 422),
    ("GET", "/nowhere", 404),
    ("GET", "/api/v1/events/no-id", 404),
    ("PATCH", "/healthz", 405),
    ("POST", "/api/v1/sessions", 415),
    ("GET", "/planted", 500),
]


class TestAnswer:
    @pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
    async def test_has_every_header(self, method: str, path: str, status: int, planted: Planted) -> None:
        planted.error = RuntimeError()
        answer = await planted.client.request(method, path)
        assert answer.status_code == status
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        assert answer.headers["cache-control"] == "no-store"
        assert len(answer.headers["x-request-id"]) == 36
        assert "server" not in answer.headers

    async def test_has_them_on_a_picture(self, cast: Cast, event: Event, base_url: str) -> None:
        async with (await cast.city_admin()).client(base_url) as client:
            answer = await client.get(f"/points/{event.points[0].id}/code.svg")
        assert answer.headers["content-type"] == "image/svg+xml"
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS

    @pytest.mark.parametrize(("public_url", "sent"), [("https://example.org", True), ("http://127.0.0.1:8530", False)])
    async def test_asks_for_https_where_there_is_https(
        self, public_url: str, sent: bool, database_url: str, clock: StandingClock, wechat: FakeWeChat
    ) -> None:
        async with planted_in(settings_for(database_url, public_url=public_url), clock, wechat) as planted:
            for path in ("/healthz", "/nowhere", "/planted"):
                assert ("strict-transport-security" in (await planted.client.get(path)).headers) is sent


class TestRequestId:
    async def test_is_ours_and_not_the_clients(self, anyone: httpx.AsyncClient) -> None:
        theirs = "01234567-canary"
        first = await anyone.get("/me", headers={"x-request-id": theirs})
        second = await anyone.get("/me", headers={"x-request-id": theirs})
        ids = {first.headers["x-request-id"], second.headers["x-request-id"]}
        assert len(ids) == 2
        assert theirs not in first.text + "".join(ids)

    async def test_is_the_same_in_the_problem(self, anyone: httpx.AsyncClient) -> None:
        answer = await anyone.get("/me")
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
