"""Leaving over the door."""

from tests.cast import Cast
from tests.stage import code_of


class TestLeave:
    async def test_is_done_once_and_shown(self, cast: Cast, base_url: str) -> None:
        async with (await cast.volunteer()).client(base_url) as client:
            assert (await client.delete("/me/volunteer")).status_code == 204
            seen = (await client.get("/me/volunteer")).json()
            assert (seen["status"], seen["volunteer_no"] is None) == ("withdrawn", False)
            assert code_of(await client.delete("/me/volunteer")) == (409, "NothingToLeave")
