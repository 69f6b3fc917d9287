"""A pass (通行): one link, used once, that makes one phone event staff of one event, or one screen a door's."""

from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import Model, fields
from tortoise.migrations.constraints import CheckConstraint

from models.event import Event, Point
from models.fields import UtcDatetimeField, key_field
from models.person import Person


class StaffPass(Model):
    """Belongs to a phone and to nobody's account; `label` says who holds it. Of link and token only hashes are kept.

    With a `point` it is a hall screen's: that shows this point's code and the counts, and `shows_wall` beside them.
    `device` is what the phone calls itself. The pass ends with its event, which is looked up and not copied.
    """

    id: UUID = key_field()
    event: fields.ForeignKeyRelation[Event] = fields.ForeignKeyField("models.Event", on_delete=fields.RESTRICT)
    point: fields.ForeignKeyNullableRelation[Point] = fields.ForeignKeyField(
        "models.Point", null=True, on_delete=fields.RESTRICT
    )
    shows_wall = fields.BooleanField(default=False, db_default=False)
    label = fields.CharField(max_length=30)
    made_by: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("models.Person", on_delete=fields.RESTRICT)
    made_at = UtcDatetimeField()
    link_hash = fields.CharField(max_length=64, unique=True)
    link_expires_at = UtcDatetimeField()
    device = fields.CharField(max_length=64, null=True)
    opened_at: datetime | None = UtcDatetimeField(null=True)
    token_hash = fields.CharField(max_length=64, null=True, unique=True)
    taken_back_at: datetime | None = UtcDatetimeField(null=True)

    if TYPE_CHECKING:
        event_id: UUID
        point_id: UUID | None
        made_by_id: UUID

    class Meta:
        table = "staff_pass"
        indexes: Any = [("event_id",), ("made_by_id",), ("point_id",)]
        constraints: Any = [
            CheckConstraint(
                check="(opened_at IS NULL) = (token_hash IS NULL) AND (opened_at IS NULL) = (device IS NULL)",
                name="ck_staff_pass_opened_is_whole",
            ),
        ]

    @staticmethod
    def hash_of(secret: str) -> str:
        # Link and token have 128 bits and more: a plain hash cannot be turned back.
        return sha256(secret.strip().encode()).hexdigest()

    @classmethod
    async def with_token(cls, token: str) -> "StaffPass | None":
        return await cls.get_or_none(token_hash=cls.hash_of(token)).select_related("event")
