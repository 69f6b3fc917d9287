"""A message (消息) in a person's inbox, the reminder (订阅消息) that may go with it, and the consents to reminders."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import Model, fields
from tortoise.functions import Count
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.queryset import QuerySet

from models.event import Event
from models.fields import SealedTextField, UtcDatetimeField, key_field
from models.person import Person


class MessageKind(StrEnum):
    """What has happened."""

    EVENT_CHANGED = "event_changed"
    EVENT_CANCELLED = "event_cancelled"
    PLACE_OFFERED = "place_offered"
    REGISTRATION_RETURNED = "registration_returned"
    REGISTRATION_REJECTED = "registration_rejected"
    REGISTRATION_APPROVED = "registration_approved"
    SUSPENDED = "suspended"
    SUSPENSION_LIFTED = "suspension_lifted"
    REPLY_ARRIVED = "reply_arrived"
    HOURS_CONFIRMED = "hours_confirmed"
    CLAIM_DECIDED = "claim_decided"
    CLAIM_ON_YOU = "claim_on_you"
    CORRECTION_DECIDED = "correction_decided"
    GREETING_DECIDED = "greeting_decided"
    APPEAL_DECIDED = "appeal_decided"
    MEMBERSHIP_DECIDED = "membership_decided"
    SUGGESTION_ROUTED = "suggestion_routed"


class ReminderKind(StrEnum):
    """The templates that WeChat asks a person to accept; few, because it asks for three at a time."""

    EVENT = "event"
    PLACE = "place"
    RESULT = "result"
    REPLY = "reply"
    HOURS = "hours"


class Delivery(StrEnum):
    """What became of the reminder. `inbox_only`: there was none to send. `unknown`: it may have arrived."""

    INBOX_ONLY = "inbox_only"
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    EXPIRED = "expired"


class Message(Model):
    """`key` makes it one per person. `slot` is its place among the two reminders per person and event.

    `words` and `values` may hold what an organizer wrote about a person, so they are sealed; `values` is JSON.
    """

    id: UUID = key_field()
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("models.Person", on_delete=fields.RESTRICT)
    event: fields.ForeignKeyNullableRelation[Event] = fields.ForeignKeyField(
        "models.Event", null=True, on_delete=fields.RESTRICT
    )
    kind = fields.CharEnumField(MessageKind, max_length=24)
    key = fields.CharField(max_length=120)
    title = fields.CharField(max_length=40)
    words = SealedTextField()
    page = fields.CharField(max_length=120)
    at = UtcDatetimeField()
    read_at: datetime | None = UtcDatetimeField(null=True)
    delivery = fields.CharEnumField(Delivery, max_length=12)
    reminder = fields.CharEnumField(ReminderKind, max_length=8)
    values = SealedTextField()
    send_after: datetime | None = UtcDatetimeField(null=True)
    send_until: datetime | None = UtcDatetimeField(null=True)
    claimed_at: datetime | None = UtcDatetimeField(null=True)
    settled_at: datetime | None = UtcDatetimeField(null=True)
    slot = fields.SmallIntField(null=True)
    reason = fields.CharField(max_length=40, null=True)

    if TYPE_CHECKING:
        person_id: UUID
        event_id: UUID | None

    class Meta:
        table = "message"
        indexes: Any = [
            ("person_id", "id"),
            ("event_id", "delivery"),
            ("delivery", "claimed_at"),
            ("delivery", "send_until"),
        ]
        constraints: Any = [
            UniqueConstraint(fields=("person_id", "key"), name="uq_message_once"),
            # Empty slots are all different, so only what was or may have been sent counts.
            UniqueConstraint(fields=("person_id", "event_id", "slot"), name="uq_message_slot"),
            CheckConstraint(check="slot IN (1, 2)", name="ck_message_two_per_event"),
            CheckConstraint(check="delivery <> 'waiting' OR send_until IS NOT NULL", name="ck_message_waits_in_bounds"),
            CheckConstraint(check="delivery <> 'sending' OR claimed_at IS NOT NULL", name="ck_message_claimed"),
        ]

    @classmethod
    def unread(cls, person_id: UUID) -> QuerySet["Message"]:
        return cls.filter(person_id=person_id, read_at=None)

    @classmethod
    def claimed_before(cls, moment: datetime) -> QuerySet["Message"]:
        """Taken up for sending and never settled: whoever did it is gone."""
        return cls.filter(delivery=Delivery.SENDING, claimed_at__lt=moment)

    @classmethod
    def waiting_in_vain(cls, now: datetime) -> QuerySet["Message"]:
        return cls.filter(delivery=Delivery.WAITING, send_until__lte=now)

    @classmethod
    async def counts_of(cls, event_id: UUID) -> dict[tuple[MessageKind, Delivery], int]:
        """How many of each kind stand in which state, for one event."""
        grouped = cls.filter(event_id=event_id).annotate(n=Count("id")).group_by("kind", "delivery")
        rows = await grouped.values("kind", "delivery", "n")
        return {(MessageKind(row["kind"]), Delivery(row["delivery"])): row["n"] for row in rows}


class Credit(Model):
    """One tap on "allow": good for one reminder. A row that was not accepted remembers that the person said no."""

    id: UUID = key_field()
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("models.Person", on_delete=fields.RESTRICT)
    reminder = fields.CharEnumField(ReminderKind, max_length=8)
    is_accepted = fields.BooleanField()
    given_at = UtcDatetimeField()
    spent_at = UtcDatetimeField(null=True)
    spent_by: fields.ForeignKeyNullableRelation[Message] = fields.ForeignKeyField(
        "models.Message", null=True, on_delete=fields.RESTRICT
    )
    withdrawn_at = UtcDatetimeField(null=True)

    if TYPE_CHECKING:
        person_id: UUID
        spent_by_id: UUID | None

    class Meta:
        table = "credit"
        indexes: Any = [("person_id", "reminder", "id")]
        constraints: Any = [
            UniqueConstraint(fields=("spent_by_id",), name="uq_credit_one_message"),
            CheckConstraint(check="(spent_at IS NULL) = (spent_by_id IS NULL)", name="ck_credit_spent_by_message"),
            CheckConstraint(check="is_accepted OR spent_by_id IS NULL", name="ck_credit_accepted"),
        ]

    @classmethod
    def left(cls, people: Collection[UUID], reminders: Collection[ReminderKind]) -> QuerySet["Credit"]:
        """What may still be spent, the oldest first."""
        return cls.filter(
            person_id__in=list(people),
            reminder__in=list(reminders),
            is_accepted=True,
            spent_at=None,
            withdrawn_at=None,
        ).order_by("id")
