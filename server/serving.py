"""One process from first connection to last: it listens once everything is open, and cuts nobody off at the end.

The framework's own runner is not used: it goes on serving whoever keeps a connection open (a proxy does) until the
supervisor kills it, and a start that fails leaves it hanging.
"""

import asyncio
import gc
import os
import signal
import socket
import time
from typing import Any

import structlog
from sanic import Sanic
from sanic.server import AsyncioServer

log = structlog.get_logger(__name__)

# The process is gone within 8 s; what still runs then would have been killed in any case.
FINISHED_WITHIN_SECONDS = 7.0
GONE_WITHIN_SECONDS = 7.8
LOOK_EVERY_SECONDS = 0.05
# So many objects more than were freed: some ten requests of a crowd, whose objects go by themselves.
COLLECT_AFTER = 20_000


async def serve(app: Sanic[Any, Any], listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT. Raises what keeps the application from starting; nothing stays open then."""
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    server = await app.create_server(
        sock=listener, return_asyncio_server=True, asyncio_server_kwargs={"start_serving": False}
    )
    if server is None:
        raise RuntimeError("Sanic made no server")
    await server.startup()  # type: ignore[no-untyped-call]
    await server.before_start()  # type: ignore[no-untyped-call]
    await server.start_serving()  # type: ignore[no-untyped-call]
    await server.after_start()  # type: ignore[no-untyped-call]
    rest_from_collecting()
    await stopping.wait()
    try:
        async with asyncio.timeout(GONE_WITHIN_SECONDS):
            await server.before_stop()  # type: ignore[no-untyped-call]
            await _let_finish(server)
            await server.after_stop()  # type: ignore[no-untyped-call]
    except TimeoutError:
        # The database or WeChat keeps us waiting. What was acknowledged is safe; the rest was never answered.
        log.critical("stopped_without_finishing")
        os._exit(1)


def rest_from_collecting() -> None:
    """What stands after the start stays to the end, so the collector need not walk through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 20)


async def _let_finish(server: AsyncioServer) -> None:
    """Take no new connection, close the idle ones, wait for the others; every answer from now on closes its own."""
    closed = server.close()  # type: ignore[no-untyped-call]
    until = time.monotonic() + FINISHED_WITHIN_SECONDS
    while server.connections and time.monotonic() < until:
        for connection in list(server.connections):
            connection.close_if_idle()
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    for connection in list(server.connections):
        connection.abort()
    await closed
