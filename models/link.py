"""A short link (短链接): the code that a poster carries, what it leads to, and its picture once WeChat has drawn it."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import Model, fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.fields import UtcDatetimeField, key_field

# The job's name, known to whoever causes a drawing and to whoever does it.
DRAW = "link.draw"


class LinkKind(StrEnum):
    EVENT = "event"
    POINT = "point"
    TEAM = "team"
    PAGE = "page"


class LinkState(StrEnum):
    """`stand_in`: WeChat would not draw it, so a plain QR code of the link stands in until somebody asks again."""

    WAITING = "waiting"
    DRAWN = "drawn"
    STAND_IN = "stand_in"


class Link(Model):
    """One per target. `code` is what WeChat carries as `scene`, so it is short and has no sign that phones trip over.

    `target` is an id, or a page's path. `held_until` is set while somebody draws; `orders` counts how often that was
    asked for. The picture stands here and not in storage: there are few, and a backup then has them all.
    """

    id: UUID = key_field()
    code = fields.CharField(max_length=32, unique=True)
    kind = fields.CharEnumField(LinkKind, max_length=8)
    target = fields.CharField(max_length=100)
    page = fields.CharField(max_length=100)
    state = fields.CharEnumField(LinkState, max_length=12, default=LinkState.WAITING)
    picture: bytes | None = fields.BinaryField(null=True)
    picture_hash = fields.CharField(max_length=64, null=True)
    fault = fields.CharField(max_length=40, null=True)
    orders = fields.IntField(default=0)
    held_until: datetime | None = UtcDatetimeField(null=True)
    created_at = UtcDatetimeField()
    drawn_at: datetime | None = UtcDatetimeField(null=True)

    class Meta:
        table = "link"
        constraints: Any = [
            UniqueConstraint(fields=("kind", "target"), name="uq_link_target"),
            CheckConstraint(
                check="(state = 'drawn') = (picture IS NOT NULL AND picture_hash IS NOT NULL)", name="ck_link_picture"
            ),
        ]
