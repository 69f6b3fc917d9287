"""An enrolment (报名): one person's place in a shift, or in its queue; and the ticket that proves it at the door."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import Model, fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.queryset import QuerySet

from models.event import Event
from models.fields import UtcDatetimeField, key_field
from models.person import Person
from models.shift import Shift


class EnrolmentStatus(StrEnum):
    """`domain.md` §4.4. `offered` is a seat held for the next in the queue until `offer_expires_at`."""

    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"
    CANCELLED_BY_ORGANIZER = "cancelled_by_organizer"


LIVE = (EnrolmentStatus.CONFIRMED, EnrolmentStatus.WAITLISTED, EnrolmentStatus.OFFERED)
HOLDS_SEAT = (EnrolmentStatus.CONFIRMED, EnrolmentStatus.OFFERED)


class Enrolment(Model):
    """One live row per person and event (a partial unique index); the queue number is unique within the shift.

    `door_version` rises with every scan that may count: who judged by what they read writes only if it still stands.
    """

    id: UUID = key_field()
    event: fields.ForeignKeyRelation[Event] = fields.ForeignKeyField("models.Event", on_delete=fields.RESTRICT)
    shift: fields.ForeignKeyRelation[Shift] = fields.ForeignKeyField(
        "models.Shift", on_delete=fields.RESTRICT, related_name="enrolments"
    )
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("models.Person", on_delete=fields.RESTRICT)
    status = fields.CharEnumField(EnrolmentStatus, max_length=24)
    queue_no = fields.IntField()
    enrolled_at = UtcDatetimeField()
    offer_expires_at: datetime | None = UtcDatetimeField(null=True)
    changed_at = UtcDatetimeField()
    door_version = fields.IntField(default=0)

    if TYPE_CHECKING:
        event_id: UUID
        shift_id: UUID
        person_id: UUID

    class Meta:
        table = "enrolment"
        indexes: Any = [
            ("shift_id", "status", "queue_no"),
            ("person_id", "id"),
            ("offer_expires_at",),
            ("event_id", "changed_at"),
        ]
        constraints: Any = [
            UniqueConstraint(fields=("event_id", "shift_id", "queue_no"), name="uq_enrolment_queue"),
            CheckConstraint(
                check="status <> 'offered' OR offer_expires_at IS NOT NULL", name="ck_enrolment_offer_has_end"
            ),
        ]

    @classmethod
    def live(cls) -> QuerySet["Enrolment"]:
        return cls.filter(status__in=LIVE)

    @classmethod
    def queue_of(cls, shift_ids: Collection[UUID]) -> QuerySet["Enrolment"]:
        """Who waits or holds an offer, first come first."""
        return cls.filter(
            shift_id__in=list(shift_ids), status__in=(EnrolmentStatus.WAITLISTED, EnrolmentStatus.OFFERED)
        ).order_by("shift_id", "queue_no")

    @classmethod
    def with_lapsed_offer(cls, now: datetime) -> QuerySet["Enrolment"]:
        return cls.filter(status=EnrolmentStatus.OFFERED, offer_expires_at__lte=now)


class Ticket(Model):
    """What a personal code names instead of a person. Revoked, it stays known, so that the door can say why."""

    id: UUID = key_field()
    event: fields.ForeignKeyRelation[Event] = fields.ForeignKeyField("models.Event", on_delete=fields.RESTRICT)
    enrolment: fields.ForeignKeyRelation[Enrolment] = fields.ForeignKeyField(
        "models.Enrolment", on_delete=fields.RESTRICT, related_name="tickets"
    )
    made_at = UtcDatetimeField()
    revoked_at = UtcDatetimeField(null=True)

    if TYPE_CHECKING:
        event_id: UUID
        enrolment_id: UUID

    class Meta:
        table = "ticket"
        indexes: Any = [("event_id", "id"), ("enrolment_id",), ("event_id", "made_at"), ("event_id", "revoked_at")]
