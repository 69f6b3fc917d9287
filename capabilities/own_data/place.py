"""A place (存放处) of personal data: whose rows are whose, what the copy leaves out, what an erasure makes of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import Model
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.queryset import QuerySet

from models.enrolment import Enrolment
from models.fields import SealedTextField
from models.person import Person

ACTED_ENDINGS = ("person_id", "_by_id", "actor_id", "leader_id")


class Fate(StrEnum):
    """What an erasure makes of a row: gone; emptied of who it was; left, leading to a tombstone only."""

    REMOVED = "removed"
    DE_IDENTIFIED = "de_identified"
    KEPT = "kept"


@dataclass(frozen=True)
class Place:
    """`owner` is the way from a row to its person; empty where rows only name who acted for the office (`acted`).

    `by_enrolment`: the rows are logs that name an enrolment without referring to it. `also` are columns of other
    tables that make a row readable. `hidden` columns are ours, not the person's: hashes and marks. `blanks` is what
    an erasure writes over, `ready` which rows it may remove already. `why` and `kept_for` are said to the person.
    """

    model: type[Model]
    name: str
    fate: Fate
    why: str
    kept_for: str
    owner: str = "person_id"
    by_enrolment: bool = False
    acted: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    blanks: Mapping[str, Any] = field(default_factory=dict)
    ready: Mapping[str, Any] = field(default_factory=dict)

    @property
    def table(self) -> str:
        return str(self.model._meta.db_table)

    @property
    def is_owned(self) -> bool:
        return bool(self.owner) or self.by_enrolment

    def columns(self) -> list[str]:
        """What the copy shows: everything but blind indexes, what is hidden, and who else is named."""
        others = set(person_columns(self.model)) | set(self.hidden)
        return [name for name in columns_of(self.model) if name not in others and not name.endswith("_index")]

    async def rows_of(self, person_id: UUID) -> QuerySet[Any]:
        """This person's rows; none where the place only names who acted."""
        if self.by_enrolment:
            mine = await Enrolment.filter(person_id=person_id).values_list("id", flat=True)
            return self.model.filter(enrolment_id__in=list(mine))
        if not self.owner:
            return self.model.filter(id__in=[])
        return self.model.filter(**{self.owner: person_id})


def columns_of(model: type[Model]) -> list[str]:
    """The columns as attributes of a row."""
    return [name for name, each in model._meta.fields_map.items() if each.has_db_field]


def person_columns(model: type[Model]) -> list[str]:
    """The columns that name a person: references, and ids that a log keeps without one."""
    keys = [each for each in model._meta.fields_map.values() if isinstance(each, ForeignKeyFieldInstance)]
    leads_to = {str(key.source_field): key.related_model for key in keys}
    return sorted(
        name
        for name in columns_of(model)
        if leads_to.get(name) is Person or (name not in leads_to and name.endswith(ACTED_ENDINGS))
    )


def sealed_columns(model: type[Model]) -> list[str]:
    return sorted(name for name, each in model._meta.fields_map.items() if isinstance(each, SealedTextField))
