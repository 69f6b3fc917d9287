"""The contract: OpenAPI 3.1 for programs, a readable page for people."""

from collections.abc import Sequence

import msgspec
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import raw

from kit.door import Door
from kit.openapi import document

PREFIX = "/api/v1"


def serve(served: Blueprint, doors: Sequence[Door], *, version: str) -> None:
    written = msgspec.json.encode(document(doors, title="礼赞 Lizan API", version=version))

    async def show_document(_: Request) -> HTTPResponse:
        return raw(written, content_type="application/json; charset=utf-8")

    served.add_route(show_document, f"{PREFIX}/openapi.json", methods=["GET"], name="openapi")
