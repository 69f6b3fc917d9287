"""The list of words over the door: who keeps it, and that nothing of it is told to who writes."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.cast import Cast
from tests.stage import code_of


@pytest.fixture
async def admin(cast: Cast, base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with (await cast.city_admin()).client(base_url) as client:
        yield client


class TestListedWords:
    async def test_are_added_changed_and_removed(self, admin: httpx.AsyncClient) -> None:
        added = await admin.post("/listed-words", json={"words": ["加微信", "扫码领奖"]})
        assert (added.status_code, {each["action"] for each in added.json()}) == (201, {"review"})
        path = f"/listed-words/{added.json()[0]['id']}"
        assert (await admin.patch(path, json={"action": "refuse"})).json()["action"] == "refuse"
        assert (await admin.delete(path)).status_code == 204
        assert code_of(await admin.delete(path)) == (404, "NoSuchWord")
        assert len((await admin.get("/listed-words")).json()["items"]) == 1

    @pytest.mark.parametrize(
        "body",
        [
            {"words": []},
            {"words": [""]},
            {"words": ["长" * 41]},
            {"words": ["词语"] * 201},
            {"words": ["词语"], "action": "delete"},
            {"words": "词语"},
        ],
    )
    async def test_have_their_form(self, body: Any, admin: httpx.AsyncClient) -> None:
        assert code_of(await admin.post("/listed-words", json=body)) == (422, "InvalidMessage")

    async def test_are_told_to_nobody_who_writes(self, admin: httpx.AsyncClient, cast: Cast, base_url: str) -> None:
        await admin.post("/listed-words", json={"words": ["脏话词"], "action": "refuse"})
        body = {"topic": "motherland", "text": "祝福 脏-话-词", "byline": "anonymous", "is_over_14": True}
        async with (await cast.scientist()).client(base_url) as writer:
            answer = await writer.post("/greetings", json=body)
            assert code_of(answer) == (422, "WordingRefused")
            assert list(answer.json()["fields"]) == ["text"]
            assert "脏" not in answer.text
            assert code_of(await writer.get("/listed-words")) == (403, "RoleNeeded")
