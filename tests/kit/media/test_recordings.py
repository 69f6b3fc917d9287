"""Voice and video made anew: what is heard and seen, and nothing of where and with what."""

import struct
from pathlib import Path

import av
import pytest

from kit.errors import Refusal
from kit.media.refusals import MediaTooLarge, MediaTooLong, MediaTypeRefused, MediaUnreadable
from tests.kit.media.conftest import Make
from tests.media import lying_on_its_side, recording, voice

PLACE = {"location": "+40.8414+111.7519/", "com.apple.quicktime.location.ISO6709": "+40.8414+111.7519/",
         "comment": "canary-comment", "com.android.model": "canary-model"}  # fmt: skip


class TestVoice:
    @pytest.mark.parametrize("kind", ["mp3", "wav", "aac", "mp4"])
    async def test_becomes_mp3_of_the_same_length(self, kind: str, make: Make, tmp_path: Path) -> None:
        result = await make(voice(tmp_path, kind, seconds=3))
        assert (result.made.kind, result.made.width) == ("voice", None)
        assert result.made.seconds == pytest.approx(3, abs=0.3)
        with av.open(str(result.folder / "file"), format="mp3") as made:
            assert [stream.codec_context.name for stream in made.streams] == ["mp3float"]
            assert float(made.duration or 0) / av.time_base == pytest.approx(3, abs=0.3)

    async def test_is_refused_when_it_is_too_long(self, make: Make, tmp_path: Path) -> None:
        for kind in ("mp3", "aac", "mp4"):
            with pytest.raises(MediaTooLong, match="60 秒"):
                await make(voice(tmp_path, kind, seconds=63))

    async def test_is_heard_to_its_end_whatever_the_header_says(self, make: Make, tmp_path: Path) -> None:
        whole = bytearray(voice(tmp_path, "wav", seconds=63))
        at = whole.index(b"data") + 4
        struct.pack_into("<I", whole, at, 0xFFFFFFFF)
        struct.pack_into("<I", whole, 4, 0xFFFFFFFF)
        with pytest.raises(MediaTooLong):
            await make(bytes(whole))

    async def test_that_was_cut_is_refused(self, make: Make, tmp_path: Path) -> None:
        for kind in ("wav", "mp4"):
            whole = voice(tmp_path, kind)
            with pytest.raises(MediaUnreadable):
                await make(whole[: len(whole) // 2])

    async def test_without_sound_is_refused(self, make: Make) -> None:
        for content in (
            b"ID3\x04\0\0\0\0\0\0" + b"\0" * 500,
            b"\xff\xfb\x90\x00" + b"\0" * 500,
            b"\xff\xf1" + b"x" * 500,
        ):
            with pytest.raises(Refusal):
                await make(content)


class TestVideo:
    @pytest.mark.parametrize("kind", ["mp4", "mov"])
    async def test_is_put_into_a_new_container(self, kind: str, make: Make, tmp_path: Path) -> None:
        result = await make(recording(tmp_path, kind=kind, seconds=3))
        assert (result.made.kind, result.made.width, result.made.height) == ("video", 320, 240)
        assert result.made.seconds == pytest.approx(3, abs=0.2)
        with av.open(str(result.folder / "file"), format="mp4") as made:
            assert [stream.codec_context.name for stream in made.streams] == ["h264", "aac"]
            assert len(list(made.decode(video=0))) == 30

    @pytest.mark.parametrize("kind", ["mp4", "mov"])
    async def test_says_nothing_of_place_and_maker(self, kind: str, make: Make, tmp_path: Path) -> None:
        given = recording(tmp_path, kind=kind, metadata=PLACE)
        written = (await make(given)).bytes_of("file")
        for canary in (b"40.8414", b"canary", b"x264", b"Lavf"):
            assert canary in given
            assert canary not in written

    async def test_gives_frames_and_sound_for_who_can_only_check_those(self, make: Make, tmp_path: Path) -> None:
        result = await make(recording(tmp_path, seconds=6))
        assert (result.made.frames, result.made.has_sound) == (5, True)
        colors = [result.picture(f"frame-{number}").getpixel((5, 5)) for number in range(1, 6)]
        assert colors == sorted(set(colors))
        with av.open(str(result.folder / "sound"), format="mp3") as sound:
            assert float(sound.duration or 0) / av.time_base == pytest.approx(6, abs=0.3)

    async def test_may_be_silent(self, make: Make, tmp_path: Path) -> None:
        result = await make(recording(tmp_path, with_sound=False))
        assert (result.made.has_sound, result.made.kind) == (False, "video")

    async def test_of_a_phone_held_upright_stands_upright(self, make: Make, tmp_path: Path) -> None:
        result = await make(lying_on_its_side(recording(tmp_path)))
        assert (result.made.width, result.made.height) == (240, 320)
        assert result.picture("frame-1").size == (240, 320)
        with av.open(str(result.folder / "file"), format="mp4") as made:
            assert next(made.decode(video=0)).rotation in {90, -90, 270}

    async def test_is_refused_when_it_is_too_large(self, make: Make, tmp_path: Path) -> None:
        with pytest.raises(MediaTooLarge, match="1080P"):
            await make(recording(tmp_path, size=(2560, 1440), seconds=0.5))

    async def test_is_refused_when_it_is_too_long(self, make: Make, tmp_path: Path) -> None:
        with pytest.raises(MediaTooLong, match="120 秒"):
            await make(recording(tmp_path, seconds=123, size=(64, 64), with_sound=False))

    async def test_in_another_code_is_refused_in_words(self, make: Make, tmp_path: Path) -> None:
        with pytest.raises(MediaTypeRefused, match=r"H\.264"):
            await make(recording(tmp_path, codec="mpeg4"))

    async def test_with_damaged_tables_is_refused(self, make: Make, tmp_path: Path) -> None:
        whole = recording(tmp_path, seconds=1)
        for name in (b"stsz", b"stco", b"stsc", b"avcC", b"mdhd"):
            at = whole.index(name) + 8
            with pytest.raises(Refusal):
                await make(whole[:at] + b"\xff" * 24 + whole[at + 24 :])
