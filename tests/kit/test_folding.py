"""Folding: what a reader takes two texts for."""

import pytest

from kit.folding import fold


class TestFold:
    @pytest.mark.parametrize(
        ("text", "folded"),
        [
            ("ＡＢＣ１２３", "abc123"),
            ("加 微.信-号", "加微信号"),
            ("加\u200b微\u2060信\ufeff", "加微信"),
            ("加，微。信！", "加微信"),
            ("Straße", "strasse"),
            ("①②", "12"),
            ("e\u0301a\u0336b", "eab"),
            ("𠮷野家·巴特尔", "𠮷野家巴特尔"),
            ("🎉 ！", ""),
            ("", ""),
        ],
    )
    def test_keeps_letters_and_digits_in_their_plainest_form(self, text: str, folded: str) -> None:
        assert fold(text).text == folded

    def test_remembers_where_each_letter_stood(self) -> None:
        folded = fold("请 加\u200b微 ㈱ 信")
        assert folded.text == "请加微株信"
        start = folded.text.index("加微")
        assert folded.span(start, start + 2) == (2, 5)
        assert [folded.places[at] for at in range(5)] == [0, 2, 4, 6, 8]

    def test_gives_one_place_to_letters_that_come_of_one_character(self) -> None:
        assert fold("㎏").places == (0, 0)
