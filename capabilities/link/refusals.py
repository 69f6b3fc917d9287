"""Why there is no link, and why its picture is not drawn just now."""

from kit.errors import Invalid, NotFound, Unavailable


class NoSuchLink(NotFound):
    words = "没有找到这个链接，请重新扫描海报或现场的码。"


class LinkInvalid(Invalid):
    """The target is no id where one is wanted, or no page that the mini-program has."""

    words = "链接的目标有误，请按提示修改。"


class LinkBeingDrawn(Unavailable):
    """Another process is drawing this very picture."""

    words = "小程序码正在生成，请稍后再试。"
