"""JSON from outside, read so strictly that two readers can never disagree on what it says."""

import json
from collections import Counter
from datetime import datetime
from typing import Any, NoReturn, TypeVar

import msgspec

from kit.errors import Invalid, Refusal, TooLarge
from kit.text import UnacceptableText, clean

T = TypeVar("T")

# A registration form is three deep. Far below what makes any later reader recurse too far.
MAX_DEPTH = 16
# Longer numbers than any field has; Python refuses 4,300 digits itself, databases far fewer.
MAX_INT = 2**53
# At the ends of the calendar a moment has no name in another zone, and arithmetic overflows.
YEARS = range(1900, 2200)


class MalformedJson(Refusal):
    """Not JSON (RFC 8259), or JSON that readers take differently: NaN, Infinity, a key twice."""

    status = 400
    words = "提交的内容不是有效的 JSON。"


class TooDeep(Refusal):
    status = 400
    words = "提交的内容嵌套过深。"


class BodyTooLarge(TooLarge):
    words = "提交的内容过大。"


class InvalidMessage(Invalid):
    """The JSON is sound but lacks a field, has one too many, or a value of another type or range."""


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedJson(f"提交的内容含有 JSON 不允许的数值 {name}。")


def _int(digits: str) -> int:
    # Too long to be meant and slow to read: any number out of range will do, `_cleaned` names its field.
    return int(digits) if len(digits) <= 17 else MAX_INT + 1


def _float(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        _refuse_constant(text[:20])
    return number


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    known = dict(pairs)
    if len(known) != len(pairs):
        times = Counter(name for name, _ in pairs)
        _refuse_doubled(times.most_common(1)[0][0])
    return known


def _refuse_doubled(name: str) -> NoReturn:
    # Not cleaned yet: a lone surrogate in it could not be written into the answer.
    raise MalformedJson(f"提交的内容中有重复的字段 {name.encode(errors='replace').decode()[:40]}。")


_decoder = json.JSONDecoder(
    parse_constant=_refuse_constant, parse_int=_int, parse_float=_float, object_pairs_hook=_object
)


def decode(body: bytes, *, limit: int) -> Any:
    """Plain Python values with every string cleaned.

    `limit` is in bytes. Raises `BodyTooLarge`, `MalformedJson`, `TooDeep`, `InvalidMessage` or `UnacceptableText`.
    """
    if len(body) > limit:
        raise BodyTooLarge(limit_bytes=limit)
    try:
        value = _decoder.decode(body.decode("utf-8"))
    except RecursionError:
        raise TooDeep from None
    except ValueError:
        raise MalformedJson from None
    return _cleaned(value, MAX_DEPTH, "")


def _cleaned(value: Any, depth: int, where: str) -> Any:
    if isinstance(value, str):
        return cleaned_text(value, where)
    if isinstance(value, int) and abs(value) > MAX_INT:
        raise InvalidMessage(f"{where}：数值超出范围" if where else None, fields={where or "body": "数值超出范围"})
    if depth == 0 and isinstance(value, dict | list):
        raise TooDeep
    if isinstance(value, dict):
        return _cleaned_object(value, depth, where)
    if isinstance(value, list):
        return [_cleaned(item, depth - 1, f"{where}[{place}]") for place, item in enumerate(value)]
    return value


def _cleaned_object(value: dict[str, Any], depth: int, where: str) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for key, item in value.items():
        name = cleaned_text(key, where)
        # Two spellings of one name are the same name in normal form C.
        if name in known:
            _refuse_doubled(name)
        known[name] = _cleaned(item, depth - 1, f"{where}.{name}".lstrip("."))
    return known


def cleaned_text(text: str, where: str) -> str:
    """`text` cleaned; raises `UnacceptableText` that names the field."""
    try:
        return clean(text)
    except UnacceptableText:
        raise UnacceptableText(fields={where or "body": UnacceptableText.words}) from None


def read(body: bytes, message: type[T], *, limit: int) -> T:
    """The message in `body`; unknown fields are refused where the message type forbids them."""
    return to_message(decode(body, limit=limit), message)


def to_message(value: Any, message: type[T], *, is_text: bool = False) -> T:
    """`value` as a `message`; raises `InvalidMessage` that names the field and says in Chinese what is wanted.

    `is_text` is for queries, where a number arrives as its digits.
    """
    try:
        read = msgspec.convert(value, message, strict=not is_text)
    except msgspec.ValidationError as error:
        field, words = _explain(str(error))
        raise InvalidMessage(f"{field}：{words}" if field else words, fields={field: words} if field else {}) from None
    _check_moments(read, "")
    return read


_MAY_HOLD_MOMENTS = (datetime, msgspec.Struct, list)


def _check_moments(value: Any, where: str) -> None:
    if isinstance(value, datetime):
        if value.year not in YEARS:
            raise InvalidMessage(f"{where}：时间超出范围", fields={where: "时间超出范围"})
    elif isinstance(value, msgspec.Struct):
        for name, shown in zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True):
            if isinstance(part := getattr(value, name), _MAY_HOLD_MOMENTS):
                _check_moments(part, f"{where}.{shown}".lstrip("."))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            _check_moments(item, f"{where}[{place}]")


# msgspec says what is wrong in English; people read these words, programs the code and the field.
_EXPLANATIONS = (
    ("missing required field", "缺少必填项"),
    ("contains unknown field", "不认识的字段"),
    ("length >=", "太短"),
    ("length <=", "太长"),
    ("matching regex", "格式不对"),
    ("Invalid enum value", "不在可选范围内"),
    ("Invalid UUID", "编号格式不对"),
    ("Invalid RFC3339 encoded datetime", "时间格式不对，应带时区"),
    ("Invalid RFC3339 encoded date", "日期格式不对，应如 2019-05-30"),
    ("Invalid RFC3339", "时间格式不对"),
    ("timezone", "时间须带时区"),
    (">=", "数值太小"),
    ("<=", "数值太大"),
    ("Expected", "类型不对"),
)


def _explain(message: str) -> tuple[str, str]:
    what, _, path = message.partition(" - at `")
    field = path.rstrip("`").removeprefix("$").lstrip(".")
    named = what.split("`")
    if "field `" in what:
        field = ".".join(filter(None, [field, named[1]]))
    words = next((words for mark, words in _EXPLANATIONS if mark in what), "填写有误")
    return field, words
