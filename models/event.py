"""An event (活动) of a unit within a campaign, and the doors (签到点) that people enter it by."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import Model, fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.queryset import QuerySet

from models.campaign import Campaign
from models.fields import UtcDatetimeField, key_field
from models.unit import Unit


class EventStatus(StrEnum):
    """`domain.md` §4.3; "ongoing" is a matter of the clock, not a state."""

    DRAFT = "draft"
    PENDING_REVIEW = "pending_review"
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    ENDED = "ended"


class PointPolicy(StrEnum):
    """How often one person may check in at a point: once, once a day, or as often as they come."""

    ONCE = "once"
    DAILY = "daily"
    MANY = "many"


class Event(Model):
    """`starts_at` and `ends_at` span its shifts and are kept here so that a list needs one table."""

    id: UUID = key_field()
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField("models.Campaign", on_delete=fields.RESTRICT)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField(
        "models.Unit", on_delete=fields.RESTRICT, related_name="events"
    )
    recording_unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField(
        "models.Unit", on_delete=fields.RESTRICT, related_name="events_recorded"
    )
    status = fields.CharEnumField(EventStatus, max_length=16)
    title = fields.CharField(max_length=60)
    category = fields.CharField(max_length=20)
    mode = fields.CharField(max_length=8)
    batch = fields.CharField(max_length=2, null=True)
    place = fields.CharField(max_length=100, default="")
    content = fields.TextField(default="")
    person_in_charge = fields.CharField(max_length=30, default="")
    contact_phone = fields.CharField(max_length=30, default="")
    risk_level = fields.CharField(max_length=6, default="low")
    risk_note = fields.CharField(max_length=500, default="")
    insurance_no = fields.CharField(max_length=60, default="")
    counts_service_hours = fields.BooleanField(default=False)
    min_age = fields.SmallIntField(default=18, db_default=18)
    enrolment_opens_at = UtcDatetimeField(null=True)
    enrolment_closes_at = UtcDatetimeField(null=True)
    offer_minutes = fields.SmallIntField(default=120)
    check_in_opens_minutes = fields.SmallIntField(default=30)
    allows_re_entry = fields.BooleanField(default=False)
    allows_walk_ins = fields.BooleanField(default=False)
    starts_at = UtcDatetimeField(null=True)
    ends_at = UtcDatetimeField(null=True)
    is_outside_window = fields.BooleanField(default=False)
    cancel_reason = fields.CharField(max_length=300, null=True)
    created_by: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "models.Person", null=True, on_delete=fields.RESTRICT
    )
    created_at = UtcDatetimeField()
    published_at = UtcDatetimeField(null=True)
    version = fields.IntField(default=1)

    if TYPE_CHECKING:
        campaign_id: UUID
        unit_id: UUID
        recording_unit_id: UUID
        created_by_id: UUID | None
        points: fields.ReverseRelation["Point"]
        shifts: fields.ReverseRelation[Any]

    class Meta:
        table = "event"
        indexes: Any = [
            ("campaign_id",),
            ("unit_id",),
            ("recording_unit_id",),
            ("created_by_id",),
            ("status", "starts_at", "id"),
        ]
        constraints: Any = [
            CheckConstraint(
                check="status <> 'published' OR (starts_at IS NOT NULL AND ends_at IS NOT NULL)",
                name="ck_event_published_has_time",
            ),
            CheckConstraint(
                check="status <> 'published' OR risk_level <> 'high' OR insurance_no <> ''",
                name="ck_event_high_risk_insured",
            ),
            CheckConstraint(check="min_age BETWEEN 14 AND 70", name="ck_event_min_age"),
        ]

    @classmethod
    def published(cls) -> QuerySet["Event"]:
        return cls.filter(status=EventStatus.PUBLISHED)

    @classmethod
    def of_units(cls, path: str) -> QuerySet["Event"]:
        return cls.filter(unit__path__startswith=path)

    def takes_enrolments(self, now: datetime) -> bool:
        opens, closes = self.enrolment_opens_at, self.enrolment_closes_at
        return (opens is None or opens <= now) and (closes is None or now < closes)


class Point(Model):
    """A door with a code of its own. `rotates` off is the weaker, printed code that an organizer must choose.

    An entrance checks people in to the event; any other point (a meal, a hall) counts by itself. `leaves_others`:
    who checks in here has left all other points (`capabilities/presence.py`). With a place, a phone must be within
    `radius_m` metres of it.
    """

    id: UUID = key_field()
    event: fields.ForeignKeyRelation[Event] = fields.ForeignKeyField(
        "models.Event", on_delete=fields.RESTRICT, related_name="points"
    )
    name = fields.CharField(max_length=30)
    rotates = fields.BooleanField(default=True)
    rotation_seconds = fields.SmallIntField(default=30)
    grace_seconds = fields.SmallIntField(default=30)
    policy = fields.CharEnumField(PointPolicy, max_length=5, default=PointPolicy.ONCE)
    is_entrance = fields.BooleanField(default=True)
    leaves_others = fields.BooleanField(default=False)
    latitude = fields.FloatField(null=True)
    longitude = fields.FloatField(null=True)
    radius_m = fields.IntField(null=True)

    if TYPE_CHECKING:
        event_id: UUID

    class Meta:
        table = "point"
        constraints: Any = [
            UniqueConstraint(fields=("event_id", "name"), name="uq_point_name"),
            CheckConstraint(check="rotation_seconds >= 10 AND grace_seconds >= 0", name="ck_point_rotation"),
            CheckConstraint(
                check="(latitude IS NULL) = (longitude IS NULL) AND (latitude IS NULL) = (radius_m IS NULL)",
                name="ck_point_place_is_whole",
            ),
        ]
