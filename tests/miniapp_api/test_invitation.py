"""Inviting to a role and taking it, over the door."""

import httpx
import pytest

from models.event import Event
from tests.cast import Cast
from tests.stage import everything


class TestInvite:
    async def test_shows_the_code_once_and_the_other_takes_the_role(
        self, cast: Cast, base_url: str, event: Event
    ) -> None:
        async with (await cast.organizer("1501X1")).client(base_url) as client:
            made = await client.post("/invitations", json={"role": "event_staff", "event_id": str(event.id)})
        assert (made.status_code, made.json()["role"]) == (201, "event_staff")
        async with (await cast.scientist()).client(base_url) as client:
            taken = await client.post("/me/roles", json={"invitation": made.json()["invitation"]})
            assert (taken.status_code, taken.json()["event_id"]) == (201, str(event.id))
            assert taken.json()["until"] is not None
            assert [role["role"] for role in (await client.get("/me")).json()["roles"]] == ["event_staff"]
            assert (await client.get(f"/events/{event.id}/roster")).status_code == 200

    @pytest.mark.parametrize(
        ("unit_code", "body", "status", "code"),
        [
            ("150105", {"role": "city_admin"}, 403, "RoleNeeded"),
            ("150105", {"role": "unit_organizer", "unit_code": "150102"}, 403, "NotYourUnit"),
            ("150105", {"role": "unit_organizer"}, 422, "InvitationIncomplete"),
            ("150105", {"role": "emperor"}, 422, "InvalidMessage"),
            ("150105", {"role": "event_staff", "event_id": "1"}, 422, "InvalidMessage"),
            ("150105", {}, 422, "InvalidMessage"),
            (None, {"role": "unit_organizer", "unit_code": "150105"}, 403, "RoleNeeded"),
        ],
    )
    async def test_is_refused_by_its_rules(
        self, cast: Cast, base_url: str, unit_code: str | None, body: dict[str, str], status: int, code: str
    ) -> None:
        someone = await (cast.organizer(unit_code) if unit_code else cast.volunteer())
        async with someone.client(base_url) as client:
            before = await everything()
            answer = await client.post("/invitations", json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert await everything() == before


class TestTakeRole:
    async def test_of_a_used_code_is_410_like_one_that_never_was(self, cast: Cast, base_url: str) -> None:
        async with (await cast.city_admin()).client(base_url) as client:
            code = (await client.post("/invitations", json={"role": "moderator"})).json()["invitation"]
        answers = []
        async with (await cast.scientist()).client(base_url) as client:
            await client.post("/me/roles", json={"invitation": code})
            before = await everything()
            for guess in (code, "never-was"):
                answers.append(await client.post("/me/roles", json={"invitation": guess}))
        assert [(each.status_code, each.json()["code"]) for each in answers] == [(410, "InvitationInvalid")] * 2
        assert answers[0].json()["detail"] == answers[1].json()["detail"]
        assert code not in answers[0].text
        assert await everything() == before

    async def test_is_asked_of_a_stranger_to_log_in(self, anyone: httpx.AsyncClient) -> None:
        assert (await anyone.post("/me/roles", json={"invitation": "x"})).status_code == 401
