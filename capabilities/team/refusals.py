"""Why a team is not found, not founded, not ended; why somebody does not get in."""

from kit.errors import Conflict, Forbidden, Invalid, NotFound


class NoSuchTeam(NotFound):
    words = "没有找到这支队伍。"


class NoSuchUnit(NotFound):
    words = "没有找到这个单位。"


class NotYourTeam(Forbidden):
    """The caller neither leads this team nor organizes its unit, or may not touch this role in it."""

    words = "您没有管理这支队伍（或该角色）的权限，请联系队长或所在单位。"


class TeamInvalid(Invalid):
    words = "队伍信息有误，请按提示修改。"


class TeamIncomplete(Invalid):
    """What a team must have before it is approved is missing; `fields` names every fault at once."""

    words = "队伍信息不完整，补全后才能提交审核。"


class TeamNameTaken(Conflict):
    """A live team has this name already, spaces and width of letters aside."""

    words = "已有同名队伍，请在队名中加上单位或行业加以区别。"


class TeamNotOpenToChange(Conflict):
    """The team's state does not allow this."""

    words = "队伍当前状态不能进行此操作，请刷新后查看。"


class TeamChangedMeanwhile(Conflict):
    words = "队伍信息已被他人修改，请刷新后重新编辑。"


class TeamsHangOnIt(Conflict):
    """Teams below would lose their place in the tree."""

    words = "这支队伍还有下级队伍，请先调整下级队伍的归属。"


class TeamReasonNeeded(Invalid):
    """A no needs a reason that the other can act on."""

    words = "请填写理由，便于对方了解和改进。"


class TooManyTeams(Conflict):
    """Five at most (中国科协 platform's rule)."""

    words = "每位志愿者最多加入5支队伍，请先退出一支再加入。"


class AlreadyInTeam(Conflict):
    """One live membership per person and team; `membership_id` is the one that stands."""

    words = "此人已在队，或已有待处理的申请、邀请。"


class MemberNotApproved(Conflict):
    """Only approved volunteers belong to teams; who is suspended or has left does not join."""

    words = "此人尚未通过志愿者审核，或已暂停、退出，不能入队。"
