"""The scanning page as staff use it: with a network, without one, and back again."""

import os
from pathlib import Path

import pytest
from playwright.async_api import expect

from capabilities.readiness import TEST_PREFIX
from kit.seals import encode
from models.attendance import Attendance
from models.conflict import Device
from models.scan import Scan
from tests.browser.conftest import Hall, Opening, film

# Where pictures of the page are left for somebody to look at.
PICTURES = os.environ.get("LIZAN_TEST_PICTURES")


async def picture(page: object, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))  # type: ignore[attr-defined]


class TestSignIn:
    async def test_takes_the_secret_out_of_the_address(self, hall: Hall, phone: Opening) -> None:
        here = await phone()
        await here.sign_in(hall)
        assert here.page.url == f"{here.base}/staff/"
        assert (here.outside, here.complaints) == ([], [])

    async def test_says_what_to_do_with_a_link_that_was_used(self, hall: Hall, phone: Opening) -> None:
        link = await hall.link()
        first = await phone("first")
        await first.open(link)
        await first.page.locator("#scanning").wait_for()
        second = await phone("second")
        await second.open(link)
        await expect(second.page.locator("#sign-in-fault")).to_contain_text("请向活动组织者重新索取")
        await picture(second.page, "sign-in")


class TestOnline:
    async def test_scans_by_camera_and_shows_the_servers_verdict(
        self, hall: Hall, phone: Opening, tmp_path: Path
    ) -> None:
        here = await phone(sees=film(tmp_path, await hall.code()))
        await here.sign_in(hall)
        await here.page.locator("#start-camera").click()
        verdict = here.page.locator("#verdict")
        await expect(verdict).to_have_attribute("data-verdict", "CheckedIn", timeout=20_000)
        await expect(here.page.locator("#verdict-name")).to_have_text("巴特尔")
        assert await verdict.get_attribute("data-offline") == "false"
        await picture(here.page, "online")
        assert await Attendance.filter(enrolment_id=hall.enrolment.id).count() == 1
        assert await here.waiting() == 0
        assert (here.outside, here.complaints) == ([], [])

    async def test_takes_a_hardware_scanner_and_says_already(self, hall: Hall, phone: Opening) -> None:
        here = await phone()
        await here.sign_in(hall)
        for verdict in ("CheckedIn", "AlreadyCheckedIn"):
            await here.page.keyboard.type(await hall.code(), delay=2)
            await here.page.keyboard.press("Enter")
            await expect(here.page.locator("#verdict")).to_have_attribute("data-verdict", verdict)
        await expect(here.page.locator("#verdict-advice")).to_contain_text("已在主入口签到")
        await picture(here.page, "already")

    async def test_is_deaf_to_slow_fingers(self, hall: Hall, phone: Opening) -> None:
        here = await phone()
        await here.sign_in(hall)
        await here.page.keyboard.type("LZ1.abcd", delay=120)
        await here.page.keyboard.press("Enter")
        await expect(here.page.locator("#verdict")).to_be_hidden()

    async def test_refuses_what_is_no_code_of_ours(self, hall: Hall, phone: Opening) -> None:
        here = await phone()
        await here.sign_in(hall)
        await here.type_code("https://example.org/")
        await expect(here.page.locator("#verdict")).to_have_attribute("data-verdict", "UnknownCode")
        await picture(here.page, "refused")

    async def test_takes_the_last_scan_back_with_a_reason(self, hall: Hall, phone: Opening) -> None:
        here = await phone()
        await here.sign_in(hall)
        await here.type_code(await hall.code())
        await here.page.locator("#undo").click()
        await picture(here.page, "undo")
        await here.page.locator("#undo-form button[type=submit]").click()
        await expect(here.page.locator("#recent")).to_contain_text("已撤销")
        await expect(here.page.locator("#queue-words")).to_have_text("待上传 0 条")
        assert not await Attendance.filter(enrolment_id=hall.enrolment.id).exists()


class TestOffline:
    async def test_starts_scans_and_hands_over_when_the_network_is_back(
        self, hall: Hall, phone: Opening, tmp_path: Path
    ) -> None:
        here = await phone(sees=film(tmp_path, await hall.code()))
        await here.sign_in(hall)
        await here.is_kept()
        await here.context.set_offline(True)
        await here.page.reload()
        await here.page.locator("#start-camera").click()
        verdict = here.page.locator("#verdict")
        await expect(verdict).to_have_attribute("data-verdict", "CheckedIn", timeout=20_000)
        await expect(verdict).to_have_attribute("data-offline", "true")
        await expect(here.page.get_by_text("离线预判，已记在本机")).to_be_visible()
        await expect(here.page.locator("#verdict-name")).to_have_text("巴**")
        await expect(here.page.locator("#network-words")).to_contain_text("网络已断开，扫码继续保存，恢复后自动上传")
        await picture(here.page, "offline")
        assert (await here.waiting(), await Scan.all().count()) == (1, 0)
        await here.context.set_offline(False)
        await expect(here.page.locator("#queue-words")).to_have_text("待上传 0 条", timeout=20_000)
        assert await Attendance.filter(enrolment_id=hall.enrolment.id).count() == 1
        assert [(scan.is_late, scan.seen) for scan in await Scan.all()] == [(True, "CheckedIn")]
        assert (here.outside, here.complaints) == ([], [])

    async def test_keeps_what_was_scanned_when_the_browser_is_closed(self, hall: Hall, phone: Opening) -> None:
        before = await phone("kept")
        await before.sign_in(hall)
        await before.is_kept()
        await before.context.set_offline(True)
        await before.type_code(await hall.code())
        await expect(before.page.locator("#queue-words")).to_have_text("待上传 1 条")
        await before.context.close()
        after = await phone("kept")
        await after.open()
        await expect(after.page.locator("#queue-words")).to_have_text("待上传 0 条", timeout=20_000)
        assert await Attendance.filter(enrolment_id=hall.enrolment.id).count() == 1

    async def test_knows_who_it_let_in_itself(self, hall: Hall, phone: Opening) -> None:
        here = await phone()
        await here.sign_in(hall)
        await here.context.set_offline(True)
        for verdict in ("CheckedIn", "AlreadyCheckedIn"):
            await here.type_code(await hall.code())
            await expect(here.page.locator("#verdict")).to_have_attribute("data-verdict", verdict)
        await here.page.locator("#direction-out").click()
        await here.type_code(await hall.code())
        await expect(here.page.locator("#verdict")).to_have_attribute("data-verdict", "CheckedOut")
        assert await here.waiting() == 3

    async def test_takes_back_before_the_server_ever_knew(self, hall: Hall, phone: Opening) -> None:
        here = await phone()
        await here.sign_in(hall)
        await here.context.set_offline(True)
        await here.type_code(await hall.code())
        await here.page.locator("#undo").click()
        await here.page.locator("#undo-form button[type=submit]").click()
        assert await here.waiting() == 1
        await here.context.set_offline(False)
        await expect(here.page.locator("#queue-words")).to_have_text("待上传 0 条", timeout=20_000)
        assert await Scan.all().count() == 1
        assert not await Attendance.filter(enrolment_id=hall.enrolment.id).exists()


class TestReadiness:
    async def test_is_shown_by_three_ticks_and_told_to_the_organizer(self, hall: Hall, phone: Opening) -> None:
        here = await phone()
        await here.sign_in(hall)
        await here.page.locator("#open-settings").click()
        await here.page.locator("#show-test-code").click()
        await here.page.locator("#test-code").wait_for()
        await picture(here.page, "readiness")
        await here.page.locator("#settings [data-closes]").click()
        await here.type_code(TEST_PREFIX + encode(hall.event.id.bytes))
        await here.page.locator("#open-settings").click()
        await expect(here.page.locator("#ready")).to_have_text("已就绪")
        await expect(here.page.locator("#ready-list .is-done")).to_have_count(3)
        for _ in range(50):
            if await Device.filter(event_id=hall.event.id, roster_size=1, test_code_at__isnull=False).exists():
                return
            await here.page.wait_for_timeout(100)
        pytest.fail("the organizer was not told")


class TestHand:
    @pytest.mark.parametrize("width", [360, 390])
    async def test_reaches_everything_with_a_thumb(self, hall: Hall, phone: Opening, width: int) -> None:
        here = await phone(width=width)
        await here.sign_in(hall)
        sizes = await here.page.evaluate(
            "[...document.querySelectorAll('button, input, select')].filter((each) => each.offsetParent)"
            ".map((each) => [each.id, each.offsetWidth, each.offsetHeight])"
        )
        assert sizes
        assert [each for each in sizes if min(each[1:]) < 48] == []
        wide = await here.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width
        await picture(here.page, f"ready-{width}")

    async def test_is_dark_by_choice(self, hall: Hall, phone: Opening) -> None:
        here = await phone()
        await here.sign_in(hall)
        await here.page.locator("#open-settings").click()
        await here.page.locator("#dark").check()
        await here.page.locator("#settings [data-closes]").click()
        await here.type_code(await hall.code())
        await expect(here.page.locator("#verdict")).to_be_visible()
        assert await here.page.locator("html").get_attribute("data-theme") == "dark"
        await picture(here.page, "dark")
