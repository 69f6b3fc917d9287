"""Pictures made anew: pixels and nothing else."""

import io
from itertools import pairwise

import pytest
from PIL import Image, ImageCms

from kit.errors import Refusal
from kit.media.refusals import MediaUnreadable
from tests.kit.media.conftest import Make
from tests.media import PHONE_MAKER, RED, SCRIPT, from_a_phone, jpeg, noise, picture, png_that_says

ZIP = b"PK\x03\x04canary-zip" + b"\0" * 50


def is_near(color: object, other: tuple[int, int, int]) -> bool:
    return isinstance(color, tuple) and all(abs(a - b) < 12 for a, b in zip(color, other, strict=True))


class TestMakePicture:
    @pytest.mark.parametrize(
        ("kind", "mode", "color"),
        [("JPEG", "RGB", RED), ("JPEG", "L", 128), ("JPEG", "CMYK", (0, 0, 0, 0)), ("PNG", "RGB", RED),
         ("PNG", "RGBA", (200, 30, 30, 255)), ("PNG", "P", 3), ("PNG", "L", 9), ("PNG", "LA", (9, 9)), ("PNG", "1", 1),
         ("PNG", "I;16", 40_000), ("WEBP", "RGB", RED), ("WEBP", "RGBA", (200, 30, 30, 0))],
    )  # fmt: skip
    async def test_makes_jpeg_of_every_kind(self, kind: str, mode: str, color: object, make: Make) -> None:
        result = await make(picture(kind, (100, 60), mode=mode, color=color))
        for part in ("file", "thumbnail"):
            image = result.picture(part)
            assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (100, 60))
        assert (result.made.kind, result.made.width, result.made.height) == ("image", 100, 60)

    async def test_keeps_the_longest_side_within_2560_and_the_thumbnails_within_480(self, make: Make) -> None:
        result = await make(jpeg((4000, 1000)))
        assert result.picture().size == (2560, 640)
        assert result.picture("thumbnail").size == (480, 120)

    async def test_keeps_no_metadata(self, make: Make) -> None:
        given = from_a_phone()
        result = await make(given)
        for part in ("file", "thumbnail"):
            written = result.bytes_of(part)
            for canary in (PHONE_MAKER.encode(), b"canary-comment", b"canary-xmp", b"Exif", b"GPS", b"http"):
                assert canary not in written
            assert len(Image.open(io.BytesIO(written)).getexif()) == 0
        assert PHONE_MAKER.encode() in given

    @pytest.mark.parametrize(
        ("orientation", "blue_at"), [(1, (10, 240)), (3, (630, 240)), (6, (240, 10)), (8, (240, 630))]
    )
    async def test_turns_it_as_its_phone_was_held(self, orientation: int, blue_at: tuple[int, int], make: Make) -> None:
        result = await make(from_a_phone(orientation))
        assert result.picture().size == ((640, 480) if orientation in {1, 3} else (480, 640))
        assert is_near(result.picture().getpixel(blue_at), (0, 0, 255))

    async def test_drops_what_was_appended(self, make: Make) -> None:
        for appended in (SCRIPT, ZIP):
            result = await make(jpeg() + appended)
            assert b"canary" not in result.bytes_of("file")

    async def test_turns_colours_into_srgb(self, make: Make) -> None:
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
        result = await make(jpeg(icc_profile=profile))
        assert "icc_profile" not in result.picture().info
        assert is_near(result.picture().getpixel((5, 5)), RED)

    async def test_survives_a_profile_that_is_none(self, make: Make) -> None:
        assert (await make(jpeg(icc_profile=b"canary" * 50))).picture().size == (640, 480)

    async def test_shows_no_seam_where_it_was_shrunk_band_by_band(self, make: Make) -> None:
        slope = Image.linear_gradient("L").resize((400, 6001), Image.Resampling.BICUBIC)
        written = io.BytesIO()
        slope.convert("RGBA").save(written, "PNG")
        image = (await make(written.getvalue())).picture().convert("L")
        column = [image.getpixel((image.width // 2, y)) for y in range(image.height)]
        assert image.height == 2560
        assert max(abs(a - b) for a, b in pairwise(column)) <= 3
        assert (column[0], column[-1]) == (pytest.approx(0, abs=3), pytest.approx(255, abs=3))

    async def test_puts_what_is_transparent_on_white(self, make: Make) -> None:
        result = await make(picture("PNG", (50, 50), mode="RGBA", color=(200, 30, 30, 0)))
        assert is_near(result.picture().getpixel((5, 5)), (255, 255, 255))

    async def test_keeps_sixteen_bits_apart_from_white(self, make: Make) -> None:
        result = await make(picture("PNG", (50, 50), mode="I;16", color=128 * 256))
        assert is_near(result.picture().getpixel((5, 5)), (128, 128, 128))

    @pytest.mark.parametrize("tenth", [3, 5, 7, 9])
    async def test_refuses_a_picture_that_was_cut(self, tenth: int, make: Make) -> None:
        for whole in (noise((300, 200)), noise((300, 200), "PNG"), noise((300, 200), "WEBP")):
            with pytest.raises(Refusal):
                await make(whole[: len(whole) * tenth // 10])

    async def test_refuses_a_header_without_its_pixels(self, make: Make) -> None:
        with pytest.raises(MediaUnreadable):
            await make(png_that_says(4000, 4000))

    async def test_refuses_damaged_bytes(self, make: Make) -> None:
        whole = bytearray(noise((300, 200), "PNG"))
        whole[1000:1100] = b"\0" * 100
        with pytest.raises(MediaUnreadable):
            await make(bytes(whole))
