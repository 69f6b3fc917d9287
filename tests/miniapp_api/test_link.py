"""Links over the door: where a scanned code leads, and the organizer's code of an event."""

import httpx

from capabilities.job import run_due
from models.event import Event
from models.link import DRAW
from server.works import WORKS
from tests.cast import Cast


class TestOfEvent:
    async def test_gives_the_link_and_a_picture_that_is_plain_until_it_is_drawn(
        self, cast: Cast, base_url: str, event: Event, anyone: httpx.AsyncClient
    ) -> None:
        async with (await cast.organizer(event.unit.code)).client(base_url) as client:
            made = (await client.get(f"/events/{event.id}/mini-program-code")).json()
            assert (made["state"], made["kind"], made["target"]) == ("waiting", "event", str(event.id))
            assert made["picture_url"] == f"{made['url']}.png"
            await run_due(cast.office, {DRAW: WORKS[DRAW]})
            drawn = (await client.get(f"/events/{event.id}/mini-program-code")).json()
        assert (drawn["state"], drawn["code"], drawn["fault"]) == ("drawn", made["code"], None)
        scanned = await anyone.get(f"/links/{made['code']}")
        assert scanned.json() == {
            "code": made["code"], "kind": "event", "target": str(event.id), "page": "pages/event/show",
        }  # fmt: skip

    async def test_of_another_unit_is_refused(self, cast: Cast, base_url: str, event: Event) -> None:
        async with (await cast.organizer("150102")).client(base_url) as client:
            answer = await client.get(f"/events/{event.id}/mini-program-code")
        assert (answer.status_code, answer.json()["code"]) == (403, "NotYourUnit")


class TestReadOne:
    async def test_of_nothing_is_404(self, anyone: httpx.AsyncClient) -> None:
        for code in ("A" * 12, "x", "x" * 200, "%00"):
            answer = await anyone.get(f"/links/{code}")
            assert (answer.status_code, answer.json()["code"]) == (404, "NoSuchLink")


class TestMake:
    async def test_makes_one_for_a_page_and_none_for_what_is_no_page(self, cast: Cast, base_url: str) -> None:
        async with (await cast.city_admin()).client(base_url) as client:
            made = await client.post("/links", json={"kind": "page", "target": "pages/greeting/new"})
            again = await client.post(f"/links/{made.json()['code']}/drawing")
            none = await client.post("/links", json={"kind": "page", "target": "https://example.org"})
        assert (made.status_code, again.json()["state"]) == (200, "waiting")
        assert (none.status_code, none.json()["fields"]) == (422, {"target": "没有这个页面"})
