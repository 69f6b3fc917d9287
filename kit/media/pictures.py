"""Make a picture anew: upright, in sRGB, as JPEG, with a thumbnail and without anything that was not pixels.

Runs in the worker only. Always JPEG: WeChat's media check does not take WEBP.
"""

import io
import math
import warnings
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms, ImageOps

from kit.media.limits import LONGEST_SIDE, PICTURE_BYTES, PICTURE_PIXELS, THUMBNAIL_SIDE
from kit.media.looking import require_size
from kit.media.made import FILE, THUMBNAIL, Made
from kit.media.refusals import MediaUnreadable

FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY = 85
PAPER = "white"
BAND = 256
# Behind the check of the header; it stands here for a file whose two headers say two things.
Image.MAX_IMAGE_PIXELS = PICTURE_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)


def make_picture(source: Path, into: Path) -> Made:
    """Writes `file` and `thumbnail` into the folder. Raises `MediaTooLarge` or `MediaUnreadable`."""
    try:
        with Image.open(source, formats=FORMATS) as given:
            require_size(*given.size)
            whole = _upright(_decoded(given), given)
    except (OSError, ValueError, SyntaxError, KeyError, Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise MediaUnreadable from None
    save_picture(whole, into / FILE)
    save_thumbnail(whole, into / THUMBNAIL)
    return Made("image", width=whole.width, height=whole.height)


def _decoded(given: Any) -> Image.Image:
    """No longer than what we keep. JPEG is made smaller while it is decoded, which costs a fraction."""
    given.draft(None, (LONGEST_SIDE, LONGEST_SIDE))
    given.load()
    return _in_srgb(_shrunk(given), given.info.get("icc_profile"))


def _shrunk(image: Image.Image) -> Image.Image:
    """On white paper, band by band, so that beside the decoded picture there is never a second one of its size."""
    shrink = max(1.0, max(image.size) / LONGEST_SIDE)
    width, height = (max(1, round(side / shrink)) for side in image.size)
    scale = image.height / height
    # The filter looks this far beyond the rows of a band.
    margin = math.ceil(scale) + 1
    paper = Image.new("CMYK" if image.mode == "CMYK" else "RGB", (width, height), PAPER)
    for top in range(0, height, BAND):
        bottom = min(height, top + BAND)
        first, last = max(0, int(top * scale) - margin), min(image.height, math.ceil(bottom * scale) + margin)
        box = (0, top * scale - first, image.width, min(bottom * scale - first, last - first))
        band = _plain(image.crop((0, first, image.width, last)))
        small = band.resize((width, bottom - top), Image.Resampling.HAMMING, box=box)
        paper.paste(small, (0, top), mask=small.getchannel("A") if small.mode == "RGBA" else None)
    return paper


def _plain(band: Image.Image) -> Image.Image:
    """RGB or CMYK, or RGBA where something is transparent: JPEG is not, and what was becomes white."""
    if band.mode.startswith("I"):
        # Sixteen bits a pixel would be clipped to white by the plain conversion.
        return band.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    if band.has_transparency_data:
        return band.convert("RGBA")
    return band if band.mode in {"RGB", "CMYK"} else band.convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The profile is dropped with all else that is no pixel, so the colours are turned into what needs none."""
    if profile:
        try:
            from_profile = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            srgb = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, from_profile, srgb, outputMode="RGB")
            return converted or image.convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    return image if image.mode == "RGB" else image.convert("RGB")


def _upright(image: Image.Image, given: Any) -> Image.Image:
    image.info.clear()
    orientation = given.getexif().get(0x0112)
    if orientation not in range(2, 9):
        return image
    exif = image.getexif()
    exif.clear()
    exif[0x0112] = orientation
    return ImageOps.exif_transpose(image)


def save_picture(image: Image.Image, file: Path) -> None:
    """JPEG with nothing in it but pixels, small enough for WeChat to fetch."""
    quality = QUALITY
    _write(image, file, quality)
    while file.stat().st_size > PICTURE_BYTES and quality > 40:
        quality -= 15
        _write(image, file, quality)


def _write(image: Image.Image, file: Path, quality: int) -> None:
    image.save(file, "JPEG", quality=quality, exif=b"", icc_profile=None, comment=b"")


def save_thumbnail(image: Image.Image, file: Path) -> None:
    small = image.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.HAMMING, reducing_gap=2.0)
    _write(small, file, QUALITY)
