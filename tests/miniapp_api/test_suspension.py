"""Suspending over the door, and what the volunteer sees of it."""

from typing import Any

import pytest

from models.volunteer import Volunteer
from tests.cast import Cast
from tests.stage import code_of, everything, published, shift_of

BODY: dict[str, Any] = {"reason": "虚报服务时长", "until": "2019-12-31T00:00:00+08:00"}


class TestSuspend:
    async def test_shows_its_end_to_the_person_and_ends_early(self, cast: Cast, base_url: str) -> None:
        someone = await cast.volunteer()
        path = f"/volunteers/{(await Volunteer.get(person_id=someone.id)).id}/suspension"
        shift_id = shift_of(await published()).id
        city = (await cast.city_admin()).client(base_url)
        async with city, someone.client(base_url) as client:
            answer = await city.post(path, json=BODY)
            assert (answer.status_code, answer.json()["status"]) == (200, "suspended")
            refused = await client.post(f"/shifts/{shift_id}/enrolments")
            assert code_of(refused) == (403, "RegistrationSuspended")
            assert "2019年12月31日" in refused.json()["detail"]
            assert (await client.get("/me/volunteer")).json()["suspended_until"] == "2019-12-30T16:00:00Z"
            assert (await city.post(f"{path}/end", json={"reason": "已核实"})).json()["status"] == "approved"
            assert (await client.post(f"/shifts/{shift_id}/enrolments")).status_code == 201

    @pytest.mark.parametrize(
        "changed",
        [{"reason": ""}, {"reason": "  "}, {"until": "2019-12-31T00:00:00"}, {"until": None}, {"status": "approved"}],
    )
    async def test_needs_a_reason_and_an_end_with_a_zone(
        self, cast: Cast, base_url: str, changed: dict[str, Any]
    ) -> None:
        row = await Volunteer.get(person_id=(await cast.volunteer()).id)
        before = await everything()
        async with (await cast.city_admin()).client(base_url) as client:
            answer = await client.post(f"/volunteers/{row.id}/suspension", json=BODY | changed)
        assert answer.status_code == 422
        assert await everything(but=["person", "session", "role", "consent"]) == {
            name: rows for name, rows in before.items() if name not in {"person", "session", "role", "consent"}
        }
