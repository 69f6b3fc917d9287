"""Logging in and out over the door."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from capabilities.log_in import REFUSALS
from kit.clock import StandingClock
from kit.errors import Refusal
from models.role import Role, RoleName
from models.session import Login, Session
from tests.cast import Cast
from tests.doubles import FakeWeChat
from tests.stage import everything
from wechat.errors import WeChatQuotaUsedUp


async def tap(anyone: httpx.AsyncClient, code: str = "code-of-batuer", **headers: str) -> httpx.Response:
    return await anyone.post("/sessions", json={"code": code}, headers=headers)


class TestLogIn:
    async def test_opens_a_session(self, anyone: httpx.AsyncClient, clock: StandingClock) -> None:
        answer = await tap(anyone)
        assert answer.status_code == 201
        assert answer.headers["cache-control"] == "no-store"
        assert set(answer.json()) == {"token", "expires_at", "me"}
        me = await anyone.get("/me", headers={"authorization": f"Bearer {answer.json()['token']}"})
        assert me.json() == answer.json()["me"]

    async def test_tells_at_once_which_roles_one_has(self, anyone: httpx.AsyncClient, cast: Cast) -> None:
        me = (await tap(anyone, "code-of-batuer#1")).json()["me"]
        await Role.create(person_id=me["id"], name=RoleName.MODERATOR, given_at=cast.office.now())
        again = await tap(anyone, "code-of-batuer#2")
        assert [role["role"] for role in again.json()["me"]["roles"]] == ["moderator"]

    async def test_counts_a_double_tap_once(self, anyone: httpx.AsyncClient, wechat: FakeWeChat) -> None:
        first, second = await tap(anyone), await tap(anyone)
        assert (second.status_code, second.json()) == (201, first.json())
        assert (wechat.exchanged, await Session.all().count()) == (1, 1)

    async def test_counts_many_taps_at_once_once(self, anyone: httpx.AsyncClient, wechat: FakeWeChat) -> None:
        answers = await asyncio.gather(*(tap(anyone) for _ in range(6)))
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.json()["token"] for answer in answers}) == 1
        assert (wechat.exchanged, await Session.all().count()) == (1, 1)

    async def test_of_one_code_from_another_phone_is_401(self, anyone: httpx.AsyncClient) -> None:
        await tap(anyone)
        before = await everything()
        answer = await tap(anyone, **{"user-agent": "another phone"})
        assert (answer.status_code, answer.json()["code"]) == (401, "LoginCodeRefused")
        assert await everything() == before

    async def test_takes_no_address_from_a_header_that_anybody_can_send(self, anyone: httpx.AsyncClient) -> None:
        """Else another phone would pass as the first one by saying so."""
        first = await tap(anyone, **{"x-forwarded-for": "10.0.0.1", "forwarded": "for=10.0.0.1"})
        second = await tap(anyone, **{"x-forwarded-for": "10.0.0.2", "forwarded": "for=10.0.0.2"})
        assert second.json() == first.json()

    async def test_of_one_code_after_a_minute_is_401(self, anyone: httpx.AsyncClient, clock: StandingClock) -> None:
        await tap(anyone)
        clock.advance(timedelta(seconds=61))
        assert (await tap(anyone)).json()["code"] == "LoginCodeRefused"

    @pytest.mark.parametrize("refusal", REFUSALS, ids=lambda each: each.__name__)
    async def test_answers_what_wechat_refuses_with_its_status(
        self, anyone: httpx.AsyncClient, wechat: FakeWeChat, refusal: type[Refusal]
    ) -> None:
        wechat.refusal = refusal()
        before = await everything(but=["login"])
        for answer in (await tap(anyone), await tap(anyone)):
            assert (answer.status_code, answer.json()["code"]) == (refusal.status, refusal.__name__)
            assert answer.headers["content-type"].startswith("application/problem+json")
            assert answer.json()["detail"] == refusal.words
        assert await everything(but=["login"]) == before

    async def test_passes_on_when_to_try_again(self, anyone: httpx.AsyncClient, wechat: FakeWeChat) -> None:
        wechat.refusal = WeChatQuotaUsedUp(retry_after=60)
        assert (await tap(anyone)).headers["retry-after"] == "60"

    @pytest.mark.parametrize(
        ("body", "field"),
        [({}, "code"), ({"code": ""}, "code"), ({"code": "x" * 201}, "code"), ({"code": 5}, "code"),
         ({"code": "x", "openid": "y"}, "openid")],
    )  # fmt: skip
    async def test_asks_for_one_code(
        self, anyone: httpx.AsyncClient, wechat: FakeWeChat, body: dict[str, object], field: str
    ) -> None:
        answer = await anyone.post("/sessions", json=body)
        assert answer.status_code == 422
        assert set(answer.json()["fields"]) == {field}
        assert (wechat.exchanged, await Login.all().count()) == (0, 0)

    async def test_repeats_no_code_in_a_refusal(self, anyone: httpx.AsyncClient) -> None:
        answer = await tap(anyone, "canary-code-of-nobody")
        assert answer.status_code == 401
        assert "canary" not in answer.text


class TestLogOut:
    async def test_ends_this_session_and_no_other(self, anyone: httpx.AsyncClient) -> None:
        phone, tablet = [
            {"authorization": f"Bearer {(await tap(anyone, f'code-of-batuer#{n}')).json()['token']}"} for n in (1, 2)
        ]
        answer = await anyone.delete("/sessions/current", headers=phone)
        assert (answer.status_code, answer.content) == (204, b"")
        refused = await anyone.get("/me", headers=phone)
        assert (refused.status_code, refused.json()["code"]) == (401, "SessionEnded")
        assert (await anyone.get("/me", headers=tablet)).status_code == 200

    async def test_leaves_no_way_back_by_a_second_tap(self, anyone: httpx.AsyncClient) -> None:
        token = (await tap(anyone)).json()["token"]
        await anyone.delete("/sessions/current", headers={"authorization": f"Bearer {token}"})
        answer = await tap(anyone)
        assert (answer.status_code, answer.json()["code"]) == (401, "SessionEnded")


class TestToken:
    @pytest.mark.parametrize(
        "header", ["", "Bearer", "bearer", "Basic {token}", "{token}", "Bearer {token}x", "Bearer x {token}"]
    )
    async def test_in_another_form_opens_nothing(self, anyone: httpx.AsyncClient, cast: Cast, header: str) -> None:
        someone = await cast.visitor()
        answer = await anyone.get("/me", headers={"authorization": header.format(token=someone.token)})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert someone.token not in answer.text

    async def test_counts_in_the_header_only(self, anyone: httpx.AsyncClient, cast: Cast) -> None:
        someone = await cast.visitor()
        for place in ("token", "access_token", "authorization"):
            assert (await anyone.get("/me", params={place: someone.token})).status_code == 401
        assert (await anyone.get("/me", headers={"cookie": f"token={someone.token}"})).status_code == 401
