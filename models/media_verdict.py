"""A verdict on a picture or a sound as WeChat pushed it: one row for each trace id, whoever asked and whenever."""

from typing import Any
from uuid import UUID

from tortoise import Model, fields

from models.fields import UtcDatetimeField, key_field


class MediaVerdict(Model):
    """The unique `trace_id` is what makes a push count once. `suggest` is empty where WeChat could not check.

    No reference to what was asked: WeChat may tell its verdict before we know under which trace id it will come.
    """

    id: UUID = key_field()
    trace_id = fields.CharField(max_length=80, unique=True)
    suggest = fields.CharField(max_length=12, null=True)
    label = fields.IntField(null=True)
    errcode = fields.IntField(null=True)
    heard_at = UtcDatetimeField()

    class Meta:
        table = "media_verdict"
        indexes: Any = [("heard_at",)]
