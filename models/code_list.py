"""Code lists of the field (`domain.md` §3): the national standards' codes and the notice's own."""

import json
from functools import cache
from pathlib import Path


@cache
def all_lists() -> dict[str, dict[str, str]]:
    text = Path(__file__).with_name("code_lists.json").read_text(encoding="utf-8")
    lists: dict[str, dict[str, str]] = json.loads(text)
    return lists


def codes(name: str) -> dict[str, str]:
    """Code → words, in the order of the standard."""
    return all_lists()[name]
