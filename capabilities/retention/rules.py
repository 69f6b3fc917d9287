"""How long what is kept (保存期限): one rule for each kind of row whose time comes, beside what keeps the others.

`domain.md` §2.7 proposes the terms; where it is silent the term is the shortest that serves the purpose, and 180 days
for what tells of log-ins (网络安全法 第二十一条).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise import Model
from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from capabilities.own_data import delete_rows
from capabilities.upload import mark_removed
from models.conflict import Conflict, Device
from models.enrolment import Enrolment, Ticket
from models.greeting import ChannelConsent, Greeting, GreetingKind, GreetingStatus, GreetingText
from models.media_check import OPEN, MediaCheck
from models.message import Credit, Message
from models.placement import Selection
from models.scan import Scan
from models.session import Login, Session
from models.upload import Upload
from models.volunteer import Volunteer, VolunteerStatus

DAY = timedelta(days=1)
# Takes rows out within the caller's transaction; returns the ids of those that could go.
Remove = Callable[[Sequence[UUID], datetime], Awaitable[Sequence[UUID]]]


@dataclass(frozen=True)
class Rule:
    """`due` are the rows older than a moment, `date` is the column that says how old, or the way to it.

    `ready` says which of them `remove` can take out at once; the others wait for something else to go first.
    """

    name: str
    model: type[Model]
    words: str
    keep_for: timedelta
    date: str
    due: Callable[[datetime], QuerySet[Any]]
    remove: Remove
    ready: Callable[[], Q] = Q


def _delete(model: type[Model]) -> Remove:
    async def remove(ids: Sequence[UUID], now: datetime) -> Sequence[UUID]:
        await delete_rows(model, ids)
        return ids

    return remove


async def _remove_enrolments(ids: Sequence[UUID], now: datetime) -> Sequence[UUID]:
    """Tickets and odd scans go with them. The log of scans keeps an id that leads nowhere then."""
    await Ticket.filter(enrolment_id__in=ids).delete()
    await Conflict.filter(enrolment_id__in=ids).delete()
    await delete_rows(Enrolment, ids)
    return ids


async def _empty_devices(ids: Sequence[UUID], now: datetime) -> Sequence[UUID]:
    """The one change that the log of scans takes (`models/migrations`, "forgetting")."""
    await Scan.filter(id__in=ids).update(device=None, gate=None, clock_error_s=None)
    return ids


async def _remove_greetings(ids: Sequence[UUID], now: datetime) -> Sequence[UUID]:
    """With everything that hangs on them. One whose files are still there is left for the next time."""
    for upload in await Upload.attached_to(list(ids)):
        await mark_removed(upload, upload.status, None, now, "retention")
    waiting = await Upload.filter(greeting_id__in=ids, purged_at=None)
    gone = [each for each in ids if each not in {upload.greeting_id for upload in waiting}]
    if gone:
        await MediaCheck.filter(subject="greeting", subject_id__in=gone).delete()
        for model in (GreetingText, Selection, ChannelConsent, Upload):
            await model.filter(greeting_id__in=gone).delete()
        await delete_rows(Greeting, gone)
    return gone


def _without_files() -> Q:
    waiting = Upload.filter(greeting_id__isnull=False, purged_at=None)
    return Q(id__not_in=Subquery(waiting.values("greeting_id")))


async def _remove_sessions(ids: Sequence[UUID], now: datetime) -> Sequence[UUID]:
    await Login.filter(session_id__in=ids).delete()
    await delete_rows(Session, ids)
    return ids


async def _remove_messages(ids: Sequence[UUID], now: datetime) -> Sequence[UUID]:
    await Credit.filter(spent_by_id__in=ids).delete()
    await delete_rows(Message, ids)
    return ids


def _rejected(moment: datetime) -> QuerySet[Any]:
    """By a person or by the machine; an appeal has put it back. What was shown somewhere stays for its copies."""
    by_a_person, by_machine = Q(decided_at__lt=moment), Q(decided_at=None, submitted_at__lt=moment)
    refused = Greeting.filter(by_a_person | by_machine, kind=GreetingKind.GREETING, status=GreetingStatus.REJECTED)
    return refused.filter(copies__id__isnull=True)


def _withdrawn(moment: datetime) -> QuerySet[Any]:
    """But suggestions that somebody has begun to handle: their case leads to them."""
    taken_back = Greeting.filter(status=GreetingStatus.WITHDRAWN, withdrawn_at__lt=moment)
    return taken_back.filter(copies__id__isnull=True, cases__id__isnull=True)


def _with_device(moment: datetime) -> QuerySet[Any]:
    told = Q(device__isnull=False) | Q(gate__isnull=False) | Q(clock_error_s__isnull=False)
    return Scan.filter(told, received_at__lt=moment)


def _never_handed_in(moment: datetime) -> QuerySet[Any]:
    drafts = Volunteer.filter(status=VolunteerStatus.DRAFT, submitted_at=None, volunteer_no=None)
    return drafts.filter(changed_at__lt=moment)


def _never_came(moment: datetime) -> QuerySet[Any]:
    return Enrolment.filter(event__ends_at__lt=moment, attendances__id__isnull=True)


# What goes along with something else stands before it, so that each row goes, and is counted, once.
RULES: tuple[Rule, ...] = (
    Rule(
        "enrolment_without_attendance",
        Enrolment,
        "未参加的报名，活动结束满1年",
        365 * DAY,
        "event__ends_at",
        _never_came,
        _remove_enrolments,
    ),
    Rule(
        "scan_device",
        Scan,
        "扫码流水中的设备信息，满90天",
        90 * DAY,
        "received_at",
        _with_device,
        _empty_devices,
    ),
    Rule(
        "device",
        Device,
        "检票手机，最后一次联系满90天",
        90 * DAY,
        "heard_at",
        lambda moment: Device.filter(heard_at__lt=moment),
        _delete(Device),
    ),
    Rule(
        "removed_upload",
        Upload,
        "文件已删除的上传记录，满60天",
        60 * DAY,
        "purged_at",
        lambda moment: Upload.filter(purged_at__lt=moment),
        _delete(Upload),
    ),
    Rule(
        "media_check",
        MediaCheck,
        "已有结果的机审记录，满180天",
        180 * DAY,
        "ordered_at",
        lambda moment: MediaCheck.filter(ordered_at__lt=moment).exclude(state__in=list(OPEN)),
        _delete(MediaCheck),
    ),
    Rule(
        "rejected_greeting",
        Greeting,
        "未通过的祝福，满60天",
        60 * DAY,
        "submitted_at",
        _rejected,
        _remove_greetings,
        _without_files,
    ),
    Rule(
        "withdrawn_greeting",
        Greeting,
        "已撤回的祝福和建议，满60天",
        60 * DAY,
        "withdrawn_at",
        _withdrawn,
        _remove_greetings,
        _without_files,
    ),
    Rule(
        "draft_registration",
        Volunteer,
        "从未提交的登记草稿，满180天未修改",
        180 * DAY,
        "changed_at",
        _never_handed_in,
        _delete(Volunteer),
    ),
    Rule(
        "login",
        Login,
        "登录记录，满180天",
        180 * DAY,
        "at",
        lambda moment: Login.filter(at__lt=moment),
        _delete(Login),
    ),
    Rule(
        "expired_session",
        Session,
        "失效的登录会话，满180天",
        180 * DAY,
        "expires_at",
        lambda moment: Session.filter(expires_at__lt=moment),
        _remove_sessions,
    ),
    Rule(
        "message",
        Message,
        "消息，满1年",
        365 * DAY,
        "at",
        lambda moment: Message.filter(at__lt=moment),
        _remove_messages,
    ),
    Rule(
        "credit",
        Credit,
        "消息提醒授权，撤回满1年",
        365 * DAY,
        "withdrawn_at",
        lambda moment: Credit.filter(withdrawn_at__lt=moment, spent_by_id=None),
        _delete(Credit),
    ),
)
