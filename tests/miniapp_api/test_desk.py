"""The desk over HTTP."""

from capabilities.enrolment import enrol
from capabilities.office import Office
from tests.cast import Cast
from tests.stage import code_of, door_of, published, shift_of


class TestDesk:
    async def test_finds_and_signs_in(self, office: Office, cast: Cast, base_url: str) -> None:
        event = await published(seats=(3,), unit_code="150105")
        await enrol(office, await (await cast.volunteer("斯琴高娃")).caller(), shift_of(event).id)
        async with (await cast.staff(event)).client(base_url) as client:
            (found,) = (await client.get(f"/events/{event.id}/desk", params={"q": "高娃"})).json()
            assert found["name_masked"] == "斯***"
            scan = {"point_id": str(door_of(event).id), "enrolment_id": found["enrolment_id"], "nonce": "nonce-0001"}
            answer = await client.post("/scans/manual", json=scan | {"reason": "手机没电"})
            assert (answer.status_code, answer.json()["name"]) == (200, "斯琴高娃")
            assert code_of(await client.get(f"/events/{event.id}/desk", params={"q": "高"})) == (422, "SearchTooShort")
