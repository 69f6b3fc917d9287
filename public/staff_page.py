"""The staff's scanning page: a fixed list of files that its service worker keeps, so that it starts with no network.

Two files come from npm at set-up and are never committed; without them the page works with a hardware scanner and
typed codes only.
"""

import gzip
import json
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

import structlog
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import raw, redirect

from public.pages import render
from public.static_files import ASK_AGAIN, FILES, NoSuchFile, StaticFile

log = structlog.get_logger(__name__)

FOLDER = Path(__file__).parent / "staff"
MODULES = Path(__file__).parent.parent / "node_modules"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
}
# What is served of other people's work, by our name for it.
FROM_NPM = {
    "zxing.js": MODULES / "zxing-wasm/dist/iife/reader/index.js",
    "zxing_reader.wasm": MODULES / "zxing-wasm/dist/reader/zxing_reader.wasm",
}
FROM_THE_SITE = ("tokens.css", "components.css", "favicon.svg")
# As strict as elsewhere, and WebAssembly beside it, which reads the codes in a worker.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
WORTH_PACKING = 20_000


def _file(name: str, content: bytes, kind: str) -> StaticFile:
    return StaticFile(name, content, kind, sha256(content).hexdigest()[:16])


def read_files(from_npm: Mapping[str, Path] = FROM_NPM) -> dict[str, StaticFile]:
    """Everything below /staff/ by its name; "" is the page itself."""
    files = {"": _file("", render("staff.html").encode(), "text/html; charset=utf-8")}
    ours = {path.name: path for path in sorted(FOLDER.iterdir()) if path.suffix in TYPES}
    for name, path in {**ours, **from_npm}.items():
        if path.exists():
            files[name] = _file(name, path.read_bytes(), TYPES[path.suffix])
        else:
            log.warning("staff_page_without_camera", lacks=name, needs="npm ci")
    manifest = files["manifest.webmanifest"]
    named = manifest.content.replace(b"FAVICON", FILES["favicon.svg"].address.encode())
    files[manifest.name] = _file(manifest.name, named, manifest.content_type)
    files["sw.js"] = _file("sw.js", _worker(files), TYPES[".js"])
    return files


def _worker(files: Mapping[str, StaticFile]) -> bytes:
    """The service worker with its list and a version that changes with every byte of every file."""
    kept = [file for name, file in files.items() if name != "sw.js"]
    theirs = [FILES[name] for name in FROM_THE_SITE]
    addresses = [f"/staff/{file.name}" for file in kept] + [file.address for file in theirs]
    worker = files["sw.js"].content
    version = sha256("".join(file.digest for file in [*kept, *theirs]).encode() + worker).hexdigest()[:16]
    return f"const VERSION = {json.dumps(version)};\nconst SHELL = {json.dumps(addresses)};\n".encode() + worker


@cache
def _read_and_packed() -> tuple[dict[str, StaticFile], dict[str, bytes]]:
    """Once per process: a megabyte of WebAssembly takes its time to pack."""
    files = read_files()
    packed = {name: gzip.compress(each.content, 6) for name, each in files.items() if len(each.content) > WORTH_PACKING}
    return files, packed


def serve(served: Blueprint) -> None:
    files, packed = _read_and_packed()

    async def show(request: Request, name: str = "") -> HTTPResponse:
        file = files.get(name)
        if file is None:
            raise NoSuchFile
        headers = {
            "etag": file.etag,
            "cache-control": ASK_AGAIN,
            "vary": "accept-encoding",
            "content-security-policy": CONTENT_POLICY,
        }
        if file.etag in request.headers.get("if-none-match", ""):
            return HTTPResponse(status=304, headers=headers)
        if name in packed and "gzip" in request.headers.get("accept-encoding", ""):
            return raw(packed[name], content_type=file.content_type, headers={**headers, "content-encoding": "gzip"})
        return raw(file.content, content_type=file.content_type, headers=headers)

    async def complete(_: Request) -> HTTPResponse:
        """What stands behind the `#` stays with the browser."""
        return redirect("/staff/")

    methods = ["GET", "HEAD"]
    served.add_route(show, "/staff/", methods=methods, name="staff_page", strict_slashes=True)
    served.add_route(complete, "/staff", methods=methods, name="staff_page_without_slash", strict_slashes=True)
    served.add_route(show, "/staff/<name:str>", methods=methods, name="staff_file")
