"""A suggestion (建议) on its way: who handles it until when, what was replied, and what its sender thinks of that."""

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import Model, fields
from tortoise.expressions import Q
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.queryset import QuerySet

from models.campaign import Campaign
from models.fields import UtcDatetimeField, key_field
from models.greeting import Greeting
from models.person import Person
from models.unit import Unit


class CaseStatus(StrEnum):
    """`domain.md` §4.9; `merged` follows its parent, `withdrawn` was taken back by its sender."""

    SUBMITTED = "submitted"
    RECEIVED = "received"
    NOT_ACCEPTED = "not_accepted"
    ACCEPTED = "accepted"
    ROUTED = "routed"
    IN_PROGRESS = "in_progress"
    MERGED = "merged"
    REPLIED = "replied"
    RATED = "rated"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


# Accepted, and nobody has replied yet.
AT_WORK = (CaseStatus.ACCEPTED, CaseStatus.ROUTED, CaseStatus.IN_PROGRESS)


class CaseSource(StrEnum):
    ONLINE = "online"
    SEMINAR = "seminar"
    VISIT = "visit"
    PHONE = "phone"


class CaseResult(StrEnum):
    """What comes of it, as the handler says in the reply."""

    ADOPTED = "adopted"
    PARTLY_ADOPTED = "partly_adopted"
    EXPLAINED = "explained"
    KEPT_FOR_REFERENCE = "kept_for_reference"


class SuggestionCase(Model):
    """One per suggestion. What was heard offline has its words here and no sender; what came online has a greeting.

    `accept_by` and `reply_by` are the city's clocks, `handle_by` is what the unit was given; all are last days in
    Asia/Shanghai. `first_reply` is what was said before the sender had it taken up again.
    """

    id: UUID = key_field()
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField("models.Campaign", on_delete=fields.RESTRICT)
    greeting: fields.ForeignKeyNullableRelation[Greeting] = fields.ForeignKeyField(
        "models.Greeting", null=True, on_delete=fields.RESTRICT, related_name="cases"
    )
    source = fields.CharEnumField(CaseSource, max_length=8)
    topic = fields.CharField(max_length=24)
    words = fields.TextField(null=True)
    occasion = fields.CharField(max_length=120, null=True)
    heard_on = fields.DateField(null=True)
    entered_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "models.Person", null=True, on_delete=fields.RESTRICT, related_name="suggestions_entered"
    )
    is_anonymous_to_handler = fields.BooleanField(default=False)
    status = fields.CharEnumField(CaseStatus, max_length=12)
    version = fields.IntField(default=1)
    received_at: datetime | None = UtcDatetimeField(null=True)
    accept_by: date | None = fields.DateField(null=True)
    accepted_at: datetime | None = UtcDatetimeField(null=True)
    reason_code = fields.CharField(max_length=24, null=True)
    pointer = fields.CharField(max_length=300, null=True)
    unit: fields.ForeignKeyNullableRelation[Unit] = fields.ForeignKeyField(
        "models.Unit", null=True, on_delete=fields.RESTRICT
    )
    handle_by: date | None = fields.DateField(null=True)
    reply_by: date | None = fields.DateField(null=True)
    extension_reason = fields.CharField(max_length=300, null=True)
    result = fields.CharEnumField(CaseResult, max_length=20, null=True)
    reply = fields.TextField(null=True)
    first_reply = fields.TextField(null=True)
    replied_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "models.Person", null=True, on_delete=fields.RESTRICT, related_name="suggestions_replied"
    )
    replied_at: datetime | None = UtcDatetimeField(null=True)
    rating = fields.SmallIntField(null=True)
    rating_words = fields.CharField(max_length=300, null=True)
    is_reopened = fields.BooleanField(default=False)
    reopen_reason = fields.CharField(max_length=300, null=True)
    merged_into: fields.ForeignKeyNullableRelation["SuggestionCase"] = fields.ForeignKeyField(
        "models.SuggestionCase", null=True, on_delete=fields.RESTRICT, related_name="merged"
    )
    closed_at: datetime | None = UtcDatetimeField(null=True)

    if TYPE_CHECKING:
        campaign_id: UUID
        greeting_id: UUID | None
        entered_by_id: UUID | None
        unit_id: UUID | None
        replied_by_id: UUID | None
        merged_into_id: UUID | None

    class Meta:
        table = "suggestion_case"
        indexes: Any = [
            ("campaign_id",),
            ("entered_by_id",),
            ("unit_id", "status", "id"),
            ("replied_by_id",),
            ("merged_into_id",),
            ("status", "id"),
        ]
        constraints: Any = [
            UniqueConstraint(fields=("greeting_id",), name="uq_suggestion_case_greeting"),
            CheckConstraint(
                check="(greeting_id IS NULL) = (words IS NOT NULL)", name="ck_suggestion_case_words_in_one_place"
            ),
            CheckConstraint(
                check="status NOT IN ('routed', 'in_progress') OR (unit_id IS NOT NULL AND handle_by IS NOT NULL)",
                name="ck_suggestion_case_has_handler",
            ),
            CheckConstraint(
                check="status NOT IN ('replied', 'rated') OR (reply IS NOT NULL AND replied_at IS NOT NULL)",
                name="ck_suggestion_case_has_reply",
            ),
            CheckConstraint(check="rating >= 1 AND rating <= 5", name="ck_suggestion_case_rating"),
            CheckConstraint(
                check="status <> 'merged' OR merged_into_id IS NOT NULL", name="ck_suggestion_case_has_parent"
            ),
        ]

    @classmethod
    def overdue(cls, today: date) -> QuerySet["SuggestionCase"]:
        """Not accepted or not replied by its last day."""
        late = Q(handle_by__lt=today) | Q(reply_by__lt=today)
        return cls.filter(
            Q(status=CaseStatus.RECEIVED, accept_by__lt=today) | (Q(status__in=AT_WORK) & late),
        )

    @property
    def due_on(self) -> date | None:
        """The next last day, while somebody has to do something."""
        if self.status is CaseStatus.RECEIVED:
            return self.accept_by
        if self.status not in AT_WORK:
            return None
        return min(filter(None, (self.handle_by, self.reply_by)), default=None)
