"""Logs that cannot tell what they must not tell: only known fields are written, and every text is scrubbed.

One line of JSON per event. A field whose name is not on the list is replaced, whatever it holds, so a new field is
silent until somebody has thought about it. What looks like a phone number, an ID number, a token or a query string
is masked in every text, also in messages and tracebacks of libraries.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

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
_PATTERNS = (
    # A query string may hold a secret, a code, a name: the path says enough.
    (re.compile(r"\?[^\s\"'<>]*=[^\s\"'<>]*"), "?" + HIDDEN),
    (
        re.compile(r"(?i)\b(bearer|token|secret|password|session_key|openid|appid)(\W{1,4})[\w\-.~+/=]{4,}"),
        r"\1\2" + HIDDEN,
    ),
    # URLs with a password in front of the host.
    (re.compile(r"://[^/\s@]+@"), "://" + HIDDEN + "@"),
    # 11 digits and more: phone numbers, ID numbers (the last may be X), bank cards.
    (re.compile(r"(?<![\dA-Fa-f-])\d{10,}[\dXx](?![\dA-Fa-f-])"), HIDDEN),
    (re.compile(r"(?<![\w-])[A-Za-z0-9_-]{40,}(?![\w-])"), HIDDEN),
)


def scrub(text: str) -> str:
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def _keep_known(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in list(event.items()):
        if name.startswith("_"):
            continue
        if name not in KNOWN_FIELDS:
            event[name] = HIDDEN
        elif isinstance(value, str):
            event[name] = scrub(value)
        elif not isinstance(value, int | float | bool | None):
            event[name] = scrub(str(value))
    return event


def _scrub_exception(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if isinstance(event.get("exception"), str):
        event["exception"] = scrub(event["exception"])
    return event


def configure(*, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Every logger of this process, the libraries' too, then writes through the same filters."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _keep_known,
        _scrub_exception,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    render = structlog.processors.JSONRenderer(ensure_ascii=False)
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[remove, render]))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("sanic", "sanic.root", "sanic.error", "sanic.access", "sanic.server"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    # These say a URL with its query at INFO.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
