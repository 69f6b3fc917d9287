"""The screen's page: the same for every point, and nothing in it runs that is not ours."""

import re
from uuid import uuid4

import httpx

from tests.public.wire import ask


class TestStaffScreen:
    async def test_is_one_page_that_runs_only_what_is_ours(self, browser: httpx.AsyncClient) -> None:
        answer, other = [await browser.get(f"/staff/screen/{uuid4()}") for _ in range(2)]
        policy = answer.headers["content-security-policy"]
        assert (answer.status_code, answer.text) == (200, other.text)
        assert "default-src 'none'; script-src 'self';" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|https?://", answer.text)
        ids = re.findall(r'\sid="([^"]+)"', answer.text)
        assert len(ids) == len(set(ids))

    async def test_has_its_files(self, browser: httpx.AsyncClient) -> None:
        page = (await browser.get(f"/staff/screen/{uuid4()}")).text
        found = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
        assert {each.partition("?")[0].rpartition("/")[2] for each in found} >= {
            "screen.js",
            "screen.css",
            "tokens.css",
        }
        for each in found:
            assert (await browser.get(each)).status_code == 200

    async def test_is_of_a_point_only(self, browser: httpx.AsyncClient) -> None:
        for path in ("/staff/screen/", "/staff/screen/x", "/staff/screen/%00"):
            status, _, _ = await ask(browser, path)
            assert status == 404
