"""A scan: one line of the append-only log of everything that was scanned, the refused and the unknown too."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
from tortoise import Model, fields
from tortoise.migrations.constraints import UniqueConstraint

from kit.ids import uuid7
from models.fields import UtcDatetimeField, key_field

# A code that leads to no event is logged under this one, because the event is part of every key of this table.
NOWHERE = UUID(int=0)


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


class ScanWay(StrEnum):
    """Who scanned whose code, or what stood for one (`domain.md` §4.5)."""

    VENUE_CODE = "venue_code"
    PERSONAL_CODE = "personal_code"
    SIX_DIGITS = "six_digits"
    MANUAL = "manual"


class Place(StrEnum):
    """All that is kept of where a phone was (个人信息保护法 第二十八条: whereabouts are sensitive)."""

    UNKNOWN = "unknown"
    INSIDE = "inside"
    OUTSIDE = "outside"


class Scan(Model):
    """Rows are only added. The keys are plain columns, not foreign keys: a log outlives what it speaks of.

    `code_digest` is a keyed hash of what was scanned. `facts` holds what the first answer said, so that the same
    nonce gets the same answer; no name is in it. `happened_at` is the corrected time that judges and counts,
    `scanned_at` what the device said, `clock_error_s` by how much it was ahead. `seen` is the verdict that staff saw
    without a network. `is_admitted` decides what counts towards the attendance.
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
    happened_at: datetime | None = UtcDatetimeField(null=True)
    is_admitted = fields.BooleanField(null=True)
    is_late = fields.BooleanField(default=False)
    seen = fields.CharField(max_length=24, null=True)
    device = fields.CharField(max_length=64, null=True)
    gate = fields.CharField(max_length=30, null=True)
    place = fields.CharField(max_length=8, null=True)
    clock_error_s = fields.IntField(null=True)
    reason = fields.CharField(max_length=300, null=True)
    facts: Any = fields.JSONField(default=dict)

    class Meta:
        table = "scan"
        constraints: Any = [UniqueConstraint(fields=("scanned_by_id", "nonce", "event_id"), name="uq_scan_nonce")]
        indexes: Any = [
            ("enrolment_id", "event_id"),
            # What has changed since a phone last asked.
            ("event_id", "received_at"),
        ]

    @property
    def at(self) -> datetime:
        """When it happened; lines from before late scans were known happened when they were received."""
        return self.happened_at or self.received_at

    @property
    def counts(self) -> bool:
        """Whether it is a passage; lines from before that was noted tell it by their verdict."""
        return self.verdict in _ADMITTED if self.is_admitted is None else bool(self.is_admitted)

    @property
    def scanner(self) -> str:
        """The device, or where none is named the person who scanned."""
        return self.device or str(self.scanned_by_id)


class ScanLine(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A line of the log as it is judged; the row's own names. A thousand models a second would cost what they are."""

    event_id: UUID
    point_id: UUID | None
    enrolment_id: UUID | None
    scanned_by_id: UUID
    way: ScanWay
    direction: Direction
    nonce: str
    code_digest: str
    scanned_at: datetime
    received_at: datetime
    verdict: str
    happened_at: datetime
    is_admitted: bool
    is_late: bool = False
    seen: str | None = None
    device: str | None = None
    gate: str | None = None
    place: str | None = None
    clock_error_s: int | None = None
    reason: str | None = None
    facts: dict[str, Any] = msgspec.field(default_factory=dict)
    id: UUID = msgspec.field(default_factory=uuid7)

    @property
    def at(self) -> datetime:
        return self.happened_at

    @property
    def counts(self) -> bool:
        return self.is_admitted

    @property
    def scanner(self) -> str:
        return self.device or str(self.scanned_by_id)

    @property
    def row(self) -> Scan:
        return Scan(**{name: getattr(self, name) for name in self.__struct_fields__})


def counts_in(alias: str) -> str:
    """What `Scan.counts` says, as a condition on a row of that name."""
    admitted = ", ".join(f"'{each}'" for each in _ADMITTED)
    return f"COALESCE({alias}.is_admitted, {alias}.verdict IN ({admitted}))"


_ADMITTED = ("CheckedIn", "CheckedOut", "AlreadyCheckedIn", "AlreadyCheckedOut", "NotCheckedIn")


class Annulment(Model):
    """A scan that a person took back, with the reason. Append-only, as the log itself."""

    id: UUID = key_field()
    event_id = fields.UUIDField()
    scan_id = fields.UUIDField()
    enrolment_id = fields.UUIDField()
    annulled_by_id = fields.UUIDField()
    reason = fields.CharField(max_length=300)
    annulled_at = UtcDatetimeField()

    class Meta:
        table = "annulment"
        constraints: Any = [UniqueConstraint(fields=("scan_id",), name="uq_annulment_scan")]
        indexes: Any = [("event_id", "enrolment_id")]
