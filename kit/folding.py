"""Fold text to what a reader takes it for: width, case, spaces and signs between its letters make no difference."""

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class Folded:
    """`places[n]` is where the n-th letter of `text` stands in what was folded."""

    text: str
    places: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where letters `start` to `end` (exclusive) of the folded text stand in what was folded, as start and end."""
        return self.places[start], self.places[end - 1] + 1


def fold(text: str) -> Folded:
    """Letters and digits only, each in its plainest form (NFKC, case folded).

    What stands between them goes: spaces, signs, marks above and below, characters without width. A character that
    stands for several, as ㈱ does, gives several letters at one place.
    """
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for letter in unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", character).casefold()):
            # L and N: letters of every script, and numbers.
            if unicodedata.category(letter)[0] in "LN":
                letters.append(letter)
                places.append(place)
    return Folded("".join(letters), tuple(places))
