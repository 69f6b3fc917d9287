"""`python -m server`: serve with the settings of the environment, in one process."""

import asyncio
import socket
import sys

import asyncpg
from sanic.server.loop import try_use_uvloop
from tortoise.exceptions import DBConnectionError, OperationalError

from kit.logs import configure
from kit.scratch import ScratchUnusable
from kit.storage import StorageUnusable
from models.database import UnsafeDatabase
from models.sole_process import NotAlone
from server.assembly import create_app
from server.opening import SchemaBehind
from server.serving import serve
from server.settings import Settings, SettingsFaulty, load_settings


class PortTaken(Exception):
    """Something else listens there, or the address is not ours."""


# Each says in its own words what to do.
REFUSALS = (NotAlone, PortTaken, SchemaBehind, ScratchUnusable, StorageUnusable, UnsafeDatabase)
DATABASE_ERRORS = (DBConnectionError, OperationalError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


def main() -> int:
    try:
        settings = load_settings()
    except SettingsFaulty as fault:
        sys.stderr.write(f"设置有误，服务未启动：\n{fault}\n")
        return 2
    configure(level=settings.log_level)
    try:
        run(settings)
    except REFUSALS as refusal:
        sys.stderr.write(f"服务未启动：{refusal}\n")
        return 2
    except DATABASE_ERRORS as error:
        # Its words may hold the address with its password.
        sys.stderr.write(f"服务未启动：数据库没有应答（{type(error).__name__}），请检查 LIZAN_DATABASE_URL。\n")
        return 2
    return 0


def run(settings: Settings) -> None:
    try:
        listener = listening_socket(settings)
    except OSError as error:
        raise PortTaken(f"无法使用 {settings.host}:{settings.port}（{error.strerror}），请检查 LIZAN_PORT。") from error
    with listener:
        try_use_uvloop()
        asyncio.run(serve(create_app(settings), listener))


def listening_socket(settings: Settings) -> socket.socket:
    """Several processes may listen on one port where `SHARE_PORT` says so; the kernel spreads the connections."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if settings.share_port:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((settings.host, settings.port))
    return listener


if __name__ == "__main__":
    sys.exit(main())
