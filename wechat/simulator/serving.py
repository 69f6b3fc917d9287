"""The simulated WeChat on an address of this machine, and on no other."""

import asyncio
import ipaddress
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from wechat.simulator.app import Simulator


class NotLoopback(ValueError):
    """The simulator logs anybody in as anybody, so it must never be reachable from another machine."""


def serve(app: Simulator, host: str, port: int) -> None:
    """Serve until interrupted. Raises `NotLoopback` for any address that another machine could reach."""
    require_loopback(host)
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve_until_interrupted(app, host, port))


async def _serve_until_interrupted(app: Simulator, host: str, port: int) -> None:
    interrupted = asyncio.Event()
    # Without this a signal that comes just before the loop begins to wait is noticed only at the next request.
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupted.set)
    async with listening(app, host, port):
        await interrupted.wait()


@asynccontextmanager
async def listening(app: Simulator, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve inside the running event loop and yield the base address; port 0 takes a free one."""
    require_loopback(host)
    # Sanic reads port 0 as "the default port", so the socket is made here.
    sock = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    server = await app.create_server(sock=sock, return_asyncio_server=True, access_log=False)
    if server is None:
        raise RuntimeError("Sanic made no server")
    await server.startup()  # type: ignore[no-untyped-call]
    try:
        yield f"http://{f'[{host}]' if ':' in host else host}:{sock.getsockname()[1]}"
    finally:
        await app.ctx.postman.close()
        for connection in list(server.connections):
            connection.abort()
        await server.close()  # type: ignore[no-untyped-call]


def require_loopback(host: str) -> None:
    try:
        is_loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise NotLoopback(f"the WeChat simulator serves on 127.0.0.1, ::1 or localhost only, not on {host!r}")
