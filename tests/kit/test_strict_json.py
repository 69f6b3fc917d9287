"""JSON that two readers could take differently is refused, with a class and words of our own."""

import contextlib
import json
import re
from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from kit.errors import Invalid, Refusal
from kit.strict_json import (
    MAX_DEPTH,
    MAX_INT,
    BodyTooLarge,
    InvalidMessage,
    MalformedJson,
    TooDeep,
    decode,
    read,
    to_message,
)
from kit.text import UnacceptableText

LIMIT = 1024 * 1024
# What a person must never read: msgspec's own words.
ENGLISH = re.compile(r"expected|invalid|object|missing|required|unknown|length|timezone|regex|\$", re.IGNORECASE)


class Colour(StrEnum):
    RED = "red"


class Child(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=25)]
    age: Annotated[int, Meta(ge=0, le=150)] = 0


class Form(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=2, max_length=25)]
    phone: Annotated[str, Meta(pattern=r"^1\d{10}$")] | None = None
    at: Annotated[datetime, Meta(tz=True)] | None = None
    day: date | None = None
    colour: Colour | None = None
    size: Literal["s", "m"] | None = None
    id: UUID | None = None
    agrees: bool | None = None
    score: float | None = None
    count: int | None = None
    children: Annotated[list[Child], Meta(max_length=3)] = []


def refusal_of(call: Callable[[], Any]) -> Refusal:
    with pytest.raises(Refusal) as refused:
        call()
    return refused.value


def form(**more: Any) -> bytes:
    return json.dumps({"name": "巴特尔", **more}).encode()


class TestDecode:
    @pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 400 + ".0"])
    @pytest.mark.parametrize("around", ["{}", '{{"a": {}}}', '{{"a": [1, {{"b": {}}}]}}'])
    def test_refuses_what_is_no_number(self, number: str, around: str) -> None:
        assert type(refusal_of(lambda: decode(around.format(number).encode(), limit=LIMIT))) is MalformedJson

    @pytest.mark.parametrize(
        "body",
        ['{"a":1,"a":1}', '{"x":{"a":1,"b":2,"a":3}}', '[{"x":[{"a":null,"a":null}]}]', r'{"a":1,"\u0061":2}'],
    )
    def test_refuses_a_key_twice_at_any_depth(self, body: str) -> None:
        refusal = refusal_of(lambda: decode(body.encode(), limit=LIMIT))
        assert type(refusal) is MalformedJson
        assert "重复的字段 a" in refusal.detail

    def test_refuses_two_spellings_of_one_key(self) -> None:
        body = '{"x": {"Zo\u00eb": 1, "Zoe\u0308": 2}}'.encode()
        assert type(refusal_of(lambda: decode(body, limit=LIMIT))) is MalformedJson

    def test_can_write_the_answer_to_a_doubled_key_that_is_no_text(self) -> None:
        refusal = refusal_of(lambda: decode(rb'{"\ud800":1,"\ud800":2}', limit=LIMIT))
        refusal.detail.encode()

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            (rb'{"name":"\ud800"}', "name"),
            (rb'{"name":"a\udfffb"}', "name"),
            (rb'{"name":"\ude00\ud83d"}', "name"),
            (rb'{"children":[{"name":"a"},{"name":"\u0000"}]}', "children[1].name"),
            (rb'{"a":{"b":"\u001b[31m"}}', "a.b"),
            (b'{"a":"\xef\xbf\xbf"}', "a"),
            (rb'"\u0000"', "body"),
            (rb'{"\u0000":1}', "body"),
            (rb'{"a":{"\ud800":1}}', "a"),
        ],
    )
    def test_refuses_unacceptable_text_and_names_its_field(self, body: bytes, field: str) -> None:
        refusal = refusal_of(lambda: decode(body, limit=LIMIT))
        assert isinstance(refusal, UnacceptableText)
        assert list(refusal.fields) == [field]

    def test_joins_a_pair_of_surrogates(self) -> None:
        assert decode(rb'"\ud842\udfb7"', limit=LIMIT) == "𠮷"

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b" ",
            b"{",
            b"{}x",
            b"{} {}",
            b"{'a':1}",
            b'{"a":1,}',
            b"[1,]",
            b"01",
            b"+1",
            b".5",
            b"// no\n{}",
            b'{"a":"\x01"}',
            b'{"a":"\n"}',
            b"\xef\xbb\xbf{}",
            b'{"a":"\xff"}',
            b'{"a":"\xed\xa0\x80"}',
            b'{"a":"\xc0\x80"}',
            "{}".encode("utf-16"),
            b"undefined",
            b"True",
        ],
    )
    def test_refuses_what_is_no_json(self, body: bytes) -> None:
        assert type(refusal_of(lambda: decode(body, limit=LIMIT))) is MalformedJson

    @pytest.mark.parametrize("body", [b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000])
    def test_refuses_nesting_without_end(self, body: bytes) -> None:
        assert type(refusal_of(lambda: decode(body, limit=LIMIT))) in {TooDeep, MalformedJson}

    def test_refuses_one_level_more_than_allowed(self) -> None:
        allowed = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
        decode(allowed, limit=LIMIT)
        assert type(refusal_of(lambda: decode(b"[" + allowed + b"]", limit=LIMIT))) is TooDeep

    @pytest.mark.parametrize("number", ["9" * 5000, "-" + "9" * 5000, str(MAX_INT + 1), str(-MAX_INT - 1)])
    def test_refuses_an_integer_out_of_range_and_names_its_field(self, number: str) -> None:
        refusal = refusal_of(lambda: decode(f'{{"a":[0,{number}]}}'.encode(), limit=LIMIT))
        assert isinstance(refusal, InvalidMessage)
        assert refusal.fields == {"a[1]": "数值超出范围"}

    def test_keeps_integers_that_every_reader_can_hold(self) -> None:
        assert decode(f"[{MAX_INT},{-MAX_INT},0,-0]".encode(), limit=LIMIT) == [MAX_INT, -MAX_INT, 0, 0]

    def test_refuses_a_body_one_byte_over_its_limit(self) -> None:
        assert decode(b'"abc"', limit=5) == "abc"
        refusal = refusal_of(lambda: decode(b'"abc"', limit=4))
        assert type(refusal) is BodyTooLarge
        assert refusal.facts == {"limit_bytes": 4}

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers(-MAX_INT, MAX_INT) | st.text("巴特尔·𠮷abc \n"),
            lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcd", max_size=3), inner, max_size=4),
            max_leaves=12,
        )
    )
    def test_reads_sound_json_as_it_is(self, value: Any) -> None:
        assert decode(json.dumps(value, ensure_ascii=False).encode(), limit=LIMIT) == value

    @given(st.binary(max_size=200))
    def test_answers_anything_with_a_value_or_a_refusal(self, body: bytes) -> None:
        with contextlib.suppress(Refusal):
            decode(body, limit=LIMIT)


WRONG = [
    (b"{}", "name", "缺少必填项"),
    (form(name="a"), "name", "太短"),
    (form(name="名" * 26), "name", "太长"),
    (form(name=3), "name", "类型不对"),
    (form(name=None), "name", "类型不对"),
    (form(nick="x"), "nick", "不认识的字段"),
    (form(phone="12"), "phone", "格式不对"),
    (form(at="2019-05-30T08:00:00"), "at", "时间须带时区"),
    (form(at="yesterday"), "at", "时间格式不对，应带时区"),
    (form(day="30.5.2019"), "day", "日期格式不对，应如 2019-05-30"),
    (form(colour="blue"), "colour", "不在可选范围内"),
    (form(size="xl"), "size", "不在可选范围内"),
    (form(id="1"), "id", "编号格式不对"),
    (form(agrees=1), "agrees", "类型不对"),
    (form(agrees="true"), "agrees", "类型不对"),
    (form(score="1.5"), "score", "类型不对"),
    (form(count=1.5), "count", "类型不对"),
    (form(count="1"), "count", "类型不对"),
    (form(count=True), "count", "类型不对"),
    (form(children=[{}]), "children[0].name", "缺少必填项"),
    (form(children=[{"name": "a"}, {"name": "b", "age": 151}]), "children[1].age", "数值太大"),
    (form(children=[{"name": "a", "age": -1}]), "children[0].age", "数值太小"),
    (form(children=[{"name": "a", "x": {"y": 1}}]), "children[0].x", "不认识的字段"),
    (form(children=[{"name": "a"}] * 4), "children", "太长"),
    (form(children={"name": "a"}), "children", "类型不对"),
]


class TestRead:
    def test_reads_a_sound_form(self) -> None:
        read_form = read(form(at="2019-05-30T08:00:00+08:00", children=[{"name": "𠮷"}]), Form, limit=LIMIT)
        assert (read_form.name, read_form.children) == ("巴特尔", [Child("𠮷")])
        assert read_form.at == datetime.fromisoformat("2019-05-30T00:00:00+00:00")

    @pytest.mark.parametrize(("body", "field", "words"), WRONG, ids=[f"{field}-{words}" for _, field, words in WRONG])
    def test_names_the_field_and_says_in_chinese_what_is_wrong(self, body: bytes, field: str, words: str) -> None:
        refusal = refusal_of(lambda: read(body, Form, limit=LIMIT))
        assert isinstance(refusal, InvalidMessage)
        assert refusal.fields == {field: words}
        assert refusal.detail == f"{field}：{words}"
        assert not ENGLISH.search(words)

    @pytest.mark.parametrize("body", [b"[]", b"null", b"3", b'"name"', b"true", b"[[]]"])
    def test_refuses_what_is_no_object_in_the_place_of_one(self, body: bytes) -> None:
        refusal = refusal_of(lambda: read(body, Form, limit=LIMIT))
        assert isinstance(refusal, InvalidMessage)
        assert refusal.detail == "类型不对"

    @given(st.dictionaries(st.sampled_from([*Form.__struct_fields__, "x`y", " - at `$.z`", ""]), st.text() | st.none()))
    def test_never_speaks_english(self, values: dict[str, str | None]) -> None:
        words: list[str] = []
        try:
            read(json.dumps(values).encode(), Form, limit=LIMIT)
        except Invalid as refusal:
            words = list(refusal.fields.values())
        assert not any(ENGLISH.search(each) for each in words)


class TestToMessage:
    def test_takes_the_digits_of_a_query_for_a_number(self) -> None:
        assert to_message({"name": "a", "age": "7"}, Child, is_text=True) == Child("a", 7)

    def test_takes_a_number_of_a_body_for_a_number_only(self) -> None:
        with pytest.raises(InvalidMessage):
            to_message({"name": "a", "age": "7"}, Child)
