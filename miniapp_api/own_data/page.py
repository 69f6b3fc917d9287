"""The copy as a page: one file without a single address in it, to be read on a phone and printed."""

import base64
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from capabilities.own_data import Fate, OwnCopy, Section
from kit.clock import LOCAL
from miniapp_api.own_data.words import CODED, FIRST, LABELS, LABELS_OF, LAST, LEADING, TYPED, WORDS, WORDS_OF
from models.code_list import codes
from models.transition import Transition

LOG = str(Transition._meta.db_table)
FOLDER = Path(__file__).parent
STYLE = (FOLDER / "page.css").read_text(encoding="utf-8")
_HASH = base64.b64encode(sha256(STYLE.encode()).digest()).decode()
# Nothing is fetched and nothing runs; only this very style applies.
CONTENT_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; frame-ancestors 'none'"
FATES: Mapping[Fate, str] = {
    Fate.REMOVED: "删除",
    Fate.DE_IDENTIFIED: "去标识：不再指向您",
    Fate.KEPT: "保留，不再指向您",
}
_PAGE = Environment(
    loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
).get_template("page.html")


def page_of(made: OwnCopy) -> str:
    sections = sorted(made.sections, key=lambda each: _place_in_reading(each.place))
    return _PAGE.render(
        style=STYLE,
        made_at=shown(made.made_at),
        sections=[_lines(each) for each in sections if each.rows],
        empty=[each.name for each in sections if not each.rows and not each.acted],
        acted=[(each.name, each.acted) for each in sections if each.acted],
        fates=[(each.name, each.kept_for, FATES[each.on_erasure], each.why) for each in sections],
    )


def _lines(section: Section) -> dict[str, Any]:
    """Each row as its filled-in fields with their names; keys and marks stand in the JSON only."""
    return {"name": section.name, "rows": [_fields(section.place, row) for row in section.rows]}


def _fields(place: str, row: Mapping[str, Any]) -> list[tuple[str, str]]:
    named = [name for name in row if name in LABELS and is_said(row[name])]
    return [
        (LABELS_OF.get((place, name), LABELS[name]), shown(row[name], name, _subject(place, name, row)))
        for name in sorted(named, key=lambda name: LEADING.index(name) if name in LEADING else len(LEADING))
    ]


def _subject(place: str, column: str, row: Mapping[str, Any]) -> tuple[str, str]:
    """Where a code is defined: in the log that is the table which the step was made in."""
    return (row["subject"], "status") if place == LOG and column in ("before", "after") else (place, column)


def _place_in_reading(place: str) -> int:
    """Sorted by this, what is named neither first nor last keeps its order between the two."""
    if place in LAST:
        return 1 + LAST.index(place)
    return FIRST.index(place) - len(FIRST) if place in FIRST else 0


def is_said(value: Any) -> bool:
    return value not in (None, "", [], {})


def shown(value: Any, column: str = "", where: tuple[str, str] = ("", "")) -> str:
    """As a person reads it: words for codes, hours of here for moments; `where` is the table and column of a code."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return f"{value.astimezone(LOCAL):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, dict):
        return "，".join(shown(each) for each in value.values())
    if isinstance(value, list):
        return "、".join(shown(each) for each in value)
    text = str(value.value if isinstance(value, Enum) else value)
    if text in WORDS_OF.get(where, {}):
        return WORDS_OF[where][text]
    if column in TYPED:
        return text
    return codes(CODED[column]).get(text, text) if column in CODED else WORDS.get(text, text)
