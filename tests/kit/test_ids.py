"""Row ids in the order of time, and check digits that catch a slip of the pen."""

import multiprocessing
import time
from typing import Any
from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from kit.ids import has_right_check_digit, uuid7, uuid7_text, with_check_digit


def chances() -> set[int]:
    """The random parts of the next 200 ids."""
    return {uuid7().int & ((1 << 62) - 1) for _ in range(200)}


def tell_chances(pipe: Any) -> None:
    pipe.send(chances())


DIGITS = st.text("0123456789", min_size=1, max_size=18)


class TestUuid7:
    def test_has_the_version_and_variant_of_the_standard(self) -> None:
        assert {(each.version, each.variant) for each in (uuid7() for _ in range(500))} == {(7, RFC_4122)}

    def test_is_written_as_its_text(self) -> None:
        text = uuid7_text()
        assert text == str(UUID(text))
        assert (UUID(text).version, UUID(text).variant) == (7, RFC_4122)

    def test_carries_the_millisecond_it_was_made_in(self) -> None:
        before = time.time_ns() // 1_000_000
        made = uuid7()
        after = time.time_ns() // 1_000_000
        assert before <= made.int >> 80 <= after

    def test_draws_other_chances_in_a_process_that_was_split_off(self) -> None:
        uuid7()
        mine, theirs = multiprocessing.get_context("fork").Pipe()
        child = multiprocessing.get_context("fork").Process(target=tell_chances, args=(theirs,))
        child.start()
        told, ours = mine.recv(), chances()
        child.join()
        assert len(told | ours) == 400

    def test_sorts_later_rows_after_earlier_ones(self) -> None:
        made = []
        for _ in range(20):
            made.append(uuid7())
            time.sleep(0.0015)
        assert made == sorted(made)
        assert [str(each) for each in made] == sorted(str(each) for each in made)

    def test_never_makes_one_twice(self) -> None:
        assert len({uuid7() for _ in range(20_000)}) == 20_000

    def test_rises_within_one_millisecond_too(self) -> None:
        made = [uuid7() for _ in range(5_000)]
        assert made == sorted(made)

    def test_leaves_62_bits_to_chance(self) -> None:
        made = [uuid7().int for _ in range(300)]
        # A bit that never changes within one run of 300 is either time, version, variant, or not random at all.
        moving = 0
        for each in made:
            moving |= each ^ made[0]
        fixed_by_the_standard = (0xF << 76) | (0b11 << 62)
        random_bits = (1 << 62) - 1
        assert moving & random_bits == random_bits
        assert moving & fixed_by_the_standard == 0


class TestCheckDigit:
    def test_knows_the_example_of_the_standard(self) -> None:
        assert with_check_digit("7992739871") == "79927398713"

    @given(DIGITS)
    def test_accepts_what_it_wrote(self, digits: str) -> None:
        assert has_right_check_digit(with_check_digit(digits))

    @given(DIGITS, st.data())
    def test_catches_every_single_wrong_digit(self, digits: str, data: st.DataObject) -> None:
        right = with_check_digit(digits)
        place = data.draw(st.integers(0, len(right) - 1))
        for wrong in set("0123456789") - {right[place]}:
            assert not has_right_check_digit(right[:place] + wrong + right[place + 1 :])

    def test_refuses_what_is_no_number(self) -> None:
        assert not any(has_right_check_digit(each) for each in ("", "abc", "7992739871x", "-79927398713", "７９９２"))
