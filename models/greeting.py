"""A greeting (祝福) or suggestion (建议): what somebody wrote, how it was judged, and where it may be shown."""

from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import Model, fields
from tortoise.expressions import Q
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.queryset import QuerySet

from models.campaign import Campaign
from models.fields import SealedTextField, UtcDatetimeField, key_field
from models.person import Person


class GreetingKind(StrEnum):
    GREETING = "greeting"
    SUGGESTION = "suggestion"


class GreetingStatus(StrEnum):
    """`domain.md` §4.8. `submitted` is on its way through the machine check; a person decides from `pending_review`."""

    SUBMITTED = "submitted"
    PENDING_REVIEW = "pending_review"
    ACCEPTED = "accepted"
    SELECTED = "selected"
    PUBLISHED = "published"
    RETURNED = "returned"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


# What a person has accepted and nobody has changed or taken back since.
STANDING = (GreetingStatus.ACCEPTED, GreetingStatus.SELECTED, GreetingStatus.PUBLISHED)


class Byline(StrEnum):
    """署名方式."""

    REAL_NAME = "real_name"
    NICKNAME = "nickname"
    ANONYMOUS = "anonymous"


class Channel(StrEnum):
    """Where a greeting may be shown; each needs a consent of its own (个人信息保护法 第二十五条)."""

    WALL = "wall"
    WECHAT_OA = "wechat_oa"
    MICRO_VIDEO = "micro_video"
    PSA = "psa"
    NEWSPAPER = "newspaper"
    TV = "tv"
    RADIO = "radio"
    NEWS_SITE = "news_site"
    CHANNELS = "channels"
    WEIBO = "weibo"
    DOUYIN = "douyin"
    OUTDOOR = "outdoor"
    SITE = "site"


class Rank(IntEnum):
    """In which order people look at what waits for them: first what a machine doubts."""

    DOUBTED = 0
    LISTED_WORDS = 1
    UNCHECKED = 2
    PLAIN = 3


class Greeting(Model):
    """`version` counts the texts: a machine's or a person's verdict holds for the version it was given on.

    `likeness` is the mark by which copies are found (kit/likeness.py). Until `held_until` a moderator has it to
    themselves. `appeal_words` are the sender's against a refusal, once; `appealed_from` is who refused.
    """

    id: UUID = key_field()
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField("models.Campaign", on_delete=fields.RESTRICT)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("models.Person", on_delete=fields.RESTRICT)
    kind = fields.CharEnumField(GreetingKind, max_length=12)
    status = fields.CharEnumField(GreetingStatus, max_length=16)
    topic = fields.CharField(max_length=24)
    text = fields.TextField()
    byline = fields.CharEnumField(Byline, max_length=12)
    byline_name = SealedTextField(null=True)
    is_over_14 = fields.BooleanField()
    guardian = SealedTextField(null=True)
    version = fields.IntField(default=1)
    machine_suggest = fields.CharField(max_length=12, null=True)
    machine_label = fields.IntField(null=True)
    trace_id = fields.CharField(max_length=80, null=True)
    decided_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "models.Person", null=True, on_delete=fields.RESTRICT, related_name="greetings_decided"
    )
    decided_at = UtcDatetimeField(null=True)
    reason_code = fields.CharField(max_length=24, null=True)
    reason_note = fields.CharField(max_length=300, null=True)
    submitted_at = UtcDatetimeField()
    withdrawn_at = UtcDatetimeField(null=True)
    likeness = fields.CharField(max_length=64, null=True)
    rank = fields.SmallIntField(default=Rank.PLAIN, db_default=Rank.PLAIN.value)
    held_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "models.Person", null=True, on_delete=fields.RESTRICT, related_name="greetings_held"
    )
    held_until: datetime | None = UtcDatetimeField(null=True)
    appeal_words = fields.TextField(null=True)
    appealed_at = UtcDatetimeField(null=True)
    appealed_from: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "models.Person", null=True, on_delete=fields.RESTRICT, related_name="greetings_appealed"
    )

    if TYPE_CHECKING:
        campaign_id: UUID
        person_id: UUID
        decided_by_id: UUID | None
        held_by_id: UUID | None
        appealed_from_id: UUID | None
        consents: fields.ReverseRelation["ChannelConsent"]
        selections: fields.ReverseRelation[Any]

    class Meta:
        table = "greeting"
        indexes: Any = [
            ("campaign_id",),
            ("person_id", "id"),
            ("decided_by_id",),
            ("held_by_id",),
            ("appealed_from_id",),
            ("status", "kind", "id"),
            ("status", "rank", "id"),
        ]
        constraints: Any = [
            CheckConstraint(
                check="status <> 'accepted' OR (decided_by_id IS NOT NULL AND decided_at IS NOT NULL)",
                name="ck_greeting_accepted_by_a_person",
            ),
            CheckConstraint(
                check="status NOT IN ('selected', 'published') "
                "OR (decided_by_id IS NOT NULL AND decided_at IS NOT NULL)",
                name="ck_greeting_chosen_after_acceptance",
            ),
            CheckConstraint(check="is_over_14 OR guardian IS NOT NULL", name="ck_greeting_guardian"),
        ]

    @classmethod
    def showable(cls, channel: Channel, today: date) -> QuerySet["Greeting"]:
        """Accepted by a person, and its sender agrees to this channel today."""
        return cls.filter(
            Q(consents__channel=channel)
            & Q(consents__withdrawn_at=None)
            & (Q(consents__until=None) | Q(consents__until__gte=today)),
            kind=GreetingKind.GREETING,
            status__in=STANDING,
        )

    @classmethod
    def awaiting_a_person(cls) -> QuerySet["Greeting"]:
        return cls.filter(status=GreetingStatus.PENDING_REVIEW)

    def may_be_appealed(self) -> bool:
        return self.status is GreetingStatus.REJECTED and self.appealed_at is None

    @staticmethod
    def free(now: datetime) -> Q:
        """Held by nobody at this moment."""
        return Q(held_until=None) | Q(held_until__lte=now)

    @classmethod
    def free_for(cls, person_id: UUID, now: datetime) -> Q:
        """Held by nobody else at this moment."""
        return Q(held_by_id=person_id) | cls.free(now)

    def holder(self, now: datetime) -> UUID | None:
        """Who has it to themselves at this moment."""
        return self.held_by_id if self.held_until is not None and now < self.held_until else None


class GreetingText(Model):
    """Every version of the words, so that what was accepted can be shown beside what was changed."""

    id: UUID = key_field()
    greeting: fields.ForeignKeyRelation[Greeting] = fields.ForeignKeyField(
        "models.Greeting", on_delete=fields.RESTRICT, related_name="texts"
    )
    version = fields.IntField()
    text = fields.TextField()
    written_at = UtcDatetimeField()

    if TYPE_CHECKING:
        greeting_id: UUID

    class Meta:
        table = "greeting_text"
        constraints: Any = [UniqueConstraint(fields=("greeting_id", "version"), name="uq_greeting_text")]


class ChannelConsent(Model):
    """One consent to show one greeting in one place; never changed, only ended.

    `until` is its last day in Asia/Shanghai. Rows from before there were texts name neither a text nor a last day.
    `show_name` is empty where it is signed as the greeting itself; `shown_name` is the real name then agreed to.
    """

    id: UUID = key_field()
    greeting: fields.ForeignKeyRelation[Greeting] = fields.ForeignKeyField(
        "models.Greeting", on_delete=fields.RESTRICT, related_name="consents"
    )
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("models.Person", on_delete=fields.RESTRICT)
    channel = fields.CharEnumField(Channel, max_length=12)
    policy_version = fields.CharField(max_length=20)
    text_version = fields.CharField(max_length=20, null=True)
    given_at = UtcDatetimeField()
    until = fields.DateField(null=True)
    show_name = fields.CharEnumField(Byline, max_length=12, null=True)
    shown_name = SealedTextField(null=True)
    withdrawn_at = UtcDatetimeField(null=True)

    if TYPE_CHECKING:
        greeting_id: UUID
        person_id: UUID

    class Meta:
        table = "channel_consent"
        indexes: Any = [("greeting_id", "channel"), ("person_id",), ("until", "id")]

    @classmethod
    def live(cls, channel: Channel, today: date) -> QuerySet["ChannelConsent"]:
        return cls.filter(Q(until=None) | Q(until__gte=today), channel=channel, withdrawn_at=None)

    @classmethod
    def run_out(cls, today: date) -> QuerySet["ChannelConsent"]:
        """Past their last day and not ended yet."""
        return cls.filter(until__lt=today, withdrawn_at=None)

    def is_live(self, today: date) -> bool:
        return self.withdrawn_at is None and (self.until is None or today <= self.until)
