"""The readable page of the contract: everything that the door has, and a form for each call."""

import html
import json
import re

import httpx
import pytest

import miniapp_api
from kit.door import Route
from public.contract import GROUPS
from tests.cast import Cast

ROUTES = miniapp_api.door.routes


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


def path_of(route: Route) -> str:
    return miniapp_api.door.prefix + re.sub(r"<(\w+)(:\w+)?>", r"{\1}", route.path)


@pytest.fixture
async def page(browser: httpx.AsyncClient) -> str:
    answer = await browser.get("/api/v1/docs")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    return answer.text


def calls(page: str) -> dict[tuple[str, str], str]:
    """(method, path) → that call's part of the page."""
    parts = re.split(r'(?=<details class="card call" id=)', page)[1:]
    found = [(re.search(r'data-method="(\w+)" data-path="([^"]+)"', part), part) for part in parts]
    return {match.groups(): html.unescape(part) for match, part in found}


class TestDocs:
    async def test_lists_every_route_of_the_door(self, page: str) -> None:
        assert sorted(calls(page)) == sorted((route.method, path_of(route)) for route in ROUTES)

    async def test_says_of_each_call_what_it_is_and_who_may(self, page: str) -> None:
        told = calls(page)
        for route in ROUTES:
            part = told[route.method, path_of(route)]
            assert f"<b>{route.summary.splitlines()[0]}</b>" in part, name_of(route)
            assert ("公开</span>" in part, "须登录</span>" in part) == (route.is_public, not route.is_public), name_of(
                route
            )

    async def test_tells_every_refusal_with_its_words(self, page: str) -> None:
        told = calls(page)
        for route in ROUTES:
            for refusal in route.refusals:
                part = told[route.method, path_of(route)]
                assert f"<code>{refusal.__name__}</code>" in part, name_of(route)
                assert refusal.words in part, name_of(route)

    async def test_gives_a_body_to_start_from_wherever_one_is_needed(self, page: str) -> None:
        for (method, path), part in calls(page).items():
            needs_body = any("what" in each.needs for each in ROUTES if (each.method, path_of(each)) == (method, path))
            body = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", part, re.DOTALL)
            assert bool(body) == needs_body, path
            assert not body or json.loads(body[1]), path

    async def test_asks_for_every_part_of_the_path(self, page: str) -> None:
        for (_, path), part in calls(page).items():
            for name in re.findall(r"{(\w+)}", path):
                assert re.search(rf'<input [^>]*name="{name}" data-in="path"[^>]* required', part), path

    async def test_labels_every_field_and_repeats_no_id(self, page: str) -> None:
        ids = re.findall(r'\bid="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        fields = re.findall(r"<(?:input|textarea) [^>]*?id=\"([^\"]+)\"", page)
        assert sorted(fields) == sorted(re.findall(r'<label for="([^"]+)"', page))

    async def test_follows_a_persons_way(self, page: str) -> None:
        sections = re.findall(r'<section class="stack tight" id="(\w+)"', page)
        assert sections == [name for name in GROUPS if name in sections]
        assert sections[:3] == ["log_in", "consent", "registration"]

    async def test_shows_no_group_without_its_chinese_name(self, page: str) -> None:
        assert {route.name.partition(".")[0] for route in ROUTES} <= set(GROUPS)

    async def test_starts_with_bodies_whose_fields_the_door_knows(self, page: str, base_url: str, cast: Cast) -> None:
        """Blanks are refused, a field that does not exist would be too: none of the latter is ours."""
        someone = await cast.city_admin()
        async with someone.client(base_url) as client:
            for (method, path), part in calls(page).items():
                body = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", part, re.DOTALL)
                if body:
                    url = path.removeprefix("/api/v1").replace("{", "").replace("}", "")
                    url = re.sub(r"\w+_id\b", "01a20c97-0000-7000-8000-000000000000", url)
                    answer = await client.request(method, url, json=json.loads(body[1]))
                    assert answer.status_code < 500, path
                    assert "不认识的字段" not in answer.text, path
                    assert "类型不对" not in answer.text, path


class TestDocument:
    async def test_is_served_for_programs(self, browser: httpx.AsyncClient) -> None:
        answer = await browser.get("/api/v1/openapi.json")
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.json()["openapi"] == "3.1.0"
