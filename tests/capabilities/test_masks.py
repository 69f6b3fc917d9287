"""Masks: what is left of a name, a phone and an ID number for those who need not know them."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from capabilities.masks import mask_id_number, mask_name, mask_phone


class TestMaskName:
    @pytest.mark.parametrize(
        ("name", "masked"),
        [
            ("巴特尔", "巴**"),
            ("欧阳修", "欧**"),
            ("王芳", "王*"),
            ("斯琴高娃", "斯***"),
            ("艾力·买买提", "艾**"),
            ("阿·布", "阿**"),
            ("𠮷野家", "𠮷**"),
            ("阿" * 25, "阿**"),
            ("Nguyễn Văn An", "N**"),
            ("", ""),
        ],
    )
    def test_keeps_the_first_character(self, name: str, masked: str) -> None:
        assert mask_name(name) == masked

    @given(some.text(min_size=5, max_size=60))
    def test_tells_no_length_of_a_long_name(self, name: str) -> None:
        assert mask_name(name) == name[0] + "**"


class TestMaskPhone:
    @pytest.mark.parametrize(
        ("phone", "masked"),
        [
            ("13812345678", "138****5678"),
            ("0471-6621013", "047****1013"),
            ("123456789", "****6789"),
            ("66210138", "****"),
            ("1234", "****"),
            ("", "****"),
        ],
    )
    def test_keeps_three_and_four(self, phone: str, masked: str) -> None:
        assert mask_phone(phone) == masked

    @given(some.text("0123456789", max_size=20))
    def test_hides_at_least_four_digits_or_all(self, phone: str) -> None:
        shown = sum(character.isdigit() for character in mask_phone(phone))
        assert shown == 0 or len(phone) - shown >= 4


class TestMaskIdNumber:
    @pytest.mark.parametrize(
        ("number", "masked"),
        [
            ("150102198001010014", "150102********0014"),
            ("15010219800101009X", "150102********009X"),
            ("150102800101001", "150102*****1001"),
            ("E12345678", "****78"),
            ("H1234", "****34"),
            ("1234", "****"),
            ("", "****"),
        ],
    )
    def test_keeps_the_place_and_the_end(self, number: str, masked: str) -> None:
        assert mask_id_number(number) == masked

    @given(some.text("0123456789X", min_size=18, max_size=18))
    def test_hides_the_date_of_birth(self, number: str) -> None:
        assert mask_id_number(number) == number[:6] + "*" * 8 + number[-4:]

    @given(some.text("0123456789ABCX", max_size=20))
    def test_hides_at_least_three_characters_or_all(self, number: str) -> None:
        shown = sum(character != "*" for character in mask_id_number(number))
        assert shown == 0 or len(number) - shown >= 3
