"""The head of an answer: what all share is ready beforehand, and nothing in it can begin a line of its own."""

import pytest

from kit.answers import JsonAnswer, standing


class TestJsonAnswer:
    def test_says_what_all_say_after_what_it_says_itself(self) -> None:
        answer = JsonAnswer(b"{}", 200, headers={"retry-after": "5"})
        answer.standing = standing({"x-frame-options": "DENY", "cache-control": "no-store"})
        head = b"".join(b"%b: %b\r\n" % each for each in answer.processed_headers)
        assert head.split(b"\r\n") == [
            b"content-type: application/json; charset=utf-8",
            b"retry-after: 5",
            b"x-frame-options: DENY",
            b"cache-control: no-store",
            b"",
        ]

    def test_is_an_ordinary_answer_where_nothing_is_ready(self) -> None:
        answer = JsonAnswer(b"{}", 200, headers={"retry-after": "5\r\nx: y"})
        assert b"\n" not in dict(answer.processed_headers)[b"retry-after"]


class TestStanding:
    @pytest.mark.parametrize("value", ["a\r\nb: c", "中文", "a\x00"])
    def test_refuses_what_would_break_a_line(self, value: str) -> None:
        with pytest.raises(ValueError, match="printable"):
            standing({"x-odd": value})
