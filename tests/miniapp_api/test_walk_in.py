"""Walking in over HTTP."""

from capabilities.office import Office
from capabilities.sign_in_code import venue_code
from tests.cast import Cast
from tests.stage import code_of, door_of, published, shift_of


class TestWalkIns:
    async def test_are_seated_and_checked_in_at_the_screen(self, office: Office, cast: Cast, base_url: str) -> None:
        event = await published(seats=(1,), allows_walk_ins=True)
        code = venue_code(office, door_of(event), office.now()).text
        asked = {"shift_id": str(shift_of(event).id), "code": code}
        async with (await cast.volunteer()).client(base_url) as client:
            answer = await client.post(f"/events/{event.id}/walk-ins", json=asked | {"nonce": "nonce-0001"})
            assert (answer.status_code, answer.json()["verdict"]) == (201, "CheckedIn")
        async with (await cast.volunteer()).client(base_url) as client:
            late = await client.post(f"/events/{event.id}/walk-ins", json=asked | {"nonce": "nonce-0002"})
            assert code_of(late) == (409, "NoSeatLeft")
