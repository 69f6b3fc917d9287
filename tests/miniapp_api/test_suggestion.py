"""Suggestions over the door: from the sender to the desk, the unit and back; and who is told who wrote."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.cast import Cast
from tests.stage import code_of

FORM = {
    "kind": "suggestion",
    "topic": "events",
    "text": "多设几个停车位",
    "byline": "nickname",
    "byline_name": "草原之星",
    "is_over_14": True,
}


@pytest.fixture
async def sender(cast: Cast, base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with (await cast.scientist()).client(base_url) as client:
        yield client


@pytest.fixture
async def desk(cast: Cast, base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with (await cast.moderator()).client(base_url) as client:
        yield client


@pytest.fixture
async def unit(cast: Cast, base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with (await cast.organizer("1501X1")).client(base_url) as client:
        yield client


async def mine(sender: httpx.AsyncClient) -> dict[str, Any]:
    (one,) = (await sender.get("/me/suggestions")).json()
    return dict(one)


class TestTheWholeWay:
    async def test_leads_to_a_reply_and_a_rating(
        self, sender: httpx.AsyncClient, desk: httpx.AsyncClient, unit: httpx.AsyncClient
    ) -> None:
        assert (await sender.post("/greetings", json=FORM)).status_code == 201
        path = f"/suggestions/{(await mine(sender))['id']}"
        accepted = await desk.post(f"{path}/acceptance", json={"decision": "accepted"})
        assert (accepted.json()["status"], accepted.json()["due_on"]) == ("accepted", "2019-06-21")
        await desk.post(f"{path}/routing", json={"unit_code": "1501X1", "handle_by": "2019-06-10"})
        (item,) = (await unit.get("/suggestions", params={"status": "routed"})).json()["items"]
        assert (item["byline"], item["greeting_id"], item["is_due_certain"]) == ("草原之星", None, True)
        await unit.post(f"{path}/start", json={"version": item["version"]})
        extended = await unit.post(f"{path}/extension", json={"reason": "需要会商"})
        assert extended.json()["due_on"] == "2019-07-12"
        replied = await unit.post(f"{path}/reply", json={"text": "已增设。", "result": "adopted"})
        assert replied.json()["status"] == "replied"
        own = await mine(sender)
        assert (own["reply"], own["unit_name"] is not None, own["due_on"]) == ("已增设。", True, None)
        rated = await sender.post(f"/me{path}/rating", json={"rating": 1, "words": "没看到"})
        assert rated.json()["status"] == "rated"
        again = await sender.post(f"/me{path}/reopening", json={"reason": "请再核实"})
        assert (again.json()["status"], again.json()["first_reply"]) == ("in_progress", "已增设。")
        (item,) = (await desk.get("/suggestions", params={"result": "adopted"})).json()["items"]
        assert item["reopen_reason"] == "请再核实"

    async def test_tells_where_to_turn_instead(self, sender: httpx.AsyncClient, desk: httpx.AsyncClient) -> None:
        await sender.post("/greetings", json=FORM)
        path = f"/suggestions/{(await mine(sender))['id']}/acceptance"
        assert code_of(await desk.post(path, json={"decision": "not_accepted"})) == (422, "SuggestionInvalid")
        await desk.post(path, json={"decision": "not_accepted", "reason_code": "petition"})
        own = await mine(sender)
        assert (own["status"], own["reason"], "信访" in own["pointer"]) == ("not_accepted", "信访事项", True)
        assert code_of(await desk.post(path, json={"decision": "accepted"})) == (409, "NotAtThisStage")


class TestAnonymousToTheHandler:
    async def test_tells_the_unit_nothing_of_who_wrote(
        self, sender: httpx.AsyncClient, desk: httpx.AsyncClient, unit: httpx.AsyncClient
    ) -> None:
        left = await sender.post("/greetings", json=FORM | {"is_anonymous_to_handler": True})
        own = await mine(sender)
        path = f"/suggestions/{own['id']}"
        assert (await desk.get(path)).json()["byline"] == "草原之星"
        await desk.post(f"{path}/acceptance", json={"decision": "accepted"})
        await desk.post(f"{path}/routing", json={"unit_code": "1501X1"})
        for said in (await unit.get("/suggestions"), await unit.get(path), await desk.get(path)):
            assert said.status_code == 200
            for canary in ("草原之星", left.json()["id"]):
                assert canary not in said.text

    async def test_is_nothing_for_a_greeting(self, sender: httpx.AsyncClient) -> None:
        form = FORM | {"kind": "greeting", "topic": "motherland", "is_anonymous_to_handler": True}
        assert code_of(await sender.post("/greetings", json=form)) == (422, "GreetingInvalid")


class TestEnter:
    async def test_takes_minutes_of_a_seminar(self, unit: httpx.AsyncClient, desk: httpx.AsyncClient) -> None:
        heard = {"source": "seminar", "topic": "events", "text": "多办科普活动", "heard_on": "2019-05-29"}
        entered = await unit.post("/suggestions", json=heard | {"occasion": "科技工作者座谈会"})
        assert (entered.status_code, entered.json()["status"], entered.json()["byline"]) == (201, "received", None)
        (item,) = (await desk.get("/suggestions")).json()["items"]
        assert (item["text"], item["occasion"]) == ("多办科普活动", "科技工作者座谈会")


class TestForm:
    @pytest.mark.parametrize(
        ("path", "what"),
        [
            ("acceptance", {"decision": "maybe"}),
            ("routing", {}),
            ("reply", {"text": "好", "result": "whatever"}),
            ("reply", {"text": "", "result": "adopted"}),
            ("merger", {"into": "1"}),
            ("start", {"version": 0}),
        ],
    )
    async def test_is_refused_where_it_is_wrong(
        self, path: str, what: dict[str, Any], cast: Cast, base_url: str
    ) -> None:
        async with (await cast.city_admin()).client(base_url) as city:
            answer = await city.post(f"/suggestions/00000000-0000-7000-8000-000000000000/{path}", json=what)
        assert code_of(answer) == (422, "InvalidMessage")

    async def test_of_a_rating_is_one_to_five(self, sender: httpx.AsyncClient) -> None:
        for rating in (0, 6, 2.5, "5"):
            answer = await sender.post(
                "/me/suggestions/00000000-0000-7000-8000-000000000000/rating", json={"rating": rating}
            )
            assert code_of(answer) == (422, "InvalidMessage")
