"""A bucket that behaves: the part of S3's interface that the storage uses, over HTTP on this machine."""

import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape, unescape

from sanic import HTTPResponse, Request, Sanic
from sanic.response import empty, raw

from tests.applications import forget

XML = "application/xml"
WRITTEN_AT = datetime(2019, 5, 30, tzinfo=UTC)


@dataclass
class Bucket:
    """`refuses` is the status and code that every write gets. What is not complete is not there."""

    url: str
    objects: dict[str, bytes] = field(default_factory=dict)
    incomplete: dict[str, dict[int, bytes]] = field(default_factory=dict)
    signed: list[str] = field(default_factory=list)
    refuses: tuple[int, str] | None = None

    def answer(self, request: Request, key: str) -> HTTPResponse:
        self.signed.append(request.headers.get("authorization", ""))
        if self.refuses and request.method in {"PUT", "POST"}:
            status, code = self.refuses
            return raw(f"<Error><Code>{code}</Code></Error>".encode(), status=status, content_type=XML)
        if "list-type" in request.args:
            return raw(self._listed(request.args.get("prefix", "")).encode(), content_type=XML)
        return getattr(self, f"_{request.method.lower()}")(request, key)  # type: ignore[no-any-return]

    def _put(self, request: Request, key: str) -> HTTPResponse:
        if "uploadId" in request.args:
            self.incomplete[request.args["uploadId"][0]][int(request.args["partNumber"][0])] = request.body
        else:
            self.objects[key] = request.body
        return empty(status=200, headers={"etag": '"e"'})

    def _post(self, request: Request, key: str) -> HTTPResponse:
        if request.query_string.startswith("delete"):
            named = re.findall(r"<Key>([^<]+)</Key>", request.body.decode())
            for key in named:
                self.objects.pop(unescape(key), None)
            told = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in named)
            return raw(f"<DeleteResult>{told}</DeleteResult>".encode(), content_type=XML)
        if "uploadId" in request.args:
            parts = self.incomplete.pop(request.args["uploadId"][0])
            self.objects[key] = b"".join(parts[number] for number in sorted(parts))
            return raw(b"<R><ETag>e</ETag></R>", content_type=XML)
        name = uuid4().hex
        self.incomplete[name] = {}
        return raw(f"<R><UploadId>{name}</UploadId></R>".encode(), content_type=XML)

    def _get(self, request: Request, key: str) -> HTTPResponse:
        if key not in self.objects:
            return raw(b"<Error><Code>NoSuchKey</Code></Error>", status=404, content_type=XML)
        content, asked = self.objects[key], request.headers.get("range")
        headers = {"last-modified": format_datetime(WRITTEN_AT, usegmt=True), "etag": '"e"'}
        if not asked:
            return raw(content, headers=headers)
        first, _, last = asked.removeprefix("bytes=").partition("-")
        end = min(int(last) + 1 if last else len(content), len(content))
        headers["content-range"] = f"bytes {first}-{end - 1}/{len(content)}"
        return raw(content[int(first) : end], status=206, headers=headers)

    _head = _get

    def _delete(self, request: Request, key: str) -> HTTPResponse:
        if "uploadId" in request.args:
            self.incomplete.pop(request.args["uploadId"][0], None)
        else:
            self.objects.pop(key, None)
        return empty()

    def _listed(self, prefix: str) -> str:
        rows = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>{WRITTEN_AT:%Y-%m-%dT%H:%M:%S.000Z}</LastModified>"
            f"<ETag>e</ETag><Size>{len(content)}</Size></Contents>"
            for key, content in sorted(self.objects.items())
            if key.startswith(prefix)
        )
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>"


@asynccontextmanager
async def a_bucket() -> AsyncIterator[Bucket]:
    app: Sanic[Any, Any] = Sanic(f"bucket_{uuid4().hex}", configure_logging=False)
    app.config.TOUCHUP, app.config.ACCESS_LOG = False, False
    listener = socket.create_server(("127.0.0.1", 0))
    bucket = Bucket(f"http://127.0.0.1:{listener.getsockname()[1]}")

    async def answer(request: Request, key: str = "") -> HTTPResponse:
        return bucket.answer(request, key)

    methods = ["GET", "HEAD", "PUT", "POST", "DELETE"]
    app.add_route(answer, "/lizan", methods=methods, name="list")
    app.add_route(answer, "/lizan/<key:path>", methods=methods, name="object")
    server = await app.create_server(sock=listener, return_asyncio_server=True)
    assert server is not None
    await server.startup()
    try:
        yield bucket
    finally:
        for connection in list(server.connections):
            connection.abort()
        await server.close()
        forget(app)
