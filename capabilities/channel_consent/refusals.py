"""Why a greeting may not be shown somewhere, or a consent is not taken."""

from kit.errors import Conflict, Invalid, NotFound


class NoSuchChannel(NotFound):
    words = "没有这个展示渠道。"


class ChannelConsentMissing(Conflict):
    """`greeting_ids` names those whose writer does not, or no longer, agree to this channel."""

    words = "部分祝福的作者没有同意或已撤回这一渠道的授权，请移除后再试。"


class ChannelTextOutdated(Conflict):
    """What was agreed to is not the text in force."""

    words = "授权说明已更新，请重新阅读后再同意。"


class ChannelConsentInvalid(Invalid):
    words = "授权填写有误，请按提示修改。"
