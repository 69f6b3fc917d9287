"""Scratch: a folder of this process's own for files on their way; what dead processes left goes at the start."""

import fcntl
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = "alive"


class ScratchUnusable(Exception):
    """The folder cannot be written to; its words say what to do."""


class Scratch:
    """`place` gives an empty folder that is gone afterwards. The lock is held as long as the process lives."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute() / secrets.token_hex(8)
        try:
            sweep(folder)
            self.folder.mkdir(parents=True)
            self._lock = (self.folder / LOCK).open("wb")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            words = f"无法写入文件夹 {folder}（{error.strerror}），请检查 LIZAN_UPLOAD_FOLDER。"
            raise ScratchUnusable(words) from error

    @contextmanager
    def place(self) -> Iterator[Path]:
        place = self.folder / secrets.token_hex(8)
        place.mkdir()
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()


def sweep(folder: Path) -> int:
    """Remove the folders whose process is gone; returns how many."""
    gone = [each for each in folder.glob("*/") if _is_abandoned(each)] if folder.is_dir() else []
    for each in gone:
        shutil.rmtree(each, ignore_errors=True)
    return len(gone)


def _is_abandoned(folder: Path) -> bool:
    """The kernel lets go of a lock when its process dies, however it dies."""
    lock = folder / LOCK
    if not lock.exists():
        # Either just being made, or half removed: without a lock and without content nothing is lost by waiting.
        return any(folder.iterdir())
    with lock.open("rb") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
