"""Signals over HTTP."""

from tests.cast import Cast
from tests.stage import code_of, published


class TestSignals:
    async def test_are_shown_to_staff_only(self, cast: Cast, base_url: str) -> None:
        event = await published()
        async with (await cast.staff(event)).client(base_url) as client:
            assert (await client.get(f"/events/{event.id}/signals")).json() == []
        async with (await cast.volunteer()).client(base_url) as client:
            assert code_of(await client.get(f"/events/{event.id}/signals")) == (403, "NotYourEvent")
