"""What may stand in a text, and what comes out unchanged."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.text import UnacceptableText, clean

NON_CHARACTERS = ["\ufffe", "\uffff", "\ufdd0", "\ufdef", "\U0001fffe", "\U0010ffff"]
CONTROLS = ["\x00", "\x01", "\x08", "\x0b", "\x0c", "\x1b", "\x1f", "\x7f", "\x80", "\x85", "\x9f"]
SURROGATES = ["\ud800", "\udbff", "\udc00", "\udfff"]


class TestClean:
    @pytest.mark.parametrize(
        "text",
        [
            "巴特尔",
            "艾力·买买提",
            "阿依古丽·艾合买提·吾买尔江·吐尔逊江·库尔班",
            "𠮷田",
            "ᠪᠠᠭᠠᠲᠤᠷ",
            "ئەلى مەمەت",
            "שלום",
            "ẹ́̂",
            "𰻝𰻝面",
            "一\n二\t三",
            "👩🏽‍🔬",
            "Zoë O'Neil-Ng",
            "名" * 25,
        ],
    )
    def test_keeps_what_people_write(self, text: str) -> None:
        assert clean(text) == unicodedata.normalize("NFC", text)

    def test_keeps_a_name_of_25_characters_whole(self) -> None:
        name = "买买提" * 8 + "𠮷"
        assert clean(name) == name
        assert len(clean(name)) == 25

    def test_makes_two_spellings_of_one_name_equal(self) -> None:
        assert clean("Zoe\u0308") == clean("Zo\u00eb") == "Zo\u00eb"

    def test_does_not_fold_what_only_looks_alike(self) -> None:
        assert clean("Ａ①㍿") == "Ａ①㍿"

    def test_writes_every_line_end_as_one_line_feed(self) -> None:
        assert clean("一\r\n二\r三\n四") == "一\n二\n三\n四"

    @pytest.mark.parametrize("char", [*CONTROLS, *SURROGATES, *NON_CHARACTERS], ids=lambda char: f"U+{ord(char):04X}")
    @pytest.mark.parametrize("around", ["{}", "巴特尔{}", "{}abc", "a{}b"])
    def test_refuses_what_breaks_a_database_or_a_document(self, char: str, around: str) -> None:
        with pytest.raises(UnacceptableText):
            clean(around.format(char))

    @given(st.text())
    def test_changes_nothing_the_second_time(self, text: str) -> None:
        try:
            once = clean(text)
        except UnacceptableText:
            return
        assert clean(once) == once
        assert "\x00" not in once
        once.encode("utf-8")
