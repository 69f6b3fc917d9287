"""Points over HTTP."""

from tests.cast import Cast
from tests.stage import code_of, door_of, published


class TestPoints:
    async def test_are_added_and_changed(self, cast: Cast, base_url: str) -> None:
        event = await published(unit_code="150105")
        async with (await cast.organizer("150105")).client(base_url) as client:
            made = await client.post(f"/events/{event.id}/points", json={"name": "午餐", "is_entrance": False})
            assert (made.status_code, made.json()["policy"]) == (201, "once")
            spot = {"latitude": 40.842, "longitude": 111.749, "radius_m": 200}
            changed = await client.patch(f"/points/{door_of(event).id}", json={"spot": spot})
            assert (changed.status_code, changed.json()["radius_m"]) == (200, 200)
            far = {"latitude": 91, "longitude": 0, "radius_m": 200}
            assert code_of(await client.patch(f"/points/{door_of(event).id}", json={"spot": far}))[0] == 422
