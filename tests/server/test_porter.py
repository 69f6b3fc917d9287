"""The porter counts people by themselves and strangers by their address, and tells Redis neither."""

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from redis.asyncio import Redis
from sanic import Sanic

import miniapp_api
from capabilities.caller import Caller
from capabilities.invitation import write_invitation
from kit.door import Route
from kit.errors import Refusal
from kit.pace import By, Pace, TooManyRequests
from models.event import Event
from models.role import Role, RoleName
from server.pace import Pacer
from server.porter import HousePorter, _network
from tests.cast import Cast
from tests.kit.test_shared_memory import UNHURRIED_S, shared_redis
from tests.stage import code_of

TWO = Pace(2, 60)
TWO_FROM_AN_ADDRESS = Pace(2, 60, By.ADDRESS)


class BreadBurnt(Refusal):
    pass


class BreadSold(Refusal):
    pass


async def bake(who: Caller) -> None: ...


async def eat(who: Caller) -> None: ...


def route_of(*paces: Pace, handler: Any = bake) -> Route:
    return Route("POST", "/breads", handler, 200, 0, (), {"who": Caller}, paces=paces)


def request_from(address: str = "203.0.113.7", *, behind: str = "") -> Any:
    """`behind` is what the proxy says that it forwards for."""
    return SimpleNamespace(ip=address, remote_addr=behind)


def somebody() -> Caller:
    return Caller(uuid4(), uuid4())


@pytest.fixture
async def porter(app: Sanic[Any, Any]) -> AsyncIterator[HousePorter]:
    pacer = Pacer()
    yield HousePorter(app.ctx.office, pacer)
    await pacer.close()


async def pass_by(
    porter: HousePorter, route: Route, who: Caller | None = None, request: Any = None, error: Exception | None = None
) -> str:
    try:
        asked = request or request_from()
        await porter.admit(asked, route, who)
        async with porter.watch(asked, route, who):
            if error is not None:
                raise error
    except Refusal as refusal:
        return refusal.code
    return "passed"


class TestKeepPace:
    async def test_counts_people_wherever_they_are(self, porter: HousePorter) -> None:
        who = somebody()
        told = [await pass_by(porter, route_of(TWO), who, request_from(f"203.0.113.{n}")) for n in range(3)]
        assert told == ["passed", "passed", "TooManyRequests"]
        assert await pass_by(porter, route_of(TWO), somebody()) == "passed"

    async def test_counts_strangers_by_their_address(self, porter: HousePorter) -> None:
        route = route_of(TWO_FROM_AN_ADDRESS)
        told = [await pass_by(porter, route) for _ in range(3)]
        assert told == ["passed", "passed", "TooManyRequests"]
        assert await pass_by(porter, route, None, request_from("203.0.113.8")) == "passed"

    async def test_believes_the_proxy_about_the_address(self, porter: HousePorter) -> None:
        route = route_of(TWO_FROM_AN_ADDRESS)
        for n in range(5):
            assert await pass_by(porter, route, None, request_from(behind=f"198.51.100.{n}")) == "passed"
        told = [
            await pass_by(porter, route, None, request_from(f"203.0.113.{n}", behind="192.0.2.1")) for n in range(3)
        ]
        assert told[2] == "TooManyRequests"

    async def test_counts_routes_apart_unless_their_pace_has_a_name(self, porter: HousePorter) -> None:
        who, shared = somebody(), Pace(2, 60, name="kitchen")
        for handler in (bake, eat):
            for _ in range(2):
                assert await pass_by(porter, route_of(TWO, handler=handler), who) == "passed"
        told = [await pass_by(porter, route_of(shared, handler=handler), who) for handler in (bake, eat, bake)]
        assert told == ["passed", "passed", "TooManyRequests"]

    async def test_keeps_every_pace_of_a_route(self, porter: HousePorter) -> None:
        who, route = somebody(), route_of(Pace(5, 60), TWO)
        assert [await pass_by(porter, route, who) for _ in range(3)] == ["passed", "passed", "TooManyRequests"]

    async def test_counts_nothing_but_the_refusals_that_the_pace_names(self, porter: HousePorter) -> None:
        who, route = somebody(), route_of(Pace(2, 60, only=(BreadBurnt,)))
        for error in (None, BreadSold(), None, BreadSold()):
            assert await pass_by(porter, route, who, error=error) in {"passed", "BreadSold"}
        told = [await pass_by(porter, route, who, error=BreadBurnt()) for _ in range(3)]
        assert told == ["BreadBurnt", "BreadBurnt", "TooManyRequests"]
        # Then nothing passes, until the window has.
        assert await pass_by(porter, route, who) == "TooManyRequests"

    async def test_is_kept_by_nobody_where_it_is_switched_off(self, app: Sanic[Any, Any]) -> None:
        porter, who = HousePorter(app.ctx.office, None), somebody()
        assert {await pass_by(porter, route_of(TWO), who) for _ in range(10)} == {"passed"}

    async def test_says_when(self, porter: HousePorter) -> None:
        who = somebody()
        for _ in range(2):
            await pass_by(porter, route_of(TWO), who)
        with pytest.raises(TooManyRequests) as refused:
            await porter.admit(request_from(), route_of(TWO), who)
        assert 1 <= (refused.value.retry_after or 0) <= 60


class TestLookAgain:
    async def test_lets_in_who_was_given_a_role_elsewhere_a_moment_ago(
        self, cast: Cast, event: Event, base_url: str
    ) -> None:
        """Written past every notice, as by a process whose notice has not arrived."""
        someone = await cast.volunteer()
        path = f"/points/{event.points[0].id}/code"
        async with someone.client(base_url) as client:
            assert (await client.get(path)).json()["code"] == "NotYourEvent"
            await Role.create(
                person_id=someone.id, name=RoleName.EVENT_STAFF, event=event, given_at=someone.office.now()
            )
            assert (await client.get(path)).status_code == 200

    async def test_finds_nothing_new_where_nothing_is(self, cast: Cast, porter: HousePorter) -> None:
        someone = await cast.volunteer()
        request: Any = SimpleNamespace(headers={"authorization": f"Bearer {someone.token}"})
        assert await porter.look_again(request, await someone.caller()) is None


class TestNetwork:
    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("203.0.113.7", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
            ("", ""),
            ("unix:", "unix:"),
        ],
    )
    def test_is_the_household(self, address: str, network: str) -> None:
        assert _network(address) == network


class TestWhatRedisSees:
    async def test_is_no_address_and_no_person(self, app: Sanic[Any, Any]) -> None:
        url, prefix = await shared_redis(), f"lizan-test-{uuid4().hex}"
        pacer, redis, who = Pacer(url, prefix=prefix, patience_s=UNHURRIED_S), Redis.from_url(url), somebody()
        porter = HousePorter(app.ctx.office, pacer)
        await pass_by(porter, route_of(TWO, TWO_FROM_AN_ADDRESS), who)
        keys = " ".join(key.decode() for key in await redis.keys(f"*{prefix}*"))
        assert "test_porter.bake" in keys
        for canary in ("203.0.113", str(who.person_id), who.person_id.hex):
            assert canary not in keys
        await redis.aclose()
        await pacer.close()


PACES = {(route.method, route.path): route.paces for route in miniapp_api.door.routes}


class TestRoutes:
    """What the mini-program's API declares."""

    def test_all_have_a_pace(self) -> None:
        assert all(PACES.values())

    def test_that_a_hall_uses_at_once_are_not_counted_by_address(self) -> None:
        """Signing in, scanning, enrolling: by person only; logging in: by address, but only false codes."""
        for (method, path), paces in PACES.items():
            is_write = method != "GET"
            assert not is_write or all(pace.by is By.CALLER or pace.only for pace in paces), path

    @pytest.mark.parametrize("call", [("POST", "/me/roles"), ("PUT", "/me/volunteer")])
    def test_where_one_could_guess_take_ten_tries_in_a_quarter_of_an_hour(self, call: tuple[str, str]) -> None:
        assert any(pace.times <= 10 and pace.seconds >= 15 * 60 for pace in PACES[call])


class TestGuessing:
    async def test_invitations_ends_after_ten_at_most(self, cast: Cast, base_url: str) -> None:
        guesser, honest = await cast.scientist(), await cast.scientist()
        async with guesser.client(base_url) as client:
            answers = [await client.post("/me/roles", json={"invitation": f"guess-{n}"}) for n in range(11)]
        assert {code_of(each) for each in answers[:9]} == {(410, "InvitationInvalid")}
        assert code_of(answers[10]) == (429, "TooManyRequests")
        assert 1 <= int(answers[10].headers["retry-after"]) <= 15 * 60
        async with honest.client(base_url) as client:
            answer = await client.post("/me/roles", json={"invitation": "guess"})
        assert code_of(answer) == (410, "InvitationInvalid")

    async def test_is_not_what_an_honest_helper_does_with_twelve_right_codes(
        self, cast: Cast, base_url: str, event: Event
    ) -> None:
        helper = await cast.scientist()
        async with helper.client(base_url) as client:
            for _ in range(12):
                made = await write_invitation(cast.office.now(), RoleName.EVENT_STAFF, event=event)
                assert (await client.post("/me/roles", json={"invitation": made.code})).status_code == 201

    async def test_does_not_go_on_with_a_new_key_each_time(self, cast: Cast, base_url: str) -> None:
        guesser = await cast.scientist()
        async with guesser.client(base_url) as client:
            answers = [
                await client.post("/me/roles", json={"invitation": f"g-{n}"}, headers={"Idempotency-Key": str(n)})
                for n in range(11)
            ]
        assert code_of(answers[10]) == (429, "TooManyRequests")

    async def test_log_in_codes_ends_for_that_address(self, anyone: httpx.AsyncClient) -> None:
        answers = [await anyone.post("/sessions", json={"code": f"false-{n}"}) for n in range(62)]
        assert {code_of(each) for each in answers[:60]} == {(401, "LoginCodeRefused")}
        assert code_of(answers[61]) == (429, "TooManyRequests")
