"""Look up (查询) what everybody may know: this year's campaign, the units, the code lists."""

from kit.errors import NotFound
from models.campaign import Campaign
from models.code_list import all_lists
from models.unit import Unit


class NoSuchCampaign(NotFound):
    words = "尚未设置年度活动。"


class NoSuchCodeList(NotFound):
    words = "没有这个代码表。"


async def current_campaign() -> Campaign:
    campaign = await Campaign.current()
    if campaign is None:
        raise NoSuchCampaign
    return campaign


async def units() -> list[Unit]:
    return await Unit.in_order().select_related("parent")


def code_list(name: str) -> dict[str, str]:
    lists = all_lists()
    if name not in lists:
        raise NoSuchCodeList(known=sorted(lists))
    return lists[name]
