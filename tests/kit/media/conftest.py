"""A workbench, and a way to put a file on it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from kit.media.looking import look
from kit.media.made import Made
from kit.media.workbench import Workbench


@dataclass(frozen=True)
class Result:
    made: Made
    folder: Path

    def bytes_of(self, part: str) -> bytes:
        return (self.folder / part).read_bytes()

    def picture(self, part: str = "file") -> Image.Image:
        image = Image.open(self.folder / part)
        image.load()
        return image


Make = Callable[[bytes], Awaitable[Result]]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    async def make(content: bytes) -> Result:
        source, into = tmp_path / "given", tmp_path / "made"
        into.mkdir(exist_ok=True)
        for left in into.iterdir():
            left.unlink()
        source.write_bytes(content)
        made = await Workbench().make(look(source), source, into)
        assert {each.name for each in into.iterdir()} == set(made.parts)
        return Result(made, into)

    return make
