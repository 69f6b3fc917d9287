"""A volunteer (科技志愿者): a person's registration with the eight legal fields and what the office adds to them."""

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import Model, fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.queryset import QuerySet

from models.fields import SealedTextField, UtcDatetimeField, key_field
from models.person import Person
from models.unit import Unit


class VolunteerStatus(StrEnum):
    """`domain.md` §4.1."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"


class Volunteer(Model):
    """民政部令第67号 第五条: name, sex, date of birth, ID number, area of residence, contact, skills, category.

    What identifies is sealed. `id_number_index` is set from submission on, so that two people cannot hold one number.
    `guardian` is JSON of who consents for somebody under 18; `suspended_until` outlives leaving and coming back.
    """

    id: UUID = key_field()
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("models.Person", on_delete=fields.RESTRICT)
    status = fields.CharEnumField(VolunteerStatus, max_length=12)
    unit: fields.ForeignKeyNullableRelation[Unit] = fields.ForeignKeyField(
        "models.Unit", null=True, on_delete=fields.RESTRICT
    )
    name = SealedTextField(null=True)
    sex = fields.CharField(max_length=1, null=True)
    birth_date = SealedTextField(null=True)
    birth_year = fields.SmallIntField(null=True)
    id_type = fields.CharField(max_length=2, null=True)
    id_number = SealedTextField(null=True)
    id_number_index = fields.CharField(max_length=43, null=True, unique=True)
    division_code = fields.CharField(max_length=6, null=True)
    phone = SealedTextField(null=True)
    phone_index = fields.CharField(max_length=43, null=True)
    guardian = SealedTextField(null=True)
    skills: Any = fields.JSONField(default=list)
    service_classes: Any = fields.JSONField(default=list)
    workplace = SealedTextField(null=True)
    title_level = fields.CharField(max_length=3, null=True)
    title_name = fields.CharField(max_length=40, null=True)
    discipline = fields.CharField(max_length=3, null=True)
    volunteer_no = fields.CharField(max_length=20, null=True, unique=True)
    return_reason = fields.CharField(max_length=300, null=True)
    appeal = SealedTextField(null=True)
    appealed_at = UtcDatetimeField(null=True)
    suspended_until = UtcDatetimeField(null=True)
    submitted_at = UtcDatetimeField(null=True)
    decided_at = UtcDatetimeField(null=True)
    changed_at = UtcDatetimeField()
    version = fields.IntField(default=1)

    if TYPE_CHECKING:
        person_id: UUID
        unit_id: UUID | None

    class Meta:
        table = "volunteer"
        indexes: Any = [("unit_id",), ("phone_index",), ("status", "id")]
        constraints: Any = [
            UniqueConstraint(fields=("person_id",), name="uq_volunteer_person"),
            CheckConstraint(check="status <> 'approved' OR volunteer_no IS NOT NULL", name="ck_volunteer_has_number"),
            CheckConstraint(
                check="status <> 'submitted' OR (name IS NOT NULL AND id_number_index IS NOT NULL)",
                name="ck_volunteer_complete",
            ),
            CheckConstraint(
                check="status <> 'suspended' OR suspended_until IS NOT NULL", name="ck_volunteer_suspension_ends"
            ),
        ]

    @property
    def born_on(self) -> date | None:
        return date.fromisoformat(self.birth_date) if self.birth_date else None

    def is_barred(self, now: datetime) -> bool:
        """Is a suspension running at this moment, whatever the status says?"""
        return self.suspended_until is not None and now < self.suspended_until

    @classmethod
    def under(cls, path: str) -> QuerySet["Volunteer"]:
        """Registrations that the unit at `path` reviews: its own and those below."""
        return cls.filter(unit__path__startswith=path)
