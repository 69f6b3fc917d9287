"""The worker: one process for one file, with little memory, little time and nothing to steal.

`python -m kit.media.worker FAMILY FILE FOLDER` writes the parts into the folder and says in one line of JSON what
it made, or which refusal it came to. Whatever a hostile file does to a decoder, it does it here.
"""

import errno
import json
import resource
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kit.errors import Refusal
from kit.media.looking import Family
from kit.media.made import Made

MEGABYTE = 1024 * 1024
# Address space, not use: the libraries alone map 300 MB.
MEMORY_BYTES = 768 * MEGABYTE
FILE_BYTES = 128 * MEGABYTE
OPEN_FILES = 32
DISK_FULL = "DiskFull"


def bound_yourself(working_seconds: int, whole_seconds: int) -> None:
    """From here on the kernel ends this process where it wants too much; nobody has to be alive to do it.

    Too much work is the file's fault and ends by SIGXCPU, too long a time may be the machine's and ends by SIGALRM.
    """
    resource.setrlimit(resource.RLIMIT_CPU, (working_seconds, working_seconds + 1))
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    signal.alarm(whole_seconds)


def work(family: Family, source: Path, into: Path) -> dict[str, Any]:
    try:
        return {"made": asdict(_make(family, source, into))}
    except Refusal as refusal:
        return {"refused": refusal.code, "words": refusal.detail, "facts": dict(refusal.facts)}
    except MemoryError:
        return {"refused": "MediaUnreadable"}
    except OSError as error:
        return {"refused": DISK_FULL if error.errno in {errno.ENOSPC, errno.EDQUOT} else "MediaUnreadable"}


def _make(family: Family, source: Path, into: Path) -> Made:
    # Each kind loads only its own decoders.
    if family.is_picture:
        from kit.media.pictures import make_picture  # noqa: PLC0415 - a picture's worker must not load FFmpeg

        return make_picture(source, into)
    from kit.media.recordings import make_recording  # noqa: PLC0415 - as above, the other way round

    return make_recording(source, into, family)


def main(family: str, source: str, into: str, working_seconds: str, whole_seconds: str) -> None:
    bound_yourself(int(working_seconds), int(whole_seconds))
    said = work(Family(family), Path(source), Path(into))
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main(*sys.argv[1:])
