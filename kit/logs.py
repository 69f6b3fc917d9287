"""Logs that cannot tell what they must not tell: only known fields are written, and every text is scrubbed.

One line of JSON per event. A field whose name is not on the list is replaced, whatever it holds, so a new field is
silent until somebody has thought about it. What looks like a phone number, an ID number, a token or a query string
is masked in every text, also in messages and tracebacks of libraries.
"""

import asyncio
import contextlib
import json
import logging
import re
import sys
from collections.abc import MutableMapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

import msgspec
import structlog

HIDDEN = "‹hidden›"
KNOWN_FIELDS = frozenset(
    {
        "event", "level", "timestamp", "logger", "exception", "request_id", "method", "path", "route", "status",
        "duration_ms", "code", "reason", "call", "errcode", "rid", "items", "host", "port", "database", "redis",
        "wechat", "version", "migration", "attempts", "subject_id", "state", "count", "seconds", "signal", "process",
        "degraded", "circuit", "waiting", "trace",
    }
)  # fmt: skip
_UUID = r"[\dA-Fa-f]{8}(?:-[\dA-Fa-f]{4}){3}-[\dA-Fa-f]{12}"
_PATTERNS = (
    # A query string may hold a secret, a code, a name: the path says enough.
    (re.compile(r"\?[^\s\"'<>]*=[^\s\"'<>]*"), "?" + HIDDEN),
    # URLs with a password in front of the host; the password itself may hold an @.
    (re.compile(r"://[^/\s]+@"), "://" + HIDDEN + "@"),
    (
        re.compile(
            r"(?i)(bearer|authorization|token|secret|password|session_key|js_code|openid|appid)(\W{1,4})"
            r"(?:(?:bearer|basic)\s+)?[^\s\"'&,;]{4,}"
        ),
        r"\1\2" + HIDDEN,
    ),
    # 11 digits and more: phone numbers, ID numbers (the last may be X), bank cards. Our own row ids are no numbers.
    (re.compile(rf"({_UUID})|\d{{10,}}[\dXx]"), lambda found: found[1] or HIDDEN),
    # Phone numbers as people group them.
    (re.compile(r"(?<!\d)1[3-9]\d([ -])\d{4}\1\d{4}(?!\d)"), HIDDEN),
    (re.compile(rf"({_UUID})|(?<![\w-])[A-Za-z0-9_-]{{40,}}(?![\w-])"), lambda found: found[1] or HIDDEN),
)
# What some readers of a log take for the end of a line, though JSON does not escape it.
_LINE_ENDS = str.maketrans({"\x85": "\\x85", "\u2028": "\\u2028", "\u2029": "\\u2029"})
# A number this long is a phone number or worse, also where it is not a text.
_LONG_NUMBER = 10**10
# Nothing shorter than `token=abcd` holds a secret that the patterns know.
_SHORTEST = 10
# structlog's own, gone again before the line is written.
_INTERNAL = frozenset({"_record", "_from_structlog"})


def scrub(text: str) -> str:
    """`text` without what must not be told, and without what could not be written or would look like a new line."""
    if len(text) >= _SHORTEST:
        for pattern, instead in _PATTERNS:
            text = pattern.sub(instead, text)
    if text.isprintable():
        return text
    return text.encode(errors="backslashreplace").decode().translate(_LINE_ENDS)


def _keep_known(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in list(event.items()):
        if name in _INTERNAL:
            continue
        event[name] = _safe(value) if name in KNOWN_FIELDS else HIDDEN
    return event


def _safe(value: Any) -> Any:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if abs(value) < _LONG_NUMBER else HIDDEN
    return scrub(str(value))


# Of which request what is logged speaks.
_REQUEST: ContextVar[str] = ContextVar("request_id")


def speak_of(request_id: str) -> None:
    """From now on, in this task and those that it starts, every line names this request."""
    _REQUEST.set(request_id)


def _name_request(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if (request_id := _REQUEST.get(None)) is not None:
        event.setdefault("request_id", request_id)
    return event


class _Handler(logging.StreamHandler[TextIO]):
    """Says of a record that cannot be written only that it was there; the default prints its arguments.

    `write_soon` lets the lines of one turn of the loop gather, and the order of lines stays as it was.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._waiting: list[str] = []

    def write_soon(self, line: str) -> None:
        self._waiting.append(line)
        if len(self._waiting) == 1:
            try:
                asyncio.get_running_loop().call_soon(self.flush)
            except RuntimeError:
                # Nobody will come by later.
                self.flush()

    def emit(self, record: logging.LogRecord) -> None:
        self._let_out()
        super().emit(record)

    def flush(self) -> None:
        self._let_out()
        with contextlib.suppress(OSError, ValueError):
            super().flush()

    def _let_out(self) -> None:
        if self._waiting:
            lines, self._waiting = self._waiting, []
            with contextlib.suppress(OSError, ValueError):
                self.stream.write("\n".join(lines) + "\n")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        with contextlib.suppress(OSError, ValueError):
            self.stream.write(json.dumps({"event": "unwritable_record", "logger": scrub(record.name)}) + "\n")


class _Answered(msgspec.Struct):
    method: str
    route: str | None
    status: int
    code: str | None
    duration_ms: float
    request_id: str
    timestamp: datetime
    event: str = "answered"
    level: str = "info"
    logger: str = "server.assembly"


def note_answer(*, request_id: str, method: str, route: str | None, status: int, code: str | None, ms: float) -> None:
    """The line of one answered request. `code` and `route` are our own words, so nothing in it needs a look.

    Through the usual way this line would cost a tenth of what a sign-in costs.
    """
    root = logging.getLogger()
    if root.level > logging.INFO:
        return
    for handler in root.handlers:
        if isinstance(handler, _Handler):
            # A method that nobody knows is refused, but may be anything.
            known = method if method.isascii() else HIDDEN
            line = _Answered(known, route, status, code, ms, request_id, datetime.now(UTC))
            handler.write_soon(msgspec.json.encode(line).decode())
            return


def configure(*, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Every logger of this process, the libraries' too, then writes through the same filters."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _name_request,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _keep_known,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = _Handler(stream or sys.stderr)
    render = structlog.processors.JSONRenderer(ensure_ascii=False)
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[remove, render]))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("sanic", "sanic.root", "sanic.error", "sanic.access", "sanic.server"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    # These say a URL with its query at INFO, or every statement with its values at DEBUG.
    for name in ("httpx", "httpcore", "tortoise", "aiosqlite"):
        logging.getLogger(name).setLevel(logging.WARNING)
