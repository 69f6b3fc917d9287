"""Remove uploads: from one commit on nobody is served, then the files go; each step may be repeated."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from capabilities.caller import Caller
from capabilities.office import Office
from capabilities.transition import note
from capabilities.upload.quota import give_back, no_longer_held
from kit.errors import Conflict, NotFound, Refusal
from kit.media.made import parts_of
from models.database import transaction
from models.upload import Upload, UploadStatus

log = structlog.get_logger(__name__)

UNATTACHED_FOR = timedelta(hours=24)
# A put takes seconds; whoever was still putting after this is gone.
HALF_STORED_AFTER = timedelta(minutes=15)
AT_ONCE = 100


class NoSuchUpload(NotFound):
    words = "没有找到这个文件，可能已被删除或超过24小时未使用。"


class UploadInUse(Conflict):
    """It is part of a greeting, and goes with it."""

    words = "这个文件已用于祝福或建议，请先在其中移除或撤回该内容。"


async def remove(office: Office, who: Caller, upload_id: UUID) -> None:
    """Take one's own back; from this commit on no address shows it. Twice is once.

    Raises `NoSuchUpload`, for another's too, or `UploadInUse`.
    """
    upload = await Upload.get_or_none(id=upload_id, person_id=who.person_id)
    if upload is None or upload.status is UploadStatus.ARRIVING:
        raise NoSuchUpload
    if upload.status is UploadStatus.REMOVED:
        return
    async with transaction():
        if not await mark_removed(upload, UploadStatus.STORED, who.person_id, office.now()):
            raise UploadInUse
    await _try_to_purge(office, upload)


async def mark_removed(
    upload: Upload, before: UploadStatus, actor_id: UUID | None, now: datetime, reason: str | None = None
) -> bool:
    """In the caller's transaction. False where it is no longer `before`: somebody else was first."""
    if not await Upload.filter(id=upload.id, status=before).update(status=UploadStatus.REMOVED, removed_at=now):
        return False
    if before is UploadStatus.STORED:
        await no_longer_held(upload.person_id, upload.bytes)
    await note("upload", upload.id, actor_id, before, UploadStatus.REMOVED, now, reason)
    return True


async def remove_all_of(office: Office, person_id: UUID) -> int:
    """Whatever a person has sent, in greetings or not; returns how many. The files go with the next round."""
    count = 0
    for upload in await Upload.living_of(person_id).order_by("id"):
        async with transaction():
            count += await mark_removed(upload, upload.status, person_id, office.now())
    return count


async def remove_unattached(office: Office) -> int:
    """A round: what is in no greeting after a day is removed; returns how many."""
    now, count = office.now(), 0
    stale = Upload.filter(status=UploadStatus.STORED, at__lt=now - UNATTACHED_FOR)
    for upload in await stale.order_by("at").limit(AT_ONCE):
        async with transaction():
            count += await mark_removed(upload, UploadStatus.STORED, None, now, "unattached")
    return count


async def purge_removed(office: Office) -> int:
    """A round: the files of what was removed go, also where a kill or the storage prevented it before."""
    gone = Upload.filter(status=UploadStatus.REMOVED, purged_at=None)
    return sum([await _try_to_purge(office, upload) for upload in await gone.order_by("at").limit(AT_ONCE)])


async def _try_to_purge(office: Office, upload: Upload) -> bool:
    try:
        await office.storage.delete(keys_of(upload))
    except Refusal as refusal:
        log.warning("upload_not_purged", reason=refusal.code, subject_id=str(upload.id))
        return False
    return bool(await Upload.filter(id=upload.id, purged_at=None).update(purged_at=office.now()))


async def forget_half_stored(office: Office) -> int:
    """A round: what a killed process had begun to store goes; returns how many."""
    stale = Upload.filter(status=UploadStatus.ARRIVING, at__lt=office.now() - HALF_STORED_AFTER)
    return sum([await forget(office, upload) for upload in await stale.order_by("at").limit(AT_ONCE)])


async def forget(office: Office, upload: Upload) -> bool:
    """As if it had never been sent: no file, and no row where all went well. False where it was stored after all."""
    async with transaction():
        arriving = Upload.filter(id=upload.id, status=UploadStatus.ARRIVING)
        if not await arriving.update(status=UploadStatus.REMOVED, removed_at=office.now()):
            return False
        await give_back(upload.person_id, upload.bytes)
    if await _try_to_purge(office, upload):
        await Upload.filter(id=upload.id, status=UploadStatus.REMOVED).delete()
    return True


def keys_of(upload: Upload) -> list[str]:
    return [f"{upload.storage_key}/{part}" for part in parts_of(upload.kind, upload.frames, upload.has_sound)]


async def stray_keys(office: Office, *, before: datetime) -> AsyncIterator[str]:
    """What lies in the storage since before a moment and no row names: there should be none."""
    async for key in office.storage.every_key(before=before):
        if not await Upload.filter(storage_key=key.rpartition("/")[0], purged_at=None).exists():
            yield key
