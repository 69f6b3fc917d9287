"""A removal (清理记录): proof that personal data went when its time was over, without saying whose it was."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import Model, fields
from tortoise.migrations.constraints import CheckConstraint

from models.fields import UtcDatetimeField, key_field


class RemovedBy(StrEnum):
    """The daily job, an operator's command, or a person who asked for it."""

    ROUND = "round"
    COMMAND = "command"
    PERSON = "person"


class Removal(Model):
    """One batch: how many rows of `place` went under which rule. `oldest` and `newest` are the rows' own dates."""

    id: UUID = key_field()
    rule = fields.CharField(max_length=40)
    place = fields.CharField(max_length=30)
    count = fields.IntField()
    oldest = UtcDatetimeField(null=True)
    newest = UtcDatetimeField(null=True)
    by = fields.CharEnumField(RemovedBy, max_length=8)
    at = UtcDatetimeField()

    class Meta:
        table = "removal"
        indexes: Any = [("rule", "at"), ("at",)]
        constraints: Any = [CheckConstraint(check="count > 0", name="ck_removal_count")]
