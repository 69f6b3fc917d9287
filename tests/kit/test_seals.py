"""Seals open only as they were written, and only for their own kind."""

import string
from base64 import urlsafe_b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.seals import MAC_BYTES, Sealer, decode, derive, encode

SECRET, OTHER = b"s" * 32, b"o" * 32
ALPHABET = string.ascii_letters + string.digits + "-_"
PAYLOADS = st.binary(min_size=1, max_size=40)


class TestSealer:
    @given(PAYLOADS)
    def test_opens_what_it_sealed(self, payload: bytes) -> None:
        assert Sealer("venue", SECRET).open(Sealer("venue", SECRET).seal(payload)) == payload

    @given(PAYLOADS)
    def test_writes_what_fits_into_a_link(self, payload: bytes) -> None:
        seal = Sealer("venue", SECRET).seal(payload)
        assert set(seal) <= set(ALPHABET)
        assert len(seal) == -(-(len(payload) + MAC_BYTES) * 4 // 3)

    # 21 bytes end on spare bits in the last character, 24 on none, 22 on two: all three endings.
    @pytest.mark.parametrize("length", [20, 21, 22])
    def test_refuses_a_change_of_any_one_character(self, length: int) -> None:
        sealer = Sealer("venue", SECRET)
        seal = sealer.seal(bytes(range(length)))
        opened = [
            (place, wrong)
            for place in range(len(seal))
            for wrong in set(ALPHABET) - {seal[place]}
            if sealer.open(seal[:place] + wrong + seal[place + 1 :]) is not None
        ]
        assert opened == []

    def test_refuses_a_seal_that_is_cut_or_stretched(self) -> None:
        sealer = Sealer("venue", SECRET)
        seal = sealer.seal(b"a point and a slot")
        changed = [seal[:end] for end in range(len(seal))] + [seal + each for each in ("A", "=", "==", "\n", " ", ".")]
        assert [each for each in changed if sealer.open(each) is not None] == []

    def test_refuses_a_seal_of_another_kind(self) -> None:
        assert Sealer("ticket", SECRET).open(Sealer("venue", SECRET).seal(b"payload")) is None

    def test_refuses_a_seal_by_another_secret(self) -> None:
        assert Sealer("venue", OTHER).open(Sealer("venue", SECRET).seal(b"payload")) is None

    def test_refuses_a_mac_without_a_payload(self) -> None:
        sealer = Sealer("venue", SECRET)
        assert sealer.open(sealer.seal(b"")) is None

    @pytest.mark.parametrize("text", ["", "名", "a b", "!!!!", "A", "A" * 100_000])
    def test_refuses_what_is_no_seal(self, text: str) -> None:
        assert Sealer("venue", SECRET).open(text) is None

    def test_accepts_the_previous_secret_while_it_is_handed_in(self) -> None:
        old = Sealer("venue", SECRET).seal(b"payload")
        assert Sealer("venue", OTHER, SECRET).open(old) == b"payload"
        assert Sealer("venue", OTHER).open(old) is None

    def test_seals_with_the_new_secret_at_once(self) -> None:
        new = Sealer("venue", OTHER, SECRET).seal(b"payload")
        assert Sealer("venue", OTHER).open(new) == b"payload"


class TestDecode:
    def test_accepts_one_spelling_of_four(self) -> None:
        spellings = ["AA" + each for each in ALPHABET]
        # The control: what the standard library takes for the same two bytes.
        assert len([each for each in spellings if urlsafe_b64decode(each + "=") == b"\0\0"]) == 4
        assert [each for each in spellings if decode(each) == b"\0\0"] == ["AAA"]

    @given(st.binary(min_size=1))
    def test_reads_what_encode_wrote(self, raw: bytes) -> None:
        assert decode(encode(raw)) == raw


class TestDerive:
    def test_gives_each_purpose_a_key_of_its_own(self) -> None:
        keys = {derive(SECRET, "data"), derive(SECRET, "seal/venue"), derive(OTHER, "data")}
        assert {len(key) for key in keys} == {32}
        assert len(keys) == 3
