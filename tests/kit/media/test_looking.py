"""What a file is, by its headers alone: neither its name nor a decoder is asked."""

import time
from pathlib import Path

import pytest

from kit.errors import Refusal
from kit.media.looking import Family, look
from kit.media.refusals import MediaTooLarge, MediaTypeRefused, MediaUnreadable
from tests.media import HEIC, SCRIPT, SVG, bomb, from_a_phone, jpeg, picture, png_that_says, recording, voice

PDF = b"%PDF-1.7\n" + b"\0" * 100
ZIP = b"PK\x03\x04" + b"\0" * 100
PLAYLIST = b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "holiday.jpg"


def look_at(file: Path, content: bytes) -> tuple[Family, int, int]:
    file.write_bytes(content)
    looked = look(file)
    return looked.family, looked.width, looked.height


class TestLook:
    def test_reads_the_size_of_a_picture(self, file: Path) -> None:
        assert look_at(file, jpeg((640, 480))) == (Family.JPEG, 640, 480)
        assert look_at(file, jpeg((641, 479), progressive=True)) == (Family.JPEG, 641, 479)
        assert look_at(file, from_a_phone(orientation=6)) == (Family.JPEG, 640, 480)
        assert look_at(file, picture("PNG", (33, 7))) == (Family.PNG, 33, 7)
        assert look_at(file, picture("WEBP", (33, 7))) == (Family.WEBP, 33, 7)
        assert look_at(file, picture("WEBP", (1033, 7), lossless=True)) == (Family.WEBP, 1033, 7)
        assert look_at(file, picture("WEBP", (33, 7), mode="RGBA", color=(1, 2, 3, 4), exif=b"x")) == (
            Family.WEBP, 33, 7,
        )  # fmt: skip

    @pytest.mark.parametrize("kind", ["mp3", "wav", "aac"])
    def test_knows_voice(self, kind: str, file: Path, tmp_path: Path) -> None:
        assert look_at(file, voice(tmp_path, kind))[0] == Family(kind)

    @pytest.mark.parametrize("kind", ["mp4", "mov"])
    def test_knows_video(self, kind: str, file: Path, tmp_path: Path) -> None:
        assert look_at(file, recording(tmp_path, kind=kind))[0] is Family.MP4

    @pytest.mark.parametrize(
        "content",
        [HEIC, SVG, SCRIPT, PDF, ZIP, PLAYLIST, picture("GIF"), picture("BMP"), picture("TIFF"),
         b"\x7fELF" + b"\0" * 99, b"", b"\xff", b"MZ", b"RIFF\0\0\0\0AVI ", b"\xef\xbb\xbf<html>"],
    )  # fmt: skip
    def test_refuses_everything_else_in_words(self, content: bytes, file: Path) -> None:
        with pytest.raises(MediaTypeRefused) as refused:
            look_at(file, content)
        assert refused.value.status == 415
        assert "请" in refused.value.detail

    def test_tells_who_sends_heic_what_to_do(self, file: Path) -> None:
        with pytest.raises(MediaTypeRefused, match="兼容性最佳"):
            look_at(file, HEIC)

    def test_refuses_a_bomb_at_once(self, file: Path) -> None:
        """`security.md` §5: within 100 ms; the decoder would take 437 MB."""
        content = bomb(9000)
        assert len(content) < 300_000
        file.write_bytes(content)
        began = time.perf_counter()
        with pytest.raises(MediaTooLarge):
            look(file)
        assert time.perf_counter() - began < 0.1

    @pytest.mark.parametrize("size", [(5001, 5000), (12_001, 10), (10, 2**31 - 1), (2**31 - 1, 2**31 - 1)])
    def test_refuses_what_would_be_too_large(self, size: tuple[int, int], file: Path) -> None:
        with pytest.raises(MediaTooLarge):
            look_at(file, png_that_says(*size))

    def test_takes_what_is_just_not_too_large(self, file: Path) -> None:
        assert look_at(file, png_that_says(5000, 5000)) == (Family.PNG, 5000, 5000)

    def test_refuses_too_many_bytes(self, file: Path) -> None:
        with pytest.raises(MediaTooLarge, match="10 MB"):
            look_at(file, jpeg() + b"\0" * 10 * 1024 * 1024)

    @pytest.mark.parametrize("tenth", range(10))
    @pytest.mark.parametrize("kind", ["mp4", "mov"])
    def test_refuses_a_video_that_was_cut(self, kind: str, tenth: int, file: Path, tmp_path: Path) -> None:
        whole = recording(tmp_path, kind=kind, seconds=1)
        with pytest.raises(Refusal):
            look_at(file, whole[: len(whole) * tenth // 10])

    def test_refuses_a_video_with_something_appended(self, file: Path, tmp_path: Path) -> None:
        for appended in (ZIP, SCRIPT, b"\0"):
            with pytest.raises(MediaUnreadable):
                look_at(file, recording(tmp_path, seconds=1) + appended)

    @pytest.mark.parametrize("whole", [jpeg(), picture("PNG"), picture("WEBP"), picture("WEBP", lossless=True)])
    def test_survives_a_header_cut_anywhere(self, whole: bytes, file: Path) -> None:
        for length in range(min(len(whole), 300)):
            try:
                look_at(file, whole[:length])
            except (MediaTypeRefused, MediaUnreadable):
                continue

    def test_refuses_a_png_whose_header_was_changed(self, file: Path) -> None:
        changed = bytearray(picture("PNG", (5000, 40)))
        changed[18:20] = b"\0\x10"
        with pytest.raises(MediaUnreadable):
            look_at(file, bytes(changed))
