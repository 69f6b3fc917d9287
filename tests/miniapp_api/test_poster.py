"""The poster at the door: its form and its refusals."""

from urllib.parse import unquote

import httpx
import pytest

from models.event import Event, Point
from tests.cast import Cast
from tests.printed import Paper
from tests.stage import code_of, door_of, published


@pytest.fixture
async def event(cast: Cast) -> Event:
    found = await published(title="气象科普：云/雨")
    await Point.filter(event_id=found.id).update(rotates=False)
    return found


class TestPrintPoster:
    @pytest.mark.parametrize(("asked", "millimetres"), [("", (210, 297)), ("?size=a3", (297, 420))])
    async def test_answers_with_a_page_to_print(
        self, cast: Cast, event: Event, base_url: str, asked: str, millimetres: tuple[int, int]
    ) -> None:
        async with (await cast.staff(event)).client(base_url) as staff:
            answer = await staff.get(f"/points/{door_of(event).id}/poster.pdf{asked}")
            shown = await staff.get(f"/points/{door_of(event).id}/code")
        assert answer.status_code == 200
        assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("application/pdf", "no-store")
        assert "气象科普：云/雨-主入口" in unquote(answer.headers["content-disposition"])
        paper = Paper(answer.content)
        assert (paper.size_mm, paper.codes()) == (millimetres, [shown.json()["code"]])

    async def test_is_for_who_is_on_duty_there(
        self, cast: Cast, event: Event, base_url: str, anyone: httpx.AsyncClient
    ) -> None:
        path = f"/points/{door_of(event).id}/poster.pdf"
        assert code_of(await anyone.get(path)) == (401, "Unauthenticated")
        async with (await cast.volunteer()).client(base_url) as client:
            assert code_of(await client.get(path)) == (403, "NotYourEvent")
        async with (await cast.staff(event)).client(base_url) as client:
            assert (await client.get(f"{path}?size=a5")).status_code == 422
