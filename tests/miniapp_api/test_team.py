"""Teams over the door: what a stranger sees, and the way of a team from its draft to its end."""

import httpx
import pytest

from models.team import TeamLevel
from tests.cast import Cast
from tests.teams import belonging, standing, volunteer_no


class TestSearch:
    async def test_shows_a_stranger_teams_and_no_names(self, cast: Cast, anyone: httpx.AsyncClient) -> None:
        leader = await cast.volunteer("乌兰图雅")
        team = await standing(cast, leader=leader, name="赛罕区医疗队", trade="medical")
        await belonging(cast, team, await cast.volunteer("斯琴高娃"))
        answer = await anyone.get("/teams", params={"trade": "medical"})
        (shown,) = answer.json()["items"]
        assert (shown["name"], shown["members"], shown["leader_name"]) == ("赛罕区医疗队", 2, "乌***")
        assert (shown["unit_code"], shown["level"], shown["founded_on"]) == ("150105", "brigade", "2019-05-01")
        for secret in ("图雅", "斯琴高娃", "138"):
            assert secret not in answer.text

    async def test_names_the_leader_to_who_is_signed_in(self, cast: Cast, base_url: str) -> None:
        team = await standing(cast, leader=await cast.volunteer("乌兰图雅"))
        async with (await cast.visitor()).client(base_url) as client:
            assert (await client.get("/teams")).json()["items"][0]["leader_name"] == "乌兰图雅"
            assert (await client.get(f"/teams/{team.id}")).json()["leader_name"] == "乌兰图雅"

    async def test_tells_who_shows_an_ended_session(self, cast: Cast, anyone: httpx.AsyncClient) -> None:
        answer = await anyone.get("/teams", headers={"authorization": "Bearer gone"})
        assert (answer.status_code, answer.json()["code"]) == (401, "SessionEnded")

    async def test_goes_page_by_page(self, cast: Cast, anyone: httpx.AsyncClient) -> None:
        teams = [await standing(cast) for _ in range(3)]
        first = (await anyone.get("/teams", params={"limit": 2})).json()
        rest = (await anyone.get("/teams", params={"limit": 2, "cursor": first["next_cursor"]})).json()
        assert [each["id"] for each in first["items"] + rest["items"]] == [str(team.id) for team in teams]
        assert rest["next_cursor"] is None


class TestTheWay:
    async def test_of_a_team_from_draft_to_merger(self, cast: Cast, base_url: str, anyone: httpx.AsyncClient) -> None:
        leader, parent = await cast.volunteer(), await standing(cast, "150100", level=TeamLevel.DETACHMENT)
        other = await standing(cast, name="赛罕区科普二队")
        new = {"unit_code": "150105", "name": "赛罕区科普大队", "level": "brigade", "trade": "guides"}
        more = {"leader_no": await volunteer_no(leader), "parent_id": str(parent.id)}
        async with (
            (await cast.organizer()).client(base_url) as organizer,
            (await cast.city_admin()).client(base_url) as city,
        ):
            drafted = await organizer.post("/teams", json=new)
            assert (drafted.status_code, drafted.json()["status"]) == (201, "draft")
            path = f"/teams/{drafted.json()['id']}"
            assert (await anyone.get(path)).json()["code"] == "NoSuchTeam"
            missing = await organizer.post(f"{path}/submission")
            assert (missing.status_code, set(missing.json()["fields"])) == (422, {"leader_no", "parent_id"})
            assert (await organizer.patch(path, json=more)).status_code == 200
            assert (await organizer.post(f"{path}/submission")).json()["status"] == "submitted"
            assert [each["status"] for each in (await city.get("/managed-teams")).json()].count("submitted") == 1
            approved = await city.post(f"{path}/decision", json={"decision": "active"})
            assert (approved.json()["status"], approved.json()["members"]) == ("active", 1)
            flag = {"given_on": "2019-05-30", "given_by": "市科协"}
            assert (await organizer.put(f"{path}/flag", json=flag)).json()["flag_given_on"] == "2019-05-30"
            merged = await organizer.post(f"{path}/merger", json={"successor_id": str(other.id), "reason": "两队合并"})
            assert merged.json()["status"] == "merged"
            gaps = (await city.get("/teams/gaps")).json()
        shown = (await anyone.get(path)).json()
        assert (shown["status"], shown["successor_name"], shown["members"]) == ("merged", "赛罕区科普二队", 0)
        assert path[7:] not in {each["id"] for each in (await anyone.get("/teams")).json()["items"]}
        assert {"150105", "150100"}.isdisjoint(each["unit_code"] for each in gaps["units"])

    async def test_of_a_name_that_is_taken(self, cast: Cast, base_url: str) -> None:
        parent = await standing(cast, "150100", level=TeamLevel.DETACHMENT, name="科普支队")
        new = {"unit_code": "150105", "name": "科普 支队", "level": "brigade", "trade": "guides"}
        new |= {"leader_no": await volunteer_no(await cast.volunteer()), "parent_id": str(parent.id)}
        async with (await cast.organizer()).client(base_url) as client:
            drafted = await client.post("/teams", json=new)
            answer = await client.post(f"/teams/{drafted.json()['id']}/submission")
        assert (answer.status_code, answer.json()["code"]) == (409, "TeamNameTaken")


class TestGaps:
    @pytest.mark.parametrize(
        ("code", "status", "refusal"),
        [("150105", 200, None), ("150102", 403, "NotYourUnit"), ("x" * 30, 404, "NoSuchUnit")],
    )
    async def test_take_a_reason_for_the_own_unit(
        self, cast: Cast, base_url: str, code: str, status: int, refusal: str | None
    ) -> None:
        async with (await cast.organizer()).client(base_url) as client:
            answer = await client.put(f"/units/{code}/team-gap", json={"reason": "正在筹建"})
            listed = (await client.get("/teams/gaps")).json()
        assert (answer.status_code, answer.json().get("code")) == (status, refusal)
        assert listed["units"][0]["reason"] == (None if refusal else "正在筹建")
        assert len(listed["trades"]) == 14
