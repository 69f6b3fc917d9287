"""Identifiers: time-ordered UUIDs for rows, check digits for numbers that people copy by hand."""

import os
import time
from uuid import UUID

from stdnum import luhn


def uuid7() -> UUID:
    """A UUID version 7 (RFC 9562 §5.7): 48 bits of milliseconds, then 74 random bits.

    Rows made one after the other lie side by side in the index. The order within one millisecond is arbitrary, so
    a queue keeps its own number.
    """
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76
    value |= ((random >> 62) & 0xFFF) << 64
    value |= 0b10 << 62
    value |= random & ((1 << 62) - 1)
    return UUID(int=value)


def with_check_digit(digits: str) -> str:
    """Append the Luhn digit (ISO/IEC 7812-1), which catches every single wrong digit."""
    return digits + str(luhn.calc_check_digit(digits))


def has_right_check_digit(digits: str) -> bool:
    return bool(luhn.is_valid(digits))
