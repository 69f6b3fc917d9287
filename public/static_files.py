"""Static files: a fixed list, read once; an address with its content's digest may be kept for ever."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import raw

from kit.errors import NotFound

FOLDER = Path(__file__).parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "public, no-cache"


class NoSuchFile(NotFound):
    words = "没有这个文件。"


@dataclass(frozen=True)
class StaticFile:
    name: str
    content: bytes
    content_type: str
    digest: str

    @property
    def address(self) -> str:
        return f"/static/{self.name}?v={self.digest}"

    @property
    def etag(self) -> str:
        return f'"{self.digest}"'


def _read(path: Path) -> StaticFile:
    content = path.read_bytes()
    return StaticFile(path.name, content, TYPES[path.suffix], sha256(content).hexdigest()[:16])


# No name from outside ever becomes a path: what is not a key here does not exist.
FILES = {path.name: _read(path) for path in sorted(FOLDER.iterdir()) if path.suffix in TYPES}


def serve(served: Blueprint) -> None:
    served.add_route(show, "/static/<name:str>", methods=["GET", "HEAD"], name="static_file")


async def show(request: Request, name: str) -> HTTPResponse:
    file = FILES.get(name)
    if file is None:
        raise NoSuchFile
    headers = {"etag": file.etag, "cache-control": FOR_EVER if request.args.get("v") == file.digest else ASK_AGAIN}
    if file.etag in request.headers.get("if-none-match", ""):
        return HTTPResponse(status=304, headers=headers)
    return raw(file.content, content_type=file.content_type, headers=headers)
