"""Lists page by page: the cursor is the last row's place in an order that new rows do not disturb."""

from uuid import UUID

from kit.errors import Invalid
from kit.seals import decode, encode

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


class BadCursor(Invalid):
    words = "翻页位置无效，请从第一页重新查看。"


def after(row_id: UUID) -> str:
    return encode(row_id.bytes)


def row_of(cursor: str | None) -> UUID | None:
    """The row that the page starts after; None for the first page. Raises `BadCursor`."""
    if not cursor:
        return None
    raw = decode(cursor)
    if raw is None or len(raw) != 16:
        raise BadCursor
    return UUID(bytes=raw)


def limit_of(asked: int | None) -> int:
    return min(max(asked or DEFAULT_LIMIT, 1), MAX_LIMIT)
