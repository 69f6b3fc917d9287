"""What WeChat tells us, in our words: who somebody is, under which number, and whether a text may be shown."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Literal, cast

from wechat.errors import WeChatUnavailable

# Which of the mini-program's versions a code or a reminder opens.
ProgramVersion = Literal["release", "trial", "develop"]
Suggestion = Literal["pass", "review", "risky"]
_BY_SEVERITY: tuple[Suggestion, ...] = ("pass", "review", "risky")

# msgSecCheck 2.0 takes at most 2,500 characters of text.
MAX_CHARACTERS = 2_500
# Neighbouring pieces share this much, so that no phrase is hidden by a cut through it.
OVERLAP = 50
# Longer than any trace id that WeChat has given.
MAX_TRACE_ID = 80
_TRACE_ID = re.compile(rf"[!-~]{{1,{MAX_TRACE_ID}}}")


class TextScene(IntEnum):
    """Where a text will be read; WeChat judges a profile by other measures than a comment."""

    PROFILE = 1
    COMMENT = 2
    FORUM = 3
    SOCIAL_LOG = 4


class MediaKind(IntEnum):
    """A false kind makes WeChat pass anything, and there is none for a video."""

    VOICE = 1
    IMAGE = 2


@dataclass(frozen=True)
class Identity:
    """Who logged in. Both ids stay out of the repr, because a repr ends in logs."""

    openid: str = field(repr=False)
    unionid: str | None = field(repr=False)


@dataclass(frozen=True)
class PhoneNumber:
    """`number` is without the country's prefix, `country_code` without a plus (86)."""

    number: str = field(repr=False)
    country_code: str


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
    return TextVerdict(
        suggestion_from(result["suggest"]), label_from(result.get("label")), str(answer.get("trace_id", ""))
    )


def suggestion_from(said: object) -> Suggestion:
    """What we do not know goes to a person."""
    return next((known for known in _BY_SEVERITY if known == said), "review")


def label_from(said: object) -> int | None:
    # Documented as a number, seen as a string.
    return int(said) if isinstance(said, int | str) and re.fullmatch(r"[0-9]{1,9}", str(said)) else None


def phone_from(answer: dict[str, Any]) -> PhoneNumber:
    told = answer.get("phone_info")
    number = told.get("purePhoneNumber") if isinstance(told, dict) else None
    if not isinstance(told, dict) or not isinstance(number, str) or not number:
        raise WeChatUnavailable
    # Documented as a string, shown as a number.
    return PhoneNumber(number, str(told.get("countryCode") or "").lstrip("+"))


def trace_from(answer: dict[str, Any]) -> str:
    """The name under which the verdict will be pushed."""
    trace_id = answer.get("trace_id")
    if not is_trace_id(trace_id):
        raise WeChatUnavailable
    return cast("str", trace_id)


def is_trace_id(said: object) -> bool:
    return isinstance(said, str) and _TRACE_ID.fullmatch(said) is not None


def picture_from(answer: object) -> bytes:
    if not isinstance(answer, bytes):
        raise WeChatUnavailable
    return answer


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
