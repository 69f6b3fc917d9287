"""Uploads as they lie in the database and the storage, and bodies as they come over the wire."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from capabilities.office import Office
from capabilities.upload import take
from models.upload import Upload, UploadAllowance, UploadKind, UploadStatus
from tests.cast import Someone

BOUNDARY = "bread"
FORM = f"multipart/form-data; boundary={BOUNDARY}"


async def pieces(content: bytes, size: int = 64 * 1024) -> AsyncIterator[bytes]:
    """A file as a door hands it over."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


def form(content: bytes, name: str = "x.jpg") -> bytes:
    head = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: image/jpeg'
    return f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


async def send(office: Office, someone: Someone, content: bytes) -> Upload:
    return await take(office, await someone.caller(), pieces(content))


async def held(someone: Someone) -> int:
    return (await UploadAllowance.get(person_id=someone.id)).held_bytes


async def stored(office: Office, person_id: UUID, **more: Any) -> Upload:
    """A row as `take` leaves it, with its place in the count and without the work of making a file."""
    key = secrets.token_hex(16)
    values = {"kind": UploadKind.IMAGE, "status": UploadStatus.STORED, "bytes": 1000, "width": 8, "height": 8} | more
    upload = await Upload.create(
        person_id=person_id, sha256=key * 2, storage_key=f"{key[:2]}/{key}", at=office.now(), **values
    )
    await UploadAllowance.bulk_create(
        [UploadAllowance(person_id=person_id, day=office.now().date())], ignore_conflicts=True
    )
    allowance = await UploadAllowance.get(person_id=person_id)
    allowance.held_bytes += upload.bytes
    await allowance.save()
    return upload


async def keys(office: Office) -> list[str]:
    return sorted([key async for key in office.storage.every_key()])


def files_below(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.rglob("*") if file.is_file())


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.005)


@asynccontextmanager
async def sending(base_url: str, headers: dict[str, str], whole: bytes, sent: int) -> AsyncIterator[None]:
    """POST /uploads with `sent` bytes of the body on their way; afterwards the sender hangs up."""
    parts = urlsplit(base_url)
    _, writer = await asyncio.open_connection(parts.hostname, parts.port)
    lines = {"host": "localhost", "content-type": FORM, "content-length": str(len(whole)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    writer.write(f"POST {parts.path}/uploads HTTP/1.1\r\n{head}\r\n".encode() + whole[:sent])
    await writer.drain()
    yield
    writer.close()
    await writer.wait_closed()
