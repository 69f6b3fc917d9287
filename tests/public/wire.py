"""A request whose path arrives exactly as it is written: clients tidy up what an attacker would not."""

import asyncio

import httpx


async def ask(browser: httpx.AsyncClient, path: str, method: str = "GET") -> tuple[int, httpx.Headers, bytes]:
    reader, writer = await asyncio.open_connection(browser.base_url.host, browser.base_url.port)
    writer.write(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode("latin-1"))
    await writer.drain()
    head, _, body = (await asyncio.wait_for(reader.read(), 10)).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    status, *lines = head.decode("latin-1").split("\r\n")
    return int(status.split()[1]), httpx.Headers([tuple(line.split(": ", 1)) for line in lines]), body
