"""Staff phones over the door: the link, the session, and what it does not open."""

import httpx

from capabilities.office import Office
from tests.cast import Cast
from tests.stage import code_of, published


class TestStaffPhone:
    async def test_gets_in_by_a_link_once(
        self, office: Office, cast: Cast, base_url: str, anyone: httpx.AsyncClient
    ) -> None:
        event = await published()
        async with (await cast.city_admin()).client(base_url) as organizer:
            made = await organizer.post(f"/events/{event.id}/staff-links", json={"label": "东门"})
            link = made.json()
            address, _, secret = link["url"].partition("#")
            opened = await anyone.post("/staff/sessions", json={"secret": secret, "device": "phone-1"})
            again = await anyone.post("/staff/sessions", json={"secret": secret, "device": "phone-2"})
            listed = (await organizer.get(f"/events/{event.id}/staff-phones")).json()
        assert (made.status_code, address) == (201, f"{office.public_url}/staff/")
        assert link["qr_svg"].startswith("<")
        assert (opened.status_code, opened.json()["event_id"]) == (201, str(event.id))
        assert code_of(again) == (410, "StaffLinkInvalid")
        assert [(each["id"], each["label"], each["device"]) for each in listed] == [(link["id"], "东门", "phone-1")]

    async def test_is_let_in_at_the_door_and_nowhere_else(self, cast: Cast, base_url: str) -> None:
        event, elsewhere = await published(), await published()
        async with (await cast.phone(event)).client(base_url) as phone:
            assert (await phone.get(f"/events/{event.id}/roster")).status_code == 200
            assert code_of(await phone.get(f"/events/{elsewhere.id}/roster")) == (403, "NotYourEvent")
            assert code_of(await phone.get("/me")) == (403, "NotForStaffPhones")
            assert code_of(await phone.post("/events", json={})) == (403, "NotForStaffPhones")

    async def test_may_say_the_same_thing_twice_with_a_key(self, cast: Cast, base_url: str) -> None:
        event = await published()
        said = {"event_id": str(event.id), "sent_at": "2019-05-30T08:50:00+08:00"}
        async with (await cast.phone(event)).client(base_url) as phone:
            for _ in range(2):
                answer = await phone.put("/staff/devices/phone-1", json=said, headers={"idempotency-key": "a" * 20})
                assert answer.status_code == 200

    async def test_is_refused_at_once_when_it_is_taken_back(self, cast: Cast, base_url: str) -> None:
        event = await published()
        phone = await cast.phone(event)
        async with (await cast.city_admin()).client(base_url) as organizer, phone.client(base_url) as client:
            (listed,) = (await organizer.get(f"/events/{event.id}/staff-phones")).json()
            assert (await organizer.delete(f"/staff-phones/{listed['id']}")).status_code == 204
            assert code_of(await client.get(f"/events/{event.id}/roster")) == (401, "SessionEnded")
