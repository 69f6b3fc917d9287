"""Put everything together, once: settings in, a Sanic application out. Tests hand in doubles here and nowhere else."""

import asyncio
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
from capabilities.live import close as close_live
from capabilities.office import WeChat
from kit.clock import Clock, SystemClock
from kit.ids import uuid7_text
from kit.logs import note_answer, speak_of
from server.background import make_rounds, run_jobs
from server.headers import secure
from server.opening import open_office
from server.porter import open_porter
from server.problems import answer_with_problems
from server.settings import Settings
from wechat.push import PushDoor

log = structlog.get_logger(__name__)


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
    app.blueprint(miniapp_api.door.blueprint())
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


def _open_and_close(app: Sanic[Any, Any], settings: Settings, clock: Clock, double: WeChat | None) -> None:
    closing = AsyncExitStack()
    app.ctx.is_stopping = False

    @app.before_server_start
    async def open_all(app: Sanic[Any, Any]) -> None:
        app.ctx.office = await closing.enter_async_context(open_office(settings, clock, double))
        app.ctx.porter = await closing.enter_async_context(open_porter(settings, app.ctx.office))

    @app.after_server_start
    async def start_background(app: Sanic[Any, Any]) -> None:
        app.ctx.background = [asyncio.create_task(make_rounds(app.ctx.office))]
        if settings.run_jobs:
            app.ctx.background.append(asyncio.create_task(run_jobs(app.ctx.office)))
        log.info("serving", version=version_of_this())
        if settings.wechat_push_token is None:
            log.warning("wechat_push_closed", needs=["LIZAN_WECHAT_PUSH_TOKEN", "LIZAN_WECHAT_PUSH_AES_KEY"])

    @app.before_server_stop
    async def stop_background(app: Sanic[Any, Any]) -> None:
        app.ctx.is_stopping = True
        close_live(app.ctx.office)
        for task in app.ctx.background:
            task.cancel()
        await asyncio.gather(*app.ctx.background, return_exceptions=True)

    @app.after_server_stop
    async def close_all(_: Sanic[Any, Any]) -> None:
        await closing.aclose()
        log.info("stopped")


def _log_requests(app: Sanic[Any, Any]) -> None:
    def begin(request: Request) -> None:
        # Our own id: one from outside could be anything, and would stand in our logs.
        request.ctx.request_id = uuid7_text()
        request.ctx.began = time.perf_counter()
        speak_of(request.ctx.request_id)

    def end(request: Request, response: BaseHTTPResponse) -> None:
        began, request_id = getattr(request.ctx, "began", None), getattr(request.ctx, "request_id", "")
        if request.app.ctx.is_stopping and request.stream:
            request.stream.keep_alive = False  # type: ignore[attr-defined] # the base class lacks it
        response.headers["x-request-id"] = request_id
        note_answer(
            request_id=request_id,
            method=request.method,
            route=request.route.path if request.route else None,
            status=response.status,
            code=getattr(request.ctx, "code", None),
            ms=round((time.perf_counter() - began) * 1000, 1) if began else 0.0,
        )

    app.register_middleware(begin, "request", priority=100)
    app.register_middleware(end, "response", priority=-100)
