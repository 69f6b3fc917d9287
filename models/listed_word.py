"""A word of our own list (自有词库): where it occurs a person looks, or the text is not taken."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import Model, fields
from tortoise.functions import Count, Max
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.queryset import QuerySet

from models.fields import UtcDatetimeField, key_field
from models.person import Person

LONGEST_WORD = 40


class WordAction(StrEnum):
    REVIEW = "review"
    REFUSE = "refuse"


class ListedWord(Model):
    """`folded` is the form that is looked for and that is listed once. A word that was taken off keeps its row."""

    id: UUID = key_field()
    word = fields.CharField(max_length=LONGEST_WORD)
    # Folding makes one character several at worst.
    folded = fields.CharField(max_length=LONGEST_WORD * 4)
    action = fields.CharEnumField(WordAction, max_length=8)
    note = fields.CharField(max_length=200, default="")
    added_by: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("models.Person", on_delete=fields.RESTRICT)
    added_at = UtcDatetimeField()
    changed_at = UtcDatetimeField()
    removed_at = UtcDatetimeField(null=True)

    if TYPE_CHECKING:
        added_by_id: UUID

    class Meta:
        table = "listed_word"
        indexes: Any = [("added_by_id",), ("changed_at",)]
        constraints: Any = [UniqueConstraint(fields=("folded",), name="uq_listed_word")]

    @classmethod
    def listed(cls) -> QuerySet["ListedWord"]:
        return cls.filter(removed_at=None)

    @classmethod
    async def edition(cls) -> tuple[int, int, datetime | None]:
        """What differs as soon as any word was added, changed or taken off."""
        counted = cls.annotate(n=Count("id"), removed=Count("removed_at"), latest=Max("changed_at"))
        (row,) = await counted.values("n", "removed", "latest")
        return row["n"], row["removed"], row["latest"]
