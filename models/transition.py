"""A transition: who moved what from which state to which, when and why. Append-only."""

from typing import Any
from uuid import UUID

from tortoise import Model, fields

from models.fields import UtcDatetimeField, key_field


class Transition(Model):
    """`subject` is a table's name, `subject_id` its row; `actor_id` is empty where the system itself moved it."""

    id: UUID = key_field()
    subject = fields.CharField(max_length=20)
    subject_id = fields.UUIDField()
    actor_id = fields.UUIDField(null=True)
    before = fields.CharField(max_length=24, null=True)
    after = fields.CharField(max_length=24)
    reason = fields.CharField(max_length=300, null=True)
    at = UtcDatetimeField()

    class Meta:
        table = "transition"
        indexes: Any = [("subject", "subject_id"), ("actor_id",)]
