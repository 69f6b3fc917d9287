"""Where greetings went: chosen for a channel (选用), placed there (刊播), and taken down again (撤下)."""

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import Model, fields
from tortoise.expressions import Q
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.queryset import QuerySet

from models.fields import UtcDatetimeField, key_field
from models.greeting import Channel, ChannelConsent, Greeting
from models.person import Person


class Selection(Model):
    """One greeting chosen for one channel, in the version that was read; one live row for each pair."""

    id: UUID = key_field()
    greeting: fields.ForeignKeyRelation[Greeting] = fields.ForeignKeyField(
        "models.Greeting", on_delete=fields.RESTRICT, related_name="selections"
    )
    channel = fields.CharEnumField(Channel, max_length=12)
    version = fields.IntField()
    selected_by: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("models.Person", on_delete=fields.RESTRICT)
    selected_at = UtcDatetimeField()
    ended_at = UtcDatetimeField(null=True)

    if TYPE_CHECKING:
        greeting_id: UUID
        selected_by_id: UUID

    class Meta:
        table = "selection"
        indexes: Any = [("greeting_id", "channel"), ("selected_by_id",), ("channel", "id")]

    @classmethod
    def live(cls) -> QuerySet["Selection"]:
        return cls.filter(ended_at=None)


class Placement(Model):
    """One appearance in one outlet. `needs_person` is off where it vanishes by itself when we stop showing it."""

    id: UUID = key_field()
    channel = fields.CharEnumField(Channel, max_length=12)
    outlet = fields.CharField(max_length=60)
    title = fields.CharField(max_length=120)
    link = fields.CharField(max_length=300, default="")
    published_on = fields.DateField()
    needs_person = fields.BooleanField()
    placed_by: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("models.Person", on_delete=fields.RESTRICT)
    placed_at = UtcDatetimeField()

    if TYPE_CHECKING:
        placed_by_id: UUID
        copies: fields.ReverseRelation["Copy"]

    class Meta:
        table = "placement"
        indexes: Any = [("placed_by_id",), ("channel", "id")]


class Copy(Model):
    """A greeting in a placement, in the version that was shown, under the consent that allowed it then."""

    id: UUID = key_field()
    placement: fields.ForeignKeyRelation[Placement] = fields.ForeignKeyField(
        "models.Placement", on_delete=fields.RESTRICT, related_name="copies"
    )
    greeting: fields.ForeignKeyRelation[Greeting] = fields.ForeignKeyField(
        "models.Greeting", on_delete=fields.RESTRICT, related_name="copies"
    )
    consent: fields.ForeignKeyRelation[ChannelConsent] = fields.ForeignKeyField(
        "models.ChannelConsent", on_delete=fields.RESTRICT
    )
    version = fields.IntField()

    if TYPE_CHECKING:
        placement_id: UUID
        greeting_id: UUID
        consent_id: UUID
        take_downs: fields.ReverseRelation["TakeDown"]

    class Meta:
        table = "greeting_copy"
        indexes: Any = [("greeting_id",), ("consent_id",)]
        constraints: Any = [UniqueConstraint(fields=("placement_id", "greeting_id"), name="uq_copy")]

    @classmethod
    def standing(cls, greeting_ids: list[UUID]) -> QuerySet["Copy"]:
        """Copies that nobody has been told to take down."""
        return cls.filter(greeting_id__in=greeting_ids, take_downs__id__isnull=True)


class TakeDownState(StrEnum):
    TO_DO = "to_do"
    DONE = "done"
    IMPOSSIBLE = "impossible"


class TakeDownReason(StrEnum):
    CONSENT_WITHDRAWN = "consent_withdrawn"
    CONSENT_RUN_OUT = "consent_run_out"
    NAME_CHANGED = "name_changed"
    ACCEPTANCE_TAKEN_BACK = "acceptance_taken_back"
    GREETING_WITHDRAWN = "greeting_withdrawn"
    PERSON_LEFT = "person_left"


class TakeDown(Model):
    """A copy that must go, by when, and what became of it: one for each copy."""

    id: UUID = key_field()
    copy: fields.ForeignKeyRelation[Copy] = fields.ForeignKeyField(
        "models.Copy", on_delete=fields.RESTRICT, related_name="take_downs"
    )
    reason = fields.CharEnumField(TakeDownReason, max_length=24)
    state = fields.CharEnumField(TakeDownState, max_length=10)
    due_on = fields.DateField()
    ordered_at = UtcDatetimeField()
    how = fields.CharField(max_length=300, null=True)
    settled_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "models.Person", null=True, on_delete=fields.RESTRICT
    )
    settled_at = UtcDatetimeField(null=True)

    if TYPE_CHECKING:
        copy_id: UUID
        settled_by_id: UUID | None

    class Meta:
        table = "take_down"
        indexes: Any = [("settled_by_id",), ("state", "due_on", "id")]
        constraints: Any = [
            UniqueConstraint(fields=("copy_id",), name="uq_take_down_copy"),
            CheckConstraint(
                check="state = 'to_do' OR (settled_at IS NOT NULL AND how IS NOT NULL)", name="ck_take_down_settled"
            ),
        ]

    @classmethod
    def overdue(cls, today: date) -> QuerySet["TakeDown"]:
        return cls.filter(Q(state=TakeDownState.TO_DO) & Q(due_on__lt=today))
