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
from miniapp_api.own_data.words import CODED, LABELS, TYPED, WORDS
from models.code_list import codes

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
    full = [each for each in made.sections if each.rows]
    return _PAGE.render(
        style=STYLE,
        made_at=shown(made.made_at),
        sections=[_lines(each) for each in full],
        empty=[each.name for each in made.sections if not each.rows and not each.acted],
        acted=[(each.name, each.acted) for each in made.sections if each.acted],
        fates=[(each.name, each.kept_for, FATES[each.on_erasure], each.why) for each in made.sections],
    )


def _lines(section: Section) -> dict[str, Any]:
    """Each row as its filled-in fields with their names; keys and marks stand in the JSON only."""
    rows = [
        [(LABELS[name], shown(value, name)) for name, value in row.items() if name in LABELS and is_said(value)]
        for row in section.rows
    ]
    return {"name": section.name, "rows": rows}


def is_said(value: Any) -> bool:
    return value not in (None, "", [], {})


def shown(value: Any, column: str = "") -> str:
    """As a person reads it: words for codes, hours of here for moments."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return f"{value.astimezone(LOCAL):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, dict):
        return "，".join(shown(each) for each in value.values())
    if isinstance(value, list):
        return "、".join(shown(each) for each in value)
    text = str(value.value if isinstance(value, Enum) else value)
    if column in TYPED:
        return text
    return codes(CODED[column]).get(text, text) if column in CODED else WORDS.get(text, text)
