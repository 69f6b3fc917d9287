"""The endpoints that ours are compared with: the framework alone, and the framework with one statement a request.

`python -m scripts.benchmark.reference PORT DATABASE_URL`
"""

import asyncio
import hmac
import sys
from hashlib import sha256
from typing import Any

import asyncpg
import msgspec
from sanic import HTTPResponse, Request, Sanic
from sanic.response import raw, text
from sanic.server.loop import try_use_uvloop

from kit.seals import decode
from models.migrating import plain_url

KEY = b"k" * 32


class Scan(msgspec.Struct):
    id: int
    code: str


def application(pool: Any) -> Sanic[Any, Any]:
    app: Sanic[Any, Any] = Sanic("reference", configure_logging=False)
    app.config.ACCESS_LOG = False
    app.config.MOTD = False

    @app.get("/healthz")
    async def healthz(_: Request) -> HTTPResponse:
        return text("ok")

    @app.post("/hello")
    async def hello(request: Request) -> HTTPResponse:
        scan = msgspec.json.decode(request.body, type=Scan)
        hmac.digest(KEY, decode(scan.code) or b"", sha256)
        return _answer(scan.id)

    @app.post("/one")
    async def one(request: Request) -> HTTPResponse:
        scan = msgspec.json.decode(request.body, type=Scan)
        hmac.digest(KEY, decode(scan.code) or b"", sha256)
        done = await pool.execute("UPDATE bench_seat SET at = now() WHERE id = $1 AND at IS NULL", scan.id)
        return _answer(scan.id if done == "UPDATE 1" else 0)

    return app


def _answer(number: int) -> HTTPResponse:
    return raw(msgspec.json.encode({"id": number}), content_type="application/json")


async def serve(port: int, url: str) -> None:
    pool = None if url.startswith("sqlite") else await asyncpg.create_pool(plain_url(url), min_size=10, max_size=10)
    app = application(pool)
    server: Any = await app.create_server("127.0.0.1", port, return_asyncio_server=True)
    await server.startup()
    await server.serve_forever()


if __name__ == "__main__":
    try_use_uvloop()
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
