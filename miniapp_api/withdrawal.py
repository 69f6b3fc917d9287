"""Leave as a volunteer."""

from capabilities import withdrawal
from capabilities.caller import Caller
from capabilities.office import Office
from capabilities.registration import AlreadyDecided, NoSuchRegistration
from capabilities.withdrawal import NothingToLeave
from miniapp_api.door import door


@door.delete("/me/volunteer", refusals=(NoSuchRegistration, NothingToLeave, AlreadyDecided))
async def leave(who: Caller, office: Office) -> None:
    """退出志愿者；未开始的报名一并取消，编号保留，以后可重新登记"""
    await withdrawal.leave(office, who)
