"""Which keys are keys."""

import re

import pytest

from kit.idempotency import LONGEST, PATTERN, IdempotencyKeyInvalid, key_in


class TestKeyIn:
    def test_finds_none_where_none_was_sent(self) -> None:
        assert key_in([]) is None

    @pytest.mark.parametrize("key", ["a", "!", "~", "x" * LONGEST, "2f6e-ZZ_9.", '"quoted"'])
    def test_takes_visible_ascii(self, key: str) -> None:
        assert key_in([key]) == key
        assert re.search(PATTERN, key)

    @pytest.mark.parametrize(
        "key", ["", " ", "x" * (LONGEST + 1), "a b", "a\t", "a\n", "键", "\x7f", "\x00", "a\udcff"]
    )
    def test_refuses_everything_else(self, key: str) -> None:
        with pytest.raises(IdempotencyKeyInvalid):
            key_in([key])

    def test_refuses_two_even_if_they_are_equal(self) -> None:
        with pytest.raises(IdempotencyKeyInvalid):
            key_in(["a", "a"])
