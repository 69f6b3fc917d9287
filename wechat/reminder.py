"""What fits into the fields of a reminder (订阅消息): WeChat refuses the whole message for one value too long."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

# Which mini-program a tap on the reminder opens.
ReminderState = Literal["developer", "trial", "formal"]


@dataclass(frozen=True)
class ReminderTemplate:
    """A template chosen in WeChat's console: its id, and our field → its key (`time4`)."""

    template_id: str
    keys: Mapping[str, str]


# What a message of ours can put into a template.
FIELDS = frozenset({"subject", "outcome", "time", "place", "note"})

_CHINESE = r"\u3400-\u9fff"
# Per kind of key, what its values may not hold and how many characters they may have (wechat.md §11). What cannot be
# cut without becoming another moment or amount is left as it is: time, date, amount, enum.
_LIMITS: dict[str, tuple[re.Pattern[str], int]] = {
    "number": (re.compile(r"[^0-9.\-]"), 32),
    "letter": (re.compile(r"[^A-Za-z]"), 32),
    "symbol": (re.compile(rf"[\w\s{_CHINESE}]"), 5),
    "character_string": (re.compile(r"[^!-~]"), 32),
    "phone_number": (re.compile(r"[^0-9+\-() ]"), 17),
    "car_number": (re.compile(r"\s"), 8),
    "phrase": (re.compile(f"[^{_CHINESE}]"), 5),
}
_THING = 20
_CHINESE_NAME = 10
_OTHER_NAME = 20


def fit(kind: str, text: str) -> str:
    """As much of a text as a key of this kind takes. Empty where none of it is allowed, and WeChat refuses that."""
    text = " ".join(text.split())
    if kind == "thing":
        return text if len(text) <= _THING else f"{text[: _THING - 1]}…"
    if kind == "name":
        return _fit_name(text)
    if kind not in _LIMITS:
        return text
    refused, longest = _LIMITS[kind]
    return refused.sub("", text)[:longest].strip()


def _fit_name(text: str) -> str:
    # All Chinese or none, and digits in neither: 「用户410774」 is refused.
    if re.search(f"[{_CHINESE}]", text):
        return re.sub(f"[^{_CHINESE}]", "", text)[:_CHINESE_NAME]
    return re.sub(r"\d", "", text)[:_OTHER_NAME].strip()


def kind_of(key: str) -> str:
    """`thing` of `thing1`."""
    return key.rstrip("0123456789")
