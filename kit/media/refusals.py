"""What may be wrong with a file, in words that say what to do."""

from kit.errors import Invalid, TooLarge, Unavailable, WrongMediaType

TAKEN = "请上传 JPG、PNG、WEBP 图片，MP3、M4A、AAC、WAV 录音，或 MP4 视频。"


class MediaTypeRefused(WrongMediaType):
    """Known by its content, whatever its name and its sender say."""

    words = f"不支持这种文件。{TAKEN}"


class MediaTooLarge(TooLarge):
    """More bytes, pixels or a longer side than is taken."""

    words = "文件过大，请压缩后再上传。"


class MediaTooLong(Invalid):
    words = "时长超出限制，请剪短后再上传。"


class MediaUnreadable(Invalid):
    """Broken, cut short, or more than can be worked through in the time and memory there is."""

    words = "文件不完整或无法读取，请重新选择后上传。"


class MediaBusy(Unavailable):
    """As many as can be worked on are being worked on; nothing was kept."""

    words = "上传的人较多，请稍后再试。"
