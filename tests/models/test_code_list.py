"""The code lists are whole, and what they name agrees with what the models allow."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from models import code_list
from models.code_list import all_lists, codes
from models.greeting import Channel
from models.suggestion_case import CaseResult, CaseSource
from models.unit import UnitKind

FILE = Path(code_list.__file__).with_name("code_lists.json")


def names_written_twice(text: str) -> list[str]:
    """Codes that stand more than once in one list of the file; reading it as a dictionary would hide them."""
    doubled: list[str] = []

    def note(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
        names = [name for name, _ in pairs]
        doubled.extend({name for name in names if names.count(name) > 1})
        return dict(pairs)

    json.loads(text, object_pairs_hook=lambda pairs: note(list(pairs)))
    return doubled


class TestCodes:
    def test_hold_the_62_disciplines_of_the_standard(self) -> None:
        """GB/T 13745-2009: 62 first-level disciplines, three digits from 110 to 910."""
        disciplines = codes("discipline")
        assert len(disciplines) == 62
        assert all(len(code) == 3 and code.isdigit() and "110" <= code <= "910" for code in disciplines)
        assert list(disciplines) == sorted(disciplines)
        assert (disciplines["110"], disciplines["320"], disciplines["910"]) == ("数学", "临床医学", "统计学")

    def test_hold_the_9_divisions_of_hohhot(self) -> None:
        divisions = codes("division")
        assert len(divisions) == 9
        assert all(len(code) == 6 and code.startswith("1501") for code in divisions)

    def test_stand_once_each(self) -> None:
        assert names_written_twice(FILE.read_text(encoding="utf-8")) == []
        # The control: the reader of this test sees a doubled code.
        assert names_written_twice('{"a": {"1": "x", "1": "y"}}') == ["1"]

    @pytest.mark.parametrize("name", all_lists())
    def test_have_words_for_every_code(self, name: str) -> None:
        words = list(codes(name).values())
        assert all(each == each.strip() and each for each in words)
        assert len(set(words)) == len(words)

    @pytest.mark.parametrize(("name", "column_width"), [("discipline", 3), ("title_level", 3), ("id_type", 2)])
    def test_fit_their_columns(self, name: str, column_width: int) -> None:
        assert {len(code) for code in codes(name)} == {column_width}

    @pytest.mark.parametrize(
        ("name", "kinds"),
        [
            ("channel", Channel),
            ("unit_kind", UnitKind),
            ("suggestion_source", CaseSource),
            ("suggestion_result", CaseResult),
        ],
    )
    def test_agree_with_the_models(self, name: str, kinds: type) -> None:
        assert set(codes(name)) == {str(each) for each in kinds}

    def test_do_not_know_a_list_that_is_not_there(self) -> None:
        with pytest.raises(KeyError):
            codes("unknown")
