"""What a log must not tell is in none of its lines, however it got there."""

import asyncio
import contextlib
import io
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
import structlog

from kit.ids import uuid7
from kit.logs import HIDDEN, KNOWN_FIELDS, note_answer, speak_of

PHONE, ID_NUMBER = "13812345678", "15010219800101001X"
TOKEN = "Zk3vTq_9XbLw-7RmPd2HsYcJ0aNfUoEg5KiQx8VtWlM"
# What must not come out → a text that holds it, as it would stand in a message.
CANARIES = {
    PHONE: f"no volunteer with {PHONE} here",
    "13987654321": "电话13987654321，",
    "13711112222": "+86-13711112222",
    "13600001111": "tel13600001111a",
    "138 1234 5678": "call 138 1234 5678 now",
    "159-1234-5678": "call 159-1234-5678 now",
    ID_NUMBER: f"id={ID_NUMBER};",
    "150102198001010016": "'150102198001010016'",
    "6222021234567890123": "card 6222021234567890123",
    TOKEN: f"no session for {TOKEN}",
    "short-token": "access_token: short-token",
    "bearer-canary": "Authorization: Bearer bearer-canary",
    "basic-canary": "authorization: Basic basic-canary",
    "oAbC-openid-canary": "openid=oAbC-openid-canary&x=1",
    "oDeF-openid-canary": '{"openid": "oDeF-openid-canary"}',
    "session-key-canary": "{'session_key': 'session-key-canary'}",
    "app-secret-canary": "app_secret=app-secret-canary",
    "0a1b2c3d-code": "{'js_code': '0a1b2c3d-code'}",
    "张三": "GET https://example.org/search?name=张三&page=2 failed",
    "wxsecret": "/sns/jscode2session?appid=wx1&secret=wxsecret",
    "pg-pass-canary": "postgres://lizan:pg-pass-canary@127.0.0.1:5432/lizan refused",
    "pg@tail-canary": "postgres://lizan:x@pg@tail-canary@127.0.0.1/lizan",
    "redis-canary": "redis://:redis-canary@127.0.0.1:6379/0",
}


@pytest.fixture
def lines(stream: io.StringIO) -> Callable[[], list[dict[str, Any]]]:
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def say_in_the_event(text: str) -> None:
    structlog.get_logger("ours").warning(text)


def say_in_a_known_field(text: str) -> None:
    structlog.get_logger("ours").warning("failed", reason=text)


def say_inside_a_list(text: str) -> None:
    structlog.get_logger("ours").warning("failed", items=[{"at": (text,)}])


def say_in_an_unknown_field(text: str) -> None:
    structlog.get_logger("ours").warning("failed", volunteer=text, _private=text)


def say_in_a_bound_value(text: str) -> None:
    with structlog.contextvars.bound_contextvars(request_id=text, who=text):
        structlog.get_logger("ours").warning("failed")


def say_through_a_library(text: str) -> None:
    logging.getLogger("library.deep").error("it says %s", text)


def say_beside_a_message_of_a_library(text: str) -> None:
    logging.getLogger("library.deep").error("failed", extra={"detail": text}, stack_info=False)


def say_in_a_traceback(text: str) -> None:
    try:
        try:
            raise ValueError(text)
        except ValueError as error:
            raise RuntimeError("while doing this") from error
    except RuntimeError as error:
        structlog.get_logger("ours").error("failed", exc_info=error)


def say_in_a_traceback_of_a_library(text: str) -> None:
    try:
        raise ValueError(text)
    except ValueError:
        logging.getLogger("sanic.error").exception("failed")


def say_in_a_message_that_cannot_be_formatted(text: str) -> None:
    root = logging.getLogger()
    everyone = root.handlers
    # The test runner's own handler would raise here.
    root.handlers = everyone[:1]
    logging.getLogger("library").error("a number: %d", text)
    root.handlers = everyone


WAYS = [value for name, value in list(globals().items()) if name.startswith("say_")]


class TestConfigure:
    @pytest.mark.parametrize("say", WAYS, ids=lambda way: way.__name__)
    @pytest.mark.parametrize("canary", CANARIES)
    def test_tells_no_canary(self, stream: io.StringIO, canary: str, say: Callable[[str], None]) -> None:
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            say(CANARIES[canary])
        assert stream.getvalue()
        assert canary not in stream.getvalue()
        # The default handler prints what it cannot write, with its arguments, to the standard error.
        assert canary not in said.getvalue()

    def test_shows_the_canaries_to_a_log_without_the_filters(self) -> None:
        """The control: the same ways of speaking do tell everything when nobody listens for it."""
        stream = io.StringIO()
        handler, library = logging.StreamHandler(stream), logging.getLogger("library.deep")
        library.addHandler(handler)
        for text in CANARIES.values():
            say_through_a_library(text)
        library.removeHandler(handler)
        assert [canary for canary in CANARIES if canary not in stream.getvalue()] == []

    def test_hides_a_phone_number_that_came_as_a_number(
        self, stream: io.StringIO, lines: Callable[[], list[dict[str, Any]]]
    ) -> None:
        structlog.get_logger().info("counted", count=int(PHONE), items=12, duration_ms=1.5, degraded=False)
        (line,) = lines()
        assert (line["count"], line["items"], line["duration_ms"], line["degraded"]) == (HIDDEN, 12, 1.5, False)

    def test_hides_a_field_that_nobody_has_thought_about(self, lines: Callable[[], list[dict[str, Any]]]) -> None:
        structlog.get_logger().info("asked", nickname="小巴", route="/me")
        (line,) = lines()
        assert (line["nickname"], line["route"]) == (HIDDEN, "/me")

    def test_writes_every_known_field(self, lines: Callable[[], list[dict[str, Any]]]) -> None:
        names = KNOWN_FIELDS - {"event", "level", "timestamp", "logger", "exception"}
        structlog.get_logger("ours").info("asked", **dict.fromkeys(names, "说明"))
        (line,) = lines()
        assert {name for name in names if line[name] != "说明"} == set()
        assert (line["event"], line["level"], line["logger"]) == ("asked", "info", "ours")
        assert line["timestamp"].endswith("Z")

    def test_keeps_row_ids_readable(self, lines: Callable[[], list[dict[str, Any]]]) -> None:
        row = str(uuid7())[:24] + "123456789012"
        structlog.get_logger().info(f"lapsed {row}", request_id=row)
        (line,) = lines()
        assert (line["event"], line["request_id"]) == (f"lapsed {row}", row)

    def test_keeps_the_traceback_of_an_error(self, lines: Callable[[], list[dict[str, Any]]]) -> None:
        say_in_a_traceback("nothing secret")
        (line,) = lines()
        assert "ValueError: nothing secret" in line["exception"]
        assert "RuntimeError: while doing this" in line["exception"]

    @pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1e", "\x85", "\u2028", "\u2029"])
    @pytest.mark.parametrize("say", WAYS, ids=lambda way: way.__name__)
    def test_writes_one_line_whatever_line_end_is_in_a_text(
        self, lines: Callable[[], list[dict[str, Any]]], end: str, say: Callable[[str], None]
    ) -> None:
        say(f'x{end}{{"event": "forged"}}')
        (line,) = lines()
        assert line["event"] != "forged"

    def test_writes_what_cannot_be_encoded(self, stream: io.StringIO) -> None:
        say_in_the_event("half a pair: \ud800")
        stream.getvalue().encode("utf-8")

    def test_says_that_a_record_was_not_written(self, lines: Callable[[], list[dict[str, Any]]]) -> None:
        say_in_a_message_that_cannot_be_formatted("x")
        assert lines() == [{"event": "unwritable_record", "logger": "library"}]

    def test_silences_clients_that_log_their_urls(self, stream: io.StringIO) -> None:
        logging.getLogger("httpx").info("HTTP Request: GET https://api.weixin.qq.com/sns/jscode2session")
        assert stream.getvalue() == ""


def note(route: str, method: str = "GET") -> None:
    note_answer(request_id="r", method=method, route=route, status=200, code=None, ms=1.5)


class TestNoteAnswer:
    async def test_keeps_the_order_of_lines(self, lines: Callable[[], list[dict[str, Any]]]) -> None:
        note("/first")
        structlog.get_logger().info("between")
        note("/second")
        note("/third")
        await asyncio.sleep(0)
        told = [line.get("route", line["event"]) for line in lines() if line["logger"] != "asyncio"]
        assert told == ["/first", "between", "/second", "/third"]

    def test_writes_at_once_where_nobody_comes_by_later(self, lines: Callable[[], list[dict[str, Any]]]) -> None:
        note("/alone")
        (line,) = lines()
        assert (line["route"], line["status"], line["duration_ms"], line["request_id"]) == ("/alone", 200, 1.5, "r")

    def test_does_not_repeat_a_method_that_nobody_knows(self, lines: Callable[[], list[dict[str, Any]]]) -> None:
        note("/odd", "G\udc80T")
        (line,) = lines()
        assert line["method"] == HIDDEN


class TestSpeakOf:
    async def test_names_the_request_in_what_is_logged_for_it(self, lines: Callable[[], list[dict[str, Any]]]) -> None:
        async def serve(request_id: str) -> None:
            speak_of(request_id)
            await asyncio.sleep(0)
            structlog.get_logger().info("served")

        await asyncio.gather(serve("first"), serve("second"))
        structlog.get_logger().info("beside")
        told = [line.get("request_id") for line in lines() if line["logger"] != "asyncio"]
        assert told == ["first", "second", None]
