"""A consent (知情同意): what a person agreed to, in which version of the policy, when, and until when."""

from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import Model, fields
from tortoise.queryset import QuerySet

from models.fields import UtcDatetimeField, key_field
from models.person import Person


class ConsentScope(StrEnum):
    """The policy itself, and what needs a consent of its own (个人信息保护法 第二十九条: sensitive data)."""

    POLICY = "policy"
    ID_NUMBER = "id_number"
    LOCATION = "location"


class Consent(Model):
    """Rows are never changed but for `withdrawn_at`: they are the proof. One live row per person, scope, version."""

    id: UUID = key_field()
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("models.Person", on_delete=fields.RESTRICT)
    scope = fields.CharEnumField(ConsentScope, max_length=16)
    policy_version = fields.CharField(max_length=20)
    given_at = UtcDatetimeField()
    withdrawn_at = UtcDatetimeField(null=True)

    if TYPE_CHECKING:
        person_id: UUID

    class Meta:
        table = "consent"
        indexes: Any = [("person_id",)]

    @classmethod
    def live(cls, person_id: UUID) -> QuerySet["Consent"]:
        return cls.filter(person_id=person_id, withdrawn_at=None)
