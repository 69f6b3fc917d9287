"""The policy, readable without the mini-program."""

import httpx

from capabilities.consent import POLICY_VERSION
from public.consent import as_html


class TestPolicy:
    async def test_can_be_read_by_everybody(self, browser: httpx.AsyncClient) -> None:
        answer = await browser.get("/policy")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert "<h1>个人信息处理规则</h1>" in answer.text
        assert "<strong>您的权利</strong>" in answer.text
        assert "**" not in answer.text

    async def test_names_its_version(self, browser: httpx.AsyncClient) -> None:
        assert f">{POLICY_VERSION}</span>" in (await browser.get("/policy")).text


class TestAsHtml:
    def test_shows_tags_and_does_not_obey_them(self) -> None:
        written = as_html("<script>alert(1)</script>\n\n一段 <img src=x onerror=alert(2)>")
        assert "<script" not in written
        assert "<img" not in written
        assert "&lt;script&gt;" in written

    def test_makes_no_link_that_runs(self) -> None:
        assert "href" not in as_html("[点这里](javascript:alert(1))")
