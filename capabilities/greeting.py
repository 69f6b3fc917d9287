"""Leave a greeting (祝福) or a suggestion (建议), follow it, change it, withdraw it; and the wall of accepted ones."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
import structlog
from msgspec import Meta

from capabilities.caller import Caller
from capabilities.consent import POLICY_VERSION, require_consent
from capabilities.event import NoCampaign
from capabilities.office import Office
from capabilities.transition import note
from kit.errors import Conflict, Invalid, NotFound, Refusal
from kit.paging import limit_of, row_of
from models.campaign import Campaign
from models.code_list import codes
from models.consent import ConsentScope
from models.database import transaction
from models.greeting import Byline, Channel, ChannelConsent, Greeting, GreetingKind, GreetingStatus, GreetingText
from models.person import Person
from models.volunteer import Volunteer, VolunteerStatus
from wechat.answers import TextScene, TextVerdict

log = structlog.get_logger(__name__)

# Our own limit (`domain.md` §4.8); WeChat's check takes 2,500 characters.
LONGEST = 500
ANONYMOUS = "匿名"
# After this long in `submitted` the process that was asking WeChat is gone, and a person decides alone.
CHECK_GIVEN_UP = timedelta(minutes=2)
CHANGEABLE = (
    GreetingStatus.SUBMITTED,
    GreetingStatus.PENDING_REVIEW,
    GreetingStatus.ACCEPTED,
    GreetingStatus.RETURNED,
)


class NoSuchGreeting(NotFound):
    words = "没有找到这条内容。"


class GreetingInvalid(Invalid):
    words = "内容填写有误，请按提示修改。"


class GuardianNeeded(Invalid):
    """Under 14 a guardian consents, or nothing is stored (个人信息保护法 第三十一条)."""

    words = "未满14周岁须由监护人填写姓名、关系和电话并同意后提交。"


class GreetingNotChangeable(Conflict):
    """It is withdrawn or refused for good."""

    words = "这条内容已撤回或未通过，不能修改；您可以另写一条。"


class Guardian(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=50)]
    relation: Annotated[str, Meta(min_length=1, max_length=20)]
    phone: Annotated[str, Meta(min_length=5, max_length=20)]


class GreetingWords(msgspec.Struct, forbid_unknown_fields=True):
    """`channels` are the consents: each names a place where it may be shown, and none is given by default."""

    topic: str
    text: Annotated[str, Meta(min_length=1, max_length=LONGEST)]
    byline: Byline
    is_over_14: bool
    byline_name: Annotated[str, Meta(min_length=1, max_length=20)] | None = None
    channels: list[Channel] = []
    guardian: Guardian | None = None


class NewGreeting(GreetingWords, forbid_unknown_fields=True, kw_only=True):
    kind: GreetingKind = GreetingKind.GREETING


async def leave(office: Office, who: Caller, new: NewGreeting) -> Greeting:
    """Store what was written, have WeChat look at it, and hand it to a person.

    Raises `ConsentNeeded`, `GuardianNeeded` or `GreetingInvalid`; nothing is stored then. WeChat being down is no
    refusal: the greeting waits for a person.
    """
    await require_consent(who.person_id, ConsentScope.POLICY)
    campaign = await Campaign.current()
    if campaign is None:
        raise NoCampaign
    greeting = Greeting(
        campaign=campaign, person_id=who.person_id, kind=new.kind, status=GreetingStatus.SUBMITTED, version=1
    )
    await _fill(greeting, new, office.now())
    async with transaction():
        await greeting.save(force_create=True)
        await _write_text(greeting, office.now())
        await _consent(greeting, new.channels, office.now())
        await note("greeting", greeting.id, who.person_id, None, greeting.status, office.now())
    return await _check(office, greeting)


async def change(office: Office, who: Caller, greeting_id: UUID, words: GreetingWords) -> Greeting:
    """A new version, checked and decided anew; until then it is shown nowhere.

    Raises `NoSuchGreeting`, `ConsentNeeded`, `GreetingNotChangeable`, `GuardianNeeded` or `GreetingInvalid`.
    """
    greeting = await _mine(who, greeting_id)
    await require_consent(who.person_id, ConsentScope.POLICY)
    if greeting.status not in CHANGEABLE:
        raise GreetingNotChangeable(greeting_status=greeting.status.value)
    before, read = greeting.status, greeting.version
    await _fill(greeting, words, office.now())
    greeting.status, greeting.version = GreetingStatus.SUBMITTED, read + 1
    async with transaction():
        if not await Greeting.filter(id=greeting.id, version=read, status=before).update(**_changed(greeting)):
            raise GreetingNotChangeable
        await _write_text(greeting, office.now())
        await _consent(greeting, words.channels, office.now())
        await note("greeting", greeting.id, who.person_id, before, greeting.status, office.now())
    return await _check(office, greeting)


def _changed(greeting: Greeting) -> dict[str, Any]:
    """The row after a change: new words, and every verdict on the old ones gone."""
    kept = ("status", "version", "topic", "text", "byline", "byline_name", "is_over_14", "guardian", "submitted_at")
    gone = ("machine_suggest", "machine_label", "trace_id", "decided_by_id", "decided_at", "reason_code", "reason_note")
    return {name: getattr(greeting, name) for name in kept} | dict.fromkeys(gone)


async def withdraw(office: Office, who: Caller, greeting_id: UUID) -> None:
    """Take it back; from this commit on it is shown nowhere. Twice is once."""
    greeting = await _mine(who, greeting_id)
    if greeting.status is GreetingStatus.WITHDRAWN:
        return
    now = office.now()
    async with transaction():
        living = Greeting.filter(id=greeting.id, status__not=GreetingStatus.WITHDRAWN)
        if not await living.update(status=GreetingStatus.WITHDRAWN, withdrawn_at=now):
            return
        await ChannelConsent.filter(greeting_id=greeting.id, withdrawn_at=None).update(withdrawn_at=now)
        await note("greeting", greeting.id, who.person_id, greeting.status, GreetingStatus.WITHDRAWN, now)


async def mine(who: Caller) -> list[Greeting]:
    return await Greeting.filter(person_id=who.person_id).order_by("-id").prefetch_related("consents")


async def wall(*, cursor: str | None, limit: int | None) -> list[Greeting]:
    """Newest first; one more than the page holds where there are more."""
    query = Greeting.on_the_wall()
    before = row_of(cursor)
    if before is not None:
        query = query.filter(id__lt=before)
    return await query.order_by("-id").limit(limit_of(limit) + 1)


async def _mine(who: Caller, greeting_id: UUID) -> Greeting:
    greeting = await Greeting.get_or_none(id=greeting_id, person_id=who.person_id)
    if greeting is None:
        raise NoSuchGreeting
    return greeting


async def _fill(greeting: Greeting, words: GreetingWords, now: datetime) -> None:
    greeting.topic, greeting.text, greeting.byline = words.topic, words.text.strip(), words.byline
    greeting.is_over_14, greeting.submitted_at = words.is_over_14, now
    if not words.is_over_14 and not _is_filled_in(words.guardian):
        raise GuardianNeeded(fields={"guardian": GuardianNeeded.words})
    greeting.guardian = None if words.is_over_14 else msgspec.json.encode(words.guardian).decode()
    faults = faults_in(greeting.kind, words)
    greeting.byline_name = await _name_under(greeting.person_id, words, faults)
    if faults:
        raise GreetingInvalid(fields=faults)


def _is_filled_in(guardian: Guardian | None) -> bool:
    return guardian is not None and all(part.strip() for part in (guardian.name, guardian.relation, guardian.phone))


def faults_in(kind: GreetingKind, words: GreetingWords) -> dict[str, str]:
    faults = {}
    topics = "greeting_topic" if kind is GreetingKind.GREETING else "suggestion_topic"
    if words.topic not in codes(topics):
        faults["topic"] = "请从列表中选择"
    if not words.text.strip():
        faults["text"] = "请填写内容"
    if kind is GreetingKind.SUGGESTION and words.channels:
        faults["channels"] = "建议不公开展示，无需选择展示渠道"
    return faults


async def _name_under(person_id: UUID, words: GreetingWords, faults: dict[str, str]) -> str | None:
    """The real name is the one that a unit has approved, so that nobody signs with another's."""
    if words.byline is Byline.ANONYMOUS:
        return None
    if words.byline is Byline.NICKNAME:
        if not (words.byline_name or "").strip():
            faults["byline_name"] = "请填写昵称"
        return (words.byline_name or "").strip()
    volunteer = await Volunteer.get_or_none(person_id=person_id, status=VolunteerStatus.APPROVED)
    if volunteer is None:
        faults["byline"] = "实名署名须先完成志愿者注册，您也可以选择昵称或匿名"
    return volunteer.name if volunteer else None


async def _write_text(greeting: Greeting, now: datetime) -> None:
    await GreetingText.create(greeting_id=greeting.id, version=greeting.version, text=greeting.text, written_at=now)


async def _consent(greeting: Greeting, channels: Sequence[Channel], now: datetime) -> None:
    """Make the live consents those that were just given; the others end now."""
    live = await ChannelConsent.filter(greeting_id=greeting.id, withdrawn_at=None)
    gone = [each.id for each in live if each.channel not in channels]
    if gone:
        await ChannelConsent.filter(id__in=gone).update(withdrawn_at=now)
    present = {each.channel for each in live}
    await ChannelConsent.bulk_create(
        ChannelConsent(
            greeting_id=greeting.id,
            person_id=greeting.person_id,
            channel=channel,
            policy_version=POLICY_VERSION,
            given_at=now,
        )
        for channel in dict.fromkeys(channels)
        if channel not in present
    )


async def _check(office: Office, greeting: Greeting) -> Greeting:
    """Machine check (机审) of this version, outside any transaction; then it waits for a person, or is refused."""
    verdict = await _ask_wechat(office, greeting)
    after = GreetingStatus.REJECTED if verdict and verdict.suggest == "risky" else GreetingStatus.PENDING_REVIEW
    await _settle(greeting, after, verdict, office.now())
    return await Greeting.get(id=greeting.id).prefetch_related("consents")


async def _settle(greeting: Greeting, after: GreetingStatus, verdict: TextVerdict | None, now: datetime) -> bool:
    """False where it was withdrawn or changed while WeChat was thinking, and that stands."""
    async with transaction():
        moved = await Greeting.filter(id=greeting.id, version=greeting.version, status=GreetingStatus.SUBMITTED).update(
            status=after, **_machine_words(verdict)
        )
        if moved:
            await note("greeting", greeting.id, None, GreetingStatus.SUBMITTED, after, now)
    return bool(moved)


def _machine_words(verdict: TextVerdict | None) -> dict[str, Any]:
    if verdict is None:
        return {"machine_suggest": "undecided"}
    words: dict[str, Any] = {
        "machine_suggest": verdict.suggest,
        "machine_label": verdict.label,
        "trace_id": verdict.trace_id[:80],
    }
    if verdict.suggest == "risky":
        words |= {"reason_code": "machine_risky"}
    return words


async def _ask_wechat(office: Office, greeting: Greeting) -> TextVerdict | None:
    """None where WeChat is silent, over its quota, or cannot judge this person: a human will."""
    person = await Person.get(id=greeting.person_id)
    content = "\n".join(filter(None, [greeting.byline_name, greeting.text]))
    try:
        return await office.wechat.check_text(content, openid=person.openid, scene=TextScene.FORUM)
    except Refusal as refusal:
        log.warning("machine_check_undecided", reason=refusal.code, subject_id=str(greeting.id))
        return None


async def give_up_checks(office: Office) -> int:
    """Hand to a person what a stopped process left half-way; returns how many."""
    now = office.now()
    stale = await Greeting.filter(status=GreetingStatus.SUBMITTED, submitted_at__lt=now - CHECK_GIVEN_UP)
    return sum([await _settle(greeting, GreetingStatus.PENDING_REVIEW, None, now) for greeting in stale])


def byline_of(greeting: Greeting) -> str:
    return greeting.byline_name or ANONYMOUS
