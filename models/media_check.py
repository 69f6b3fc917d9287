"""A picture or a sound that WeChat is asked about: asked when, answered how, or given up."""

from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import Model, fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.queryset import QuerySet

from models.fields import UtcDatetimeField, key_field
from models.person import Person


class MediaPieceKind(StrEnum):
    """What WeChat can judge; a video is its pictures and its sound."""

    IMAGE = "image"
    VOICE = "voice"


class MediaCheckState(StrEnum):
    """`unanswered` is the end of the machine's part without a verdict: a person decides alone."""

    TO_ASK = "to_ask"
    ASKED = "asked"
    ANSWERED = "answered"
    UNANSWERED = "unanswered"


OPEN = (MediaCheckState.TO_ASK, MediaCheckState.ASKED)


class MediaCheck(Model):
    """One piece of one version of something (`subject` is its table's name, `subject_id` its row).

    A verdict holds for the version that it was asked for. `fault` says why there is none: a refusal's code, WeChat's
    number, or that it never came. No reference to the subject: any table may have its media checked.
    """

    id: UUID = key_field()
    subject = fields.CharField(max_length=20)
    subject_id = fields.UUIDField()
    version = fields.IntField()
    upload_id = fields.UUIDField()
    piece = fields.CharField(max_length=24)
    kind = fields.CharEnumField(MediaPieceKind, max_length=8)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("models.Person", on_delete=fields.RESTRICT)
    state = fields.CharEnumField(MediaCheckState, max_length=12)
    trace_id = fields.CharField(max_length=80, null=True, unique=True)
    suggest = fields.CharField(max_length=12, null=True)
    label = fields.IntField(null=True)
    fault = fields.CharField(max_length=40, null=True)
    ordered_at = UtcDatetimeField()
    asked_at = UtcDatetimeField(null=True)
    answered_at = UtcDatetimeField(null=True)

    if TYPE_CHECKING:
        person_id: UUID

    class Meta:
        table = "media_check"
        indexes: Any = [("person_id",), ("state", "ordered_at")]
        constraints: Any = [
            UniqueConstraint(fields=("subject", "subject_id", "version", "upload_id", "piece"), name="uq_media_check"),
            CheckConstraint(check="state <> 'asked' OR trace_id IS NOT NULL", name="ck_media_check_asked"),
            CheckConstraint(check="state <> 'answered' OR suggest IS NOT NULL", name="ck_media_check_answered"),
        ]

    @classmethod
    def of(cls, subject: str, subject_id: UUID, version: int) -> QuerySet["MediaCheck"]:
        return cls.filter(subject=subject, subject_id=subject_id, version=version)
