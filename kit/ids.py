"""Identifiers: time-ordered UUIDs for rows, check digits for numbers that people copy by hand."""

import os
import secrets
import threading
import time
from collections.abc import Iterator
from uuid import UUID

from stdnum import luhn

_COUNTER_BITS = 12
_HALF = 1 << (_COUNTER_BITS - 1)
_RANDOM_BYTES = 8


class _Rising:
    """The last moment that was used and its counter (RFC 9562 §6.2, fixed bit-length dedicated counter)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._milliseconds = 0
        self._counter = 0
        self._chance: Iterator[bytes] = iter(())

    def next(self) -> tuple[int, int, bytes]:
        """The moment, the counter, and random bytes that nobody else gets."""
        now = time.time_ns() // 1_000_000
        with self._lock:
            if now > self._milliseconds:
                # It starts in the lower half by chance, so that there is room to count up.
                self._milliseconds, self._counter = now, secrets.randbelow(_HALF)
            elif self._counter + 1 < 1 << _COUNTER_BITS:
                self._counter += 1
            else:
                self._milliseconds, self._counter = self._milliseconds + 1, secrets.randbelow(_HALF)
            return self._milliseconds, self._counter, self._random()

    def _random(self) -> bytes:
        # Fetched for many ids at once: asking the system for each costs as much as all the rest of an id.
        found = next(self._chance, None)
        if found is None:
            many = os.urandom(_RANDOM_BYTES * 256)
            self._chance = iter([many[at : at + _RANDOM_BYTES] for at in range(0, len(many), _RANDOM_BYTES)])
            found = next(self._chance)
        return found

    def forget(self) -> None:
        """In a process that was split off: what its parent has fetched is the parent's."""
        self._lock, self._chance = threading.Lock(), iter(())


_rising = _Rising()
os.register_at_fork(after_in_child=_rising.forget)


def uuid7_text() -> str:
    """The text of a `uuid7`, for what is only ever read."""
    digits = f"{_uuid7():032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def uuid7() -> UUID:
    """A UUID version 7 (RFC 9562 §5.7): 48 bits of milliseconds, a counter of 12, then 62 random bits.

    Rows made one after the other lie side by side in the index, and in one process each id is greater than the one
    before. Between processes the order within a millisecond is arbitrary, so a queue keeps its own number.
    """
    return UUID(int=_uuid7())


def _uuid7() -> int:
    milliseconds, counter, random = _rising.next()
    value = (milliseconds & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76
    value |= counter << 64
    value |= 0b10 << 62
    return value | int.from_bytes(random, "big") & ((1 << 62) - 1)


def with_check_digit(digits: str) -> str:
    """Append the Luhn digit (ISO/IEC 7812-1), which catches every single wrong digit."""
    return digits + str(luhn.calc_check_digit(digits))


def has_right_check_digit(digits: str) -> bool:
    return bool(luhn.is_valid(digits))
