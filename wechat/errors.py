"""What WeChat's refusals mean to the person who is waiting, and the one table from its numbers to them."""

import logging
from collections.abc import Mapping

from kit.errors import Conflict, Forbidden, Invalid, Refusal, Unauthenticated, Unavailable

BUSY = -1
# A refused token says nothing about the question: fetch another token and ask once more.
TOKEN_REFUSED = frozenset({40001, 40014, 42001})
# Our token, our secret, our address: said before WeChat reads the question.
OUR_ACCOUNT = TOKEN_REFUSED | {40002, 40013, 40125, 40164, 40243, 41001, 41002, 41004, 89501, 89503, 89506, 89507}


class LoginCodeRefused(Unauthenticated):
    """The code was false, older than five minutes, spent, or made for another mini-program."""

    words = "登录凭证已失效，请重新进入小程序。"


class LoginKeyReplaced(Unauthenticated):
    """The person logged in again since, so what was signed with the older session key no longer counts."""

    words = "登录状态已更新，请重新进入小程序。"


class PhoneCodeRefused(Conflict):
    """The code of the phone button was false, older than five minutes, spent, or not this person's."""

    words = "手机号授权已失效，请重新点击授权。"


class AccountRestricted(Forbidden):
    """WeChat holds this account for a high risk and keeps it from logging in."""

    words = "微信暂时限制了您的账号登录，请在微信中查看原因，或联系活动组织者。"


class ReminderNotAccepted(Conflict):
    """No acceptance of this reminder is left; only the person can give another."""

    words = "您尚未允许接收此类提醒，请在小程序中重新订阅。"


class ReminderOutcomeUnknown(Exception):
    """A reminder went out to WeChat and no word on it came back. It may have been delivered: never send it again.

    No `Refusal`, so that nothing which asks again after refusals can take it for one.
    """


class PersonMustDecide(Conflict):
    """WeChat cannot judge this, so one of our moderators has to."""

    words = "内容需要人工审核，请稍后查看结果。"


class WeChatUnavailable(Unavailable):
    """WeChat is silent, busy or unreadable, or we spare it for a moment; what became of the question is unknown."""

    words = "微信服务暂时没有回应，请稍后再试。"


class ReminderCollided(WeChatUnavailable):
    """Another reminder to the same person was under way, so this one was not sent; it may be sent later."""


class WeChatMisconfigured(Unavailable):
    """WeChat refuses us for our own settings or our own mistake; only an operator can mend it."""

    words = "微信服务的设置有误，暂时不可用，请联系活动组织者。"
    # WeChat's number, where it said one; for our own records.
    errcode: int | None = None

    @property
    def is_about_us(self) -> bool:
        """Whether WeChat refused our account or address, and never looked at the question: it may be asked later."""
        return self.errcode is None or self.errcode in OUR_ACCOUNT


class CodeNotDrawable(Invalid):
    """A mini-program code (小程序码) that WeChat would refuse to draw, so it is not asked."""

    words = "小程序码的参数不符合微信的规定，无法生成。"


class WeChatQuotaUsedUp(Unavailable):
    """This installation asked WeChat more often than it may."""

    words = "当前使用的人较多，请稍后再试。"


# Numbers that WeChat documents as our own fault. Any number in no table is treated the same, and said louder.
CONFIGURATION = frozenset(
    {40002, 40003, 40004, 40005, 40006, 40007, 40009, 40013, 40037, 40097, 40125, 40129, 40164, 40165, 40169, 40243}
    | {41001, 41002, 41004, 41030, 43104, 44002, 44003, 44004, 47001, 47003, 48001, 48004, 50002, 53402}
    | {*range(45001, 45009), 43107, 45168, 85079, 85094, 85096, 89002, 89300, 89501, 89503, 89506, 89507, -1008, -1009}
)

_REFUSALS: dict[int, type[Refusal]] = {
    BUSY: WeChatUnavailable,
    43108: ReminderCollided,
    40029: LoginCodeRefused,
    40163: LoginCodeRefused,
    40226: AccountRestricted,
    87008: LoginKeyReplaced,
    87009: LoginKeyReplaced,
    43101: ReminderNotAccepted,
    61010: PersonMustDecide,
    45009: WeChatQuotaUsedUp,
    45011: WeChatQuotaUsedUp,
    48006: WeChatQuotaUsedUp,
    **dict.fromkeys(CONFIGURATION | TOKEN_REFUSED, WeChatMisconfigured),
}

# A number means the same everywhere but here: the phone button's codes are another kind than the log-in's.
OF_PHONE_CODES: Mapping[int, type[Refusal]] = {40029: PhoneCodeRefused, 40163: PhoneCodeRefused}
_AS_EVERYWHERE: Mapping[int, type[Refusal]] = {}

# 45009 is a minute's or a day's quota without saying which; after a minute one may at least ask again.
_SECONDS = {43108: 1, 45009: 60, 45011: 60, 48006: 86_400}


def refusal_for(errcode: int, meanings: Mapping[int, type[Refusal]] = _AS_EVERYWHERE) -> Refusal:
    """The refusal that stands for one of WeChat's numbers; `meanings` are those of one call and go before the table."""
    kind = meanings.get(errcode) or _REFUSALS.get(errcode, WeChatMisconfigured)
    refusal = kind(retry_after=_SECONDS.get(errcode))
    if isinstance(refusal, WeChatMisconfigured):
        refusal.errcode = errcode
    return refusal


def is_known(errcode: int) -> bool:
    return errcode == 0 or errcode in _REFUSALS


def loudness(errcode: int) -> int:
    """The log level: what an operator must mend is an error, what passes or concerns one person is not."""
    if errcode == 0:
        return logging.INFO
    return logging.ERROR if errcode in CONFIGURATION or not is_known(errcode) else logging.WARNING
