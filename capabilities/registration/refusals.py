"""Why a registration is not taken, not decided, or not enough."""

from kit.errors import Conflict, Forbidden, Invalid, NotFound


class RegistrationIncomplete(Invalid):
    """The registration cannot be submitted yet; `fields` names every fault at once."""

    words = "登记信息不完整或有误，请按提示补正后再提交。"


class RegistrationLocked(Conflict):
    """The registration is with the reviewers, or decided, and cannot be edited."""

    words = "登记信息已提交审核，暂不能修改。"


class IdNumberTaken(Conflict):
    """Another account registered with this ID number; whose it is, is not said. What was typed is kept as a draft."""

    words = "该证件号码已登记，您填写的内容已存为草稿。如果是您本人，请提交认领申请，由科协核实；如填写有误，请更正。"


class NoSuchRegistration(NotFound):
    words = "没有找到这份登记。"


class RegistrationNotApproved(Forbidden):
    """Only approved volunteers may do this."""

    words = "请先完成志愿者注册并通过审核。"


class RegistrationSuspended(Forbidden):
    """The city has suspended this volunteer; `until` says for how long."""

    words = "您的志愿者资格已暂停，期间可以查看，不能报名。"


class AlreadyDecided(Conflict):
    """Somebody else decided first, or what the reviewer read has changed meanwhile."""

    words = "这份登记已被处理或已修改，请刷新后查看。"


class ReasonNeeded(Invalid):
    """Sending back or refusing needs a reason that the person can act on."""

    words = "请填写理由，便于本人补正。"


class NotYourOwn(Forbidden):
    """Nobody decides about themselves."""

    words = "不能办理本人的事项，请由其他管理员办理。"


class CityDecides(Forbidden):
    """Only the city refuses for good, and only the city answers an appeal (`domain.md` §4.1)."""

    words = "不予通过和申诉由市科协决定；您可以选择通过或退回补正，或联系市科协办理。"


class NothingToAppeal(Conflict):
    words = "只有未通过的登记可以申诉。"


class AppealUsedUp(Conflict):
    """One appeal per registration."""

    words = "您已申诉过一次，结果不再变更；如有新的情况，请联系市科协。"
