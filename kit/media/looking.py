"""Look at a file's headers: what it is, how large it would become, whether all of it is there; nothing is decoded."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import puremagic

from kit.media.limits import PICTURE_BYTES, PICTURE_PIXELS, PICTURE_SIDE, VIDEO_BYTES, VOICE_BYTES
from kit.media.refusals import TAKEN, MediaTooLarge, MediaTypeRefused, MediaUnreadable

HEAD_BYTES = 64
# Baseline, extended and progressive; lossless and arithmetic coding no browser shows.
_JPEG_FRAMES = (0xC0, 0xC1, 0xC2)
_JPEG_OTHER_FRAMES = (0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF)
_JPEG_SEGMENTS = 1000
_BOXES = 20_000
_UNKNOWN_LENGTHS = (0, 0xFFFFFFFF)
_HEIC = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"}
_TEXT = (b"<", b"#!", b"%PDF", b"{")


class Family(StrEnum):
    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    MP4 = "mp4"
    MP3 = "mp3"
    AAC = "aac"
    WAV = "wav"

    @property
    def is_picture(self) -> bool:
        return self in {Family.JPEG, Family.PNG, Family.WEBP}

    @property
    def most_bytes(self) -> int:
        """An MP4 may turn out to be a voice, which has a bound of its own."""
        if self.is_picture:
            return PICTURE_BYTES
        return VIDEO_BYTES if self is Family.MP4 else VOICE_BYTES


# Of those only one is worked on at a time: decoded it takes more than 50 MB.
HEAVY_PIXELS = 12_500_000


@dataclass(frozen=True)
class Looked:
    """`width` and `height` are a picture's, in pixels, before its orientation is applied."""

    family: Family
    width: int = 0
    height: int = 0

    @property
    def is_heavy(self) -> bool:
        return self.width * self.height > HEAVY_PIXELS


def family_of(head: bytes) -> Family:
    """What the first bytes say it is; neither name nor declared type is asked. Raises `MediaTypeRefused`."""
    if head.startswith(b"\xff\xd8\xff"):
        return Family.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Family.PNG
    if head.startswith(b"RIFF") and head[8:12] in {b"WEBP", b"WAVE"}:
        return Family.WEBP if head[8:12] == b"WEBP" else Family.WAV
    if head[4:8] == b"ftyp":
        return _family_of_boxes(head)
    if head.startswith(b"ID3"):
        return Family.MP3
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return _family_of_sync(head)
    raise _refused(head)


def _family_of_boxes(head: bytes) -> Family:
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, min(len(head), HEAD_BYTES), 4))}
    if head[8:12] in _HEIC or (brands & _HEIC and not brands & {b"isom", b"mp42", b"qt  "}):
        words = "暂不支持 HEIC 照片，请在相机设置中选择「兼容性最佳」，或转为 JPG 后上传。"
        raise MediaTypeRefused(words, found="heic")
    return Family.MP4


def _family_of_sync(head: bytes) -> Family:
    layer = head[1] >> 1 & 3
    if layer == 0 and head[1] & 0xF0 == 0xF0:
        return Family.AAC
    if layer == 1:
        return Family.MP3
    raise _refused(head)


def _refused(head: bytes) -> MediaTypeRefused:
    if head.startswith((b"GIF87a", b"GIF89a")):
        return MediaTypeRefused(f"暂不支持动图。{TAKEN}", found="gif")
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_TEXT):
        return MediaTypeRefused(f"这不是图片、录音或视频。{TAKEN}", found="text")
    return MediaTypeRefused(found=_name_of(head))


def _name_of(head: bytes) -> str:
    try:
        return puremagic.from_string(head).lstrip(".")[:12] or "unknown"
    except (puremagic.PureError, ValueError):
        return "unknown"


def look(file: Path) -> Looked:
    """Raises `MediaTypeRefused`, `MediaTooLarge` or `MediaUnreadable`; reads headers only, whatever the file's size."""
    with file.open("rb") as source:
        family = family_of(source.read(HEAD_BYTES))
        length = file.stat().st_size
        if length > family.most_bytes:
            raise too_many_bytes(family.most_bytes)
        try:
            width, height = _LOOKS[family](source, length)
        except (struct.error, IndexError) as error:
            raise MediaUnreadable from error
    if family.is_picture:
        require_size(width, height)
    return Looked(family, width, height)


def too_many_bytes(most: int) -> MediaTooLarge:
    return MediaTooLarge(f"文件超过 {most // (1024 * 1024)} MB，请压缩后再上传。", limit_bytes=most)


def require_size(width: int, height: int) -> None:
    """Raises `MediaTooLarge` where decoding would take more memory than a picture is worth."""
    if width < 1 or height < 1:
        raise MediaUnreadable
    if width * height > PICTURE_PIXELS or max(width, height) > PICTURE_SIDE:
        raise MediaTooLarge(
            f"图片尺寸为 {width}×{height}，超过 {PICTURE_PIXELS // 1_000_000 * 100} 万像素，请缩小后再上传。",
            width=width,
            height=height,
        )


def _png(source: BinaryIO, _: int) -> tuple[int, int]:
    source.seek(8)
    head = source.read(25)
    size, name = struct.unpack(">I4s", head[:8])
    if size != 13 or name != b"IHDR" or zlib.crc32(head[4:21]) != struct.unpack(">I", head[21:25])[0]:
        raise MediaUnreadable
    width, height = struct.unpack(">II", head[8:16])
    return width, height


def _jpeg(source: BinaryIO, _: int) -> tuple[int, int]:
    source.seek(2)
    for _number in range(_JPEG_SEGMENTS):
        marker = _next_marker(source)
        (size,) = struct.unpack(">H", source.read(2))
        if marker in _JPEG_FRAMES:
            precision, height, width = struct.unpack(">BHH", source.read(5))
            if precision != 8:
                raise MediaUnreadable
            return width, height
        if marker in _JPEG_OTHER_FRAMES or marker == 0xDA or size < 2:
            raise MediaUnreadable
        source.seek(size - 2, 1)
    raise MediaUnreadable


def _next_marker(source: BinaryIO) -> int:
    """The marker that must stand here; it may be preceded by fill bytes."""
    if source.read(1) != b"\xff":
        raise MediaUnreadable
    for _ in range(64):
        (marker,) = struct.unpack("B", source.read(1))
        if marker != 0xFF:
            return int(marker)
    raise MediaUnreadable


def _webp(source: BinaryIO, length: int) -> tuple[int, int]:
    source.seek(4)
    (size,) = struct.unpack("<I", source.read(4))
    if size + 8 > length:
        raise MediaUnreadable
    source.seek(12)
    name, head = source.read(4), source.read(14)
    if name == b"VP8X":
        return 1 + int.from_bytes(head[8:11], "little"), 1 + int.from_bytes(head[11:14], "little")
    if name == b"VP8L" and head[4] == 0x2F:
        bits = int.from_bytes(head[5:9], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if name == b"VP8 " and head[7:10] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", head[10:14])
        return width & 0x3FFF, height & 0x3FFF
    raise MediaUnreadable


def _mp4(source: BinaryIO, length: int) -> tuple[int, int]:
    """The boxes must tile the file: one that reaches beyond its end was cut, what is none was appended."""
    if not {b"moov", b"mdat"} <= set(_boxes(source, length)):
        raise MediaUnreadable
    return 0, 0


def _boxes(source: BinaryIO, length: int) -> Iterator[bytes]:
    at = 0
    for _ in range(_BOXES):
        if at == length:
            return
        source.seek(at)
        size, name = struct.unpack(">I4s", source.read(8))
        head = 8
        if size == 1:
            (size,) = struct.unpack(">Q", source.read(8))
            head = 16
        elif size == 0:
            size = length - at
        if size < head or at + size > length or not name.isascii():
            raise MediaUnreadable
        yield name
        at += size
    raise MediaUnreadable


def _wav(source: BinaryIO, length: int) -> tuple[int, int]:
    source.seek(4)
    (size,) = struct.unpack("<I", source.read(4))
    # A recorder that streams cannot know the length when it writes the header.
    if size not in _UNKNOWN_LENGTHS and size + 8 > length:
        raise MediaUnreadable
    return 0, 0


def _frames_only(_: BinaryIO, __: int) -> tuple[int, int]:
    """A stream of frames has no header that would tell whether it is whole."""
    return 0, 0


_LOOKS = {
    Family.JPEG: _jpeg,
    Family.PNG: _png,
    Family.WEBP: _webp,
    Family.MP4: _mp4,
    Family.WAV: _wav,
    Family.MP3: _frames_only,
    Family.AAC: _frames_only,
}
