"""Withdraw a consent; erase oneself."""

from datetime import datetime

import msgspec

from capabilities import leaving
from capabilities.caller import Caller
from capabilities.leaving import ChangedMeanwhile, LastCityAdmin, NoSuchConsent, NotAgreed, Receipt, Withdrawn
from capabilities.office import Office
from miniapp_api.door import door
from models.consent import ConsentScope


class KeptData(msgspec.Struct):
    what: str
    why: str


class ConsentWithdrawn(msgspec.Struct):
    """What stopped at this moment, and what is kept and why; one may agree again at any time."""

    scope: ConsentScope
    stopped: list[str]
    kept: list[KeptData]

    @classmethod
    def of(cls, withdrawn: Withdrawn) -> "ConsentWithdrawn":
        return msgspec.convert(withdrawn, cls, from_attributes=True)


class ErasedPlace(msgspec.Struct):
    name: str
    count: int
    why: str
    kept_for: str


class ErasureReceipt(msgspec.Struct):
    """`take_downs_open`: copies elsewhere that people must still take down; `teams_without_leader`: teams I led."""

    erased_at: datetime
    removed: list[ErasedPlace]
    de_identified: list[ErasedPlace]
    kept: list[ErasedPlace]
    take_downs_open: int
    teams_without_leader: int

    @classmethod
    def of(cls, receipt: Receipt) -> "ErasureReceipt":
        return msgspec.convert(receipt, cls, from_attributes=True)


@door.delete(
    "/me/consents/<scope:str>", status=200, refusals=(NoSuchConsent, NotAgreed, LastCityAdmin, ChangedMeanwhile)
)
async def withdraw_consent(who: Caller, office: Office, scope: str) -> ConsentWithdrawn:
    """撤回一项同意：立即停止相应处理，并说明保留什么、为什么"""
    return ConsentWithdrawn.of(await leaving.withdraw_consent(office, who, scope))


@door.delete("/me", status=200, refusals=(LastCityAdmin, ChangedMeanwhile))
async def erase(who: Caller, office: Office) -> ErasureReceipt:
    """注销账号：删除或去标识本人信息，给出清单；不可恢复"""
    return ErasureReceipt.of(await leaving.erase(office, who))
