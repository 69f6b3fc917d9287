"""The planted defect: a server that decodes what it is sent in its own process, as large as it likes to become."""

import asyncio
import sys
import warnings
from pathlib import Path
from typing import Any

from PIL import Image

from kit.media import looking
from kit.media.looking import Looked
from kit.media.made import Made
from kit.media.pictures import save_picture, save_thumbnail
from kit.media.workbench import Workbench
from server.__main__ import main


def decode(source: Path, into: Path) -> Made:
    with Image.open(source) as image:
        image.load()
        image.thumbnail((480, 480))
        save_picture(image.convert("RGB"), into / "file")
        save_thumbnail(image.convert("RGB"), into / "thumbnail")
        return Made("image", width=image.width, height=image.height)


async def make(_: Workbench, __: Looked, source: Path, into: Path) -> Made:
    return await asyncio.to_thread(decode, source, into)


def trust(*_: Any) -> None:
    return None


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None
    looking.require_size = trust  # type: ignore[assignment]
    Workbench.make = make  # type: ignore[method-assign,assignment]
    sys.exit(main())
