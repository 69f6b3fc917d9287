"""Upload pictures, voice and video, look at one's own, remove them."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities import upload
from capabilities.caller import Caller
from capabilities.consent import ConsentNeeded
from capabilities.office import Office
from capabilities.upload import NoSuchUpload, Purpose, UploadInUse, UploadQuotaReached
from kit.media.limits import VIDEO_BYTES
from kit.media.made import THUMBNAIL
from kit.media.refusals import MediaBusy, MediaTooLarge, MediaTooLong, MediaTypeRefused, MediaUnreadable
from kit.multipart import FileTooLarge, MultipartFaulty, NotMultipart, UploadTooSlow
from kit.storage import StorageFull, StorageUnavailable
from miniapp_api.door import UPLOADING, Page, cut, door
from models.upload import Upload, UploadKind, UploadStatus

TAKING = (
    *(ConsentNeeded, UploadQuotaReached, NotMultipart, MultipartFaulty, FileTooLarge, UploadTooSlow),
    *(MediaTypeRefused, MediaTooLarge, MediaTooLong, MediaUnreadable, MediaBusy, StorageFull, StorageUnavailable),
)


class Media(msgspec.Struct):
    """`url` and `thumbnail_url` end after an hour or so; ask again for fresh ones. Voice has no thumbnail."""

    id: UUID
    kind: UploadKind
    url: str
    thumbnail_url: str | None
    width: int | None
    height: int | None
    seconds: float | None
    bytes: int

    @classmethod
    def of(cls, office: Office, row: Upload, purpose: Purpose) -> "Media":
        has_thumbnail = row.kind is not UploadKind.VOICE
        return cls(
            id=row.id,
            kind=row.kind,
            url=upload.media_url(office, row, purpose),
            thumbnail_url=upload.media_url(office, row, purpose, part=THUMBNAIL) if has_thumbnail else None,
            width=row.width,
            height=row.height,
            seconds=row.seconds,
            bytes=row.bytes,
        )


class MyUpload(Media):
    """`greeting_id` is empty where it is in none yet: it is removed after 24 hours then."""

    status: UploadStatus
    greeting_id: UUID | None
    at: datetime

    @classmethod
    def mine(cls, office: Office, row: Upload) -> "MyUpload":
        media = msgspec.structs.asdict(Media.of(office, row, Purpose.OWN))
        return cls(**media, status=row.status, greeting_id=row.greeting_id, at=row.at)


class UploadSearch(msgspec.Struct, forbid_unknown_fields=True):
    cursor: str | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] | None = None


@door.post("/uploads", status=201, upload=VIDEO_BYTES, refusals=TAKING, pace=UPLOADING)
async def take(who: Caller, office: Office, sent: AsyncIterator[bytes]) -> Media:
    """上传一张图片、一段录音或一段视频

    multipart/form-data，字段 file，一次一个文件。图片 JPG、PNG、WEBP，不超过 10 MB、2500 万像素；
    录音 MP3、M4A、AAC、WAV，不超过 10 MB、60 秒；视频 MP4、MOV（H.264），不超过 100 MB、120 秒、1080P。
    位置等附带信息会被去除。
    """
    return Media.of(office, await upload.take(office, who, sent), Purpose.OWN)


@door.get("/me/uploads")
async def list_mine(who: Caller, office: Office, asked: UploadSearch) -> Page[MyUpload]:
    """我上传的文件"""
    page, following = cut(await upload.mine(who, cursor=asked.cursor, limit=asked.limit), asked.limit)
    return Page([MyUpload.mine(office, row) for row in page], following)


@door.delete("/uploads/<upload_id:uuid>", refusals=(NoSuchUpload, UploadInUse))
async def remove(who: Caller, office: Office, upload_id: UUID) -> None:
    """删除未使用的文件"""
    await upload.remove(office, who, upload_id)
