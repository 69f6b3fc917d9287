"""What was made of a file, and under which names it lies in the folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

FILE = "file"
THUMBNAIL = "thumbnail"
SOUND = "sound"

Kind = Literal["image", "voice", "video"]
TYPES: Mapping[str, str] = {"image": "image/jpeg", "voice": "audio/mpeg", "video": "video/mp4"}


def frame(number: int) -> str:
    """The name of the number-th frame, from 1."""
    return f"frame-{number}"


@dataclass(frozen=True)
class Made:
    """`seconds` is the length of voice and video; `frames` and `has_sound` tell which parts of a video were written."""

    kind: Kind
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    frames: int = 0
    has_sound: bool = False

    @property
    def parts(self) -> list[str]:
        return parts_of(self.kind, self.frames, self.has_sound)

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "Made":
        return cls(**said)


def parts_of(kind: str, frames: int, has_sound: bool) -> list[str]:
    """Every name that belongs to one file: the row knows these, so nothing has to be listed to be removed."""
    small = [] if kind == "voice" else [THUMBNAIL]
    sound = [SOUND] if kind == "video" and has_sound else []
    return [FILE, *small, *sound, *(frame(number) for number in range(1, frames + 1))]
