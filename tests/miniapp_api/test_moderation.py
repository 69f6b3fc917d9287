"""Moderation over the door: who may, what they see, and one decision per version."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from models.role import RoleName
from models.volunteer import Volunteer
from tests.cast import Cast

PHONE = "13911112222"
GUARDIAN_PHONE = "13933334444"
WORKPLACE = "内蒙古测试研究院"


def form(text: str = "祝福祖国", **more: Any) -> dict[str, Any]:
    return {"topic": "motherland", "text": text, "byline": "anonymous", "is_over_14": True, "channels": ["wall"]} | more


@pytest.fixture
async def writer(cast: Cast, base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A volunteer whose phone and workplace we know."""
    someone = await cast.volunteer("斯琴")
    row = await Volunteer.get(person_id=someone.id)
    row.phone, row.workplace = PHONE, WORKPLACE
    await row.save(update_fields=["phone", "workplace"])
    async with someone.client(base_url) as client:
        yield client


@pytest.fixture
async def moderator(cast: Cast, base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with (await cast.moderator()).client(base_url) as client:
        yield client


class TestListWaiting:
    async def test_shows_no_phone_and_no_workplace(
        self, writer: httpx.AsyncClient, moderator: httpx.AsyncClient
    ) -> None:
        guardian = {"name": "乌兰", "relation": "母亲", "phone": GUARDIAN_PHONE}
        left = await writer.post("/greetings", json=form(byline="real_name", is_over_14=False, guardian=guardian))
        waiting = await moderator.get("/moderation")
        decided = await moderator.post(f"/greetings/{left.json()['id']}/decision", json={"decision": "accepted"})
        assert waiting.json()["items"][0]["byline"] == "斯琴"
        for said in (waiting.text, decided.text):
            for canary in (PHONE, GUARDIAN_PHONE, WORKPLACE, "乌兰"):
                assert canary not in said

    async def test_shows_what_the_machine_thought(
        self, writer: httpx.AsyncClient, moderator: httpx.AsyncClient
    ) -> None:
        await writer.post("/greetings", json=form("REVIEW"))
        (item,) = (await moderator.get("/moderation")).json()["items"]
        assert (item["machine_suggest"], item["version"], item["channels"]) == ("review", 1, ["wall"])

    async def test_pages(self, writer: httpx.AsyncClient, moderator: httpx.AsyncClient) -> None:
        for number in range(3):
            await writer.post("/greetings", json=form(f"第{number}条"))
        first = (await moderator.get("/moderation", params={"limit": 2})).json()
        second = (await moderator.get("/moderation", params={"cursor": first["next_cursor"]})).json()
        assert [item["text"] for item in first["items"] + second["items"]] == ["第0条", "第1条", "第2条"]

    async def test_is_refused_to_others(self, writer: httpx.AsyncClient, anyone: httpx.AsyncClient) -> None:
        refused = await writer.get("/moderation")
        assert (refused.status_code, refused.json()["code"]) == (403, "RoleNeeded")
        assert (await anyone.get("/moderation")).status_code == 401


class TestHold:
    async def test_keeps_others_away_until_it_is_let_go(
        self, writer: httpx.AsyncClient, moderator: httpx.AsyncClient, cast: Cast, base_url: str
    ) -> None:
        left = (await writer.post("/greetings", json=form())).json()
        (held,) = (await moderator.post("/moderation/holds", json={"count": 5})).json()
        assert (held["id"], held["is_mine"], held["group_count"]) == (left["id"], True, 1)
        decision = f"/greetings/{left['id']}/decision"
        async with (await cast.moderator()).client(base_url) as other:
            (seen,) = (await other.get("/moderation")).json()["items"]
            assert (seen["is_mine"], seen["held_until"]) == (False, held["held_until"])
            answer = await other.post(decision, json={"decision": "accepted"})
            assert (answer.status_code, answer.json()["code"]) == (409, "HeldByAnother")
            assert len((await moderator.get("/moderation/holds")).json()) == 1
            assert (await moderator.delete(f"/moderation/holds/{left['id']}")).status_code == 204
            assert (await other.post(decision, json={"decision": "accepted"})).status_code == 200

    @pytest.mark.parametrize("count", [0, 51, -1, "5", None])
    async def test_is_bounded(self, count: Any, moderator: httpx.AsyncClient) -> None:
        answer = await moderator.post("/moderation/holds", json={"count": count})
        assert (answer.status_code, answer.json()["code"]) == (422, "InvalidMessage")

    async def test_all_are_let_go(self, writer: httpx.AsyncClient, moderator: httpx.AsyncClient) -> None:
        await writer.post("/greetings", json=form())
        await moderator.post("/moderation/holds", json={})
        assert (await moderator.delete("/moderation/holds")).status_code == 204
        assert (await moderator.get("/moderation/holds")).json() == []


class TestDecideMany:
    async def test_says_what_became_of_each(self, writer: httpx.AsyncClient, moderator: httpx.AsyncClient) -> None:
        """A group of copies is read once and decided in one call."""
        for _ in range(3):
            await writer.post("/greetings", json=form())
        group = (await moderator.get("/moderation")).json()["items"][0]["group_id"]
        same = (await moderator.get("/moderation", params={"group": group})).json()["items"]
        items = [{"id": item["id"], "version": item["version"]} for item in same]
        items[2]["version"] = 2
        body = {"decision": "rejected", "reason_code": "duplicate", "items": items}
        answer = await moderator.post("/moderation/decisions", json=body)
        assert [each["refused"] for each in answer.json()] == [None, None, "AlreadyModerated"]

    async def test_needs_a_reason_for_a_refusal(self, moderator: httpx.AsyncClient) -> None:
        body = {"decision": "rejected", "items": [{"id": "0198c0de-0000-7000-8000-000000000000", "version": 1}]}
        answer = await moderator.post("/moderation/decisions", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "ReasonCodeNeeded")


class TestReopen:
    async def test_takes_it_off_the_wall(
        self, writer: httpx.AsyncClient, moderator: httpx.AsyncClient, anyone: httpx.AsyncClient
    ) -> None:
        left = (await writer.post("/greetings", json=form())).json()
        await moderator.post(f"/greetings/{left['id']}/decision", json={"decision": "accepted"})
        assert len((await anyone.get("/greetings")).json()["items"]) == 1
        answer = await moderator.post(f"/greetings/{left['id']}/reopening", json={"reason_code": "facts"})
        assert (answer.status_code, answer.json()["status"]) == (200, "pending_review")
        assert (await anyone.get("/greetings")).json()["items"] == []
        again = await moderator.post(f"/greetings/{left['id']}/reopening", json={"reason_code": "facts"})
        assert (again.status_code, again.json()["code"]) == (409, "NotAccepted")


class TestLog:
    async def test_shows_decisions_and_nobodys_words(
        self, writer: httpx.AsyncClient, moderator: httpx.AsyncClient, cast: Cast, base_url: str
    ) -> None:
        for _ in range(2):
            left = (await writer.post("/greetings", json=form("王国文主席好", byline="real_name"))).json()
            said = {"decision": "returned", "reason_code": "facts", "reason_note": "王国文的职务有误"}
            await moderator.post(f"/greetings/{left['id']}/decision", json=said)
        async with (await cast.with_role(RoleName.AUDITOR)).client(base_url) as auditor:
            first = await auditor.get("/moderation/log", params={"limit": 1})
            second = await auditor.get("/moderation/log", params={"cursor": first.json()["next_cursor"]})
        (line,) = first.json()["items"]
        assert (line["greeting_id"], line["after"], line["reason_code"]) == (left["id"], "returned", "facts")
        assert len(second.json()["items"]) == 1
        for canary in ("王国文", "斯琴", PHONE):
            assert canary not in first.text + second.text
        assert (await moderator.get("/moderation/log")).status_code == 403


class TestDecide:
    @pytest.fixture
    async def path(self, writer: httpx.AsyncClient) -> str:
        left = await writer.post("/greetings", json=form())
        return f"/greetings/{left.json()['id']}/decision"

    async def test_refuses_a_verdict_on_older_words(
        self, path: str, writer: httpx.AsyncClient, moderator: httpx.AsyncClient
    ) -> None:
        await writer.put(path.removesuffix("/decision"), json=form("改过的话"))
        answer = await moderator.post(path, json={"decision": "accepted", "version": 1})
        assert (answer.status_code, answer.json()["code"]) == (409, "AlreadyModerated")

    async def test_tells_the_writer_why(
        self, path: str, writer: httpx.AsyncClient, moderator: httpx.AsyncClient
    ) -> None:
        said = {"decision": "returned", "reason_code": "facts", "reason_note": "职务有误"}
        await moderator.post(path, json=said)
        (mine,) = (await writer.get("/me/greetings")).json()
        assert (mine["status"], mine["reason_code"], mine["reason_note"]) == ("returned", "facts", "职务有误")

    async def test_needs_a_reason_for_a_refusal(self, path: str, moderator: httpx.AsyncClient) -> None:
        answer = await moderator.post(path, json={"decision": "rejected"})
        assert (answer.status_code, answer.json()["code"]) == (422, "ReasonCodeNeeded")

    @pytest.mark.parametrize(
        "body",
        [
            {"decision": "withdrawn"},
            {"decision": "accepted", "version": 0},
            {"decision": "accepted", "version": 2**31},
            {"decision": "accepted", "version": -(2**40)},
            {"decision": "accepted", "version": 1.5},
            {},
        ],
    )
    async def test_refuses_what_is_no_decision(
        self, body: dict[str, Any], path: str, moderator: httpx.AsyncClient
    ) -> None:
        answer = await moderator.post(path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "InvalidMessage")

    async def test_is_refused_to_others(self, path: str, writer: httpx.AsyncClient, anyone: httpx.AsyncClient) -> None:
        refused = await writer.post(path, json={"decision": "accepted"})
        assert (refused.status_code, refused.json()["code"]) == (403, "RoleNeeded")
        assert (await anyone.post(path, json={"decision": "accepted"})).status_code == 401
