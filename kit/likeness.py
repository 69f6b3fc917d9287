"""How alike two texts are, told from a short mark of each: copies with a word changed lie together.

A mark is the smallest hash of the text's pairs of letters under each of 16 hash functions (min-hash). Two marks agree
in as many places as their texts share pairs, so that no text need be compared with another.
"""

from collections.abc import Hashable, Iterator, Sequence
from hashlib import blake2b
from typing import TypeVar

from kit.folding import fold

Key = TypeVar("Key", bound=Hashable)

PLACES = 16
# Hexadecimal digits of one place.
WIDTH = 4
LENGTH = PLACES * WIDTH
# Of 16: about two thirds of the pairs are the same.
ENOUGH = 10
# Four places that agree make two texts worth comparing; of texts that are alike nearly all have such four.
BAND = 4 * WIDTH


def likeness(text: str) -> str:
    """The mark of a text, 64 hexadecimal digits; signs, spaces and case do not change it."""
    letters = fold(text).text or text
    pairs = {letters[at : at + 2] for at in range(max(len(letters) - 1, 1))}
    hashes = [blake2b(pair.encode(), digest_size=LENGTH // 2).hexdigest() for pair in pairs]
    return "".join(min(each[at : at + WIDTH] for each in hashes) for at in range(0, LENGTH, WIDTH))


def are_alike(one: str, other: str) -> bool:
    return sum(one[at : at + WIDTH] == other[at : at + WIDTH] for at in range(0, LENGTH, WIDTH)) >= ENOUGH


def grouped(marks: Sequence[tuple[Key, str]]) -> dict[Key, Key]:
    """For each key the first key of its group, in the order given. Every member is like the first, not only like one
    another, so that no chain of small steps leads from one text to a different one."""
    heads: dict[tuple[int, str], list[tuple[Key, str]]] = {}
    group: dict[Key, Key] = {}
    for key, mark in marks:
        near = (head for band in _bands(mark) for head in heads.get(band, ()))
        found = next((head for head, other in near if are_alike(mark, other)), None)
        group[key] = key if found is None else found
        if found is None:
            for band in _bands(mark):
                heads.setdefault(band, []).append((key, mark))
    return group


def _bands(mark: str) -> Iterator[tuple[int, str]]:
    return ((at, mark[at : at + BAND]) for at in range(0, LENGTH, BAND))
