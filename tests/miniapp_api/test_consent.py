"""Who I am and what I agreed to, over the door."""

import httpx
import pytest

from capabilities.consent import POLICY_VERSION
from models.event import Event
from tests.cast import Cast
from tests.stage import everything


class TestReadPolicy:
    async def test_shows_the_policy_to_anybody(self, anyone: httpx.AsyncClient) -> None:
        answer = await anyone.get("/policies/current")
        assert answer.status_code == 200
        assert answer.json()["version"] == POLICY_VERSION
        assert "个人信息处理规则" in answer.json()["text"]


class TestReadMe:
    async def test_shows_roles_and_consents(self, cast: Cast, base_url: str, event: Event) -> None:
        someone = await cast.staff(event)
        async with someone.client(base_url) as client:
            me = (await client.get("/me")).json()
        assert me["roles"] == [{"role": "event_staff", "unit_path": "", "event_id": str(event.id)}]
        assert [given["scope"] for given in me["consents"]] == ["policy", "id_number"]
        assert me["policy_version"] == POLICY_VERSION

    async def test_shows_nobody_else(self, cast: Cast, base_url: str) -> None:
        await cast.city_admin()
        someone = await cast.visitor()
        async with someone.client(base_url) as client:
            me = (await client.get("/me")).json()
        nothing = {"roles": [], "consents": [], "phone_masked": None, "phone_verified_at": None}
        assert me == {"id": str(someone.id), "policy_version": POLICY_VERSION, **nothing}


class TestAgree:
    async def test_answers_with_what_stands(self, cast: Cast, base_url: str) -> None:
        async with (await cast.visitor()).client(base_url) as client:
            answer = await client.post("/me/consents", json={"policy_version": POLICY_VERSION})
            assert answer.status_code == 201
            assert [given["scope"] for given in answer.json()] == ["policy"]
            again = await client.post(
                "/me/consents", json={"policy_version": POLICY_VERSION, "scopes": ["policy", "id_number"]}
            )
        assert [given["scope"] for given in again.json()] == ["policy", "id_number"]
        assert again.json()[0] == answer.json()[0]

    async def test_of_an_older_policy_is_409_and_names_the_present_one(self, cast: Cast, base_url: str) -> None:
        async with (await cast.visitor()).client(base_url) as client:
            before = await everything()
            answer = await client.post("/me/consents", json={"policy_version": "2019-05-28"})
        assert (answer.status_code, answer.json()["code"]) == (409, "PolicyOutdated")
        assert answer.json()["policy_version"] == POLICY_VERSION
        assert await everything() == before

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"policy_version": ""},
            {"policy_version": POLICY_VERSION, "scopes": []},
            {"policy_version": POLICY_VERSION, "scopes": ["face"]},
            {"policy_version": POLICY_VERSION, "scopes": ["policy"] * 11},
            {"policy_version": POLICY_VERSION, "person_id": "somebody else"},
        ],
    )
    async def test_asks_for_a_whole_form(self, cast: Cast, base_url: str, body: dict[str, object]) -> None:
        async with (await cast.visitor()).client(base_url) as client:
            before = await everything()
            answer = await client.post("/me/consents", json=body)
        assert answer.status_code == 422
        assert await everything() == before

    async def test_is_asked_of_a_stranger_to_log_in(self, anyone: httpx.AsyncClient) -> None:
        answer = await anyone.post("/me/consents", json={"policy_version": POLICY_VERSION})
        assert (answer.status_code, answer.json()["code"]) == (401, "Unauthenticated")
