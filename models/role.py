"""Roles as rows: who may do what, where, given by whom, from when until when; and the one-time codes that give them."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import Model, fields
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from models.fields import UtcDatetimeField, key_field
from models.person import Person


class RoleName(StrEnum):
    CITY_ADMIN = "city_admin"
    UNIT_ORGANIZER = "unit_organizer"
    MODERATOR = "moderator"
    EVENT_STAFF = "event_staff"
    AUDITOR = "auditor"


class Role(Model):
    """`event_staff` has an event and ends with it; `unit_organizer` has a unit."""

    id: UUID = key_field()
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "models.Person", on_delete=fields.RESTRICT, related_name="roles"
    )
    name = fields.CharEnumField(RoleName, max_length=16)
    unit: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "models.Unit", null=True, on_delete=fields.RESTRICT
    )
    event: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "models.Event", null=True, on_delete=fields.RESTRICT
    )
    given_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "models.Person", null=True, on_delete=fields.RESTRICT, related_name="roles_given"
    )
    given_at = UtcDatetimeField()
    until = UtcDatetimeField(null=True)
    taken_at = UtcDatetimeField(null=True)

    if TYPE_CHECKING:
        person_id: UUID
        unit_id: UUID | None
        event_id: UUID | None
        given_by_id: UUID | None

    class Meta:
        table = "role"
        indexes: Any = [("person_id",), ("unit_id",), ("event_id",), ("given_by_id",)]

    @classmethod
    def in_force(cls, now: datetime) -> QuerySet["Role"]:
        return cls.filter(Q(until=None) | Q(until__gt=now), taken_at=None)

    @classmethod
    def city_admins(cls, now: datetime) -> QuerySet["Role"]:
        return cls.in_force(now).filter(name=RoleName.CITY_ADMIN)


class Invitation(Model):
    """A role that waits for whoever brings the code first; only the code's hash is kept."""

    id: UUID = key_field()
    code_hash = fields.CharField(max_length=64, unique=True)
    role = fields.CharEnumField(RoleName, max_length=16)
    unit: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "models.Unit", null=True, on_delete=fields.RESTRICT
    )
    event: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "models.Event", null=True, on_delete=fields.RESTRICT
    )
    made_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "models.Person", null=True, on_delete=fields.RESTRICT, related_name="invitations_made"
    )
    made_at = UtcDatetimeField()
    expires_at = UtcDatetimeField()
    used_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "models.Person", null=True, on_delete=fields.RESTRICT, related_name="invitations_used"
    )
    used_at = UtcDatetimeField(null=True)

    if TYPE_CHECKING:
        unit_id: UUID | None
        event_id: UUID | None
        made_by_id: UUID | None
        used_by_id: UUID | None

    class Meta:
        table = "invitation"
        indexes: Any = [("unit_id",), ("event_id",), ("made_by_id",), ("used_by_id",)]
