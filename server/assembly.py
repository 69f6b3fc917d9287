"""Put everything together, once: settings in, a Sanic application out. Tests hand in doubles here and nowhere else."""

import asyncio
import contextlib
import time
from contextlib import AsyncExitStack
from importlib.metadata import version
from typing import Any

import structlog
from sanic import Request, Sanic
from sanic.config import Config
from sanic.response import BaseHTTPResponse

import miniapp_api
import public
from capabilities.caller import Caller, caller_with
from capabilities.office import Office, WeChat
from kit.clock import Clock, SystemClock
from kit.encryption import KeyRing
from kit.ids import uuid7
from kit.shared_memory import ProcessMemory, RedisMemory, SharedMemory
from models.database import is_sqlite, opened, require_durable_commits
from models.fields import SealedTextField
from models.migrating import pending
from models.sole_process import serving
from server.background import make_rounds
from server.headers import secure
from server.problems import answer_with_problems
from server.settings import Settings
from wechat.mini_program import MiniProgram
from wechat.push import PushDoor

log = structlog.get_logger(__name__)

# A batch commits in milliseconds; two on their way keep PostgreSQL busy without splitting batches too small.
POSTGRES_LANES = 2


class SchemaBehind(Exception):
    """The database lacks migrations that this program needs."""


class LizanConfig(Config):
    """Sanic's defaults allow 100 MB bodies and minutes of waiting."""

    def __init__(self, settings: Settings) -> None:
        # No prefix: the framework reads nothing from the environment by itself.
        super().__init__(env_prefix=None)
        self.REQUEST_MAX_SIZE = 1024 * 1024
        self.REQUEST_MAX_HEADER_SIZE = 16 * 1024
        self.REQUEST_TIMEOUT = 15
        self.RESPONSE_TIMEOUT = 20
        self.KEEP_ALIVE_TIMEOUT = 75
        self.ACCESS_LOG = False
        self.MOTD = False
        if settings.forwarded_secret is not None:
            self.FORWARDED_SECRET = settings.forwarded_secret.get_secret_value()


def create_app(
    settings: Settings, *, name: str = "lizan", clock: Clock | None = None, wechat: WeChat | None = None
) -> Sanic[Any, Any]:
    """The application; `clock` and `wechat` are for doubles."""
    app: Sanic[Any, Any] = Sanic(name, config=LizanConfig(settings), configure_logging=False)
    app.blueprint(miniapp_api.door.blueprint(_identify))
    doors = [miniapp_api.door]
    running, simulator = version_of_this(), simulator_of(settings)
    app.blueprint(
        public.blueprint(
            doors,
            version=running,
            is_demo=settings.demo,
            simulator=simulator,
            push_door=push_door_of(settings, clock or SystemClock()),
        )
    )
    answer_with_problems(app)
    secure(app, is_https=settings.public_url.startswith("https://"))
    _log_requests(app)
    _open_and_close(app, settings, clock or SystemClock(), wechat)
    return app


def push_door_of(settings: Settings, clock: Clock) -> PushDoor | None:
    """Where WeChat is heard, if it is."""
    if settings.wechat_push_token is None or settings.wechat_push_aes_key is None:
        return None
    return PushDoor(
        settings.wechat_app_id,
        settings.wechat_push_token.get_secret_value(),
        settings.wechat_push_aes_key.get_secret_value(),
        clock,
        allows_plain=settings.wechat_push_plain,
    )


def version_of_this() -> str:
    try:
        return version("lizan")
    except ModuleNotFoundError:
        return "0.1.0"


def simulator_of(settings: Settings) -> str | None:
    """The page of the simulated WeChat, in a demonstration that has one."""
    is_simulated = settings.demo and not settings.wechat_api_base.startswith("https://")
    return f"{settings.wechat_api_base}/control/" if is_simulated else None


async def _identify(request: Request) -> Caller:
    scheme, _, token = (request.headers.get("authorization") or "").partition(" ")
    return await caller_with(request.app.ctx.office, token.strip() if scheme.lower() == "bearer" else None)


def key_ring(settings: Settings) -> KeyRing:
    previous = settings.previous_data_key
    return KeyRing(
        settings.data_key.get_secret_value().encode(),
        previous.get_secret_value().encode() if previous else None,
        index_secret=settings.index_key.get_secret_value().encode(),
    )


def office_of(settings: Settings, clock: Clock, wechat: WeChat, memory: SharedMemory) -> Office:
    previous = settings.previous_secret_key
    return Office(
        clock=clock,
        wechat=wechat,
        memory=memory,
        public_url=settings.public_url,
        secret=settings.secret_key.get_secret_value().encode(),
        previous_secret=previous.get_secret_value().encode() if previous else None,
        lanes=1 if is_sqlite(settings.database_url.get_secret_value()) else POSTGRES_LANES,
    )


def memory_of(settings: Settings) -> SharedMemory:
    return RedisMemory(settings.redis_url.get_secret_value()) if settings.redis_url else ProcessMemory()


def wechat_of(settings: Settings, clock: Clock, memory: SharedMemory) -> MiniProgram:
    secret = settings.wechat_app_secret.get_secret_value()
    return MiniProgram(settings.wechat_app_id, secret, settings.wechat_api_base, clock, memory)


def _open_and_close(app: Sanic[Any, Any], settings: Settings, clock: Clock, double: WeChat | None) -> None:
    closing = AsyncExitStack()
    app.ctx.is_stopping = False

    @app.before_server_start
    async def open_all(app: Sanic[Any, Any]) -> None:
        try:
            await open_each(app)
        except BaseException:
            # Nothing of a start that failed stays open: the thread of SQLite would keep the process for ever.
            await closing.aclose()
            raise

    async def open_each(app: Sanic[Any, Any]) -> None:
        url = settings.database_url.get_secret_value()
        SealedTextField.use_keys(key_ring(settings))
        await closing.enter_async_context(serving(url, has_redis=settings.redis_url is not None))
        await closing.enter_async_context(opened(url))
        await require_durable_commits()
        if missing := await pending(url):
            raise SchemaBehind(f"数据库结构需要更新（{'、'.join(missing)}）：请先运行 python -m scripts.migrate")
        memory = memory_of(settings)
        closing.push_async_callback(memory.close)
        client = None if double else wechat_of(settings, clock, memory)
        if client is not None:
            closing.push_async_callback(client.close)
        app.ctx.office = office_of(settings, clock, double or client or _no_wechat(), memory)
        closing.push_async_callback(app.ctx.office.finish)

    @app.after_server_start
    async def start_rounds(app: Sanic[Any, Any]) -> None:
        app.ctx.rounds = asyncio.create_task(make_rounds(app.ctx.office))
        log.info("serving", version=version_of_this())
        if settings.wechat_push_token is None:
            log.warning("wechat_push_closed", needs=["LIZAN_WECHAT_PUSH_TOKEN", "LIZAN_WECHAT_PUSH_AES_KEY"])

    @app.before_server_stop
    async def stop_rounds(app: Sanic[Any, Any]) -> None:
        app.ctx.is_stopping = True
        app.ctx.rounds.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await app.ctx.rounds

    @app.after_server_stop
    async def close_all(_: Sanic[Any, Any]) -> None:
        await closing.aclose()
        log.info("stopped")


def _no_wechat() -> WeChat:
    raise RuntimeError("no client for WeChat")


def _log_requests(app: Sanic[Any, Any]) -> None:
    async def begin(request: Request) -> None:
        # Our own id: one from outside could be anything, and would stand in our logs.
        request.ctx.request_id = str(uuid7())
        request.ctx.began = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request.ctx.request_id)

    async def end(request: Request, response: BaseHTTPResponse) -> None:
        began = getattr(request.ctx, "began", None)
        if request.app.ctx.is_stopping and request.stream:
            request.stream.keep_alive = False  # type: ignore[attr-defined] # the base class lacks it
        response.headers["x-request-id"] = getattr(request.ctx, "request_id", "")
        log.info(
            "answered",
            method=request.method,
            route=request.route.path if request.route else None,
            status=response.status,
            code=getattr(request.ctx, "code", None),
            duration_ms=round((time.perf_counter() - began) * 1000, 1) if began else None,
        )

    app.register_middleware(begin, "request", priority=100)
    app.register_middleware(end, "response", priority=-100)
