"""Readiness over the door."""

from tests.cast import Cast
from tests.stage import code_of, published


class TestReadiness:
    async def test_shows_the_organizer_what_a_phone_lacks(self, cast: Cast, base_url: str) -> None:
        event = await published()
        said = {"event_id": str(event.id), "sent_at": "2019-05-30T08:52:00+08:00", "waiting_scans": 3}
        async with (await cast.phone(event, label="东门")).client(base_url) as phone:
            told = await phone.put("/staff/devices/phone-1", json=said)
        async with (await cast.city_admin()).client(base_url) as organizer:
            (shown,) = (await organizer.get(f"/events/{event.id}/devices")).json()
        assert told.json() == shown
        assert (shown["label"], shown["is_ready"], shown["clock_error_s"], shown["waiting_scans"]) == (
            "东门", False, 120, 3,
        )  # fmt: skip
        assert shown["lacks"] == ["no_roster", "clock_off", "no_test_code"]

    async def test_draws_a_code_to_try_the_camera_with(self, cast: Cast, base_url: str) -> None:
        event = await published()
        async with (await cast.phone(event)).client(base_url) as phone:
            drawn = await phone.get(f"/events/{event.id}/test-code.svg")
            refused = await phone.put(
                "/staff/devices/x", json={"event_id": str(event.id), "sent_at": "2019-05-30T08:52:00+08:00"}
            )
            assert code_of(refused) == (404, "NoSuchDevice")
        assert drawn.headers["content-type"] == "image/svg+xml"
