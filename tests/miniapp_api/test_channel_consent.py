"""The texts of the channels over the door, and the choice."""

from typing import Any

import httpx
import pytest

from models.greeting import Channel
from tests.cast import Cast

FORM = {"topic": "motherland", "text": "祝福", "byline": "anonymous", "is_over_14": True, "channels": ["wall"]}


class TestListChannels:
    async def test_shows_anybody_what_would_be_agreed_to(self, anyone: httpx.AsyncClient) -> None:
        offered = (await anyone.get("/channels")).json()
        assert [each["channel"] for each in offered] == [str(each) for each in Channel]
        assert {each["until_by_default"] for each in offered} == {"2020-12-31"}
        assert [each["channel"] for each in offered if each["is_own"]] == ["wall", "site"]


class TestChoose:
    async def test_answers_with_what_stands_now(self, cast: Cast, base_url: str) -> None:
        async with (await cast.scientist()).client(base_url) as writer:
            left = (await writer.post("/greetings", json=FORM)).json()
            version = (await writer.get("/channels")).json()[0]["text_version"]
            choice = {"channel": "tv", "until": "2019-12-31", "show_name": "anonymous"}
            what = {"channels": [choice], "text_version": version}
            answer = await writer.put(f"/greetings/{left['id']}/channels", json=what)
        assert (answer.status_code, answer.json()["channels"], answer.json()["version"]) == (200, ["tv"], 1)
        (consent,) = answer.json()["consents"]
        assert {name: consent[name] for name in choice} == choice
        assert consent["text_version"] == version

    @pytest.mark.parametrize(
        ("what", "answer"),
        [
            ({"channels": [{"channel": "balloon"}]}, (422, "InvalidMessage")),
            ({"channels": [{"channel": "tv", "until": "2018-01-01"}]}, (422, "ChannelConsentInvalid")),
            ({"channels": [{"channel": "tv"}], "text_version": "0"}, (409, "ChannelTextOutdated")),
            ({"channels": [{"channel": "tv"}] * 20}, (422, "InvalidMessage")),
            ({}, (422, "InvalidMessage")),
        ],
    )
    async def test_refuses_with_a_code(
        self, what: dict[str, Any], answer: tuple[int, str], cast: Cast, base_url: str
    ) -> None:
        async with (await cast.scientist()).client(base_url) as writer:
            left = (await writer.post("/greetings", json=FORM)).json()
            said = await writer.put(f"/greetings/{left['id']}/channels", json=what)
        assert (said.status_code, said.json()["code"]) == answer
