"""A scan: one line of the append-only log of everything that was scanned, the refused and the unknown too."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import Model, fields
from tortoise.migrations.constraints import UniqueConstraint

from models.fields import UtcDatetimeField, key_field

# A code that leads to no event is logged under this one, because the event is part of every key of this table.
NOWHERE = UUID(int=0)


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


class ScanWay(StrEnum):
    """Who scanned whose code (`domain.md` §4.5)."""

    VENUE_CODE = "venue_code"
    PERSONAL_CODE = "personal_code"


class Scan(Model):
    """Rows are only added. The keys are plain columns, not foreign keys: a log outlives what it speaks of.

    `code_digest` is a keyed hash of what was scanned. `facts` holds what the first answer said, so that the same
    nonce gets the same answer; no name is in it.
    """

    id: UUID = key_field()
    event_id = fields.UUIDField()
    point_id = fields.UUIDField(null=True)
    enrolment_id = fields.UUIDField(null=True)
    scanned_by_id = fields.UUIDField()
    way = fields.CharEnumField(ScanWay, max_length=16)
    direction = fields.CharEnumField(Direction, max_length=3)
    nonce = fields.CharField(max_length=64)
    code_digest = fields.CharField(max_length=43)
    scanned_at = UtcDatetimeField()
    received_at = UtcDatetimeField()
    verdict = fields.CharField(max_length=24)
    facts: Any = fields.JSONField(default=dict)

    class Meta:
        table = "scan"
        constraints: Any = [UniqueConstraint(fields=("event_id", "scanned_by_id", "nonce"), name="uq_scan_nonce")]
        indexes: Any = [("scanned_by_id", "nonce"), ("event_id", "enrolment_id"), ("event_id", "verdict")]
