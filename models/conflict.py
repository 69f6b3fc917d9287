"""A conflict (冲突): scans of one enrolment that cannot all be right; a person decides, with a reason."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import Model, fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.enrolment import Enrolment
from models.event import Event
from models.fields import UtcDatetimeField, key_field


class ConflictKind(StrEnum):
    """Let in by two devices; a device whose clock was off; let in by staff although the server would have refused."""

    TWO_DEVICES = "two_devices"
    CLOCK_OFF = "clock_off"
    SEEN_DIFFERS = "seen_differs"


class Conflict(Model):
    """One row per enrolment and kind, whatever order the scans came in; its sides are read from the log."""

    id: UUID = key_field()
    event: fields.ForeignKeyRelation[Event] = fields.ForeignKeyField("models.Event", on_delete=fields.RESTRICT)
    enrolment: fields.ForeignKeyRelation[Enrolment] = fields.ForeignKeyField(
        "models.Enrolment", on_delete=fields.RESTRICT
    )
    kind = fields.CharEnumField(ConflictKind, max_length=12)
    found_at = UtcDatetimeField()
    decided_by_id = fields.UUIDField(null=True)
    decided_at: datetime | None = UtcDatetimeField(null=True)
    reason = fields.CharField(max_length=300, null=True)

    if TYPE_CHECKING:
        event_id: UUID
        enrolment_id: UUID

    class Meta:
        table = "conflict"
        indexes: Any = [("event_id", "decided_at"), ("enrolment_id",)]
        constraints: Any = [
            UniqueConstraint(fields=("event_id", "enrolment_id", "kind"), name="uq_conflict"),
            CheckConstraint(
                check="decided_at IS NULL OR (decided_by_id IS NOT NULL AND reason IS NOT NULL)",
                name="ck_conflict_decided_with_reason",
            ),
        ]


class Device(Model):
    """A staff member's phone at an event: when it was last heard, how wrong its clock is, whether it is ready.

    `code` is what the phone calls itself. `clock_error_s` is by how many seconds it was ahead of the server.
    """

    id: UUID = key_field()
    event: fields.ForeignKeyRelation[Event] = fields.ForeignKeyField("models.Event", on_delete=fields.RESTRICT)
    person_id = fields.UUIDField()
    code = fields.CharField(max_length=64)
    label = fields.CharField(max_length=30, default="")
    clock_error_s = fields.IntField(null=True)
    roster_loaded_at: datetime | None = UtcDatetimeField(null=True)
    roster_size = fields.IntField(null=True)
    test_code_at: datetime | None = UtcDatetimeField(null=True)
    waiting_scans = fields.IntField(default=0)
    heard_at = UtcDatetimeField()

    if TYPE_CHECKING:
        event_id: UUID

    class Meta:
        table = "device"
        constraints: Any = [UniqueConstraint(fields=("event_id", "person_id", "code"), name="uq_device")]
