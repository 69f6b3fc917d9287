"""Why what somebody wrote is not taken, not changed or not found."""

from kit.errors import Conflict, Invalid, NotFound


class NoSuchGreeting(NotFound):
    words = "没有找到这条内容。"


class GreetingInvalid(Invalid):
    words = "内容填写有误，请按提示修改。"


class GuardianNeeded(Invalid):
    """Under 14 a guardian consents, or nothing is stored (个人信息保护法 第三十一条)."""

    words = "未满14周岁须由监护人填写姓名、关系和电话并同意后提交。"


class WordingRefused(Invalid):
    """A word of our list that is not taken stands in it. The word itself is not repeated."""

    words = "内容或署名中有不适合公开的用语，请修改后再提交。"


class NotRefused(Conflict):
    """Only a refusal can be appealed against."""

    words = "这条内容当前不是未通过状态，无需申诉。"


class AlreadyAppealed(Conflict):
    """One appeal was decided, and that stands."""

    words = "这条内容已申诉过一次，不能再次申诉；您可以另写一条。"


class GreetingNotChangeable(Conflict):
    """It is withdrawn or refused for good."""

    words = "这条内容已撤回或未通过，不能修改；您可以另写一条。"
