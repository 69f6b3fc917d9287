"""A correction (更正) that an approved volunteer asks for: what is to become of which fields, and what was decided."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import Model, fields
from tortoise.migrations.constraints import CheckConstraint

from models.fields import SealedTextField, UtcDatetimeField, key_field
from models.person import Person
from models.volunteer import Volunteer


class CorrectionStatus(StrEnum):
    """`replaced`: the person asked anew before anybody decided."""

    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"
    REPLACED = "replaced"


class Correction(Model):
    """`after` and `before` are JSON by field; `before` is what stood at the decision (民政部令第67号 第十三条).

    One open correction per registration (a partial unique index).
    """

    id: UUID = key_field()
    volunteer: fields.ForeignKeyRelation[Volunteer] = fields.ForeignKeyField(
        "models.Volunteer", on_delete=fields.RESTRICT, related_name="corrections"
    )
    status = fields.CharEnumField(CorrectionStatus, max_length=8)
    after = SealedTextField()
    before = SealedTextField(null=True)
    reason = SealedTextField()
    asked_at = UtcDatetimeField()
    decided_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "models.Person", null=True, on_delete=fields.RESTRICT, related_name="corrections_decided"
    )
    decided_at: datetime | None = UtcDatetimeField(null=True)
    decision_reason = fields.CharField(max_length=300, null=True)

    if TYPE_CHECKING:
        volunteer_id: UUID
        decided_by_id: UUID | None

    class Meta:
        table = "correction"
        indexes: Any = [("volunteer_id", "id"), ("decided_by_id",), ("status", "id")]
        constraints: Any = [
            CheckConstraint(
                check="status NOT IN ('approved', 'refused') OR decided_by_id IS NOT NULL",
                name="ck_correction_decided_by_a_person",
            ),
            CheckConstraint(check="status <> 'approved' OR before IS NOT NULL", name="ck_correction_keeps_what_was"),
        ]
