"""Where a venue's code leads when an ordinary scanner reads it."""

import secrets

import httpx
import pytest

from capabilities.office import Office
from capabilities.sign_in_code import venue_code
from models.event import Event, Point
from tests.public.wire import ask


class TestCodePage:
    async def test_says_what_it_is_and_what_to_do(self, browser: httpx.AsyncClient) -> None:
        answer = await browser.get(f"/c/{secrets.token_urlsafe(30)}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert "签到码" in answer.text
        assert "服务台" in answer.text

    async def test_is_the_same_for_a_real_code_and_a_made_up_one(
        self, browser: httpx.AsyncClient, office: Office, event: Event
    ) -> None:
        point = await Point.filter(event_id=event.id).select_related("event").first()
        path = venue_code(office, point, office.now()).text.removeprefix(office.public_url)
        real, made_up = await browser.get(path), await browser.get("/c/" + "A" * 48)
        assert real.status_code == 200
        assert real.content == made_up.content

    @pytest.mark.parametrize(
        "token",
        [
            "", "a" * 19, "a" * 81, "a" * 5000, "a" * 30 + "%0A", "a" * 30 + "==", "a" * 30 + "/x", "a" * 30 + "%2fx",
            "%00" * 20, "%ff%fe" * 10, "%E7%A0%81" * 20, "..%2f..%2f..%2f..%2fetc", "%3Cscript%3Ealert(1)%3C/script%3E",
        ],
        ids=lambda token: token[:24] or "empty",
    )  # fmt: skip
    async def test_is_not_there_for_what_cannot_be_a_code(self, browser: httpx.AsyncClient, token: str) -> None:
        status, headers, body = await ask(browser, f"/c/{token}")
        assert (status, headers["content-type"]) == (404, "application/problem+json; charset=utf-8")
        assert b"script" not in body
