"""What each kind of key in a reminder's template takes (wechat.md §11), as the simulated WeChat checks it."""

import re
from dataclasses import dataclass
from typing import Any

_CHINESE = r"\u3400-\u9fff"
_CLOCK = r"\d{1,2}:\d{2}(:\d{2})?"
_DAY = r"\d{4}年\d{1,2}月\d{1,2}日"
_TIME = rf"({_DAY} ?)?{_CLOCK}"
_DATE = rf"{_DAY}( ?{_CLOCK})?"
_KINDS = {
    "thing": r"[^\r\n]{1,20}",
    "number": r"-?\d[\d.]{0,31}",
    "letter": r"[A-Za-z]{1,32}",
    "symbol": rf"[^\w\s{_CHINESE}]{{1,5}}",
    "character_string": r"[!-~]{1,32}",
    "time": rf"{_TIME}(~{_TIME})?",
    "date": rf"{_DATE}(~{_DATE})?",
    "amount": r"[¥￥$€£]?\d{1,10}(\.\d{1,2})?元?",
    "phone_number": r"[\d+\-() ]{1,17}",
    "car_number": r"\S{1,8}",
    "name": rf"[{_CHINESE}]{{1,10}}|[^\d{_CHINESE}]{{1,20}}",
    "phrase": rf"[{_CHINESE}]{{1,5}}",
    "enum": r".{1,20}",
}


@dataclass(frozen=True)
class Template:
    """`keys` maps the names that the console gave (thing1, time4) to their kinds."""

    template_id: str
    app_id: str
    keys: dict[str, str]


def keys_of(names: list[str]) -> dict[str, str]:
    """Raises `ValueError` for a name of no known kind."""
    keys = {name: name.rstrip("0123456789") for name in names}
    unknown = [name for name, kind in keys.items() if kind not in _KINDS or name == kind]
    if unknown or not keys:
        raise ValueError(f"no such keys: {', '.join(unknown)}; kinds are {', '.join(_KINDS)}")
    return keys


def wrong_value(template: Template, data: Any) -> str | None:
    """What WeChat says is wrong with a message, naming the first key that is."""
    for key, kind in template.keys.items():
        told = data.get(key) if isinstance(data, dict) else None
        value = told.get("value") if isinstance(told, dict) else None
        if value is None or value == "":
            return f"argument invalid! data.{key}.value is empty"
        if not isinstance(value, str) or not re.fullmatch(_KINDS[kind], value):
            return f"argument invalid! data.{key}.value invalid"
    extra = next((key for key in data if key not in template.keys), None)
    return f"argument invalid! data.{extra}.value invalid" if extra else None
