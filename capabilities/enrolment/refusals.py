"""Why nobody enrols, cancels or accepts here and now."""

from kit.errors import Conflict, Forbidden, Gone, NotFound


class NoSuchShift(NotFound):
    words = "没有找到这个班次。"


class NoSuchEnrolment(NotFound):
    words = "没有找到这条报名。"


class EnrolmentClosed(Conflict):
    """The event takes no enrolments: not published, called off, before or after its time."""

    words = "本活动当前不接受报名。"


class TooYoung(Forbidden):
    """On the day of the shift the person is younger than the event takes; `min_age` is in full years."""

    words = "您在活动当天未达到本活动的年龄要求，欢迎报名其他活动。"


class AlreadyEnrolled(Conflict):
    """One live enrolment per person and event; `enrolment_id` is the one that stands."""

    words = "您已报名本活动，可在“我的报名”中查看。"


class WalkInsNotAllowed(Conflict):
    """The organizer takes only who enrolled before."""

    words = "本活动不接受现场报名，请到服务台咨询。"


class NoSeatLeft(Conflict):
    """Nobody joins a queue at the door: those who wait in it come first."""

    words = "名额已满，暂时无法现场报名，请到服务台咨询。"


class EnrolmentNotLive(Conflict):
    """The enrolment is cancelled or lapsed already."""

    words = "这条报名已取消或已失效。"


class TooLateToCancel(Conflict):
    """The shift has begun; who cannot come tells the person in charge (志愿服务条例 第二十二条)."""

    words = "活动已经开始，请直接联系活动负责人。"


class AlreadyThere(Conflict):
    """The person has checked in; the seat is used, whether the shift has begun or not."""

    words = "您已签到，不能取消报名；如需离开请签退。"


class NoOffer(Conflict):
    """There is no offered place to accept."""

    words = "当前没有可确认的候补名额。"


class OfferExpired(Gone):
    """The deadline of the offer has passed and the place went to the next in the queue."""

    words = "候补名额的确认时间已过，名额已顺延给下一位。您可以重新报名。"
