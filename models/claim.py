"""A claim (认领): somebody says that the registration which holds their ID number is theirs, or holds it by mistake."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import Model, fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.fields import SealedTextField, UtcDatetimeField, key_field
from models.person import Person
from models.unit import Unit
from models.volunteer import Volunteer


class ClaimStatus(StrEnum):
    OPEN = "open"
    TRANSFERRED = "transferred"
    SEPARATED = "separated"
    REFUSED = "refused"


class Claim(Model):
    """`person` asks, `volunteer` is the registration that holds the number, `unit` is the asking person's.

    One open claim per person (a partial unique index), and two per person and number: the second is the appeal.
    """

    id: UUID = key_field()
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "models.Person", on_delete=fields.RESTRICT, related_name="claims"
    )
    volunteer: fields.ForeignKeyRelation[Volunteer] = fields.ForeignKeyField(
        "models.Volunteer", on_delete=fields.RESTRICT, related_name="claims"
    )
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("models.Unit", on_delete=fields.RESTRICT)
    id_number_index = fields.CharField(max_length=43)
    attempt = fields.SmallIntField()
    status = fields.CharEnumField(ClaimStatus, max_length=12)
    statement = SealedTextField()
    made_at = UtcDatetimeField()
    decided_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "models.Person", null=True, on_delete=fields.RESTRICT, related_name="claims_decided"
    )
    decided_at: datetime | None = UtcDatetimeField(null=True)
    reason = fields.CharField(max_length=300, null=True)

    if TYPE_CHECKING:
        person_id: UUID
        volunteer_id: UUID
        unit_id: UUID
        decided_by_id: UUID | None

    class Meta:
        table = "claim"
        indexes: Any = [("volunteer_id",), ("unit_id",), ("decided_by_id",), ("status", "id")]
        constraints: Any = [
            UniqueConstraint(fields=("person_id", "id_number_index", "attempt"), name="uq_claim_attempt"),
            CheckConstraint(check="attempt IN (1, 2)", name="ck_claim_one_appeal"),
            CheckConstraint(
                check="status = 'open' OR (decided_by_id IS NOT NULL AND reason IS NOT NULL)",
                name="ck_claim_decided_by_a_person",
            ),
        ]
