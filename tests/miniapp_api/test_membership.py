"""Membership over the door: a leader who is no organizer lets people in, and people leave."""

import pytest

from tests.cast import Cast
from tests.teams import standing, volunteer_no, waiting


class TestTheWay:
    async def test_into_a_team_and_out_of_it(self, cast: Cast, base_url: str) -> None:
        leader, someone = await cast.volunteer("乌兰"), await cast.volunteer("斯琴")
        team = await standing(cast, leader=leader, name="赛罕区医疗队")
        async with leader.client(base_url) as lead, someone.client(base_url) as client:
            asked = await client.post(f"/teams/{team.id}/memberships")
            assert (asked.status_code, asked.json()["status"], asked.json()["team_name"]) == (
                201, "applied", "赛罕区医疗队",
            )  # fmt: skip
            again = await client.post(f"/teams/{team.id}/memberships")
            assert (again.status_code, again.json()["code"]) == (409, "AlreadyInTeam")
            assert again.json()["membership_id"] == asked.json()["id"]
            (line,) = (await lead.get(f"/teams/{team.id}/memberships?status=applied")).json()["items"]
            assert (line["name"], line["phone_masked"]) == ("斯琴", "138****0000")
            path = f"/memberships/{line['id']}"
            no = await lead.post(f"{path}/decision", json={"decision": "rejected"})
            assert (no.status_code, no.json()["code"]) == (422, "TeamReasonNeeded")
            assert (await lead.post(f"{path}/decision", json={"decision": "active"})).json()["status"] == "active"
            assert (await lead.put(f"{path}/role", json={"role": "liaison"})).json()["role"] == "liaison"
            assert (await client.delete(path)).status_code == 204
            (mine,) = (await client.get("/me/memberships")).json()
            assert (mine["status"], mine["role"], mine["joined_at"] is not None) == ("left", "liaison", True)
            gone = await lead.post(f"{path}/removal", json={"reason": "长期不参加"})
            assert (gone.status_code, gone.json()["code"]) == (409, "MembershipNotLive")

    async def test_by_a_code_that_is_scanned(self, cast: Cast, base_url: str) -> None:
        leader, one, two = [await cast.volunteer() for _ in range(3)]
        team = await standing(cast, leader=leader)
        async with (
            leader.client(base_url) as lead, one.client(base_url) as first, two.client(base_url) as second,
        ):  # fmt: skip
            made = (await lead.post(f"/teams/{team.id}/invitations", json={"days": 3, "max_uses": 9})).json()
            body = {"invitation": made["code"]}
            joined = await first.post("/me/memberships", json=body)
            assert (joined.status_code, joined.json()["status"]) == (201, "active")
            assert (await lead.get(f"/teams/{team.id}/invitations")).json()[0]["uses"] == 1
            assert (await lead.delete(f"/team-invitations/{made['id']}")).status_code == 204
            late = await second.post("/me/memberships", json=body)
            assert (late.status_code, late.json()["code"]) == (410, "TeamInvitationInvalid")
            assert made["code"] not in late.text

    async def test_by_an_invitation_that_names_one_person(self, cast: Cast, base_url: str) -> None:
        leader, someone = await cast.volunteer(), await cast.volunteer()
        team = await standing(cast, leader=leader)
        async with leader.client(base_url) as lead, someone.client(base_url) as client:
            named = {"volunteer_no": await volunteer_no(someone)}
            row = (await lead.post(f"/teams/{team.id}/invitees", json=named)).json()
            assert (await client.get("/me/memberships")).json()[0]["status"] == "invited"
            answer = await client.post(f"/memberships/{row['id']}/acceptance")
            assert (answer.status_code, answer.json()["status"]) == (200, "active")


class TestDecide:
    @pytest.mark.parametrize("body", [{}, {"decision": "maybe"}, {"decision": "active", "role": "leader"}])
    async def test_takes_only_a_decision(self, cast: Cast, base_url: str, body: dict[str, str]) -> None:
        leader = await cast.volunteer()
        row = await waiting(cast, await standing(cast, leader=leader), await cast.volunteer())
        async with leader.client(base_url) as client:
            answer = await client.post(f"/memberships/{row.id}/decision", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "InvalidMessage")
