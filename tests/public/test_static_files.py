"""Static files: the known ones, and nothing else under any name."""

import re

import httpx
import pytest

from public.static_files import FILES, FOLDER
from tests.public.wire import ask

PAGES = ("/", "/api/v1/docs", "/policy", "/c/" + "A" * 40)


class TestStaticFile:
    @pytest.mark.parametrize("name", sorted(FILES))
    async def test_is_served_as_what_it_is(self, browser: httpx.AsyncClient, name: str) -> None:
        answer = await browser.get(FILES[name].address)
        assert answer.status_code == 200
        assert answer.content == (FOLDER / name).read_bytes()
        kinds = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
        assert answer.headers["content-type"] == kinds[name.rpartition(".")[2]]
        assert answer.headers["x-content-type-options"] == "nosniff"

    async def test_may_be_kept_for_ever_under_its_digest_only(self, browser: httpx.AsyncClient) -> None:
        named = await browser.get(FILES["tokens.css"].address)
        bare = await browser.get("/static/tokens.css")
        outdated = await browser.get("/static/tokens.css?v=0000")
        assert "immutable" in named.headers["cache-control"]
        assert bare.headers["cache-control"] == outdated.headers["cache-control"] == "public, no-cache"

    async def test_is_not_sent_again_to_who_has_it(self, browser: httpx.AsyncClient) -> None:
        had = (await browser.get("/static/tokens.css")).headers["etag"]
        again = await browser.get("/static/tokens.css", headers={"if-none-match": had})
        assert (again.status_code, again.content) == (304, b"")
        changed = await browser.get("/static/tokens.css", headers={"if-none-match": '"other"'})
        assert changed.status_code == 200

    @pytest.mark.parametrize(
        "name",
        [
            "", ".", "..", "%00", "%ff", "a" * 5000, "con", "home.html", "TOKENS.CSS", "tokens.css;x", "./tokens.css",
            "tokens.css%00", "tokens.css%00.svg", "%E6%96%87%E4%BB%B6", "../pages.py", "..%2fpages.py",
            "%2e%2e/pages.py", "%2e%2e%2fpages.py", "..%5cpages.py", "%252e%252e%252fpages.py", "//etc/passwd",
            "%2fetc%2fpasswd",
        ],
        ids=lambda name: name[:24] or "empty",
    )  # fmt: skip
    async def test_of_another_name_is_not_there(self, browser: httpx.AsyncClient, name: str) -> None:
        status, headers, _ = await ask(browser, f"/static/{name}")
        assert (status, headers["content-type"]) == (404, "application/problem+json; charset=utf-8")

    async def test_cannot_be_written(self, browser: httpx.AsyncClient) -> None:
        assert (await browser.put("/static/tokens.css", content=b"x")).status_code == 405


class TestPages:
    @pytest.mark.parametrize("path", PAGES)
    async def test_use_only_files_that_are_there(self, browser: httpx.AsyncClient, path: str) -> None:
        page = (await browser.get(path)).text
        used = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page))
        assert used
        assert used <= {file.address for file in FILES.values()}

    @pytest.mark.parametrize("path", PAGES)
    async def test_keep_to_the_content_policy(self, browser: httpx.AsyncClient, path: str) -> None:
        """No inline script or style, nothing from elsewhere: the browser would refuse it."""
        answer = await browser.get(path)
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in answer.headers["content-security-policy"]
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", answer.text)
        scripts = re.findall(r"<script([^>]*)>(.*?)</script>", answer.text, re.DOTALL)
        assert all('src="/static/' in attributes and not content for attributes, content in scripts)
        assert not re.search(r'<(?:link|script|img|iframe)[^>]+(?:href|src)="(?!/static/)', answer.text)

    @pytest.mark.parametrize("path", PAGES)
    async def test_say_their_language_and_fit_a_phone(self, browser: httpx.AsyncClient, path: str) -> None:
        page = (await browser.get(path)).text
        assert '<html lang="zh-CN">' in page
        assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page
        assert page.count("<h1") == 1


class TestIcons:
    async def test_are_all_drawn(self, browser: httpx.AsyncClient) -> None:
        drawn = set(re.findall(r'<symbol id="([^"]+)"', (FOLDER / "icons.svg").read_text(encoding="utf-8")))
        used = set()
        for path in PAGES:
            used |= set(re.findall(r'icons\.svg[^"#]*#([^"]+)"', (await browser.get(path)).text))
        assert used
        assert used <= drawn
