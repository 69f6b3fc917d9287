"""Make voice and video anew, and take frames and sound out of a video for whoever can only check those.

Runs in the worker only. The container's format is named to the library, never guessed: playlists and references to
other files are formats too. Voice is decoded and coded again as MP3. Video keeps its H.264 and AAC streams, which would
take minutes to code again, in a new container: without the metadata of the old one, its data tracks (telemetry,
places) and the notes within the stream (SEI).
"""

from pathlib import Path
from typing import Any

import av
from av.audio.resampler import AudioResampler
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer, OutputContainer
from PIL import Image

from kit.media.limits import (
    FRAME_SIDE,
    FRAMES,
    GRACE_SECONDS,
    VIDEO_LONG_SIDE,
    VIDEO_SECONDS,
    VIDEO_SHORT_SIDE,
    VOICE_BYTES,
    VOICE_SECONDS,
)
from kit.media.looking import Family, too_many_bytes
from kit.media.made import FILE, SOUND, THUMBNAIL, Made, frame
from kit.media.pictures import save_picture, save_thumbnail
from kit.media.refusals import MediaTooLarge, MediaTooLong, MediaTypeRefused, MediaUnreadable

OPTIONS = {"protocol_whitelist": "file"}
# Bit-exact writes no name of our own library into the file either.
WRITING = {"fflags": "+bitexact", "write_xing": "0", "id3v2_version": "0", "movflags": "+faststart"}
RATE = 44_100
BIT_RATE = 96_000
# A recorder's first or last packet may be half a packet; a file that is mostly such is none.
SPOILT_PACKETS = 3
VOICE_CODECS = {"mp3", "mp3float", "aac", "pcm_s16le", "pcm_u8", "pcm_s24le", "pcm_f32le", "pcm_s32le"}
PIXEL_FORMATS = {"yuv420p", "yuvj420p"}


def make_recording(source: Path, into: Path, family: Family) -> Made:
    """Raises `MediaTypeRefused`, `MediaTooLarge`, `MediaTooLong` or `MediaUnreadable`."""
    try:
        with av.open(str(source), format=family.value, options=OPTIONS) as given:
            if any(not _is_cover(stream) for stream in given.streams.video):
                return _make_video(given, into)
            if source.stat().st_size > VOICE_BYTES:
                raise too_many_bytes(VOICE_BYTES)
            seconds = make_sound(given, into / FILE, most_seconds=VOICE_SECONDS)
            return Made("voice", seconds=round(seconds, 2))
    except (av.error.FFmpegError, ValueError, EOFError) as error:
        if isinstance(error, OSError) and error.errno == 28:
            raise
        raise MediaUnreadable from error


def _is_cover(stream: Any) -> bool:
    """An M4A may carry its cover as a video stream of one picture."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def require_length(seconds: float, most: int) -> None:
    if seconds > most + GRACE_SECONDS:
        raise MediaTooLong(f"时长超过 {most} 秒，请剪短后再上传。", limit_seconds=most)


def _seconds_said(given: InputContainer) -> float:
    """What the header says; it is believed only where it says too much."""
    return float(given.duration or 0) / av.time_base


def make_sound(given: InputContainer, into: Path, *, most_seconds: int) -> float:
    """Writes the first audio stream as MP3 and returns its length in seconds."""
    if not given.streams.audio:
        raise MediaUnreadable
    stream = given.streams.audio[0]
    if stream.codec_context.name not in VOICE_CODECS:
        raise MediaTypeRefused(found=stream.codec_context.name)
    require_length(_seconds_said(given), most_seconds)
    with av.open(str(into), "w", format="mp3", options=WRITING) as made:
        samples = _recode(given, stream, made, most_seconds)
    if not samples:
        raise MediaUnreadable
    return samples / RATE


def _recode(given: InputContainer, stream: Any, made: OutputContainer, most_seconds: int) -> int:
    coded: Any = made.add_stream("libmp3lame", rate=RATE, layout="mono", bit_rate=BIT_RATE)
    resampler = AudioResampler(format="s16p", layout="mono", rate=RATE)
    samples = spoilt = 0
    for packet in given.demux(stream):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            spoilt += 1
            if spoilt > SPOILT_PACKETS:
                raise
            continue
        for each in frames:
            for piece in resampler.resample(each):
                samples += piece.samples
                # Time stamps of the source may jump; what is written counts from nought without a gap.
                piece.pts = None
                made.mux(coded.encode(piece))
        require_length(samples / RATE, most_seconds)
    made.mux(coded.encode(None))
    return samples


def _make_video(given: InputContainer, into: Path) -> Made:
    video = next(stream for stream in given.streams.video if not _is_cover(stream))
    _require_playable(video, given)
    sound = given.streams.audio[0] if given.streams.audio else None
    if sound is not None and sound.codec_context.name != "aac":
        raise MediaTypeRefused("视频的声音格式不支持，请在微信内拍摄，或导出为 H.264 + AAC 的 MP4。", found="audio")
    seconds = _put_into_new_container(given, video, sound, into / FILE)
    frames, has_sound = frames_and_sound(into / FILE, into)
    with Image.open(into / frame(1)) as first:
        width, height = _shown_size(video, first)
        save_thumbnail(first, into / THUMBNAIL)
    return Made("video", width=width, height=height, seconds=round(seconds, 2), frames=frames, has_sound=has_sound)


def _require_playable(video: Any, given: InputContainer) -> None:
    context = video.codec_context
    if context.name != "h264" or context.pix_fmt not in PIXEL_FORMATS:
        words = "视频编码不支持，请在微信内拍摄，或导出为 H.264 编码的 MP4。"
        raise MediaTypeRefused(words, found=str(context.name)[:12])
    width, height = context.width, context.height
    if max(width, height) > VIDEO_LONG_SIDE or min(width, height) > VIDEO_SHORT_SIDE:
        raise MediaTooLarge(
            f"视频尺寸为 {width}×{height}，请使用 1080P（1920×1080）及以下。", width=width, height=height
        )
    require_length(_seconds_said(given), VIDEO_SECONDS)


def _put_into_new_container(given: InputContainer, video: Any, sound: Any, into: Path) -> float:
    """The packets of picture and sound, and nothing else of the old file. Returns the length of what was there."""
    streams = [stream for stream in (video, sound) if stream is not None]
    with av.open(str(into), "w", format="mp4", options=WRITING) as made:
        copies = {stream.index: made.add_stream_from_template(stream) for stream in streams}
        for copy in copies.values():
            copy.metadata.clear()
        without_notes = BitStreamFilterContext("filter_units=remove_types=6", video)
        begin, end = float("inf"), 0.0
        for packet in given.demux(streams):
            is_video = packet.stream.index == video.index
            if packet.pts is not None and is_video:
                begin = min(begin, float(packet.pts * packet.time_base))
                end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
                require_length(end - begin, VIDEO_SECONDS)
            for piece in without_notes.filter(None if packet.dts is None else packet) if is_video else [packet]:
                if piece.dts is not None:
                    piece.stream = copies[video.index if is_video else sound.index]
                    made.mux(piece)
    if end <= begin or end - begin < _seconds_said(given) / 2:
        # The header promised more than the file holds.
        raise MediaUnreadable
    return end - begin


def _shown_size(video: Any, first: Image.Image) -> tuple[int, int]:
    """A phone held upright films lying and says so; what counts is how it is shown."""
    width, height = video.codec_context.width, video.codec_context.height
    return (height, width) if (first.width > first.height) != (width > height) and width != height else (width, height)


def frames_and_sound(file: Path, into: Path, *, most: int = FRAMES) -> tuple[int, bool]:
    """Write `frame-1`… (JPEG) spread over the video `file`, and its `sound` (MP3); returns how many, and whether."""
    with av.open(str(file), format="mp4", options=OPTIONS) as video:
        number = 0
        for number, image in enumerate(_frames(video, most), 1):
            save_picture(image, into / frame(number))
    if not number:
        raise MediaUnreadable
    with av.open(str(file), format="mp4", options=OPTIONS) as video:
        has_sound = bool(video.streams.audio)
        if has_sound:
            make_sound(video, into / SOUND, most_seconds=VIDEO_SECONDS)
    return number, has_sound


def _frames(video: InputContainer, most: int) -> list[Image.Image]:
    """The key frames nearest to evenly spread moments, each once; the ones between would have to be worked out."""
    stream = video.streams.video[0]
    stream.codec_context.thread_count = 1
    stream.codec_context.skip_frame = "NONKEY"
    found: dict[int, Image.Image] = {}
    for number in range(most):
        video.seek(int((video.duration or 0) * (number + 0.5) / most), backward=True)
        shown = next(iter(video.decode(stream)), None)
        if shown is not None and shown.pts not in found:
            found[int(shown.pts or 0)] = _upright(shown)
    return list(found.values())


def _upright(shown: Any) -> Image.Image:
    image: Image.Image = shown.to_image()
    image.thumbnail((FRAME_SIDE, FRAME_SIDE))
    return image.rotate(shown.rotation, expand=True) if shown.rotation else image
