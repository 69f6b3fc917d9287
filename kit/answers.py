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
        self.standing: bytes | None = None

    @property
    def processed_headers(self) -> Iterator[tuple[bytes, bytes]]:
        if self.standing is None:
            yield from super().processed_headers
            return
        lines = [self.content_type or JSON, *(f"{name}: {value}" for name, value in self.headers.items())]
        yield b"content-type", "\r\n".join(lines).encode("ascii") + b"\r\n" + self.standing


def standing(headers: dict[str, str]) -> bytes:
    """The lines of these headers, for `JsonAnswer`. Raises `ValueError` where one of them would break its line."""
    lines = [f"{name}: {value}" for name, value in headers.items()]
    if any(not line.isascii() or not line.isprintable() for line in lines):
        raise ValueError("a header is printable ASCII")
    return "\r\n".join(lines).encode()


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
