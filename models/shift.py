"""A shift (班次): a time, a role and a number of seats within an event."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import Model, fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.queryset import QuerySet

from models.event import Event
from models.fields import UtcDatetimeField, key_field


class Shift(Model):
    """`taken` counts the seats that are held, confirmed or offered; the database refuses more than there are.

    `queue_tail` is the last number drawn in this shift's queue. Both change only under the row's lock.
    """

    id: UUID = key_field()
    event: fields.ForeignKeyRelation[Event] = fields.ForeignKeyField(
        "models.Event", on_delete=fields.RESTRICT, related_name="shifts"
    )
    role = fields.CharField(max_length=30)
    starts_at = UtcDatetimeField()
    ends_at = UtcDatetimeField()
    seats = fields.IntField()
    taken = fields.IntField(default=0)
    queue_tail = fields.IntField(default=0)

    if TYPE_CHECKING:
        event_id: UUID

    class Meta:
        table = "shift"
        indexes: Any = [("event_id",)]
        constraints: Any = [
            CheckConstraint(check="seats >= 1", name="ck_shift_seats"),
            CheckConstraint(check="taken >= 0 AND taken <= seats", name="ck_shift_never_oversold"),
            CheckConstraint(check="starts_at < ends_at", name="ck_shift_time"),
        ]

    @property
    def seats_left(self) -> int:
        return self.seats - self.taken

    @classmethod
    def locked(cls, ids: Collection[UUID]) -> QuerySet["Shift"]:
        """These shifts, held until the transaction ends; always in one order, so that two callers never cross."""
        return cls.filter(id__in=list(ids)).select_for_update().order_by("id")
