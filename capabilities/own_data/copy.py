"""A person's own copy (个人信息副本): everything that leads to them, in plain words, and nobody else's name."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import msgspec
from tortoise import Model

from capabilities import guardian
from capabilities.caller import Caller
from capabilities.masks import mask_name, mask_phone
from capabilities.office import Office
from capabilities.own_data.place import Fate, Place
from capabilities.own_data.places import PLACES
from capabilities.own_data.requests import RequestKind, note_request
from models.transition import Transition

# SQLite takes so many values in one statement with room to spare.
AT_ONCE = 500


@dataclass(frozen=True)
class Section:
    """The rows of one place. `acted` is how many rows of it name this person for what they did for the office."""

    place: str
    name: str
    kept_for: str
    on_erasure: Fate
    why: str
    rows: list[dict[str, Any]]
    acted: int = 0


@dataclass(frozen=True)
class OwnCopy:
    person_id: UUID
    made_at: datetime
    sections: list[Section]


async def copy_of(office: Office, who: Caller) -> OwnCopy:
    """All of it, read place by place; that it was asked for is noted.

    In no transaction: on SQLite everybody else would wait for it.
    """
    now, sections = office.now(), [await _section(place, who.person_id) for place in PLACES]
    ids = [who.person_id, *(UUID(str(row["id"])) for section in sections for row in section.rows)]
    steps = await _steps_of(ids)
    await note_request(RequestKind.EXPORT, who.person_id, now)
    return OwnCopy(who.person_id, now, [_with_steps(each, steps, who.person_id) for each in sections])


async def _section(place: Place, person_id: UUID) -> Section:
    ways = {column.partition("__")[0] for column in place.also}
    rows = await (await place.rows_of(person_id)).order_by("id").select_related(*ways) if place.is_owned else []
    acted = sum([await place.model.filter(**{column: person_id}).count() for column in place.acted])
    return Section(
        place.table, place.name, place.kept_for, place.fate, place.why, [_shown(place, row) for row in rows], acted
    )


def _shown(place: Place, row: Model) -> dict[str, Any]:
    own = {name: _plain(name, getattr(row, name)) for name in place.columns()}
    return own | {way: _plain(way, _along(row, way)) for way in place.also}


def _along(row: Any, way: str) -> Any:
    for step in way.split("__"):
        row = getattr(row, step, None)
    return row


def _plain(name: str, value: Any) -> Any:
    if name == "guardian" and isinstance(value, str):
        return _masked(value)
    if name in ("after", "before") and isinstance(value, str):
        # What a correction asked for, by field.
        return {field: _plain(field, each) for field, each in msgspec.json.decode(value).items()}
    return value.value if isinstance(value, Enum) else value


def _masked(text: str) -> dict[str, str] | None:
    """Somebody else's name and number, though this person typed them."""
    other = guardian.read(text)
    if other is None:
        return None
    return {"name": mask_name(other.name), "relation": other.relation, "phone": mask_phone(other.phone)}


async def _steps_of(ids: Sequence[UUID]) -> list[Transition]:
    """What was done with these rows and when."""
    rows: list[Transition] = []
    for start in range(0, len(ids), AT_ONCE):
        rows += await Transition.filter(subject_id__in=list(ids[start : start + AT_ONCE]))
    return sorted(rows, key=lambda each: each.id)


def _with_steps(section: Section, steps: Sequence[Transition], person_id: UUID) -> Section:
    """The log's section has the steps with what is one's own; what one did there was not for the office."""
    if section.place != Transition._meta.db_table:
        return section
    own = sum(step.actor_id == person_id for step in steps)
    return replace(section, rows=[_step(each) for each in steps], acted=max(section.acted - own, 0))


def _step(row: Transition) -> dict[str, Any]:
    """Who did it is somebody else, mostly, and never named."""
    return {name: getattr(row, name) for name in ("id", "subject", "subject_id", "before", "after", "reason", "at")}
