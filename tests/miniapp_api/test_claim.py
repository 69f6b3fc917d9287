"""Claiming over the door: the claimant learns nothing of the holder, the reviewer sees masks."""

from typing import Any

from models.fields import blind
from models.volunteer import Volunteer
from tests.capabilities.forms import FILLED
from tests.cast import Cast
from tests.stage import code_of

NAME, PHONE, NUMBER = "乌兰图雅", "13712345678", "CANARY12345"


class TestClaims:
    async def test_lead_from_a_taken_number_to_the_own_registration(self, cast: Cast, base_url: str) -> None:
        holder, someone = await cast.volunteer(NAME, unit_code="150102"), await cast.scientist()
        index = blind(f"99:{NUMBER}", kind="id-number")
        await Volunteer.filter(person_id=holder.id).update(phone=PHONE, id_number=NUMBER, id_number_index=index)
        form: dict[str, Any] = FILLED | {"birth_date": "1980-01-01", "id_type": "99", "id_number": NUMBER}
        city = (await cast.city_admin()).client(base_url)
        async with city, someone.client(base_url) as client:
            taken = await client.put("/me/volunteer", json=form)
            assert code_of(taken) == (409, "IdNumberTaken")
            assert "认领" in taken.json()["detail"]
            answer = await client.post("/me/claims", json=form | {"statement": "我换了微信号"})
            assert (answer.status_code, answer.json()["status"]) == (201, "open")
            again = await client.post("/me/claims", json=form | {"statement": "我换了微信号"})
            assert code_of(again) == (409, "ClaimOpen")
            listed = await city.get("/claims")
            (line,) = listed.json()["items"]
            assert (line["existing"]["name_masked"], line["claimant"]["name_masked"]) == ("乌***", "巴**")
            assert line["agreeing"] == ["sex", "birth_date"]
            for secret in (NAME, PHONE, NUMBER, "13800000000"):
                assert secret not in listed.text
            decided = await city.post(
                f"/claims/{line['id']}/decision", json={"decision": "transfer", "reason": "已核对证件"}
            )
            assert (decided.json()["status"], decided.json()["claimant"]) == ("transferred", None)
            (mine,) = (await client.get("/me/claims")).json()
            assert (mine["status"], mine["reason"], mine["may_ask_again"]) == ("transferred", "已核对证件", False)
            assert (await client.get("/me/volunteer")).json()["status"] == "approved"
        for each in (taken, answer, again):
            for secret in (NAME, PHONE):
                assert secret not in each.text
        async with holder.client(base_url) as client:
            assert code_of(await client.get("/me")) == (401, "SessionEnded")

    async def test_take_three_decisions_and_a_statement(self, cast: Cast, base_url: str) -> None:
        async with (await cast.city_admin()).client(base_url) as client:
            path = "/claims/01900000-0000-7000-8000-000000000001/decision"
            for body in ({}, {"decision": "approved", "reason": "x"}, {"decision": "transfer"}):
                assert (await client.post(path, json=body)).status_code == 422
            for body in ({}, {"statement": " "}, {"statement": "x" * 501}):
                assert (await client.post("/me/claims", json=body)).status_code == 422
