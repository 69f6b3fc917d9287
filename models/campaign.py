"""A campaign (年度活动): one year's National Sci-Tech Workers' Day with its theme and window."""

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import Model, fields
from tortoise.migrations.constraints import CheckConstraint

from models.fields import UtcDatetimeField, key_field
from models.unit import Unit


class Campaign(Model):
    id: UUID = key_field()
    year = fields.SmallIntField(unique=True)
    ordinal = fields.SmallIntField()
    title = fields.CharField(max_length=80)
    theme = fields.CharField(max_length=60)
    main_line = fields.CharField(max_length=80)
    background = fields.TextField()
    window_text = fields.CharField(max_length=60)
    anchor_date = fields.DateField()
    starts_on = fields.DateField()
    ends_on = fields.DateField()
    summary_due_at = UtcDatetimeField()
    issuer: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("models.Unit", on_delete=fields.RESTRICT)
    contact_names = fields.CharField(max_length=60)
    contact_phone = fields.CharField(max_length=30)
    contact_email = fields.CharField(max_length=80)
    is_rehearsal = fields.BooleanField(default=False)

    if TYPE_CHECKING:
        issuer_id: UUID

    class Meta:
        table = "campaign"
        indexes: Any = [("issuer_id",)]
        constraints: Any = [
            CheckConstraint(check="starts_on <= anchor_date AND anchor_date <= ends_on", name="ck_campaign_window")
        ]

    @classmethod
    async def current(cls) -> "Campaign | None":
        return await cls.all().order_by("-year").first()

    def covers(self, day: date) -> bool:
        """Items outside the window are marked, not refused (二、活动时间)."""
        return self.starts_on <= day <= self.ends_on
