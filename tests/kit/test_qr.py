"""QR codes drawn once, beside the event loop, and read again by a reader that is not ours."""

import asyncio
import io
import threading
import time

import pytest
import resvg_py
import zxingcpp
from PIL import Image

from kit import qr
from kit.qr import Drawings

TEXT = "https://lizan.example/c/AZ4xFyc3dHyYqk0pQk3zsQAAAAAx5o3Yb8Jm"


def read(picture: bytes) -> list[str]:
    return [each.text for each in zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)).convert("L"))]


class Pen:
    """Draws slowly, and knows how often and where."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.threads: set[int] = set()

    def draw(self, text: str) -> bytes:
        self.texts.append(text)
        self.threads.add(threading.get_ident())
        time.sleep(0.02)
        if text == "broken":
            raise ValueError(text)
        return text.encode()


@pytest.fixture
def pen() -> Pen:
    return Pen()


class TestPictures:
    @pytest.mark.parametrize("text", [TEXT, "LZ1.short", "汉字也行 𬭛·"])
    def test_are_read_by_a_camera(self, text: str) -> None:
        as_dots = bytes(resvg_py.svg_to_bytes(svg_string=qr.svg(text).decode(), dpi=96, width=500, height=500))
        assert read(as_dots) == read(qr.png(text)) == [text]

    def test_keep_four_modules_of_quiet_around(self) -> None:
        picture = Image.open(io.BytesIO(qr.png(TEXT))).convert("L")
        dark = picture.point(lambda shade: 255 - shade).getbbox()
        assert dark is not None
        # 12 pixels a module.
        assert dark[:2] == (48, 48)


class TestDrawings:
    async def test_draw_a_text_once_for_all_who_ask_at_once_and_later(self, pen: Pen) -> None:
        drawings = Drawings()
        asked = await asyncio.gather(*[drawings.drawn(pen.draw, TEXT) for _ in range(100)])
        assert {*asked, await drawings.drawn(pen.draw, TEXT)} == {TEXT.encode()}
        assert pen.texts == [TEXT]

    async def test_draw_beside_the_event_loop(self, pen: Pen) -> None:
        await Drawings().drawn(pen.draw, TEXT)
        assert threading.get_ident() not in pen.threads

    async def test_tell_kinds_of_picture_apart(self) -> None:
        drawings = Drawings()
        assert await drawings.drawn(qr.svg, TEXT) != await drawings.drawn(qr.png, TEXT)
        assert len(drawings) == 2

    async def test_keep_the_last_asked_for_and_no_more(self, pen: Pen) -> None:
        drawings = Drawings(most=2)
        for text in ("one", "two", "one", "three", "one", "two"):
            await drawings.drawn(pen.draw, text)
        assert pen.texts == ["one", "two", "three", "two"]
        assert len(drawings) == 2

    async def test_go_on_for_others_when_who_asked_first_goes_away(self, pen: Pen) -> None:
        drawings = Drawings()
        first = asyncio.create_task(drawings.drawn(pen.draw, TEXT))
        second = asyncio.create_task(drawings.drawn(pen.draw, TEXT))
        await asyncio.sleep(0.005)
        first.cancel()
        assert await second == TEXT.encode()
        assert pen.texts == [TEXT]

    async def test_forget_what_failed(self, pen: Pen) -> None:
        drawings = Drawings()
        for _ in range(2):
            with pytest.raises(ValueError, match="broken"):
                await drawings.drawn(pen.draw, "broken")
        assert pen.texts == ["broken", "broken"]
        assert len(drawings) == 0
