"""Take a file in: read it as it comes, make it anew, store it."""

import asyncio
import errno
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import structlog

from capabilities.caller import Caller
from capabilities.consent import require_consent
from capabilities.office import Office
from capabilities.transition import note
from capabilities.upload.quota import require_room, reserve
from capabilities.upload.remove import forget
from kit.errors import Unavailable
from kit.media.looking import HEAD_BYTES, Family, family_of, look, too_many_bytes
from kit.media.made import FILE, Made
from kit.media.refusals import MediaUnreadable
from kit.paging import limit_of, row_of
from kit.storage import StorageFull
from models.consent import ConsentScope
from models.database import transaction
from models.upload import Upload, UploadKind, UploadStatus

log = structlog.get_logger(__name__)

# So much is gathered before the disk is asked, in a thread of its own.
BATCH_BYTES = 1024 * 1024


async def take(office: Office, who: Caller, sent: AsyncIterator[bytes]) -> Upload:
    """Store what is sent, made anew; nothing of the original is kept, and nothing at all where this raises.

    Raises `ConsentNeeded`, `UploadQuotaReached`, `MediaBusy`, a refusal of `kit.media` or of the storage, or
    whatever `sent` raises.
    """
    await require_consent(who.person_id, ConsentScope.POLICY)
    await require_room(office, who.person_id)
    with office.workbench.arriving(who.person_id):
        async with _place(office) as place:
            await _receive(sent, place / "given")
            looked = await asyncio.to_thread(look, place / "given")
            made = await office.workbench.make(looked, place / "given", place / "made")
            return await _store(office, who, made, place / "made")


@asynccontextmanager
async def _place(office: Office) -> AsyncIterator[Path]:
    with office.scratch.place() as place:
        (place / "made").mkdir()
        try:
            yield place
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                log.error("scratch_full")
                raise StorageFull(retry_after=60) from error
            raise


async def _receive(sent: AsyncIterator[bytes], given: Path) -> None:
    """Write the body to `given`. What it is decides, from its first bytes on, how long it may be."""
    waiting, written = bytearray(), 0
    family: Family | None = None
    async for piece in sent:
        waiting += piece
        if family is None and len(waiting) >= HEAD_BYTES:
            family = family_of(bytes(waiting[:HEAD_BYTES]))
        if family is not None and written + len(waiting) > family.most_bytes:
            raise too_many_bytes(family.most_bytes)
        if len(waiting) >= BATCH_BYTES:
            written += await asyncio.to_thread(_append, given, bytes(waiting))
            waiting.clear()
    written += await asyncio.to_thread(_append, given, bytes(waiting))
    if not written:
        raise MediaUnreadable("文件是空的，请重新选择。")


def _append(file: Path, content: bytes) -> int:
    with file.open("ab") as written:
        return written.write(content)


async def _store(office: Office, who: Caller, made: Made, folder: Path) -> Upload:
    """The row first, as one that is arriving; then its files; then it is there."""
    upload = await _new_row(office, who, made, folder / FILE)
    async with transaction():
        await reserve(office, who.person_id, upload.bytes)
        await upload.save(force_create=True)
    putting = asyncio.create_task(_put(office, upload, made.parts, folder))
    try:
        await asyncio.shield(putting)
        await _is_there(office, upload)
    except BaseException:
        # Also when its sender hangs up. Where this fails as well, a round does it later.
        await asyncio.shield(_undo(office, upload, putting))
        raise
    return upload


async def _put(office: Office, upload: Upload, parts: Sequence[str], folder: Path) -> None:
    for part in parts:
        await office.storage.put(f"{upload.storage_key}/{part}", folder / part)


async def _undo(office: Office, upload: Upload, putting: asyncio.Task[None]) -> None:
    """A put that was given up half-way may still come to its end; what it put goes only when it has."""
    await asyncio.wait([putting])
    await forget(office, upload)


async def _new_row(office: Office, who: Caller, made: Made, file: Path) -> Upload:
    content = await asyncio.to_thread(file.read_bytes)
    key = secrets.token_hex(16)
    return Upload(
        person_id=who.person_id,
        kind=UploadKind(made.kind),
        status=UploadStatus.ARRIVING,
        bytes=len(content),
        width=made.width,
        height=made.height,
        seconds=made.seconds,
        frames=made.frames,
        has_sound=made.has_sound,
        sha256=sha256(content).hexdigest(),
        storage_key=f"{key[:2]}/{key}",
        at=office.now(),
    )


async def _is_there(office: Office, upload: Upload) -> None:
    async with transaction():
        arriving = Upload.filter(id=upload.id, status=UploadStatus.ARRIVING)
        if not await arriving.update(status=UploadStatus.STORED):
            # It took so long that a round has given it up.
            raise Unavailable(retry_after=10)
        await note("upload", upload.id, upload.person_id, None, UploadStatus.STORED, office.now())
    upload.status = UploadStatus.STORED


async def mine(who: Caller, *, cursor: str | None, limit: int | None) -> list[Upload]:
    """Newest first, in a greeting or not; one more than the page holds where there are more."""
    query = Upload.living_of(who.person_id)
    before = row_of(cursor)
    if before is not None:
        query = query.filter(id__lt=before)
    return await query.order_by("-id").limit(limit_of(limit) + 1)
