"""The codes over the door; what is drawn is read again by a reader of QR codes that is not ours."""

import asyncio
import io
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
import resvg_py
import zxingcpp
from PIL import Image

from capabilities.enrolment import enrol
from capabilities.office import Office
from capabilities.sign_in_code import open_venue_code
from kit.clock import StandingClock
from models.enrolment import Enrolment
from models.event import Event
from tests.cast import Cast, Someone
from tests.stage import code_of, door_of, published, shift_of


def read_again(svg: str, *, ground: str = "white") -> list[str]:
    """What a camera sees on a page of that colour."""
    png = bytes(resvg_py.svg_to_bytes(svg_string=svg, dpi=96, width=500, height=500, background=ground))
    return [each.text for each in zxingcpp.read_barcodes(Image.open(io.BytesIO(png)).convert("L"))]


class TestShowVenueCode:
    async def test_shows_the_code_of_this_moment(self, office: Office, cast: Cast, base_url: str) -> None:
        found = await published()
        point = door_of(found)
        async with (await cast.staff(found)).client(base_url) as staff:
            answer = await staff.get(f"/points/{point.id}/code")
        shown = answer.json()
        assert (answer.status_code, shown["point_name"], shown["period_seconds"]) == (200, "主入口", 30)
        assert shown["valid_until"] == "2019-05-30T00:50:30Z"
        opened = open_venue_code(office, shown["code"])
        assert opened is not None
        assert opened.point_id == point.id

    @pytest.mark.parametrize("ground", ["white", "black"])
    async def test_draws_what_a_phone_reads(self, cast: Cast, base_url: str, ground: str) -> None:
        found = await published()
        path = f"/points/{door_of(found).id}/code"
        async with (await cast.staff(found)).client(base_url) as staff:
            drawn, shown = await staff.get(f"{path}.svg"), await staff.get(path)
        assert (drawn.headers["content-type"], drawn.headers["cache-control"]) == ("image/svg+xml", "no-store")
        assert read_again(drawn.text, ground=ground) == [shown.json()["code"]]

    async def test_draws_it_in_dots_as_well(self, cast: Cast, base_url: str) -> None:
        found = await published()
        path = f"/points/{door_of(found).id}/code"
        async with (await cast.staff(found)).client(base_url) as staff:
            drawn, shown = await staff.get(f"{path}.png"), await staff.get(path)
        assert (drawn.headers["content-type"], drawn.headers["cache-control"]) == ("image/png", "no-store")
        picture = Image.open(io.BytesIO(drawn.content))
        assert min(picture.size) >= 400
        assert [each.text for each in zxingcpp.read_barcodes(picture.convert("L"))] == [shown.json()["code"]]

    async def test_draws_one_picture_for_a_hundred_screens(
        self, office: Office, cast: Cast, base_url: str, clock: StandingClock
    ) -> None:
        found = await published()
        async with (await cast.staff(found)).client(base_url) as staff:
            path = f"/points/{door_of(found).id}/code.svg"
            answers = await asyncio.gather(*[staff.get(path) for _ in range(100)])
            assert len({answer.content for answer in answers}) == len(office.drawings) == 1
            clock.advance(timedelta(seconds=30))
            assert (await staff.get(path)).content != answers[0].content

    async def test_is_not_for_strangers(self, cast: Cast, base_url: str, anyone: httpx.AsyncClient) -> None:
        path = f"/points/{door_of(await published()).id}/code"
        elsewhere = await cast.staff(await published())
        for drawn in ("", ".svg", ".png"):
            assert code_of(await anyone.get(path + drawn)) == (401, "Unauthenticated")
            for who in (elsewhere, await cast.volunteer()):
                async with who.client(base_url) as client:
                    assert code_of(await client.get(path + drawn)) == (403, "NotYourEvent")
                    assert code_of(await client.get(f"/points/{uuid4()}/code{drawn}")) == (404, "NoSuchPoint")


@pytest.fixture
async def bataar(cast: Cast) -> Someone:
    return await cast.volunteer()


@pytest.fixture
async def enrolment(office: Office, bataar: Someone, event: Event) -> Enrolment:
    return (await enrol(office, await bataar.caller(), shift_of(event).id)).enrolment


class TestMyCode:
    async def test_gives_the_phone_what_it_needs_without_a_network(
        self, bataar: Someone, enrolment: Enrolment, base_url: str
    ) -> None:
        async with bataar.client(base_url) as client:
            shown = (await client.get(f"/enrolments/{enrolment.id}/code")).json()
        assert set(shown) == {"ticket_id", "key", "code", "period_seconds", "server_time"}
        assert (shown["period_seconds"], shown["server_time"]) == (30, "2019-05-30T00:50:00Z")
        assert shown["code"].startswith("LZ1.")

    async def test_is_another_after_it_was_revoked(self, bataar: Someone, enrolment: Enrolment, base_url: str) -> None:
        path = f"/enrolments/{enrolment.id}/code"
        async with bataar.client(base_url) as client:
            lost = (await client.get(path)).json()
            assert (await client.delete(path)).status_code == 204
            assert (await client.get(path)).json()["ticket_id"] != lost["ticket_id"]

    async def test_is_refused_for_what_is_cancelled(self, bataar: Someone, enrolment: Enrolment, base_url: str) -> None:
        async with bataar.client(base_url) as client:
            await client.delete(f"/enrolments/{enrolment.id}")
            assert code_of(await client.get(f"/enrolments/{enrolment.id}/code")) == (409, "EnrolmentNotLive")

    async def test_is_not_for_strangers(
        self, cast: Cast, enrolment: Enrolment, base_url: str, anyone: httpx.AsyncClient
    ) -> None:
        path = f"/enrolments/{enrolment.id}/code"
        async with (await cast.city_admin()).client(base_url) as stranger:
            assert code_of(await stranger.get(path)) == (404, "NoSuchEnrolment")
            assert code_of(await stranger.delete(path)) == (404, "NoSuchEnrolment")
        assert code_of(await anyone.get(path)) == (401, "Unauthenticated")
        assert code_of(await anyone.delete(path)) == (401, "Unauthenticated")
