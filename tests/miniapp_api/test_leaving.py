"""Withdrawing a consent and erasing oneself over the door."""

import secrets

import httpx

import miniapp_api
from capabilities.consent import POLICY_VERSION
from capabilities.office import Office
from models.answered import Answered
from models.person import Person
from server.porter import STILL_OPEN
from tests.cast import Cast
from tests.leaving import CANARIES, full_life

KEY = {"idempotency-key": "leaving-once"}


class TestWithdrawConsent:
    async def test_answers_with_what_stopped_and_what_is_kept(self, cast: Cast, base_url: str) -> None:
        async with (await cast.volunteer()).client(base_url) as client:
            answer = await client.delete("/me/consents/id_number")
            told = answer.json()
            assert (answer.status_code, told["scope"]) == (200, "id_number")
            assert any("证件号码" in each for each in told["stopped"])
            assert all(each["what"] and each["why"] for each in told["kept"])
            again = await client.delete("/me/consents/id_number")
        assert (again.status_code, again.json()["code"]) == (409, "NotAgreed")

    async def test_of_what_nobody_asks_is_404(self, cast: Cast, base_url: str) -> None:
        async with (await cast.scientist()).client(base_url) as client:
            answer = await client.delete("/me/consents/face")
        assert (answer.status_code, answer.json()["code"]) == (404, "NoSuchConsent")

    async def test_of_the_policy_leaves_looking_agreeing_and_going(
        self, office: Office, cast: Cast, base_url: str
    ) -> None:
        life = await full_life(office, cast)
        async with life.someone.client(base_url) as client:
            assert (await client.delete("/me/consents/policy")).status_code == 200
            for path in ("/me", "/me/data", "/me/data.html", "/me/enrolments", "/events"):
                assert (await client.get(path)).status_code == 200
            writes = [
                await client.post("/me/reminders", json={"accepted": ["event"], "rejected": []}),
                await client.post("/me/roles", json={"invitation": secrets.token_urlsafe(16)}),
                await client.post(f"/shifts/{life.event.id}/enrolments"),
            ]
            assert {(each.status_code, each.json()["code"]) for each in writes} == {(403, "ConsentNeeded")}
            back = await client.post("/me/consents", json={"policy_version": POLICY_VERSION})
            assert back.status_code == 201
            assert (await client.post("/me/reminders", json={"accepted": ["event"], "rejected": []})).status_code < 300
            assert (await client.delete("/me")).status_code == 200

    def test_leaves_open_only_routes_that_exist(self) -> None:
        assert {(route.method, route.path) for route in miniapp_api.door.routes} >= STILL_OPEN


class TestErase:
    async def test_answers_with_a_receipt_and_closes_the_door(self, office: Office, cast: Cast, base_url: str) -> None:
        life = await full_life(office, cast)
        async with life.someone.client(base_url) as client:
            answer = await client.delete("/me", headers=KEY)
            receipt = answer.json()
            assert answer.status_code == 200
            assert all(receipt[fate] for fate in ("removed", "de_identified", "kept"))
            assert (receipt["take_downs_open"], receipt["teams_without_leader"]) == (1, 1)
            assert not [each for each in CANARIES if each in answer.text]
            after = await client.get("/me")
        assert (after.status_code, after.json()["code"]) == (401, "SessionEnded")
        assert (await Person.get(id=life.someone.id)).closed_at == office.now()
        # Not even the answer to this very request is kept for a second time.
        assert not await Answered.filter(person_id=life.someone.id).exists()

    async def test_of_the_last_city_admin_says_what_to_do(self, cast: Cast, base_url: str) -> None:
        async with (await cast.city_admin()).client(base_url) as client:
            answer = await client.delete("/me")
        assert (answer.status_code, answer.json()["code"]) == (409, "LastCityAdmin")
        assert "邀请" in answer.json()["detail"]

    async def test_is_for_who_is_logged_in(self, anyone: httpx.AsyncClient) -> None:
        for path in ("/me", "/me/consents/policy"):
            assert (await anyone.delete(path)).json()["code"] == "Unauthenticated"
