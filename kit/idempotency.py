"""Idempotency keys: what a client sends with a write so that it may ask twice and be served once."""

import re
from collections.abc import Sequence

from kit.errors import Conflict, Invalid

HEADER = "idempotency-key"
REPLAYED = "idempotent-replayed"
LONGEST = 128
# Visible ASCII. `\Z`, because `$` would let a line feed stand at the end.
PATTERN = r"^[!-~]{1,128}$"
_KEY = re.compile(r"[!-~]{1,128}\Z")


class IdempotencyKeyInvalid(Invalid):
    words = "Idempotency-Key 应为 1 至 128 个可见的 ASCII 字符，且只出现一次。"


class IdempotencyKeyReused(Invalid):
    """The key came with another request before: answering with that one's answer would be a lie."""

    words = "此 Idempotency-Key 已用于另一个请求，请为新的请求换一个。"


class IdempotencyKeyInFlight(Conflict):
    """The first request with this key is still being worked on; ask again after `Retry-After`."""

    words = "相同的请求正在处理，请稍候再试。"


def key_in(values: Sequence[str]) -> str | None:
    """The key among the header's values; None where there is none. Raises `IdempotencyKeyInvalid`."""
    if not values:
        return None
    if len(values) > 1 or not _KEY.match(values[0]):
        raise IdempotencyKeyInvalid
    return values[0]
