"""Storage: files under keys that we choose, in a folder or in a bucket, behind one small interface.

A put is seen whole or not at all: the folder's store writes to `key#1` and renames, a bucket shows no object before the
last byte. What a killed process left half-written in a folder is taken away at the start.
"""

import re
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, MemoryStore, S3Store

from kit.errors import Unavailable

PIECE = 256 * 1024
HALF_WRITTEN = re.compile(r"#\d+\Z")
# A put ends within seconds; what is older has no writer any more.
ABANDONED_AFTER_SECONDS = 3600
FULL = ("os error 28", "StorageFull", "os error 122", "QuotaExceeded")


class StorageUnusable(Exception):
    """The settings name no place that can be written to; its words say what to do."""


class StorageUnavailable(Unavailable):
    words = "文件暂时无法保存或读取，请稍后再试。"


class StorageFull(Unavailable):
    """The disk or the bucket takes nothing more; nothing half-written stays."""

    words = "存储空间不足，暂时不能上传，请稍后再试。"


class NoSuchObject(Exception):
    """There is nothing under this key."""


@dataclass(frozen=True)
class Found:
    """`size` is that of the whole object; `content` yields the asked part of it."""

    size: int
    content: AsyncIterator[bytes]


class Storage:
    def __init__(self, store: Any) -> None:
        self._store = store

    async def put(self, key: str, file: Path) -> None:
        """Store `file` under `key`. Raises `StorageFull` or `StorageUnavailable`; nothing is seen then."""
        try:
            await obstore.put_async(self._store, key, file)
        except (BaseError, OSError) as error:
            raise refusal_for(error) from error

    async def size(self, key: str) -> int:
        """Raises `NoSuchObject`."""
        try:
            return int((await obstore.head_async(self._store, key))["size"])
        except FileNotFoundError as error:
            raise NoSuchObject(key) from error
        except (BaseError, OSError) as error:
            raise refusal_for(error) from error

    async def get(self, key: str, *, start: int = 0, end: int | None = None) -> Found:
        """The bytes from `start` up to `end`, which is not in it. Raises `NoSuchObject`."""
        part: Any = {"range": (start, end)} if end is not None else {"range": {"offset": start}} if start else {}
        try:
            found = await obstore.get_async(self._store, key, options=part)
        except FileNotFoundError as error:
            raise NoSuchObject(key) from error
        except (BaseError, OSError) as error:
            raise refusal_for(error) from error
        return Found(int(found.meta["size"]), aiter(found.stream(min_chunk_size=PIECE)))

    async def delete(self, keys: Iterable[str]) -> None:
        """Twice is once: what is not there is no fault."""
        for key in keys:
            try:
                await obstore.delete_async(self._store, key)
            except FileNotFoundError:
                continue
            except (BaseError, OSError) as error:
                raise refusal_for(error) from error

    async def every_key(self, *, before: datetime | None = None) -> AsyncIterator[str]:
        """Every key, or those last written before a moment: whoever keeps the rows compares, and finds the orphans."""
        async for page in obstore.list(self._store):
            for each in page:
                if before is None or each["last_modified"] < before:
                    yield str(each["path"])


def refusal_for(error: Exception) -> Unavailable:
    """What a failed write means to a person."""
    if any(sign in str(error) for sign in FULL) or getattr(error, "errno", None) in {28, 122}:
        return StorageFull(retry_after=60)
    return StorageUnavailable(retry_after=10)


def in_memory() -> Storage:
    """Holds what it is given as long as the process lives."""
    return Storage(MemoryStore())


def open_storage(url: str, options: Mapping[str, Any] | None = None) -> Storage:
    """`file://folder` or `s3://bucket/prefix`; `options` are the bucket's. Raises `StorageUnusable`."""
    parts = urlsplit(url)
    return _bucket(parts.netloc, parts.path, options or {}) if parts.scheme == "s3" else _folder(folder_of(url))


def folder_of(url: str) -> Path:
    return Path(url.removeprefix("file://")).absolute()


def _folder(folder: Path) -> Storage:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.write_bytes(b"1")
        probe.unlink()
    except OSError as error:
        raise StorageUnusable(f"无法写入文件夹 {folder}（{error.strerror}），请检查 LIZAN_MEDIA_URL。") from error
    _sweep_half_written(folder)
    return Storage(LocalStore(str(folder), automatic_cleanup=True))


def _sweep_half_written(folder: Path) -> None:
    """Another process may be writing into the same folder, so only what is old goes."""
    for file in folder.rglob("*#*"):
        if HALF_WRITTEN.search(file.name) and file.stat().st_mtime < time.time() - ABANDONED_AFTER_SECONDS:
            file.unlink(missing_ok=True)


def _bucket(bucket: str, prefix: str, options: Mapping[str, Any]) -> Storage:
    if not bucket:
        raise StorageUnusable("LIZAN_MEDIA_URL 缺少存储桶名称，应如 s3://bucket/media。")
    given = {name: value for name, value in options.items() if value is not None}
    is_plain = str(given.get("endpoint", "")).startswith("http://")
    client: Any = {"timeout": "20s", "connect_timeout": "5s"} | ({"allow_http": True} if is_plain else {})
    retry: Any = {"max_retries": 2}
    config: Any = given
    return Storage(
        S3Store(bucket, prefix=prefix.strip("/") or None, config=config, client_options=client, retry_config=retry)
    )
