"""Why a claim is not made, not found or not decided this way."""

from kit.errors import Conflict, Invalid, NotFound


class NothingToClaim(Conflict):
    """Nobody else holds this number: the registration can simply be handed in."""

    words = "该证件号码没有被他人登记，请直接提交登记表。"


class ClaimOpen(Conflict):
    """One claim at a time."""

    words = "您已提交认领申请，请等待科协核实，结果会通知您。"


class ClaimsUsedUp(Conflict):
    """One claim and one appeal per number; another document is always a way."""

    words = "您已就此证件号码申请过两次。您可以改用其他证件登记，或携带证件到所在单位科协当面办理。"


class NoSuchClaim(NotFound):
    words = "没有找到这条认领申请。"


class ClaimDecided(Conflict):
    """Somebody else decided first, or one of the two registrations has changed meanwhile."""

    words = "这条认领申请已被处理，或相关登记已变更，请刷新后查看。"


class ClaimantRegistered(Conflict):
    """The claimant has a registration of their own by now; two cannot become one by a transfer."""

    words = "申请人已另行登记，不能转入；请核实后选择“分开登记”或“不予通过”。"


class HoldsLastCityAdmin(Conflict):
    """The old account is the only city admin's; closed, it would leave nobody who could ever give a role again."""

    words = "原账号是唯一的市级管理员，请先邀请另一位市级管理员并由其接受，再办理转入。"


class ClaimReasonNeeded(Invalid):
    """Each decision is told to both sides, with its reason."""

    words = "请填写处理理由，双方都会看到。"
