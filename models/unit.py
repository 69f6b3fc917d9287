"""A unit (单位): the city association, its banners, counties and districts, its societies; a tree."""

from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import Model, fields
from tortoise.queryset import QuerySet

from models.fields import key_field


class UnitKind(StrEnum):
    """`domain.md` §3.8."""

    ASSOC = "assoc"
    SOCIETY = "society"
    ASSOCIATION = "association"
    RESEARCH_SOCIETY = "research_society"
    ENTERPRISE = "enterprise"
    UNIVERSITY = "university"
    PARK = "park"
    TOWNSHIP = "township"
    RURAL_TECH = "rural_tech"
    PARTNER = "partner"


class Unit(Model):
    """`path` is the codes from the root down, each closed by a slash, so that "below" is a prefix."""

    id: UUID = key_field()
    code = fields.CharField(max_length=16, unique=True)
    name = fields.CharField(max_length=60)
    kind = fields.CharEnumField(UnitKind, max_length=16)
    level = fields.SmallIntField()
    division_code = fields.CharField(max_length=6)
    parent: fields.ForeignKeyNullableRelation["Unit"] = fields.ForeignKeyField(
        "models.Unit", null=True, on_delete=fields.RESTRICT, related_name="children"
    )
    path = fields.CharField(max_length=120, unique=True)

    if TYPE_CHECKING:
        parent_id: UUID | None
        children: fields.ReverseRelation["Unit"]

    class Meta:
        table = "unit"
        indexes: Any = [("parent_id",)]

    @classmethod
    def at_or_below(cls, path: str) -> QuerySet["Unit"]:
        return cls.filter(path__startswith=path)

    @classmethod
    def in_order(cls) -> QuerySet["Unit"]:
        """By division code and own code: no unit stands before another for its deeds."""
        return cls.all().order_by("path")
