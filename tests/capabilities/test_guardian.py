"""A guardian's three fields, and how they travel into a sealed column and back."""

import pytest

from capabilities.guardian import Guardian, read, written


class TestGuardian:
    @pytest.mark.parametrize(
        ("guardian", "is_filled_in"),
        [
            (Guardian("萨仁", "母亲", "13912345678"), True),
            (Guardian(" ", "母亲", "13912345678"), False),
            (Guardian("萨仁", "　", "13912345678"), False),
            (Guardian("萨仁", "母亲", "     "), False),
        ],
    )
    def test_is_filled_in_by_words_and_not_by_spaces(self, guardian: Guardian, is_filled_in: bool) -> None:
        assert guardian.is_filled_in is is_filled_in

    def test_comes_back_as_it_was_written(self) -> None:
        guardian = Guardian("𠮷萨仁", "祖母", "+97688112233")
        assert read(written(guardian)) == guardian
        assert read(written(None)) is None
