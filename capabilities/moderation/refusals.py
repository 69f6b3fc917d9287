"""Why a moderator's decision does not stand."""

from kit.errors import Conflict, Invalid


class AlreadyModerated(Conflict):
    """Somebody else decided first, or the sender changed or withdrew it."""

    words = "这条内容已被处理或已被作者修改，请刷新后查看。"


class HeldByAnother(Conflict):
    """Another moderator has it before them at this moment."""

    words = "这条内容正由另一位审核员处理，请先处理其他内容。"


class OwnRefusalAppealed(Conflict):
    """Whoever refused does not decide on the appeal against it, as long as there is somebody else who can."""

    words = "这是对您所作结论的申诉，请由另一位审核员处理。"


class NotAccepted(Conflict):
    """Only what stands as accepted can be taken back into review."""

    words = "这条内容当前不是已通过状态，无需撤回审核结论。"


class ReasonCodeNeeded(Invalid):
    words = "请从列表中选择理由。"
