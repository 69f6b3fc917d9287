"""What a message says, in Chinese: its title and lines, what WeChat's template gets, and where a tap leads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from string import Formatter

from kit.clock import LOCAL
from models.message import MessageKind, ReminderKind

INBOX = "pages/message/list"
# What stands in a template's field for which a message has nothing: WeChat refuses the whole for one empty value.
NOTHING = {"subject": "礼赞志愿服务", "outcome": "有更新", "place": "详见小程序", "note": "点击查看详情"}


@dataclass(frozen=True)
class Wording:
    """Texts with places for facts. A line is left out where one of its facts is missing; the title has none.

    `subject`, `outcome` and `note` go to WeChat's template, so no reason that somebody wrote stands in them.
    `outcome` has at most five characters (a template's `phrase`).
    """

    title: str
    lines: tuple[str, ...]
    reminder: ReminderKind
    page: str
    subject: str = "{title}"
    outcome: str = "{outcome}"
    note: str = "点击查看详情"
    is_urgent: bool = False


@dataclass(frozen=True)
class Rendered:
    """`values` are those for WeChat: subject, outcome, time, place, note."""

    title: str
    words: str = field(repr=False)
    page: str
    values: Mapping[str, str] = field(repr=False)


_REASON = "说明：{reason}"

WORDINGS: Mapping[MessageKind, Wording] = {
    MessageKind.EVENT_CHANGED: Wording(
        "活动安排有变动",
        ("您报名的「{title}」安排有变动，请以最新信息为准。", "时间：{time}", "地点：{place}", _REASON),
        ReminderKind.EVENT,
        "pages/event/show?id={event_id}",
        outcome="有变动",
        note="时间或地点有变动，请查看",
        is_urgent=True,
    ),
    MessageKind.EVENT_CANCELLED: Wording(
        "活动已取消",
        ("您报名的「{title}」已取消，请不要前往，感谢您的支持。", "原定时间：{time}", _REASON),
        ReminderKind.EVENT,
        "pages/event/show?id={event_id}",
        outcome="已取消",
        note="活动已取消，请不要前往",
        is_urgent=True,
    ),
    MessageKind.PLACE_OFFERED: Wording(
        "候补名额待您确认",
        (
            "「{title}」为您留出了一个名额。",
            "请在 {until} 前确认，逾期将顺延给下一位。",
            "时间：{time}",
            "地点：{place}",
        ),
        ReminderKind.PLACE,
        "pages/enrolment/mine",
        outcome="待确认",
        note="逾期名额将顺延，请尽快确认",
        is_urgent=True,
    ),
    MessageKind.REGISTRATION_RETURNED: Wording(
        "志愿者登记需要修改",
        ("您提交的志愿者登记已退回，请修改后重新提交。", _REASON),
        ReminderKind.RESULT,
        "pages/volunteer/mine",
        subject="志愿者登记",
        outcome="已退回",
        note="请修改后重新提交",
    ),
    MessageKind.REGISTRATION_REJECTED: Wording(
        "志愿者登记未通过",
        ("您提交的志愿者登记未通过审核。", _REASON, "如有疑问，请联系所选单位。"),
        ReminderKind.RESULT,
        "pages/volunteer/mine",
        subject="志愿者登记",
        outcome="未通过",
    ),
    MessageKind.REGISTRATION_APPROVED: Wording(
        "志愿者登记已通过",
        ("您的志愿者登记已通过审核，现在可以报名活动了。", "志愿者编号：{volunteer_no}"),
        ReminderKind.RESULT,
        "pages/volunteer/mine",
        subject="志愿者登记",
        outcome="已通过",
        note="现在可以报名活动了",
    ),
    MessageKind.SUSPENDED: Wording(
        "志愿者资格暂停",
        ("您的志愿者资格暂停至{until}，期间可以查看，不能报名。", _REASON, "如有疑问，请联系市科协。"),
        ReminderKind.RESULT,
        "pages/volunteer/mine",
        subject="志愿者资格",
        outcome="已暂停",
    ),
    MessageKind.SUSPENSION_LIFTED: Wording(
        "志愿者资格恢复",
        ("您的志愿者资格已恢复，现在可以报名活动了。", _REASON),
        ReminderKind.RESULT,
        "pages/volunteer/mine",
        subject="志愿者资格",
        outcome="已恢复",
    ),
    MessageKind.REPLY_ARRIVED: Wording(
        "您收到一条回复",
        ("{unit}回复了您的建议，请点击查看。", "感谢您的建议。"),
        ReminderKind.REPLY,
        "pages/greeting/mine",
        subject="您的建议",
        outcome="已回复",
    ),
    MessageKind.HOURS_CONFIRMED: Wording(
        "服务时长已确认",
        ("您参加「{title}」的服务时长已确认：{hours}。", "如有疑问，请在记录中提出异议。"),
        ReminderKind.HOURS,
        "pages/service/mine",
        outcome="已确认",
    ),
    MessageKind.CLAIM_DECIDED: Wording(
        "账号认领有结果",
        ("您的认领申请{outcome}。", _REASON),
        ReminderKind.RESULT,
        "pages/volunteer/mine",
        subject="认领申请",
    ),
    MessageKind.CLAIM_ON_YOU: Wording(
        "有关您登记的认领",
        ("{notice}", _REASON),
        ReminderKind.RESULT,
        "pages/volunteer/mine",
        subject="志愿者登记",
        outcome="请查看",
    ),
    MessageKind.CORRECTION_DECIDED: Wording(
        "更正申请有结果",
        ("您的更正申请{outcome}。", _REASON),
        ReminderKind.RESULT,
        "pages/volunteer/mine",
        subject="更正申请",
    ),
    MessageKind.GREETING_DECIDED: Wording(
        "您的祝福或建议有审核结果",
        ("您的内容{outcome}。", _REASON),
        ReminderKind.RESULT,
        "pages/greeting/mine",
        subject="祝福与建议",
    ),
    MessageKind.APPEAL_DECIDED: Wording(
        "您的申诉有结果",
        ("您的申诉{outcome}。", _REASON),
        ReminderKind.RESULT,
        INBOX,
        subject="您的申诉",
    ),
    MessageKind.MEMBERSHIP_DECIDED: Wording(
        "志愿服务队申请有结果",
        ("您加入「{team}」的申请{outcome}。", _REASON),
        ReminderKind.RESULT,
        "pages/team/show?id={team_id}",
        subject="{team}",
    ),
    MessageKind.SUGGESTION_ROUTED: Wording(
        "您的建议已转交",
        ("您的建议已转交{unit}办理，有回复会通知您。",),
        ReminderKind.REPLY,
        "pages/greeting/mine",
        subject="您的建议",
        outcome="已转交",
    ),
}


def pages() -> frozenset[str]:
    """Every page that a message leads to: WeChat refuses a reminder to one that is not released."""
    return frozenset({INBOX, *(each.page.partition("?")[0] for each in WORDINGS.values())})


def render(kind: MessageKind, about: Mapping[str, str], at: datetime) -> Rendered:
    """What a message of this kind says about these facts; the time that WeChat shows is the facts' or `at`."""
    wording = WORDINGS[kind]
    facts = {name: text.strip() for name, text in about.items() if text and text.strip()}
    lines = [line for each in wording.lines if (line := _filled(each, facts))]
    values = {
        "subject": _filled(wording.subject, facts) or NOTHING["subject"],
        "outcome": _filled(wording.outcome, facts) or NOTHING["outcome"],
        "time": facts.get("time") or moment(at),
        "place": facts.get("place") or NOTHING["place"],
        "note": wording.note,
    }
    return Rendered(wording.title, "\n".join(lines), _filled(wording.page, facts) or INBOX, values)


def _filled(text: str, facts: Mapping[str, str]) -> str | None:
    """None where a fact is missing."""
    places = {name for _, name, _, _ in Formatter().parse(text) if name}
    return text.format_map(facts) if places <= facts.keys() else None


def moment(at: datetime) -> str:
    """`2019年5月30日 09:00`, as people and WeChat's templates write it."""
    local = at.astimezone(LOCAL)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
