"""What a request brings (所带内容): its body, its query, its file, each as the declared type or refused."""

from collections.abc import AsyncIterator
from typing import Any

from sanic import Request

from kit import strict_json
from kit.errors import WrongMediaType
from kit.multipart import AROUND_BYTES, only_file


def sent_in(request: Request, *, limit: int) -> AsyncIterator[bytes]:
    """The bytes of the one file in the body; `limit` is its size."""
    declared = request.headers.get("content-length", "")
    return only_file(
        _chunks(request),
        request.headers.get("content-type") or "",
        limit=limit + AROUND_BYTES,
        declared=int(declared) if declared.isdecimal() else None,
    )


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    stream: Any = request.stream
    while (chunk := await stream.read()) is not None:
        yield chunk


def body_of(request: Request, message: Any, *, limit: int) -> Any:
    """The JSON body as its declared type. Raises `WrongMediaType`, and what `strict_json.read` raises."""
    kind = (request.headers.get("content-type") or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise WrongMediaType
    return strict_json.read(request.body, message, limit=limit)


def query_of(request: Request, message: type[Any]) -> Any:
    """Every query field once, as its declared type; an unknown or doubled one is refused."""
    values: dict[str, str] = {}
    for name, given in request.get_args(keep_blank_values=True).items():
        if len(given) > 1:
            raise strict_json.InvalidMessage("查询条件重复。", fields={name: "只能出现一次"})
        values[name] = strict_json.cleaned_text(given[0], name)
    return strict_json.to_message(values, message, is_text=True)
