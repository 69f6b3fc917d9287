"""What a handler returns becomes an answer: JSON, nothing, a response that is ready, or a stream."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import msgspec
from sanic import HTTPResponse, Request
from sanic.response import empty

JSON = "application/json; charset=utf-8"


class JsonAnswer(HTTPResponse):
    """JSON of our own making. `standing` are headers that all answers share, as bytes that are ready to be sent.

    The framework looks through every header of every answer for what would break the line; ours are known not to.
    """

    __slots__ = ("standing",)

    def __init__(
        self, body: bytes, status: int, *, content_type: str = JSON, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(body, status, headers, content_type)
        self.standing: tuple[bytes, bytes] | None = None

    @property
    def processed_headers(self) -> Iterator[tuple[bytes, bytes]]:
        if self.standing is None:
            yield from super().processed_headers
            return
        yield b"content-type", self.content_type.encode() if self.content_type else b""
        for name, value in self.headers.items():
            yield name.encode("ascii"), f"{value}".encode("ascii")
        yield self.standing


def standing(headers: dict[str, str]) -> tuple[bytes, bytes]:
    """These headers as one, for `JsonAnswer`. Raises `ValueError` where one of them would break the line."""
    lines = [f"{name}: {value}" for name, value in headers.items()]
    if any(not line.isascii() or not line.isprintable() for line in lines):
        raise ValueError("a header is printable ASCII")
    name, _, rest = "\r\n".join(lines).partition(": ")
    return name.encode(), rest.encode()


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
    return JsonAnswer(msgspec.json.encode(answer), status)


async def _send(request: Request, stream: Stream) -> None:
    """Proxies are asked to hold nothing back."""
    async with aclosing(stream.pieces) as pieces:
        response = await request.respond(
            content_type=stream.content_type, headers={"x-accel-buffering": "no", "cache-control": "no-store"}
        )
        async for piece in pieces:
            await response.send(piece)
        await response.eof()
