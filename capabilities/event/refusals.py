"""Why an event is not found, not complete, not open to a change."""

from kit.errors import Conflict, Invalid, NotFound


class NoSuchEvent(NotFound):
    words = "没有找到这个活动。"


class EventIncomplete(Invalid):
    """What an event must say before it is published is missing (志愿服务条例 第十二条: also the risks)."""

    words = "活动信息不完整，补全后才能发布。"


class EventInvalid(Invalid):
    words = "活动信息有误，请按提示修改。"


class EventNotOpenToChange(Conflict):
    """The event's state does not allow this."""

    words = "活动当前状态不能进行此操作，请刷新后查看。"


class EventChangedMeanwhile(Conflict):
    """Somebody else saved this event after the caller read it."""

    words = "活动信息已被他人修改，请刷新后重新编辑。"


class NoCampaign(Conflict):
    words = "尚未设置年度活动，请先由市科协设置。"
