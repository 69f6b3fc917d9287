"""The refusals of the door: one class per verdict, with the words that say what to do next."""

from typing import ClassVar

from capabilities.judging import Verdict
from kit.errors import Conflict


class ScanRefused(Conflict):
    """The scan was logged and refused; the class names say why."""

    verdict: ClassVar[Verdict]


class UnknownCode(ScanRefused):
    verdict = Verdict.UNKNOWN_CODE
    status = 404
    words = "无法识别此码，请扫描现场屏幕上的签到码，或到服务台办理。"


class CodeExpired(ScanRefused):
    verdict = Verdict.CODE_EXPIRED
    status = 410
    words = "此码已过期，请扫描正在显示的新码。"


class WrongEvent(ScanRefused):
    verdict = Verdict.WRONG_EVENT
    words = "这是另一场活动的码，请核对活动和地点。"


class NotEnrolled(ScanRefused):
    verdict = Verdict.NOT_ENROLLED
    words = "尚未报名本活动，请先报名或到服务台办理。"


class Waitlisted(ScanRefused):
    verdict = Verdict.WAITLISTED
    words = "您在候补名单中，尚未获得名额，请到服务台咨询。"


class EnrolmentCancelled(ScanRefused):
    verdict = Verdict.ENROLMENT_CANCELLED
    words = "这条报名已取消，请到服务台咨询。"


class TooEarly(ScanRefused):
    verdict = Verdict.TOO_EARLY
    words = "尚未到签到时间，请稍后再来。"


class TooLate(ScanRefused):
    verdict = Verdict.TOO_LATE
    words = "本班次的签到已结束，请到服务台办理。"


class AlreadyCheckedIn(ScanRefused):
    """Friendly: the person is in; the answer says since when and where."""

    verdict = Verdict.ALREADY_CHECKED_IN
    words = "您已签到，无需重复操作。"


class AlreadyCheckedOut(ScanRefused):
    verdict = Verdict.ALREADY_CHECKED_OUT
    words = "您已签退，无需重复操作。"


class NotCheckedIn(ScanRefused):
    verdict = Verdict.NOT_CHECKED_IN
    words = "尚未签到，不能签退；如有疑问请到服务台核对。"


class TicketRevoked(ScanRefused):
    verdict = Verdict.TICKET_REVOKED
    words = "此个人码已停用，请在小程序中重新打开“出示”。"


class OutOfArea(ScanRefused):
    verdict = Verdict.OUT_OF_AREA
    words = "您不在签到范围内，请到现场后再扫码；定位不准时请到服务台办理。"


class EventCancelled(ScanRefused):
    verdict = Verdict.EVENT_CANCELLED
    words = "活动已取消。"


REFUSALS: dict[Verdict, type[ScanRefused]] = {each.verdict: each for each in ScanRefused.__subclasses__()}
