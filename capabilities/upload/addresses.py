"""Addresses of uploads: sealed, for one part, one purpose and a while; looked up again whenever they are used.

Whoever has the address sees the file, as WeChat and a picture's tag must; so it cannot be guessed or altered, and it
ends. It opens nothing by itself: what was removed, withdrawn or taken off the wall is gone while it is still fresh.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from uuid import UUID

from capabilities.channel_consent import local_day
from capabilities.machine_check import Part
from capabilities.office import Office
from kit.errors import Gone, NotFound
from kit.media.made import FILE, SOUND, THUMBNAIL, TYPES, frame, parts_of
from models.greeting import Channel, Greeting, GreetingStatus
from models.media_check import MediaPieceKind
from models.upload import Upload, UploadKind, UploadStatus

PAYLOAD = struct.Struct(">16sBBI")
PARTS = {FILE: 0, THUMBNAIL: 1, SOUND: 2} | {frame(number): 16 + number for number in range(1, 100)}
NAMES = {number: name for name, number in PARTS.items()}
MINUTES = 60
# WeChat may come half an hour late, and then again.
CHECK_MINUTES = 120
# Within this the same file has the same address, so that a list shown twice is fetched once.
ROUND_MINUTES = 15


class Purpose(IntEnum):
    """Who is to see it. What is for the wall ends when the greeting leaves the wall."""

    OWN = 1
    MODERATION = 2
    WALL = 3
    CHECK = 4


class NoSuchMedia(NotFound):
    """Not one of our addresses, or altered."""

    words = "没有找到这个文件。"


class MediaGone(Gone):
    """The address has ended, or what it showed was removed."""

    words = "链接已失效，请返回页面刷新后再看。"


@dataclass(frozen=True)
class Asset:
    """`ends_at` is when the address ends; `etag` names the content for good."""

    key: str
    content_type: str
    etag: str
    ends_at: datetime


def media_url(office: Office, upload: Upload, purpose: Purpose, *, part: str = FILE, minutes: int = MINUTES) -> str:
    """The whole address of `part`, good for at least `minutes`."""
    ends = int(office.now().timestamp() / 60) + minutes
    ends += -ends % ROUND_MINUTES
    token = office.media_seals.seal(PAYLOAD.pack(upload.id.bytes, PARTS[part], purpose, ends))
    return f"{office.public_url}/media/{token}"


async def asset_at(office: Office, token: str) -> Asset:
    """What an address shows at this moment. Raises `NoSuchMedia` or `MediaGone`."""
    payload = office.media_seals.open(token)
    if payload is None or len(payload) != PAYLOAD.size:
        raise NoSuchMedia
    id_, part, purpose, minutes = PAYLOAD.unpack(payload)
    ends_at, name = datetime.fromtimestamp(minutes * 60, UTC), NAMES.get(part)
    upload = await Upload.get_or_none(id=UUID(bytes=id_)).select_related("greeting")
    if upload is None or name not in parts_of(upload.kind, upload.frames, upload.has_sound):
        raise NoSuchMedia
    if ends_at <= office.now() or not upload.is_shown or not await _may_be_seen(office, upload, purpose):
        raise MediaGone
    return Asset(f"{upload.storage_key}/{name}", type_of(upload, name), f"{upload.sha256[:24]}-{part}", ends_at)


async def _may_be_seen(office: Office, upload: Upload, purpose: int) -> bool:
    if upload.greeting is not None and upload.greeting.status is GreetingStatus.WITHDRAWN:
        return False
    if purpose != Purpose.WALL:
        return True
    on_the_wall = Greeting.showable(Channel.WALL, local_day(office.now()))
    return await on_the_wall.filter(id=upload.greeting_id).exists()


def type_of(upload: Upload, part: str) -> str:
    if part == FILE:
        return TYPES[upload.kind]
    return TYPES[UploadKind.VOICE] if part == SOUND else TYPES[UploadKind.IMAGE]


def parts_to_check(uploads: Sequence[Upload]) -> list[Part]:
    """What WeChat can judge of them: a picture, a voice; of a video its frames and its sound."""
    parts = []
    for upload in uploads:
        pieces = [FILE]
        if upload.kind is UploadKind.VIDEO:
            pieces = [part for part in parts_of(upload.kind, upload.frames, upload.has_sound) if part not in _SHOWN]
        for piece in pieces:
            is_heard = piece == SOUND or upload.kind is UploadKind.VOICE
            parts.append(Part(upload.id, piece, MediaPieceKind.VOICE if is_heard else MediaPieceKind.IMAGE))
    return parts


_SHOWN = (FILE, THUMBNAIL)


async def address_of(office: Office, part: Part) -> str:
    """Where WeChat fetches a part. Raises `NoSuchMedia` where the upload is gone."""
    upload = await Upload.get_or_none(id=part.upload_id)
    if upload is None or upload.status is not UploadStatus.ATTACHED:
        raise NoSuchMedia
    return media_url(office, upload, Purpose.CHECK, part=part.piece, minutes=CHECK_MINUTES)
