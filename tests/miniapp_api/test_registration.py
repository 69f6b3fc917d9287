"""Registering and reviewing over the door; no list and no refusal tells who somebody is."""

from typing import Any

import httpx
import pytest

from tests.cast import ID_NUMBER, Cast, Someone
from tests.stage import code_of, everything

FILLED: dict[str, Any] = {
    "name": "乌兰图雅",
    "sex": "1",
    "birth_date": "1980-01-01",
    "id_type": "01",
    "id_number": ID_NUMBER,
    "division_code": "150102",
    "phone": "13912345678",
    "skills": ["气象"],
    "service_classes": ["popsci"],
    "unit_code": "150105",
    "workplace": "市气象局雷达站",
}
CANARIES = ("乌兰图雅", "13912345678", ID_NUMBER, "19800101", "雷达站")


async def put(someone: Someone, base_url: str, **changed: Any) -> httpx.Response:
    async with someone.client(base_url) as client:
        return await client.put("/me/volunteer", json=FILLED | changed)


async def submitted(cast: Cast, base_url: str) -> str:
    answer = await put(await cast.scientist(), base_url)
    assert answer.status_code == 200
    return str(answer.json()["id"])


class TestSaveMine:
    async def test_answers_with_the_masked_registration(self, cast: Cast, base_url: str) -> None:
        someone = await cast.scientist()
        answer = await put(someone, base_url)
        body = answer.json()
        assert (answer.status_code, body["status"], body["name"]) == (200, "submitted", "乌兰图雅")
        assert (body["id_number_masked"], body["phone_masked"]) == ("150102********0014", "139****5678")
        assert ID_NUMBER not in answer.text
        async with someone.client(base_url) as client:
            assert (await client.get("/me/volunteer")).json() == body

    async def test_keeps_a_draft(self, cast: Cast, base_url: str) -> None:
        someone = await cast.scientist()
        async with someone.client(base_url) as client:
            answer = await client.put("/me/volunteer", json={"name": "𠮷", "submit": False})
            assert (answer.status_code, answer.json()["status"]) == (200, "draft")
            assert (await client.get("/me/volunteer")).json()["name"] == "𠮷"

    async def test_names_every_fault_at_once_and_repeats_nothing(self, cast: Cast, base_url: str) -> None:
        someone = await cast.scientist()
        before = await everything()
        answer = await put(someone, base_url, phone="139123456789", id_number=ID_NUMBER + "9", unit_code="999")
        assert (answer.status_code, answer.json()["code"]) == (422, "RegistrationIncomplete")
        assert set(answer.json()["fields"]) == {"phone", "id_number", "unit_code"}
        assert [canary for canary in CANARIES if canary in answer.text] == []
        assert await everything() == before

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"birth_date": "1980-13-01"}, "birth_date"),
            ({"birth_date": "1 January"}, "birth_date"),
            ({"skills": None}, "skills"),
            ({"name": 5}, "name"),
            ({"status": "approved"}, "status"),
            ({"volunteer_no": "V1"}, "volunteer_no"),
            ({"person_id": "somebody else"}, "person_id"),
        ],
    )
    async def test_takes_only_the_fields_of_the_form(
        self, cast: Cast, base_url: str, changed: dict[str, Any], field: str
    ) -> None:
        someone = await cast.scientist()
        before = await everything()
        answer = await put(someone, base_url, **changed)
        assert (answer.status_code, answer.json()["code"]) == (422, "InvalidMessage")
        assert set(answer.json()["fields"]) == {field}
        assert await everything() == before

    async def test_needs_consent_first(self, cast: Cast, base_url: str) -> None:
        answer = await put(await cast.visitor(), base_url)
        assert (answer.status_code, answer.json()["code"]) == (403, "ConsentNeeded")
        assert answer.json()["scopes"] == ["policy", "id_number"]

    async def test_while_it_is_reviewed_is_409(self, cast: Cast, base_url: str) -> None:
        someone = await cast.scientist()
        await put(someone, base_url)
        before = await everything()
        answer = await put(someone, base_url, name="另一人")
        assert (answer.status_code, answer.json()["code"]) == (409, "RegistrationLocked")
        assert answer.json()["registration_status"] == "submitted"
        assert [canary for canary in CANARIES if canary in answer.text] == []
        assert await everything() == before

    async def test_of_a_taken_id_number_is_409_and_names_nobody(self, cast: Cast, base_url: str) -> None:
        await submitted(cast, base_url)
        second = await cast.scientist()
        before = await everything(but=["volunteer"])
        answer = await put(second, base_url, name="冒名者")
        assert (answer.status_code, answer.json()["code"]) == (409, "IdNumberTaken")
        assert [canary for canary in CANARIES if canary in answer.text] == []
        assert await everything(but=["volunteer"]) == before
        async with second.client(base_url) as client:
            assert (await client.get("/me/volunteer")).json()["status"] == "draft"

    async def test_is_404_for_who_has_none(self, cast: Cast, base_url: str) -> None:
        async with (await cast.visitor()).client(base_url) as client:
            answer = await client.get("/me/volunteer")
        assert (answer.status_code, answer.json()["code"]) == (404, "NoSuchRegistration")


class TestListToReview:
    async def test_shows_nothing_that_tells_who_it_is(self, cast: Cast, base_url: str) -> None:
        registration_id = await submitted(cast, base_url)
        async with (await cast.organizer("150105")).client(base_url) as client:
            answer = await client.get("/registrations", params={"status": "submitted"})
        (line,) = answer.json()["items"]
        assert (line["id"], line["name_masked"], line["phone_masked"]) == (registration_id, "乌***", "139****5678")
        assert [canary for canary in CANARIES if canary in answer.text] == []
        assert (line["due_on"], line["is_due_on_certain"], line["version"]) == ("2019-06-06", True, 1)

    async def test_shows_a_reviewer_the_whole_name_of_one_and_no_number(self, cast: Cast, base_url: str) -> None:
        registration_id = await submitted(cast, base_url)
        async with (await cast.organizer("150105")).client(base_url) as client:
            answer = await client.get(f"/registrations/{registration_id}")
        assert answer.json()["name"] == "乌兰图雅"
        assert ID_NUMBER not in answer.text
        assert "13912345678" not in answer.text

    async def test_leads_through_all_pages_once(self, cast: Cast, base_url: str) -> None:
        for _ in range(5):
            await cast.volunteer(unit_code="150105")
        seen: list[str] = []
        cursor: str | None = ""
        async with (await cast.city_admin()).client(base_url) as client:
            while cursor is not None:
                asked = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
                page = (await client.get("/registrations", params=asked)).json()
                assert len(page["items"]) <= 2
                seen += [line["id"] for line in page["items"]]
                cursor = page["next_cursor"]
        assert len(seen) == len(set(seen)) == 5

    @pytest.mark.parametrize(
        "asked",
        [{"status": "secret"}, {"limit": "0"}, {"limit": "201"}, {"limit": "x"}, {"cursor": "x"}, {"unit": "150100"}],
    )
    async def test_refuses_a_question_that_it_does_not_know(
        self, cast: Cast, base_url: str, asked: dict[str, str]
    ) -> None:
        async with (await cast.city_admin()).client(base_url) as client:
            assert (await client.get("/registrations", params=asked)).status_code == 422


class TestDecide:
    async def test_approves_and_shows_a_masked_line(self, cast: Cast, base_url: str) -> None:
        registration_id = await submitted(cast, base_url)
        async with (await cast.organizer("150105")).client(base_url) as client:
            answer = await client.post(f"/registrations/{registration_id}/decision", json={"decision": "approved"})
        assert (answer.status_code, answer.json()["status"]) == (200, "approved")
        assert answer.json()["volunteer_no"].startswith("V15010219")
        assert [canary for canary in CANARIES if canary in answer.text] == []

    async def test_without_a_reason_or_twice_is_refused(self, cast: Cast, base_url: str) -> None:
        path = f"/registrations/{await submitted(cast, base_url)}/decision"
        async with (await cast.organizer("150105")).client(base_url) as client:
            before = await everything()
            answer = await client.post(path, json={"decision": "returned", "reason": " "})
            assert (answer.status_code, answer.json()["code"]) == (422, "ReasonNeeded")
            assert await everything() == before
            await client.post(path, json={"decision": "returned", "reason": "请补正"})
            before = await everything()
            answer = await client.post(path, json={"decision": "approved"})
            assert (answer.status_code, answer.json()["code"]) == (409, "AlreadyDecided")
        assert [canary for canary in CANARIES if canary in answer.text] == []
        assert await everything() == before

    async def test_on_another_version_or_for_good_by_a_unit_is_refused(self, cast: Cast, base_url: str) -> None:
        path = f"/registrations/{await submitted(cast, base_url)}/decision"
        async with (await cast.organizer("150105")).client(base_url) as client:
            before = await everything()
            answer = await client.post(path, json={"decision": "approved", "version": 2})
            assert code_of(answer) == (409, "AlreadyDecided")
            answer = await client.post(path, json={"decision": "rejected", "reason": "不符合条件"})
            assert code_of(answer) == (403, "CityDecides")
        assert await everything() == before

    async def test_by_another_unit_finds_nothing(self, cast: Cast, base_url: str) -> None:
        path = f"/registrations/{await submitted(cast, base_url)}/decision"
        async with (await cast.organizer("150102")).client(base_url) as client:
            before = await everything()
            answer = await client.post(path, json={"decision": "approved"})
        assert (answer.status_code, answer.json()["code"]) == (404, "NoSuchRegistration")
        assert [canary for canary in CANARIES if canary in answer.text] == []
        assert await everything() == before

    @pytest.mark.parametrize(
        "body",
        [{}, {"decision": "suspended"}, {"decision": "draft"}, {"decision": "approved", "volunteer_no": "V1"},
         {"decision": "returned", "reason": "x" * 301}],
    )  # fmt: skip
    async def test_knows_three_decisions(self, cast: Cast, base_url: str, body: dict[str, str]) -> None:
        path = f"/registrations/{await submitted(cast, base_url)}/decision"
        async with (await cast.city_admin()).client(base_url) as client:
            before = await everything()
            assert (await client.post(path, json=body)).status_code == 422
        assert await everything() == before


class TestAppeal:
    async def test_goes_back_to_the_city_once(self, cast: Cast, base_url: str) -> None:
        someone = await cast.scientist()
        registration_id = (await put(someone, base_url)).json()["id"]
        city = (await cast.city_admin()).client(base_url)
        async with city, someone.client(base_url) as client:
            path = f"/registrations/{registration_id}/decision"
            await city.post(path, json={"decision": "rejected", "reason": "材料不足"})
            answer = await client.post("/me/volunteer/appeal", json={"statement": "已补充单位证明"})
            assert (answer.status_code, answer.json()["status"]) == (200, "submitted")
            (line,) = (await city.get("/registrations", params={"status": "submitted"})).json()["items"]
            assert line["is_appeal"] is True
            assert (await city.get(f"/registrations/{registration_id}")).json()["appeal"] == "已补充单位证明"
            await city.post(path, json={"decision": "rejected", "reason": "仍不符合"})
            again = await client.post("/me/volunteer/appeal", json={"statement": "再次申诉"})
            assert code_of(again) == (409, "AppealUsedUp")
