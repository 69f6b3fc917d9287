"""What a handler returns becomes an answer: JSON, nothing, a response that is ready, or a stream."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import msgspec
from sanic import HTTPResponse, Request
from sanic.response import empty, raw


@dataclass(frozen=True)
class Stream:
    """Sent piece by piece, for as long as there are any and the client listens; the headers go with the first."""

    pieces: AsyncGenerator[bytes, None]
    content_type: str


async def answer_with(request: Request, answer: Any, status: int) -> Any:
    """The response; None after a stream, because the framework has that one already."""
    if isinstance(answer, Stream):
        return await _send(request, answer)
    if isinstance(answer, HTTPResponse):
        return answer
    if answer is None:
        return empty()
    return raw(msgspec.json.encode(answer), status=status, content_type="application/json; charset=utf-8")


async def _send(request: Request, stream: Stream) -> None:
    """Proxies are asked to hold nothing back."""
    async with aclosing(stream.pieces) as pieces:
        response = await request.respond(
            content_type=stream.content_type, headers={"x-accel-buffering": "no", "cache-control": "no-store"}
        )
        async for piece in pieces:
            await response.send(piece)
        await response.eof()
