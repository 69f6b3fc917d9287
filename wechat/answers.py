"""What WeChat tells us, in our words: who somebody is, and whether a text may be shown."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Literal, cast

from wechat.errors import WeChatUnavailable

Suggestion = Literal["pass", "review", "risky"]
_BY_SEVERITY: tuple[Suggestion, ...] = ("pass", "review", "risky")

# msgSecCheck 2.0 takes at most 2,500 characters of text.
MAX_CHARACTERS = 2_500
# Neighbouring pieces share this much, so that no phrase is hidden by a cut through it.
OVERLAP = 50


class TextScene(IntEnum):
    """Where a text will be read; WeChat judges a profile by other measures than a comment."""

    PROFILE = 1
    COMMENT = 2
    FORUM = 3
    SOCIAL_LOG = 4


@dataclass(frozen=True)
class Identity:
    """Who logged in. Both ids stay out of the repr, because a repr ends in logs."""

    openid: str = field(repr=False)
    unionid: str | None = field(repr=False)


@dataclass(frozen=True)
class TextVerdict:
    """`label` is WeChat's kind of content (100 normal, 10001 advertising, 20001 politics …)."""

    suggest: Suggestion
    label: int | None
    trace_id: str


def identity_from(answer: dict[str, Any]) -> Identity:
    """The session key in the answer is dropped here: nothing of ours needs it, and what is not kept cannot leak."""
    openid = answer.get("openid")
    if not isinstance(openid, str) or not openid:
        raise WeChatUnavailable
    return Identity(openid, answer.get("unionid") or None)


def verdict_from(answer: dict[str, Any]) -> TextVerdict:
    """Only `result` decides: a risky text comes with errcode 0. A suggestion that we do not know goes to a person."""
    result = answer.get("result")
    if not isinstance(result, dict) or "suggest" not in result:
        raise WeChatUnavailable
    known = result["suggest"] in _BY_SEVERITY
    suggest = cast("Suggestion", result["suggest"]) if known else "review"
    return TextVerdict(suggest, _number(result.get("label")), str(answer.get("trace_id", "")))


def _number(label: object) -> int | None:
    # Documented as a number, seen as a string.
    return int(label) if isinstance(label, int | str) and str(label).isdecimal() else None


def pieces(content: str) -> Iterator[str]:
    """The text in overlapping pieces that WeChat accepts."""
    start = 0
    while True:
        yield content[start : start + MAX_CHARACTERS]
        if start + MAX_CHARACTERS >= len(content):
            return
        start += MAX_CHARACTERS - OVERLAP


def strictest(verdicts: Iterable[TextVerdict]) -> TextVerdict:
    return max(verdicts, key=lambda verdict: _BY_SEVERITY.index(verdict.suggest))
