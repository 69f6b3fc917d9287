"""An answered request: what was said to a write that came with an idempotency key, to be said again."""

from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import Model, fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.fields import SealedTextField, UtcDatetimeField, key_field
from models.person import Person


class AnswerState(StrEnum):
    IN_FLIGHT = "in_flight"
    DONE = "done"


class Answered(Model):
    """One per person and key. `key_index` and `request_index` are blind: both are made of what people typed.

    `at` is when the request came in; while it is in flight it is also the claim of whoever serves it: who finds another
    moment there has lost it to somebody else. `body` is base64 of the answer's bytes.
    """

    id: UUID = key_field()
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("models.Person", on_delete=fields.RESTRICT)
    key_index = fields.CharField(max_length=43)
    request_index = fields.CharField(max_length=43)
    state = fields.CharEnumField(AnswerState, max_length=16)
    at = UtcDatetimeField()
    status = fields.SmallIntField(null=True)
    content_type = fields.CharField(max_length=100, null=True)
    body = SealedTextField(null=True)

    if TYPE_CHECKING:
        person_id: UUID

    class Meta:
        table = "answered"
        indexes: Any = [("at",)]
        constraints: Any = [
            UniqueConstraint(fields=("person_id", "key_index"), name="uq_answered_key"),
            CheckConstraint(
                check="state <> 'done' OR (status IS NOT NULL AND body IS NOT NULL)", name="ck_answered_done_has_answer"
            ),
        ]
