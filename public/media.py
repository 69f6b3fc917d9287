"""Uploads by their sealed addresses: what we made ourselves, shown in place, in parts where a player asks for parts."""

import re
from collections.abc import Mapping

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import empty

from capabilities.office import Office
from capabilities.upload import Asset, NoSuchMedia, asset_at
from kit.storage import NoSuchObject

RANGE = re.compile(r"bytes=(\d{0,12})-(\d{0,12})\Z")
# Nothing in the file may run, whatever a browser takes it for.
POLICY = "default-src 'none'; sandbox"


def serve(served: Blueprint) -> None:
    served.add_route(show, "/media/<token:str>", methods=["GET", "HEAD"], name="media")


async def show(request: Request, token: str) -> HTTPResponse | None:
    office: Office = request.app.ctx.office
    asset = await asset_at(office, token)
    headers = _headers(office, asset)
    if asset_etag(asset) in request.headers.get("if-none-match", ""):
        return HTTPResponse(status=304, headers=headers)
    try:
        size = await office.storage.size(asset.key)
        asked = asked_range(request.headers, size, asset_etag(asset))
        if asked is not None and asked[0] >= asked[1]:
            return empty(status=416, headers={**headers, "content-range": f"bytes */{size}"})
        start, end = asked or (0, size)
        if asked is not None:
            headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
        found = await office.storage.get(asset.key, start=start, end=end if asked else None)
    except NoSuchObject:
        raise NoSuchMedia from None
    headers["content-length"] = str(end - start)
    response = await request.respond(status=206 if asked else 200, headers=headers, content_type=asset.content_type)
    if request.method != "HEAD":
        async for piece in found.content:
            await response.send(bytes(piece))
    await response.eof()
    return None


def asset_etag(asset: Asset) -> str:
    return f'"{asset.etag}"'


def _headers(office: Office, asset: Asset) -> dict[str, str]:
    seconds = max(0, int((asset.ends_at - office.now()).total_seconds()))
    return {
        "etag": asset_etag(asset),
        "accept-ranges": "bytes",
        "cache-control": f"private, max-age={seconds}",
        "content-disposition": "inline",
        "content-security-policy": POLICY,
        "x-content-type-options": "nosniff",
    }


def asked_range(headers: Mapping[str, str], size: int, etag: str) -> tuple[int, int] | None:
    """From where up to where, the latter not in it; an empty one cannot be given; None means the whole.

    What is no single range, and one asked for of another content (`If-Range`), means the whole (RFC 9110 §14.2).
    """
    found = RANGE.match(headers.get("range", "").strip())
    if not found or headers.get("if-range", etag) != etag:
        return None
    first, last = found.groups()
    if not first:
        # The last so many bytes.
        return None if not last else (max(0, size - int(last)), size) if int(last) else (size, size)
    end = min(size, int(last) + 1) if last else size
    return None if last and int(last) < int(first) else (int(first), end)
