"""Why a registration is not taken, not decided, or not enough."""

from kit.errors import Conflict, Forbidden, Invalid, NotFound


class RegistrationIncomplete(Invalid):
    """The registration cannot be submitted yet; `fields` names every fault at once."""

    words = "登记信息不完整或有误，请按提示补正后再提交。"


class RegistrationLocked(Conflict):
    """The registration is with the reviewers, or decided, and cannot be edited."""

    words = "登记信息已提交审核，暂不能修改。"


class IdNumberTaken(Conflict):
    """Another account registered with this ID number."""

    words = "该证件号码已登记。如果是您本人，请联系所在单位科协核实处理。"


class NoSuchRegistration(NotFound):
    words = "没有找到这份登记。"


class RegistrationNotApproved(Forbidden):
    """Only approved volunteers may do this."""

    words = "请先完成志愿者注册并通过审核。"


class AlreadyDecided(Conflict):
    """Somebody else decided first, or the person changed it meanwhile."""

    words = "这份登记已被处理，请刷新后查看。"


class ReasonNeeded(Invalid):
    """Sending back or refusing needs a reason that the person can act on."""

    words = "请填写理由，便于本人补正。"
