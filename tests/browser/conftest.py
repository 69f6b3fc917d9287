"""A phone in the hall: Chromium with a data folder of its own, and a film in front of its camera."""

import io
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import qrcode
from PIL import Image
from playwright.async_api import BrowserContext, Page, async_playwright
from sanic import Sanic

from capabilities.enrolment import enrol
from capabilities.office import Office
from capabilities.sign_in_code import my_ticket
from capabilities.staff_phone import make_link
from kit.clock import StandingClock
from models.enrolment import Enrolment
from models.event import Event
from public.staff_page import FROM_NPM
from tests.cast import Cast, Someone
from tests.stage import published, shift_of

CHROMIUM = "/usr/bin/chromium"
PLACES = (CHROMIUM, "chromium-browser", "google-chrome")


def miss(what: str) -> None:
    """Skip with the reason; under CI=true what is missing is a failure."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(what)


@pytest.fixture(scope="session")
def chromium() -> str:
    found = next((path for name in PLACES if (path := shutil.which(name))), None)
    if found is None:
        miss("there is no Chromium: apt-get install chromium")
    if not all(path.exists() for path in FROM_NPM.values()):
        miss("there is no zxing-wasm: npm ci")
    return str(found)


@pytest.fixture
def clock() -> StandingClock:
    """The browser's clock is the machine's, so here the office's is too."""
    return StandingClock(datetime.now(UTC))


@pytest.fixture
async def hall(cast: Cast, office: Office) -> "Hall":
    """An event whose doors are open, with one expected person."""
    event = await published(seats=[5], starts_at=office.now() + timedelta(minutes=10))
    guest = await cast.volunteer("巴特尔")
    enrolment = (await enrol(office, await guest.caller(), shift_of(event).id)).enrolment
    await my_ticket(office, await guest.caller(), enrolment.id)
    return Hall(office, cast, event, guest, enrolment)


@dataclass
class Hall:
    office: Office
    cast: Cast
    event: Event
    guest: Someone
    enrolment: Enrolment

    async def code(self) -> str:
        """What stands in the guest's QR code at this moment."""
        return (await my_ticket(self.office, await self.guest.caller(), self.enrolment.id)).code

    async def link(self) -> str:
        """The part of an organizer's link behind the address."""
        admin = await (await self.cast.city_admin()).caller()
        url = (await make_link(self.office, admin, self.event.id, "东门 王老师")).url
        return "/staff/#" + url.partition("#")[2]


def film(folder: Path, text: str) -> Path:
    """A second of grey, then the code: Motion JPEG, as the camera's double reads it."""
    code = qrcode.QRCode(border=4, box_size=8)
    code.add_data(text)
    picture = code.make_image().convert("RGB")
    grey = Image.new("RGB", (1280, 720), (120, 120, 120))
    shown = grey.copy()
    shown.paste(picture, ((1280 - picture.width) // 2, (720 - picture.height) // 2))
    file = folder / "film.mjpeg"
    with file.open("wb") as written:
        for frame in [grey] * 10 + [shown] * 50:
            packed = io.BytesIO()
            frame.save(packed, "JPEG", quality=90)
            written.write(packed.getvalue())
    return file


@dataclass
class Phone:
    """A browser at /staff/, what it asked for elsewhere, and what its console complained of."""

    context: BrowserContext
    page: Page
    base: str
    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def open(self, path: str = "/staff/") -> None:
        await self.page.goto(self.base + path)

    async def sign_in(self, hall: Hall) -> None:
        await self.open(await hall.link())
        await self.page.locator("#scanning").wait_for()
        await self.page.get_by_text("名册 1 人").wait_for()

    async def is_kept(self) -> None:
        """The service worker has everything, and this page is its own."""
        await self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await self.page.locator("body").wait_for()
        for _ in range(100):
            if await self.page.evaluate("Boolean(navigator.serviceWorker.controller)"):
                return
            await self.page.wait_for_timeout(50)
        raise AssertionError("the service worker does not control the page")

    async def type_code(self, text: str) -> None:
        await self.page.locator("#open-typing").click()
        await self.page.locator("#typed").fill(text)
        await self.page.locator("#typed-form button[type=submit]").click()

    async def waiting(self) -> int:
        words = await self.page.locator("#queue-words").inner_text()
        return int(words.removeprefix("待上传 ").removesuffix(" 条"))


Opening = Callable[..., Awaitable[Phone]]


@pytest.fixture
async def phone(app: Sanic, chromium: str, tmp_path: Path) -> AsyncIterator[Opening]:
    """Opens a phone; a second one with the same `name` finds what the first has kept."""
    async with async_playwright() as playwright:
        opened: list[BrowserContext] = []

        async def open_phone(name: str = "phone", *, sees: Path | None = None, width: int = 390) -> Phone:
            flags = [
                "--no-sandbox",
                "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                "--autoplay-policy=no-user-gesture-required",
                *([f"--use-file-for-fake-video-capture={sees}"] if sees else []),
            ]
            context = await playwright.chromium.launch_persistent_context(
                str(tmp_path / name),
                executable_path=chromium,
                args=flags,
                viewport={"width": width, "height": 844},
                permissions=["camera"],
                has_touch=True,
            )
            opened.append(context)
            phone = Phone(context, context.pages[0], app.ctx.base_url)
            watch(phone)
            return phone

        yield open_phone
        for context in opened:
            await context.close()


def watch(phone: Phone) -> None:
    def asked(address: str) -> None:
        if not address.startswith((phone.base, "data:", "blob:", "about:")):
            phone.outside.append(address)

    phone.context.on("request", lambda request: asked(request.url))
    phone.page.on("pageerror", lambda error: phone.complaints.append(str(error)))

    def said(kind: str, words: str) -> None:
        # Without a network the browser itself says so for each request; that is no fault of the page.
        if kind == "error" and "ERR_INTERNET_DISCONNECTED" not in words and "status of 4" not in words:
            phone.complaints.append(words)

    phone.page.on("console", lambda message: said(message.type, f"{message.text} {message.location.get('url')}"))
