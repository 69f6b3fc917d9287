"""Why a suggestion does not go the way that somebody wants."""

from kit.errors import Conflict, Invalid, NotFound


class NoSuchSuggestion(NotFound):
    words = "没有找到这条建议。"


class NotAtThisStage(Conflict):
    """`suggestion_status` says where it stands; `allowed` from where this step is taken."""

    words = "这条建议当前的办理阶段不能这样操作，请刷新后查看。"


class SuggestionChanged(Conflict):
    """Somebody else took a step meanwhile, or the sender changed or withdrew it."""

    words = "这条建议刚被他人处理或已被作者修改，请刷新后再试。"


class OwnRefusal(Conflict):
    """The sender appealed against the caller's own decision."""

    words = "作者对您作出的结论提出了申诉，请由另一位审核员决定。"


class AlreadyExtended(Conflict):
    words = "这条建议已经延期一次，不能再次延期。"


class AlreadyReopened(Conflict):
    words = "这条建议已重新办理过一次，感谢您的反馈。"


class RatedWell(Conflict):
    """Only a rating of one or two has it taken up again."""

    words = "评价为1分或2分的建议可以要求重新办理。"


class SuggestionInvalid(Invalid):
    words = "填写有误，请按提示修改。"
