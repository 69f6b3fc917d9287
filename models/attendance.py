"""Attendance (签到记录): when an enrolled person came and left, derived from the scans; one row per enrolment."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import Model, fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.enrolment import Enrolment
from models.event import Event
from models.fields import UtcDatetimeField, key_field
from models.scan import ScanWay


class Attendance(Model):
    id: UUID = key_field()
    event: fields.ForeignKeyRelation[Event] = fields.ForeignKeyField("models.Event", on_delete=fields.RESTRICT)
    enrolment: fields.ForeignKeyRelation[Enrolment] = fields.ForeignKeyField(
        "models.Enrolment", on_delete=fields.RESTRICT
    )
    way = fields.CharEnumField(ScanWay, max_length=16)
    point_id = fields.UUIDField()
    checked_in_at = UtcDatetimeField()
    check_in_scan_id = fields.UUIDField()
    checked_out_at = UtcDatetimeField(null=True)
    check_out_scan_id = fields.UUIDField(null=True)

    if TYPE_CHECKING:
        event_id: UUID
        enrolment_id: UUID

    class Meta:
        table = "attendance"
        indexes: Any = [("enrolment_id",)]
        constraints: Any = [
            UniqueConstraint(fields=("event_id", "enrolment_id"), name="uq_attendance"),
            CheckConstraint(
                check="checked_out_at IS NULL OR checked_out_at >= checked_in_at", name="ck_attendance_out_after_in"
            ),
        ]
