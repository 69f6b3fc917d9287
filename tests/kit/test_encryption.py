"""Personal data at rest: unreadable without the key, and in the place where it was put."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.encryption import KEY_ID_BYTES, NONCE_BYTES, KeyRing, UnreadableCiphertext

OLD, NEW, INDEX = b"o" * 32, b"n" * 32, b"i" * 32
PLACE = "volunteer.name"


@pytest.fixture
def ring() -> KeyRing:
    return KeyRing(NEW, OLD, index_secret=INDEX)


class TestDecrypt:
    @pytest.mark.parametrize("text", ["", "巴特尔", "艾力·买买提", "𠮷𰻝", "ᠪᠠᠭᠠᠲᠤᠷ", "é\u0323", "名" * 5000])
    def test_gives_back_what_was_encrypted(self, ring: KeyRing, text: str) -> None:
        assert ring.decrypt(ring.encrypt(text, place=PLACE), place=PLACE) == text

    @given(st.text())
    def test_gives_back_any_text(self, text: str) -> None:
        ring = KeyRing(NEW, index_secret=INDEX)
        assert ring.decrypt(ring.encrypt(text, place=PLACE), place=PLACE) == text

    def test_refuses_a_value_that_was_moved_to_another_column(self, ring: KeyRing) -> None:
        written = ring.encrypt("巴特尔", place=PLACE)
        with pytest.raises(UnreadableCiphertext):
            ring.decrypt(written, place="volunteer.workplace")

    def test_refuses_a_change_of_any_one_byte(self, ring: KeyRing) -> None:
        written = ring.encrypt("巴特尔", place=PLACE)
        for place in range(len(written)):
            changed = written[:place] + bytes([written[place] ^ 1]) + written[place + 1 :]
            with pytest.raises(UnreadableCiphertext):
                ring.decrypt(changed, place=PLACE)

    def test_refuses_a_value_that_was_cut_anywhere(self, ring: KeyRing) -> None:
        written = ring.encrypt("巴特尔", place=PLACE)
        for length in range(len(written)):
            with pytest.raises(UnreadableCiphertext):
                ring.decrypt(written[:length], place=PLACE)

    def test_accepts_the_previous_key_during_a_rotation(self, ring: KeyRing) -> None:
        written = KeyRing(OLD, index_secret=INDEX).encrypt("巴特尔", place=PLACE)
        assert ring.decrypt(written, place=PLACE) == "巴特尔"

    def test_refuses_a_key_that_it_does_not_know(self) -> None:
        written = KeyRing(OLD, index_secret=INDEX).encrypt("巴特尔", place=PLACE)
        with pytest.raises(UnreadableCiphertext) as refused:
            KeyRing(NEW, index_secret=INDEX).decrypt(written, place=PLACE)
        assert str(refused.value) == PLACE

    def test_tells_nothing_of_the_content_when_it_fails(self, ring: KeyRing) -> None:
        written = ring.encrypt("13800000000", place=PLACE)
        with pytest.raises(UnreadableCiphertext) as refused:
            ring.decrypt(written, place="other.place")
        assert "1380" not in repr(refused.value)
        assert refused.value.__cause__ is None


class TestEncrypt:
    def test_writes_equal_text_differently_each_time(self, ring: KeyRing) -> None:
        assert len({ring.encrypt("巴特尔", place=PLACE) for _ in range(50)}) == 50

    def test_hides_the_text(self, ring: KeyRing) -> None:
        assert "巴特尔".encode() not in ring.encrypt("巴特尔", place=PLACE)

    def test_uses_the_new_key_at_once(self, ring: KeyRing) -> None:
        written = ring.encrypt("巴特尔", place=PLACE)
        assert KeyRing(NEW, index_secret=INDEX).decrypt(written, place=PLACE) == "巴特尔"

    def test_names_its_key_and_draws_its_nonce_anew(self, ring: KeyRing) -> None:
        one, two = (ring.encrypt("巴特尔", place=PLACE) for _ in range(2))
        head = 1 + KEY_ID_BYTES
        assert one[:head] == two[:head]
        assert one[head : head + NONCE_BYTES] != two[head : head + NONCE_BYTES]


class TestBlind:
    def test_is_equal_for_equal_text_of_one_kind(self, ring: KeyRing) -> None:
        assert ring.blind("13800000000", kind="phone") == ring.blind("13800000000", kind="phone")

    def test_differs_by_kind_by_text_and_by_key(self, ring: KeyRing) -> None:
        other = KeyRing(NEW, index_secret=b"j" * 32)
        indexes = {
            ring.blind("13800000000", kind="phone"),
            ring.blind("13800000000", kind="openid"),
            ring.blind("13800000001", kind="phone"),
            other.blind("13800000000", kind="phone"),
        }
        assert len(indexes) == 4

    def test_stays_equal_when_the_data_key_rotates(self) -> None:
        before, after = KeyRing(OLD, index_secret=INDEX), KeyRing(NEW, OLD, index_secret=INDEX)
        assert before.blind("x", kind="phone") == after.blind("x", kind="phone")

    @given(st.text())
    def test_fits_its_column(self, text: str) -> None:
        assert len(KeyRing(NEW, index_secret=INDEX).blind(text, kind="phone")) == 43
