"""Why a membership is not found, not decided, not taken."""

from kit.errors import Conflict, Gone, NotFound


class NoSuchMembership(NotFound):
    words = "没有找到这条入队记录。"


class NoSuchVolunteer(NotFound):
    words = "没有这个编号的已通过审核的志愿者，请核对编号。"


class NoSuchTeamInvitation(NotFound):
    words = "没有找到这个入队邀请。"


class MembershipNotLive(Conflict):
    """It is not in the state that this needs (any more): decided, left or ended meanwhile."""

    words = "这条入队记录当前不能进行此操作，请刷新后查看。"


class AdminsFull(Conflict):
    """One admin per started hundred members, five at most (中国科协 platform's rule)."""

    words = "管理员人数已满（每100名队员1名，最多5名）。"


class TeamInvitationInvalid(Gone):
    """No such code, or it has expired, was revoked or is used up; which of these is not said to a guesser."""

    words = "入队邀请无效、已过期或已停用，请向队长重新索取。"
