"""QR codes as pictures, drawn beside the event loop, once for all who ask for the same text.

A picture costs 3-4 ms of pure Python; a hall's hundred screens ask for the same code within the same moment.
"""

import asyncio
import io
from collections import OrderedDict
from collections.abc import Callable

import qrcode
from qrcode.image.svg import SvgPathFillImage

Draw = Callable[[str], bytes]
# The codes of some dozen points, now and a moment ago, as both kinds of picture: half a megabyte at most.
MOST = 128


def svg(text: str) -> bytes:
    """With its quiet zone and a white ground of its own: on a dark page the bare path would be black on black."""
    written = io.BytesIO()
    _code(text, box_size=10).make_image(image_factory=SvgPathFillImage).save(written)
    return written.getvalue()


def png(text: str) -> bytes:
    """With its quiet zone, 12 pixels a module: sharp on a phone and on A4."""
    written = io.BytesIO()
    _code(text, box_size=12).make_image().save(written, "PNG")
    return written.getvalue()


def _code(text: str, *, box_size: int) -> qrcode.QRCode:
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4, box_size=box_size)
    code.add_data(text)
    return code


class Drawings:
    """The last pictures drawn; what is being drawn is waited for and not drawn again. For one event loop."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._drawn: OrderedDict[tuple[Draw, str], bytes] = OrderedDict()
        self._begun: dict[tuple[Draw, str], asyncio.Task[bytes]] = {}

    def __len__(self) -> int:
        return len(self._drawn)

    async def drawn(self, draw: Draw, text: str) -> bytes:
        """The picture that `draw` makes of `text`. Raises what `draw` raises; that is forgotten at once."""
        key = (draw, text)
        if key in self._drawn:
            self._drawn.move_to_end(key)
            return self._drawn[key]
        if key not in self._begun:
            self._begun[key] = asyncio.create_task(self._draw(key))
        # Who goes away takes the picture from nobody.
        return await asyncio.shield(self._begun[key])

    async def _draw(self, key: tuple[Draw, str]) -> bytes:
        draw, text = key
        try:
            picture = await asyncio.to_thread(draw, text)
        finally:
            del self._begun[key]
        self._drawn[key] = picture
        while len(self._drawn) > self._most:
            self._drawn.popitem(last=False)
        return picture
