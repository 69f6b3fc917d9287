"""Many phones at one door, with as little work of their own as can be: the race is for the server.

A client library for one careful caller spends more time on its pool than the server on its answers, and then the
requests no longer arrive together.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Phones:
    """Posts over a fixed number of connections that stay open; who finds none free waits."""

    def __init__(self, base_url: str, free: "asyncio.Queue[Connection]") -> None:
        self._url = urlsplit(base_url)
        self._free = free

    async def post(self, path: str, headers: Mapping[str, str], body: Any = None) -> bytes:
        """The answer's body."""
        content = b"" if body is None else json.dumps(body).encode()
        lines = {**headers, "host": self._url.netloc, "content-length": str(len(content))}
        lines |= {"content-type": "application/json"} if content else {}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        reader, writer = await self._free.get()
        try:
            writer.write(f"POST {self._url.path}{path} HTTP/1.1\r\n{head}\r\n".encode() + content)
            answered = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(answered.partition(b"content-length:")[2].partition(b"\r\n")[0])
            return await reader.readexactly(length)
        finally:
            self._free.put_nowait((reader, writer))


@asynccontextmanager
async def phones(base_url: str, *, count: int = 64) -> AsyncIterator[Phones]:
    url = urlsplit(base_url)
    connections = [await asyncio.open_connection(url.hostname, url.port) for _ in range(count)]
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for each in connections:
        free.put_nowait(each)
    yield Phones(base_url, free)
    for _, writer in connections:
        writer.close()
        await writer.wait_closed()
