"""What everybody may look up: the campaign, the units, the code lists."""

from datetime import date, datetime

import msgspec

from capabilities import reference
from capabilities.reference import NoSuchCampaign, NoSuchCodeList
from miniapp_api.door import door
from models.campaign import Campaign
from models.unit import Unit, UnitKind


class CampaignShown(msgspec.Struct):
    year: int
    ordinal: int
    title: str
    theme: str
    main_line: str
    background: str
    window_text: str
    anchor_date: date
    starts_on: date
    ends_on: date
    summary_due_at: datetime
    contact_names: str
    contact_phone: str
    contact_email: str
    is_rehearsal: bool

    @classmethod
    def of(cls, row: Campaign) -> "CampaignShown":
        return cls(**{name: getattr(row, name) for name in cls.__struct_fields__})


class UnitShown(msgspec.Struct):
    code: str
    name: str
    kind: UnitKind
    level: int
    division_code: str
    parent_code: str | None

    @classmethod
    def of(cls, row: Unit) -> "UnitShown":
        parent = row.parent.code if row.parent else None
        return cls(row.code, row.name, row.kind, row.level, row.division_code, parent)


class Entry(msgspec.Struct):
    code: str
    name: str


@door.get("/campaigns/current", refusals=(NoSuchCampaign,))
async def show_campaign() -> CampaignShown:
    """本年度活动"""
    return CampaignShown.of(await reference.current_campaign())


@door.get("/units")
async def list_units() -> list[UnitShown]:
    """单位"""
    return [UnitShown.of(row) for row in await reference.units()]


@door.get("/codes/<name:str>", refusals=(NoSuchCodeList,))
async def show_code_list(name: str) -> list[Entry]:
    """代码表"""
    return [Entry(code, words) for code, words in reference.code_list(name).items()]
