"""Cursors that lead to the next page, and those that were tampered with."""

import pytest

from kit.ids import uuid7
from kit.paging import DEFAULT_LIMIT, MAX_LIMIT, BadCursor, after, limit_of, row_of


class TestRowOf:
    def test_finds_the_row_that_the_cursor_was_made_of(self) -> None:
        row = uuid7()
        assert row_of(after(row)) == row

    @pytest.mark.parametrize("cursor", [None, ""])
    def test_begins_at_the_first_page_without_a_cursor(self, cursor: str | None) -> None:
        assert row_of(cursor) is None

    @pytest.mark.parametrize("wrong", ["x", "!!!", "AAAA", "' OR 1=1 --", "名", "A" * 23, "A" * 5000])
    def test_refuses_what_it_did_not_write(self, wrong: str) -> None:
        with pytest.raises(BadCursor):
            row_of(wrong)

    def test_refuses_a_cursor_with_a_character_more_or_less(self) -> None:
        cursor = after(uuid7())
        for wrong in (cursor + "A", cursor[:-1], cursor + "=", " " + cursor, cursor + "\n"):
            with pytest.raises(BadCursor):
                row_of(wrong)


class TestLimitOf:
    @pytest.mark.parametrize(
        ("asked", "given"),
        [(None, DEFAULT_LIMIT), (0, DEFAULT_LIMIT), (1, 1), (-7, 1), (MAX_LIMIT, MAX_LIMIT), (10**9, MAX_LIMIT)],
    )
    def test_stays_within_bounds(self, asked: int | None, given: int) -> None:
        assert limit_of(asked) == given
