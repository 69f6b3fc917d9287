"""A hall's screen whose server is killed and comes back: nobody touches the screen."""

from playwright.async_api import async_playwright, expect

from capabilities.screen import make_screen_link
from tests.browser.conftest import chromium  # noqa: F401 - a fixture
from tests.cast import Cast
from tests.faults.conftest import Crowd, Server, database


class TestScreen:
    async def test_recovers_by_itself_when_the_server_was_killed(
        self,
        server: Server,
        crowd: Crowd,
        database_url: str,
        chromium: str,  # noqa: F811
    ) -> None:
        _, point = crowd.doors[0]
        async with database(database_url) as office:
            who = await (await Cast(office).city_admin()).caller()
            made = await make_screen_link(office, who, point.id, label="", shows_wall=False)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = await browser.new_page(viewport={"width": 1280, "height": 720})
            await page.goto(f"{server.url}/staff/{made.url.partition('/staff/')[2]}")
            await expect(page.locator("#enrolled")).to_have_text("0")
            server.kill()
            await expect(page.locator("#cut")).to_contain_text("网络已断开", timeout=5_000)
            # What it shows is still good, and it says for how long.
            await expect(page.locator("#codes img.is-now")).to_be_visible()
            server.start()
            await expect(page.locator("#cut")).to_be_hidden(timeout=10_000)
            await expect(page.locator("#codes img.is-now")).to_be_visible()
            await browser.close()
