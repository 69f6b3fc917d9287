"""Put uploads into a greeting, or take them out again, in the transaction that writes the greeting."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from capabilities.transition import note
from capabilities.upload.quota import no_longer_held
from capabilities.upload.remove import mark_removed
from kit.errors import Invalid
from models.upload import Upload, UploadKind, UploadStatus

MOST_PICTURES = 9


class UploadsUnfit(Invalid):
    """Not one's own, gone, in another greeting already, or more than fit together."""

    words = f"请选择最多 {MOST_PICTURES} 张图片，或一段录音，或一段视频；已删除或已使用的文件请重新上传。"

    def __init__(self, words: str | None = None) -> None:
        super().__init__(words, fields={"upload_ids": words or self.words})


async def attach(greeting_id: UUID, person_id: UUID, upload_ids: Sequence[UUID], now: datetime) -> list[Upload]:
    """In the caller's transaction: make the greeting's uploads exactly these, in this order. Raises `UploadsUnfit`.

    What it had and keeps not is removed. The caller has written the greeting's row before, so that two changes of one
    greeting come here one after the other.
    """
    wanted = list(dict.fromkeys(upload_ids))
    chosen = await Upload.filter(id__in=wanted, person_id=person_id)
    _require_fitting(wanted, chosen)
    had = {upload.id: upload for upload in await Upload.attached_to([greeting_id])}
    # In one order by id, so that two who want the same never wait for each other.
    for upload in sorted([*had.values(), *(each for each in chosen if each.id not in had)], key=lambda each: each.id):
        if upload.id not in wanted:
            await mark_removed(upload, UploadStatus.ATTACHED, person_id, now, "dropped")
        elif upload.id in had:
            await Upload.filter(id=upload.id).update(place=wanted.index(upload.id))
        else:
            await _attach_one(upload, greeting_id, wanted.index(upload.id), now)
    return await Upload.attached_to([greeting_id])


def _require_fitting(wanted: Sequence[UUID], chosen: Sequence[Upload]) -> None:
    kinds = {upload.kind for upload in chosen}
    most = MOST_PICTURES if kinds <= {UploadKind.IMAGE} else 1
    if len(chosen) != len(wanted) or len(wanted) > most:
        raise UploadsUnfit


async def _attach_one(upload: Upload, greeting_id: UUID, place: int, now: datetime) -> None:
    free = Upload.filter(id=upload.id, person_id=upload.person_id, status=UploadStatus.STORED)
    if not await free.update(status=UploadStatus.ATTACHED, greeting_id=greeting_id, place=place):
        raise UploadsUnfit
    await no_longer_held(upload.person_id, upload.bytes)
    await note("upload", upload.id, upload.person_id, UploadStatus.STORED, UploadStatus.ATTACHED, now)


async def release(greeting_id: UUID, actor_id: UUID | None, now: datetime) -> None:
    """In the caller's transaction: the greeting was taken back, and what was in it is shown no more."""
    for upload in sorted(await Upload.attached_to([greeting_id]), key=lambda each: each.id):
        await mark_removed(upload, UploadStatus.ATTACHED, actor_id, now, "withdrawn")


async def of(greeting_ids: Sequence[UUID]) -> dict[UUID, list[Upload]]:
    """The uploads of each greeting, in their order; an empty list for one without."""
    found: dict[UUID, list[Upload]] = {greeting_id: [] for greeting_id in greeting_ids}
    for upload in await Upload.attached_to(list(greeting_ids)) if greeting_ids else []:
        if upload.greeting_id is not None:
            found[upload.greeting_id].append(upload)
    return found
