"""One file in a multipart body, read as it arrives: nothing is kept in memory, every bound is checked on the way."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from kit.errors import Refusal, TooLarge, WrongMediaType

FIELD = b"file"
# Boundaries and the part's own headers, beside the file.
AROUND_BYTES = 8 * 1024
PART_HEADERS = 8
PART_HEADER_BYTES = 1024
IDLE_SECONDS = 15.0
WHOLE_SECONDS = 300.0


class NotMultipart(WrongMediaType):
    words = "请以 multipart/form-data 提交，文件字段名为 file。"


class MultipartFaulty(Refusal):
    """Not one complete part named `file`."""

    words = "上传内容不完整或格式有误，请重新选择文件上传。"


class FileTooLarge(TooLarge):
    words = "文件过大，请压缩后再上传。"


class UploadTooSlow(Refusal):
    status = 408
    words = "上传时间过长，请在网络较好时重试。"


class _Part:
    """What the parser has found so far."""

    def __init__(self) -> None:
        self.parts = 0
        self.is_whole = False
        self.data: list[bytes] = []
        self._name = self._value = b""
        self._disposition = b""

    def callbacks(self) -> dict[str, Any]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._look_at_headers,
            "on_part_data": lambda data, start, end: self.data.append(data[start:end]),
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self.parts += 1
        if self.parts > 1:
            raise MultipartFaulty("一次只能上传一个文件。")

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = self._value
        self._name = self._value = b""

    def _look_at_headers(self) -> None:
        kind, options = parse_options_header(self._disposition)
        if kind != b"form-data" or options.get(b"name") != FIELD:
            raise MultipartFaulty("文件字段名应为 file。")

    def _end(self) -> None:
        self.is_whole = True

    def take(self) -> bytes:
        taken = b"".join(self.data)
        self.data.clear()
        return taken


async def only_file(
    chunks: AsyncIterator[bytes], content_type: str, *, limit: int, declared: int | None = None
) -> AsyncIterator[bytes]:
    """The bytes of the one part named `file`. `limit` bounds the whole body; `declared` is the length it says it has.

    Raises `NotMultipart`, `MultipartFaulty`, `FileTooLarge` or `UploadTooSlow`, the second also at the end where
    the closing boundary never came: what was yielded before is then no file.
    """
    parser, part = _parser(content_type)
    if (declared or 0) > limit:
        raise FileTooLarge(limit_bytes=limit)
    read = 0
    async for chunk in _in_time(chunks):
        read += len(chunk)
        if read > limit:
            raise FileTooLarge(limit_bytes=limit)
        try:
            parser.write(chunk)
        except FormParserError as error:
            raise MultipartFaulty from error
        if content := part.take():
            yield content
    if not part.is_whole or part.parts != 1:
        raise MultipartFaulty


def _parser(content_type: str) -> tuple[MultipartParser, _Part]:
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise NotMultipart
    part = _Part()
    callbacks: Any = part.callbacks()
    try:
        parser = MultipartParser(boundary, callbacks, max_header_count=PART_HEADERS, max_header_size=PART_HEADER_BYTES)
    except FormParserError as error:
        raise MultipartFaulty from error
    return parser, part


async def _in_time(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Neither a pause nor the whole may last for ever: each holds a place that others wait for."""
    loop = asyncio.get_running_loop()
    until = loop.time() + WHOLE_SECONDS
    while True:
        try:
            async with asyncio.timeout_at(min(until, loop.time() + IDLE_SECONDS)):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise UploadTooSlow from None
        yield chunk
