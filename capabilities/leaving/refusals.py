"""Why somebody cannot go just now."""

from kit.errors import Conflict, NotFound


class LastCityAdmin(Conflict):
    """Without a city admin nobody could ever give a role again."""

    words = "您是唯一的市级管理员，请先邀请另一位市级管理员并由其接受，再办理。"


class NoSuchConsent(NotFound):
    words = "没有这一项同意。"


class NotAgreed(Conflict):
    """There is nothing to withdraw: never given, or withdrawn already."""

    words = "您没有给过这项同意，或者已经撤回。"


class ChangedMeanwhile(Conflict):
    """A place came in at this very moment, again and again."""

    words = "您的报名正在变动，请稍后再试一次。"
