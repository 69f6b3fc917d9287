"""A session: one log-in on one phone, known by the hash of its token."""

from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import Model, fields

from models.fields import UtcDatetimeField, key_field
from models.person import Person


class Session(Model):
    id: UUID = key_field()
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("models.Person", on_delete=fields.RESTRICT)
    token_hash = fields.CharField(max_length=64, unique=True)
    opened_at = UtcDatetimeField()
    expires_at = UtcDatetimeField()
    revoked_at = UtcDatetimeField(null=True)

    if TYPE_CHECKING:
        person_id: UUID

    class Meta:
        table = "session"
        indexes: Any = [("person_id",), ("expires_at",)]

    @staticmethod
    def hash_of(token: str) -> str:
        # The token has 256 random bits: a plain hash cannot be turned back, a slow one would only cost time.
        return sha256(token.encode()).hexdigest()


class Login(Model):
    """One use of a WeChat log-in code, so that a double tap finds the session of the first tap.

    `caller_index` ties it to the phone that tapped: another caller with the same code is refused.
    """

    id: UUID = key_field()
    code_index = fields.CharField(max_length=43, unique=True)
    caller_index = fields.CharField(max_length=43)
    at = UtcDatetimeField()
    session: fields.ForeignKeyNullableRelation[Session] = fields.ForeignKeyField(
        "models.Session", null=True, on_delete=fields.RESTRICT
    )
    failed_code = fields.CharField(max_length=40, null=True)

    if TYPE_CHECKING:
        session_id: UUID | None

    class Meta:
        table = "login"
        indexes: Any = [("session_id",), ("at",)]
