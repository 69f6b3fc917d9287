"""Make a picture anew: upright, in sRGB, as JPEG, with a thumbnail and without anything that was not pixels.

Runs in the worker only. Always JPEG: WeChat's media check does not take WEBP.
"""

import io
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
PAPER = (255, 255, 255)
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
    """RGB, no longer than what we keep. JPEG is made smaller while it is decoded, which costs a fraction."""
    given.draft(None, (LONGEST_SIDE, LONGEST_SIDE))
    given.load()
    profile = given.info.get("icc_profile")
    image = _on_paper(given)
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return _in_srgb(image, profile)


def _on_paper(image: Image.Image) -> Image.Image:
    """JPEG has no transparency: what was transparent becomes white."""
    if image.mode.startswith("I"):
        # Sixteen bits a pixel would be clipped to white by the plain conversion.
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    if not image.has_transparency_data:
        return image if image.mode in {"RGB", "CMYK"} else image.convert("RGB")
    small = image.convert("RGBA")
    small.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.BOX)
    paper = Image.new("RGB", small.size, PAPER)
    paper.paste(small, mask=small.getchannel("A"))
    return paper


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
    image.save(file, "JPEG", quality=quality, progressive=True, exif=b"", icc_profile=None, comment=b"")


def save_thumbnail(image: Image.Image, file: Path) -> None:
    small = image.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    _write(small, file, QUALITY)
