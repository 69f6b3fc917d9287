"""The front page."""

import html
import json
import re

import httpx
import pytest

from models.campaign import Campaign
from server.settings import Settings
from tests.cast import Cast
from tests.conftest import settings_for


def hrefs(page: str) -> list[str]:
    return [html.unescape(each) for each in re.findall(r'href="([^"]+)"', page)]


def block(page: str, label: str) -> str:
    """What a box to copy from says."""
    return html.unescape(re.search(rf'<pre[^>]*aria-label="{label}">(.*?)</pre>', page, re.DOTALL)[1])


class TestHome:
    async def test_names_the_rehearsed_campaign(self, browser: httpx.AsyncClient, campaign: Campaign) -> None:
        answer = await browser.get("/")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert campaign.title in answer.text
        assert campaign.theme in answer.text
        assert "演练日" in answer.text
        assert "2019年5月30日（星期四）" in answer.text

    async def test_calls_only_a_rehearsal_one(self, browser: httpx.AsyncClient, campaign: Campaign) -> None:
        await Campaign.filter(id=campaign.id).update(is_rehearsal=False)
        page = (await browser.get("/")).text
        assert "演练" not in page
        assert campaign.window_text in page

    async def test_works_before_a_campaign_is_loaded(self, browser: httpx.AsyncClient) -> None:
        answer = await browser.get("/")
        assert answer.status_code == 200
        assert "尚未设置" in answer.text

    async def test_escapes_hostile_words(self, browser: httpx.AsyncClient, campaign: Campaign) -> None:
        hostile = {
            "theme": "<script>alert(1)</script>",
            "title": '"><img src=x onerror=alert(2)>',
            "main_line": "{{ 7*7 }}",
        }
        await Campaign.filter(id=campaign.id).update(**hostile)
        page = (await browser.get("/")).text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<script" not in page
        assert "<img" not in page
        assert "{{ 7*7 }}" in page

    async def test_leads_only_to_what_is_there(self, browser: httpx.AsyncClient, campaign: Campaign) -> None:
        ways = hrefs((await browser.get("/")).text)
        assert {"/api/v1/docs", "/policy", "/readyz"} <= set(ways)
        docs = (await browser.get("/api/v1/docs")).text
        for way in ways:
            path, _, group = way.partition("#")
            assert not path or (await browser.get(path)).status_code == 200
            assert f'id="{group}"' in docs or path != "/api/v1/docs" or not group

    async def test_gives_bodies_that_a_newcomer_can_send(
        self, browser: httpx.AsyncClient, base_url: str, cast: Cast
    ) -> None:
        page = (await browser.get("/")).text
        newcomer = await cast.visitor()
        async with newcomer.client(base_url) as client:
            agreed = await client.post("/me/consents", json=json.loads(block(page, "同意的正文")))
            registered = await client.put("/me/volunteer", json=json.loads(block(page, "登记的正文")))
        assert agreed.status_code == 201
        assert registered.json()["status"] == "submitted"

    async def test_gives_no_two_newcomers_the_same_papers(self, browser: httpx.AsyncClient, campaign: Campaign) -> None:
        first, second = [json.loads(block((await browser.get("/")).text, "登记的正文")) for _ in range(2)]
        assert first["id_number"] != second["id_number"]

    async def test_answers_a_probe_without_a_body(self, browser: httpx.AsyncClient) -> None:
        answer = await browser.head("/")
        assert (answer.status_code, answer.content) == (200, b"")

    async def test_knows_no_simulator_where_wechat_is_the_real_one(self, browser: httpx.AsyncClient) -> None:
        assert "模拟微信" not in (await browser.get("/")).text


class TestHomeInADemonstration:
    @pytest.fixture
    def settings(self, database_url: str) -> Settings:
        return settings_for(database_url, wechat_api_base="http://127.0.0.1:8531")

    async def test_leads_to_the_simulated_wechat(self, browser: httpx.AsyncClient) -> None:
        assert "http://127.0.0.1:8531/control/" in hrefs((await browser.get("/")).text)


class TestHomeInService:
    @pytest.fixture
    def settings(self, database_url: str) -> Settings:
        return settings_for(database_url).model_copy(update={"demo": False})

    async def test_tells_nobody_how_to_become_an_organizer(
        self, browser: httpx.AsyncClient, campaign: Campaign
    ) -> None:
        page = (await browser.get("/")).text
        assert "正式服务" in page
        assert "演示" not in page
        assert "scripts.invite" not in page
