"""The hall's screen as people in the hall see it: opened by a link, always a valid code, and plain words without."""

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Browser, Page, async_playwright, expect
from sanic import Sanic

from capabilities.check_in import MyScan, check_in
from capabilities.greeting import leave, withdraw
from capabilities.screen import make_screen_link, screens, take_screen_back
from capabilities.sign_in_code import six_digits, venue_code
from kit.clock import StandingClock
from models.event import Point
from tests.browser.conftest import Hall
from tests.browser.test_staff_page import picture
from tests.greetings import accept, new
from tests.stage import door_of


@dataclass
class Screen:
    """A computer at a hall's screen."""

    page: Page
    base: str
    hall: Hall
    complaints: list[str] = field(default_factory=list)

    @property
    def point(self) -> Point:
        return door_of(self.hall.event)

    async def link(self, *, shows_wall: bool = False) -> str:
        admin = await (await self.hall.cast.city_admin()).caller()
        made = await make_screen_link(self.hall.office, admin, self.point.id, label="", shows_wall=shows_wall)
        return made.url.partition("/staff/")[2]

    async def open(self, *, shows_wall: bool = False) -> None:
        await self.page.goto(f"{self.base}/staff/{await self.link(shows_wall=shows_wall)}")
        await expect(self.page.locator("#codes img.is-now")).to_be_visible()
        await expect(self.page.locator("#enrolled")).to_have_text("1")

    async def code(self) -> str:
        """What a phone reads from the screen."""
        shot = Image.open(io.BytesIO(await self.page.screenshot()))
        return "".join(each.text for each in zxingcpp.read_barcodes(shot))

    def due(self, *, after: timedelta = timedelta(0)) -> str:
        return venue_code(self.hall.office, self.point, self.hall.office.now() + after).text


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        flags = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"]
        browser = await playwright.chromium.launch(executable_path=chromium, args=flags)
        yield browser
        await browser.close()


@pytest.fixture
async def screen(app: Sanic[Any, Any], browser: Browser, hall: Hall) -> Screen:
    page = await browser.new_page(viewport={"width": 1920, "height": 1080})
    screen = Screen(page, app.ctx.base_url, hall)
    page.on("pageerror", lambda error: screen.complaints.append(str(error)))

    def said(kind: str, words: str) -> None:
        if kind == "error" and "status of 4" not in words and "ERR_" not in words:
            screen.complaints.append(words)

    page.on("console", lambda message: said(message.type, message.text))
    return screen


class TestOpen:
    async def test_shows_a_code_that_a_phone_can_read_and_takes_the_secret_away(self, screen: Screen) -> None:
        await screen.open()
        assert await screen.code() == screen.due()
        digits = six_digits(screen.hall.office, screen.point, screen.hall.office.now())
        assert (await screen.page.locator("#digits").inner_text()).replace(" ", "") == digits
        assert screen.page.url == f"{screen.base}/staff/screen/{screen.point.id}"
        await picture(screen.page, "screen-1920")
        assert screen.complaints == []

    async def test_goes_on_after_a_reload(self, screen: Screen) -> None:
        await screen.open()
        await screen.page.reload()
        await expect(screen.page.locator("#codes img.is-now")).to_be_visible()
        assert await screen.code() == screen.due()

    async def test_refuses_a_link_that_was_used(self, screen: Screen, browser: Browser) -> None:
        link = await screen.link()
        await screen.page.goto(f"{screen.base}/staff/{link}")
        await expect(screen.page.locator("#codes img.is-now")).to_be_visible()
        other = await (await browser.new_context()).new_page()
        await other.goto(f"{screen.base}/staff/{link}")
        await expect(other.locator("#closed-title")).to_have_text("链接无效、已被使用或已过期")
        await picture(other, "screen-refused")

    async def test_says_what_it_needs_without_a_link(self, screen: Screen) -> None:
        await screen.page.goto(f"{screen.base}/staff/screen/{screen.point.id}")
        await expect(screen.page.locator("#closed-title")).to_have_text("请用一次性链接打开")

    @pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 720), (1280, 1024), (390, 844)])
    @pytest.mark.parametrize("shows_wall", [False, True])
    async def test_fits_every_screen(self, screen: Screen, width: int, height: int, shows_wall: bool) -> None:
        for text in ("观云测雨四十年，愿家乡年年风调雨顺，愿青年同行看得更远。", "向每一位扎根牧区的兽医致敬。"):
            sender = await screen.hall.cast.scientist()
            await accept(
                screen.hall.office, screen.hall.cast, await leave(screen.hall.office, await sender.caller(), new(text))
            )
        for number in range(3):
            await Point.create(event=screen.hall.event, name=f"{'南西北'[number]}门", is_entrance=True)
        await screen.page.set_viewport_size({"width": width, "height": height})
        await screen.open(shows_wall=shows_wall)
        if shows_wall:
            await expect(screen.page.locator(".wish")).to_have_count(2)
        # Where drawing a large screen takes half a minute, the next code stands there by then.
        assert await screen.code() in (screen.due(), screen.due(after=timedelta(seconds=30)))
        assert await screen.page.evaluate("document.documentElement.scrollWidth") <= width
        if width > height:
            assert await screen.page.evaluate("document.documentElement.scrollHeight") <= height
            hidden = await screen.page.evaluate(
                "[...document.querySelectorAll('#digits, #checked-in, #help, .gate:last-child, #seconds')]"
                ".filter((each) => { const at = each.getBoundingClientRect();"
                " return at.bottom > innerHeight || at.right > innerWidth; }).map((each) => each.id || each.className)"
            )
            assert hidden == []
        await picture(screen.page, f"screen-{width}x{height}{'-wall' if shows_wall else ''}")


class TestChange:
    async def test_is_on_time_by_the_servers_clock_and_without_a_gap(
        self, screen: Screen, clock: StandingClock
    ) -> None:
        """The clock of the computer is an hour off, and its server two seconds before the change."""
        now = clock.now()
        clock.set(now.replace(microsecond=0) + timedelta(seconds=30 - now.second % 30 - 2))
        await screen.page.add_init_script("const real = Date.now; Date.now = () => real() - 3600000;")
        await screen.open()
        first, following = screen.due(), screen.due(after=timedelta(seconds=2))
        assert first != following
        await screen.page.evaluate(
            "window.gaps = 0; (function look() { if (!document.querySelector('#codes img.is-now')) window.gaps += 1;"
            " requestAnimationFrame(look); })()"
        )
        assert await screen.code() == first
        await screen.page.wait_for_timeout(2_300)
        clock.advance(timedelta(seconds=3))
        assert await screen.code() == following
        assert await screen.page.evaluate("window.gaps") == 0
        assert screen.complaints == []

    async def test_of_the_counts_is_seen_within_a_second(self, screen: Screen) -> None:
        await screen.open()
        hall = screen.hall
        code = venue_code(hall.office, screen.point, hall.office.now()).text
        await check_in(hall.office, await hall.guest.caller(), MyScan(code, uuid4().hex))
        await expect(screen.page.locator("#checked-in")).to_have_text("1", timeout=1_000)
        await expect(screen.page.locator("#present")).to_have_text("1", timeout=1_000)

    async def test_of_the_wall_is_seen_soon(self, screen: Screen) -> None:
        await screen.open(shows_wall=True)
        office, cast = screen.hall.office, screen.hall.cast
        sender = await (await cast.scientist()).caller()
        greeting = await leave(office, sender, new("<b>祝福</b>祖国"))
        await expect(screen.page.locator(".wish")).to_have_count(0)
        await accept(office, cast, greeting)
        await expect(screen.page.locator(".wish p").first).to_have_text("<b>祝福</b>祖国", timeout=2_000)
        await withdraw(office, sender, greeting.id)
        await expect(screen.page.locator(".wish")).to_have_count(0, timeout=2_000)


class TestCut:
    async def test_hides_a_code_that_is_over_says_so_and_comes_back(self, screen: Screen, clock: StandingClock) -> None:
        now = clock.now()
        clock.set(now.replace(microsecond=0) + timedelta(seconds=30 - now.second % 30 - 3))
        await Point.filter(id=screen.point.id).update(rotation_seconds=10)
        await screen.hall.event.fetch_related("points")
        await screen.open()
        await screen.page.context.set_offline(True)
        await screen.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await expect(screen.page.locator("#gone")).to_be_visible(timeout=30_000)
        await expect(screen.page.locator("#gone-word")).to_have_text("网络已断开")
        await expect(screen.page.locator("#codes img.is-now")).to_have_count(0)
        assert await screen.code() == ""
        await picture(screen.page, "screen-gone")
        await screen.page.context.set_offline(False)
        await expect(screen.page.locator("#codes img.is-now")).to_be_visible(timeout=8_000)
        assert await screen.code() == screen.due()
        await expect(screen.page.locator("#cut")).to_be_hidden(timeout=8_000)

    async def test_closes_when_it_is_taken_back(self, screen: Screen) -> None:
        await screen.open()
        admin = await (await screen.hall.cast.city_admin()).caller()
        (row,) = await screens(admin, screen.hall.event.id)
        await take_screen_back(screen.hall.office, admin, row.id)
        await expect(screen.page.locator("#closed-title")).to_have_text("此屏幕已关闭", timeout=2_000)
        assert await screen.code() == ""
        await picture(screen.page, "screen-closed")
        await screen.page.reload()
        await expect(screen.page.locator("#closed-title")).to_have_text("请用一次性链接打开")
