"""The tree of refusals: every answer 4xx and 5xx that this system means to give is one of these classes.

The class carries the status; its name is the stable `code` that programs read; the words in it are for people, in
Chinese, and say what to do next. One translator in `server/` turns them into `application/problem+json` (RFC 9457).
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class Refusal(Exception):
    """Something that was asked for is refused. `facts` travel to the client beside the words, so no secrets in it."""

    status: ClassVar[int] = 400
    words: ClassVar[str] = "请求无法处理，请检查后再试。"

    def __init__(self, words: str | None = None, *, retry_after: int | None = None, **facts: Any) -> None:
        """`retry_after` is in seconds and becomes the `Retry-After` header."""
        self.detail = words or self.words
        self.facts: Mapping[str, Any] = facts
        self.retry_after = retry_after
        super().__init__(self.detail)

    @property
    def code(self) -> str:
        return type(self).__name__


class Unauthenticated(Refusal):
    """Nobody known is calling."""

    status = 401
    words = "请先登录。"


class Forbidden(Refusal):
    """Somebody known is calling, who may not do this."""

    status = 403
    words = "您没有此项权限。"


class NotFound(Refusal):
    """There is no such thing, or the caller may not know that there is."""

    status = 404
    words = "没有找到您要的内容。"


class Conflict(Refusal):
    """The thing exists but its state does not allow this now."""

    status = 409
    words = "当前状态不允许此操作，请刷新后再试。"


class Gone(Refusal):
    """It was there and has passed."""

    status = 410
    words = "已失效。"


class TooLarge(Refusal):
    status = 413
    words = "内容过大，请缩减后再试。"


class WrongMediaType(Refusal):
    status = 415
    words = "请以 application/json 提交。"


class Invalid(Refusal):
    """What was sent has the right form but cannot be meant; `fields` says where (field → words)."""

    status = 422
    words = "填写有误，请按提示修改。"

    def __init__(self, words: str | None = None, *, fields: Mapping[str, str] | None = None, **facts: Any) -> None:
        super().__init__(words, **facts)
        self.fields = dict(fields or {})


class TooMany(Refusal):
    status = 429
    words = "操作太频繁，请稍后再试。"


class Unavailable(Refusal):
    """Something that we rely on does not answer; the same request may succeed later."""

    status = 503
    words = "服务暂时不可用，请稍后再试。"
