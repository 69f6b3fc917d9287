"""Logging in over the door."""

import httpx

from tests.doubles import FakeWeChat


class TestLogIn:
    async def test_opens_a_session(self, anyone: httpx.AsyncClient) -> None:
        answer = await anyone.post("/sessions", json={"code": "code-of-bataar"})
        assert answer.status_code == 201
        token = answer.json()["token"]
        me = await anyone.get("/me", headers={"authorization": f"Bearer {token}"})
        assert me.json()["id"] == answer.json()["me"]["id"]

    async def test_counts_a_double_tap_once(self, anyone: httpx.AsyncClient, wechat: FakeWeChat) -> None:
        first = await anyone.post("/sessions", json={"code": "code-of-bataar"})
        second = await anyone.post("/sessions", json={"code": "code-of-bataar"})
        assert (second.status_code, second.json()["token"]) == (201, first.json()["token"])
        assert wechat.exchanged == 1
