"""The scanning page's files: a fixed list that its service worker keeps, and nothing of anybody else's host."""

import json
import re
from pathlib import Path

import httpx
import pytest

from public.staff_page import FOLDER, FROM_NPM, TYPES, read_files
from tests.public.wire import ask

OURS = sorted(path.name for path in FOLDER.iterdir())


def shell_of(worker: str) -> list[str]:
    found = re.search(r"^const SHELL = (\[.*\]);$", worker, re.MULTILINE)
    assert found is not None
    shell: list[str] = json.loads(found[1])
    return shell


class TestStaffPage:
    async def test_is_one_page_that_runs_only_what_is_ours(self, browser: httpx.AsyncClient) -> None:
        answer = await browser.get("/staff/")
        policy = answer.headers["content-security-policy"]
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert "default-src 'none'; script-src 'self' 'wasm-unsafe-eval';" in policy
        assert "unsafe-inline" not in policy
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|https?://(?!…)", answer.text)
        assert '<html lang="zh-CN"' in answer.text
        ids = re.findall(r'\sid="([^"]+)"', answer.text)
        assert len(ids) == len(set(ids))

    async def test_is_found_without_its_slash(self, browser: httpx.AsyncClient) -> None:
        answer = await browser.get("/staff")
        assert (answer.status_code, answer.headers["location"]) == (302, "/staff/")

    @pytest.mark.parametrize("name", OURS)
    async def test_has_every_file_as_what_it_is(self, browser: httpx.AsyncClient, name: str) -> None:
        answer = await browser.get(f"/staff/{name}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, TYPES[Path(name).suffix])
        again = await browser.get(f"/staff/{name}", headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")

    @pytest.mark.parametrize("name", ["..%2fstaff_page.py", "package.json", "zxing_writer.wasm", "%00", "../pages.py"])
    async def test_has_no_other(self, browser: httpx.AsyncClient, name: str) -> None:
        status, _, _ = await ask(browser, f"/staff/{name}")
        assert status == 404

    async def test_is_small_on_its_way(self, browser: httpx.AsyncClient) -> None:
        total = 0
        for name in read_files():
            async with browser.stream("GET", f"/staff/{name}", headers={"accept-encoding": "gzip"}) as answer:
                total += len(b"".join([part async for part in answer.aiter_raw()]))
        assert total < 600_000


class TestServiceWorker:
    async def test_keeps_every_file_that_is_there(self, browser: httpx.AsyncClient) -> None:
        worker = (await browser.get("/staff/sw.js")).text
        shell = shell_of(worker)
        assert {f"/staff/{name}" for name in read_files() if name != "sw.js"} <= set(shell)
        for address in shell:
            assert (await browser.get(address)).status_code == 200, address

    async def test_keeps_nothing_that_the_api_says(self, browser: httpx.AsyncClient) -> None:
        assert not any(address.startswith("/api/") for address in shell_of((await browser.get("/staff/sw.js")).text))

    def test_has_a_new_version_for_every_changed_byte(self, tmp_path: Path) -> None:
        changed = tmp_path / "zxing.js"
        changed.write_text("1")
        one = read_files({"zxing.js": changed})["sw.js"]
        changed.write_text("2")
        assert read_files({"zxing.js": changed})["sw.js"].digest != one.digest


class TestWithoutNpm:
    def test_lacks_the_camera_and_nothing_else(self, tmp_path: Path) -> None:
        files = read_files(dict.fromkeys(FROM_NPM, tmp_path / "absent"))
        assert set(files) == {"", *OURS}
