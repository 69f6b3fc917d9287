"""Hall screens over the door: the link, the session, and the three things that it opens."""

import httpx

from capabilities.office import Office
from tests.cast import Cast
from tests.stage import code_of, door_of, published


class TestScreen:
    async def test_gets_in_by_a_link_once_and_sees_its_door(
        self, office: Office, cast: Cast, base_url: str, anyone: httpx.AsyncClient
    ) -> None:
        event = await published()
        point = door_of(event)
        async with (await cast.city_admin()).client(base_url) as organizer:
            made = await organizer.post(f"/points/{point.id}/screen-links", json={"shows_wall": True})
            address, _, secret = made.json()["url"].partition("#")
            opening = {"point_id": str(point.id), "secret": secret, "device": "screen-1"}
            opened = await anyone.post("/staff/screen-sessions", json=opening)
            again = await anyone.post("/staff/screen-sessions", json=opening | {"device": "screen-2"})
            listed = (await organizer.get(f"/events/{event.id}/screens")).json()
        assert (made.status_code, opened.status_code) == (201, 201)
        assert address == f"{office.public_url}/staff/screen/{point.id}"
        assert code_of(again) == (410, "StaffLinkInvalid")
        assert [(each["label"], each["shows_wall"]) for each in listed] == [("主入口", True)]
        bearer = {"authorization": f"Bearer {opened.json()['token']}"}
        shown = (await anyone.get(f"/points/{point.id}/screen", headers=bearer)).json()
        assert (shown["event_title"], shown["point_name"], shown["shows_wall"]) == ("科普讲座", "主入口", True)
        assert shown["period_seconds"] == 30
        assert [each["qr_svg"].lstrip()[:1] for each in shown["codes"]] == ["<", "<"]

    async def test_opens_nothing_else(self, cast: Cast, base_url: str) -> None:
        event = await published(doors=["东门", "西门"])
        async with (await cast.screen(door_of(event, "东门"))).client(base_url) as screen:
            for path in ("/me", f"/events/{event.id}/roster", f"/events/{event.id}/counts", "/staff/events"):
                answer = await screen.get(path)
                assert answer.status_code in (403, 404)
            west = door_of(event, "西门")
            assert code_of(await screen.get(f"/points/{west.id}/code")) == (403, "NotForScreens")
            assert code_of(await screen.get(f"/points/{west.id}/screen")) == (403, "NotYourEvent")
            assert code_of(await screen.post("/scans", json={})) == (403, "NotForScreens")
            # What is open to all is open to it too: the wall.
            assert (await screen.get("/greetings")).status_code == 200

    async def test_is_refused_at_once_when_it_is_taken_back(self, cast: Cast, base_url: str) -> None:
        event = await published()
        point = door_of(event)
        async with (
            (await cast.city_admin()).client(base_url) as organizer,
            (await cast.screen(point)).client(base_url) as screen,
        ):
            assert (await screen.get(f"/points/{point.id}/screen")).status_code == 200
            (listed,) = (await organizer.get(f"/events/{event.id}/screens")).json()
            assert (await organizer.delete(f"/screens/{listed['id']}")).status_code == 204
            assert code_of(await screen.get(f"/points/{point.id}/screen")) == (401, "SessionEnded")
