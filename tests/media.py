"""Files as people send them, and as they should not: pictures, voice and video made on the spot."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import av
from PIL import Image

RED = (200, 30, 30)
LATITUDE, PHONE_MAKER = 40.8414, "Canary Phone"


def jpeg(size: tuple[int, int] = (640, 480), color: Any = RED, **more: Any) -> bytes:
    return picture("JPEG", size, color=color, **more)


def picture(
    kind: str, size: tuple[int, int] = (640, 480), *, mode: str = "RGB", color: Any = RED, **more: Any
) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, color).save(written, kind, **more)
    return written.getvalue()


def from_a_phone(orientation: int = 1, size: tuple[int, int] = (640, 480)) -> bytes:
    """A JPEG with the maker, a place and a comment in it; its left half is blue."""
    image = Image.new("RGB", size, RED)
    image.paste((0, 0, 255), (0, 0, size[0] // 2, size[1]))
    exif = image.getexif()
    exif[0x010F], exif[0x0112] = PHONE_MAKER, orientation
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (40.0, 50.0, 29.0)
    written = io.BytesIO()
    image.save(written, "JPEG", exif=exif, comment=b"canary-comment", xmp=b"<x:xmpmeta>canary-xmp</x:xmpmeta>")
    return written.getvalue()


def noise(size: tuple[int, int], kind: str = "JPEG") -> bytes:
    """A picture that does not become small."""
    written = io.BytesIO()
    Image.effect_noise(size, 80).convert("RGB").save(written, kind)
    return written.getvalue()


def bomb(side: int = 9000) -> bytes:
    """A PNG of some ten kilobytes that becomes side × side pixels."""
    rows = zlib.compressobj(9)
    packed = b"".join(rows.compress(b"\0" * (side * 3 + 1)) for _ in range(side)) + rows.flush()
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_that_says(width: int, height: int) -> bytes:
    """The header of a PNG, sound in itself, with one pixel's data behind it."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(b"\0\0\0\0"))


HEIC = struct.pack(">I", 24) + b"ftypheic\0\0\0\0mif1heic" + b"\0" * 200
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
SCRIPT = b"<script>alert('canary-script')</script>"


def recording(
    folder: Path,
    *,
    seconds: float = 2,
    size: tuple[int, int] = (320, 240),
    kind: str = "mp4",
    codec: str = "libx264",
    with_sound: bool = True,
    with_picture: bool = True,
    metadata: dict[str, str] | None = None,
) -> bytes:
    """A video, or a voice where it has no picture; the colour of the frames rises with the time."""
    file = folder / f"made.{kind}"
    options = {"movflags": "+faststart+use_metadata_tags"} if kind in {"mp4", "mov"} else {}
    with av.open(str(file), "w", format={"aac": "adts"}.get(kind, kind), options=options) as made:
        made.metadata.update(metadata or {})
        if with_picture:
            video: Any = made.add_stream(codec, rate=10)
            video.width, video.height, video.pix_fmt = *size, "yuv420p"
            video.options = {"preset": "ultrafast", "g": "5"} if codec == "libx264" else {}
        if with_sound:
            codec_name = {"mp3": "libmp3lame", "wav": "pcm_s16le"}.get(kind, "aac")
            sound: Any = made.add_stream(codec_name, rate=44_100, layout="mono")
        if with_picture:
            for number in range(int(seconds * 10)):
                frame = av.VideoFrame.from_image(Image.new("RGB", size, (number * 4 % 256, 80, 80)))
                frame.pts = number
                made.mux(video.encode(frame))
            made.mux(video.encode(None))
        if with_sound:
            _say(made, sound, seconds)
    return file.read_bytes()


def _say(made: Any, sound: Any, seconds: float) -> None:
    length = 1152 if sound.codec_context.name == "libmp3lame" else 1024
    layout = sound.codec_context.format.name
    wave = struct.pack("<ff", 0.1, -0.1) if layout == "fltp" else b"\0\x10\0\xf0"
    for number in range(int(seconds * 44_100 / length)):
        frame = av.AudioFrame(format=layout, layout="mono", samples=length)
        size = frame.planes[0].buffer_size
        frame.planes[0].update((wave * (size // len(wave) + 1))[:size])
        frame.sample_rate, frame.pts = 44_100, number * length
        made.mux(sound.encode(frame))
    made.mux(sound.encode(None))


def voice(folder: Path, kind: str = "mp3", seconds: float = 2) -> bytes:
    return recording(folder, kind=kind, seconds=seconds, with_picture=False)


def lying_on_its_side(video: bytes) -> bytes:
    """The same video, told to be shown turned by 90 degrees, as a phone that is held upright writes it."""
    at = video.index(b"tkhd") + 4
    # Version and flags, times, track, reserved, duration, reserved, layer, group, volume, reserved: then the matrix.
    matrix = at + 40
    turned = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)
    return video[:matrix] + turned + video[matrix + 36 :]
