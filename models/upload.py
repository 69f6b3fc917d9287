"""An upload: a picture, voice or video that somebody sent, where its parts lie, and how much each person may send."""

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import Model, fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.queryset import QuerySet

from models.fields import UtcDatetimeField, key_field
from models.greeting import Greeting
from models.person import Person


class UploadKind(StrEnum):
    IMAGE = "image"
    VOICE = "voice"
    VIDEO = "video"


class UploadStatus(StrEnum):
    """`arriving` names files that may not be there yet, `removed` ones that may not be gone yet."""

    ARRIVING = "arriving"
    STORED = "stored"
    ATTACHED = "attached"
    REMOVED = "removed"


class Upload(Model):
    """Its files lie at `storage_key/<part>`; what parts there are follows from `kind`, `frames` and `has_sound`.

    `place` is its number among those of its greeting. `purged_at` is when its files were gone.
    """

    id: UUID = key_field()
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("models.Person", on_delete=fields.RESTRICT)
    greeting: fields.ForeignKeyNullableRelation[Greeting] = fields.ForeignKeyField(
        "models.Greeting", null=True, on_delete=fields.RESTRICT, related_name="uploads"
    )
    kind = fields.CharEnumField(UploadKind, max_length=8)
    status = fields.CharEnumField(UploadStatus, max_length=8)
    bytes = fields.IntField()
    width = fields.IntField(null=True)
    height = fields.IntField(null=True)
    seconds = fields.FloatField(null=True)
    frames = fields.IntField(default=0)
    has_sound = fields.BooleanField(default=False)
    sha256 = fields.CharField(max_length=64)
    storage_key = fields.CharField(max_length=64, unique=True)
    place = fields.IntField(default=0)
    at = UtcDatetimeField()
    removed_at = UtcDatetimeField(null=True)
    purged_at = UtcDatetimeField(null=True)

    if TYPE_CHECKING:
        person_id: UUID
        greeting_id: UUID | None

    class Meta:
        table = "upload"
        indexes: Any = [("person_id", "status", "id"), ("greeting_id", "status"), ("status", "purged_at", "at")]
        constraints: Any = [
            CheckConstraint(check="status <> 'attached' OR greeting_id IS NOT NULL", name="ck_upload_attached"),
            CheckConstraint(
                check="status NOT IN ('arriving', 'stored') OR greeting_id IS NULL", name="ck_upload_unattached"
            ),
            CheckConstraint(check="status <> 'removed' OR removed_at IS NOT NULL", name="ck_upload_removed"),
            CheckConstraint(check="bytes >= 0", name="ck_upload_bytes"),
        ]

    @property
    def is_shown(self) -> bool:
        return self.status in {UploadStatus.STORED, UploadStatus.ATTACHED}

    @classmethod
    def living_of(cls, person_id: UUID) -> QuerySet["Upload"]:
        return cls.filter(person_id=person_id, status__in=[UploadStatus.STORED, UploadStatus.ATTACHED])

    @classmethod
    def attached_to(cls, greeting_ids: list[UUID]) -> QuerySet["Upload"]:
        return cls.filter(greeting_id__in=greeting_ids, status=UploadStatus.ATTACHED).order_by("place", "id")


class UploadAllowance(Model):
    """What a person has sent on `day`, and `held_bytes` that are in no greeting; moved by conditional updates only."""

    id: UUID = key_field()
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("models.Person", on_delete=fields.RESTRICT)
    day: date = fields.DateField()
    files = fields.IntField(default=0)
    bytes = fields.BigIntField(default=0)
    held_bytes = fields.BigIntField(default=0)

    if TYPE_CHECKING:
        person_id: UUID

    class Meta:
        table = "upload_allowance"
        indexes: Any = []
        constraints: Any = [
            UniqueConstraint(fields=("person_id",), name="uq_upload_allowance"),
            CheckConstraint(check="files >= 0 AND bytes >= 0 AND held_bytes >= 0", name="ck_upload_allowance"),
        ]
