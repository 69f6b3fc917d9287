"""Greetings over the door: form, refusals, strangers, and what the wall says."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from models.greeting import Greeting
from models.volunteer import Volunteer
from tests.cast import Cast
from tests.doubles import FakeWeChat
from wechat.errors import WeChatUnavailable

RARE = "𠮷" * 500


def form(text: str = "祝福祖国", **more: Any) -> dict[str, Any]:
    return {"topic": "motherland", "text": text, "byline": "anonymous", "is_over_14": True, "channels": ["wall"]} | more


@pytest.fixture
async def writer(cast: Cast, base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with (await cast.scientist()).client(base_url) as client:
        yield client


async def accept(cast: Cast, base_url: str, greeting_id: str) -> None:
    async with (await cast.moderator()).client(base_url) as moderator:
        answer = await moderator.post(f"/greetings/{greeting_id}/decision", json={"decision": "accepted"})
    assert answer.status_code == 200


class TestLeave:
    async def test_says_what_was_stored(self, writer: httpx.AsyncClient) -> None:
        answer = await writer.post("/greetings", json=form())
        assert answer.status_code == 201
        said = answer.json()
        assert (said["status"], said["byline"], said["channels"]) == ("pending_review", "匿名", ["wall"])
        assert (await writer.get("/me/greetings")).json() == [said]

    async def test_takes_500_rare_characters(self, writer: httpx.AsyncClient) -> None:
        assert (await writer.post("/greetings", json=form(RARE))).json()["text"] == RARE

    async def test_refuses_the_501st_character(self, writer: httpx.AsyncClient) -> None:
        answer = await writer.post("/greetings", json=form("字" * 501))
        assert (answer.status_code, answer.json()["code"], list(answer.json()["fields"])) == (
            422,
            "InvalidMessage",
            ["text"],
        )
        assert await Greeting.all().count() == 0

    @pytest.mark.parametrize(
        ("more", "code"),
        [
            ({"topic": "nothing"}, "GreetingInvalid"),
            ({"text": " \n "}, "GreetingInvalid"),
            ({"byline": "real_name"}, "GreetingInvalid"),
            ({"kind": "suggestion", "topic": "events"}, "GreetingInvalid"),
            ({"is_over_14": False}, "GuardianNeeded"),
            ({"is_over_14": None}, "InvalidMessage"),
            ({"channels": ["balloon"]}, "InvalidMessage"),
            ({"byline": "pen_name"}, "InvalidMessage"),
            ({"status": "accepted"}, "InvalidMessage"),
        ],
    )
    async def test_refuses_with_a_code(self, more: dict[str, Any], code: str, writer: httpx.AsyncClient) -> None:
        answer = await writer.post("/greetings", json=form(**more))
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert await Greeting.all().count() == 0

    async def test_needs_no_consent_by_silence(self, writer: httpx.AsyncClient) -> None:
        without = {name: value for name, value in form().items() if name != "channels"}
        assert (await writer.post("/greetings", json=without)).json()["channels"] == []

    async def test_refuses_who_has_not_agreed_to_the_policy(self, cast: Cast, base_url: str) -> None:
        async with (await cast.visitor()).client(base_url) as visitor:
            answer = await visitor.post("/greetings", json=form())
        assert (answer.status_code, answer.json()["code"]) == (403, "ConsentNeeded")

    async def test_refuses_a_stranger(self, anyone: httpx.AsyncClient, cast: Cast) -> None:
        assert (await anyone.post("/greetings", json=form())).status_code == 401

    async def test_waits_for_a_person_while_wechat_is_down(self, writer: httpx.AsyncClient, wechat: FakeWeChat) -> None:
        wechat.refusal = WeChatUnavailable()
        answer = await writer.post("/greetings", json=form())
        assert (answer.status_code, answer.json()["status"]) == (201, "pending_review")


class TestWall:
    async def test_gives_markup_back_as_plain_text_in_json(
        self, writer: httpx.AsyncClient, anyone: httpx.AsyncClient, cast: Cast, base_url: str
    ) -> None:
        hostile = '<script>alert("祝福")</script>'
        left = (await writer.post("/greetings", json=form(hostile))).json()
        await accept(cast, base_url, left["id"])
        wall = await anyone.get("/greetings")
        assert wall.headers["content-type"] == "application/json; charset=utf-8"
        assert wall.headers["x-content-type-options"] == "nosniff"
        assert [item["text"] for item in wall.json()["items"]] == [hostile]

    async def test_tells_nothing_but_words_uploads_and_signature(
        self, writer: httpx.AsyncClient, anyone: httpx.AsyncClient, cast: Cast, base_url: str
    ) -> None:
        left = (await writer.post("/greetings", json=form())).json()
        await accept(cast, base_url, left["id"])
        (item,) = (await anyone.get("/greetings")).json()["items"]
        assert set(item) == {"id", "topic", "text", "byline", "uploads"}

    async def test_goes_on_where_the_page_ended(
        self, writer: httpx.AsyncClient, anyone: httpx.AsyncClient, cast: Cast, base_url: str
    ) -> None:
        for number in range(3):
            left = (await writer.post("/greetings", json=form(f"第{number}条"))).json()
            await accept(cast, base_url, left["id"])
        texts, cursor = [], None
        for _ in range(3):
            page = (await anyone.get("/greetings", params={"limit": 1} | ({"cursor": cursor} if cursor else {}))).json()
            texts += [item["text"] for item in page["items"]]
            cursor = page["next_cursor"]
        assert (texts, cursor) == (["第2条", "第1条", "第0条"], None)


class TestChange:
    async def test_is_off_the_wall_and_checked_again(
        self, writer: httpx.AsyncClient, anyone: httpx.AsyncClient, cast: Cast, base_url: str
    ) -> None:
        left = (await writer.post("/greetings", json=form())).json()
        await accept(cast, base_url, left["id"])
        changed = await writer.put(f"/greetings/{left['id']}", json=form("改过的话"))
        assert (changed.json()["status"], changed.json()["version"]) == ("pending_review", 2)
        assert (await anyone.get("/greetings")).json()["items"] == []

    async def test_is_not_found_by_a_stranger(self, writer: httpx.AsyncClient, cast: Cast, base_url: str) -> None:
        left = (await writer.post("/greetings", json=form())).json()
        async with (await cast.volunteer()).client(base_url) as other:
            for unknown in (left["id"], uuid4()):
                answer = await other.put(f"/greetings/{unknown}", json=form())
                assert (answer.status_code, answer.json()["code"]) == (404, "NoSuchGreeting")

    async def test_cannot_change_the_kind(self, writer: httpx.AsyncClient) -> None:
        left = (await writer.post("/greetings", json=form())).json()
        answer = await writer.put(f"/greetings/{left['id']}", json=form(kind="suggestion"))
        assert answer.status_code == 422


class TestWithdraw:
    async def test_is_done_at_once_and_once(
        self, writer: httpx.AsyncClient, anyone: httpx.AsyncClient, cast: Cast, base_url: str
    ) -> None:
        left = (await writer.post("/greetings", json=form())).json()
        await accept(cast, base_url, left["id"])
        for _ in range(2):
            answer = await writer.delete(f"/greetings/{left['id']}")
            assert (answer.status_code, [each["state"] for each in answer.json()["copies"]]) == (200, ["done"])
        assert (await anyone.get("/greetings")).json()["items"] == []
        answer = await writer.put(f"/greetings/{left['id']}", json=form())
        assert (answer.status_code, answer.json()["code"]) == (409, "GreetingNotChangeable")

    async def test_is_not_for_a_stranger(self, writer: httpx.AsyncClient, cast: Cast, base_url: str) -> None:
        left = (await writer.post("/greetings", json=form())).json()
        async with (await cast.moderator()).client(base_url) as other:
            assert (await other.delete(f"/greetings/{left['id']}")).status_code == 404


class TestSignature:
    async def test_is_the_registered_name_for_who_wants_it(self, cast: Cast, base_url: str) -> None:
        volunteer = await cast.volunteer("欧阳·雪𬶍")
        assert await Volunteer.filter(person_id=volunteer.id).exists()
        async with volunteer.client(base_url) as client:
            left = await client.post("/greetings", json=form(byline="real_name", byline_name="别人"))
        assert left.json()["byline"] == "欧阳·雪𬶍"


class TestAppeal:
    async def test_is_offered_once(self, cast: Cast, base_url: str) -> None:
        body = {"topic": "motherland", "text": "RISKY", "byline": "anonymous", "is_over_14": True}
        async with (await cast.scientist()).client(base_url) as writer:
            left = (await writer.post("/greetings", json=body)).json()
            assert (left["status"], left["reason_code"], left["may_appeal"]) == ("rejected", "machine_risky", True)
            path = f"/greetings/{left['id']}/appeal"
            assert (await writer.post(path, json={"words": ""})).status_code == 422
            appealed = await writer.post(path, json={"words": "这是一首诗"})
            assert (appealed.json()["status"], appealed.json()["may_appeal"]) == ("pending_review", False)
            again = await writer.post(path, json={"words": "再申诉"})
            assert (again.status_code, again.json()["code"]) == (409, "AlreadyAppealed")
        async with (await cast.moderator()).client(base_url) as moderator:
            (shown,) = (await moderator.get("/moderation")).json()["items"]
            assert (shown["appeal_words"], shown["reason_code"]) == ("这是一首诗", "machine_risky")
