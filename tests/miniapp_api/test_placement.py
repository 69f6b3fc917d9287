"""Choosing and placing over the door."""

from typing import Any

import pytest

from capabilities.office import Office
from models.greeting import Byline
from tests.cast import Cast
from tests.published import accepted, words
from tests.stage import code_of

AT = {"outlet": "电视台", "title": "祝福", "published_on": "2019-05-30"}


class TestPlace:
    async def test_goes_from_the_list_to_the_outlet(self, office: Office, cast: Cast, base_url: str) -> None:
        nick = words(byline=Byline.NICKNAME, byline_name="草原之星")
        row = await accepted(office, cast, await cast.scientist(), nick)
        async with (await cast.city_admin()).client(base_url) as city:
            (item,) = (await city.get("/channels/tv/greetings")).json()["items"]
            assert (item["id"], item["byline"], item["until"], item["is_selected"]) == (
                str(row.id),
                "草原之星",
                "2020-12-31",
                False,
            )
            chosen = await city.post(f"/greetings/{row.id}/selection", json={"channel": "tv"})
            assert (chosen.status_code, chosen.json()["version"]) == (201, 1)
            made = await city.post("/placements", json=AT | {"greeting_ids": [str(row.id)], "channel": "tv"})
            assert made.status_code == 201
            assert made.json()["greetings"] == [{"greeting_id": str(row.id), "version": 1, "state": "live"}]
            assert (await city.get("/placements", params={"channel": "tv"})).json()["items"] == [made.json()]
            undone = await city.post(f"/greetings/{row.id}/deselection", json={"channel": "tv"})
            assert undone.status_code == 204

    async def test_names_the_ids_whose_consent_is_gone(self, office: Office, cast: Cast, base_url: str) -> None:
        writer = await cast.scientist()
        row = await accepted(office, cast, writer)
        async with (await cast.city_admin()).client(base_url) as city, writer.client(base_url) as own:
            await city.post(f"/greetings/{row.id}/selection", json={"channel": "tv"})
            await own.put(f"/greetings/{row.id}/channels", json={"channels": []})
            answer = await city.post("/placements", json=AT | {"greeting_ids": [str(row.id)], "channel": "tv"})
        assert code_of(answer) == (409, "ChannelConsentMissing")
        assert answer.json()["greeting_ids"] == [str(row.id)]

    @pytest.mark.parametrize("what", [{"greeting_ids": []}, {"link": "javascript:alert(1)"}, {"channel": "balloon"}])
    async def test_refuses_what_has_no_form(self, what: dict[str, Any], cast: Cast, base_url: str) -> None:
        one = {"greeting_ids": ["00000000-0000-7000-8000-000000000000"], "channel": "tv"}
        async with (await cast.city_admin()).client(base_url) as city:
            assert code_of(await city.post("/placements", json=AT | one | what)) == (422, "InvalidMessage")

    async def test_knows_only_its_channels(self, cast: Cast, base_url: str) -> None:
        async with (await cast.city_admin()).client(base_url) as city:
            assert code_of(await city.get("/channels/balloon/greetings")) == (404, "NoSuchChannel")
