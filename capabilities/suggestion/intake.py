"""A suggestion comes in: written by somebody online, or heard by an organizer at a seminar, a visit, on the phone.

What is written online is a greeting of the kind `suggestion`, which people and machines look at as at any other; its
case follows it here, in the same transactions.
"""

import re
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities.caller import Caller
from capabilities.office import Office
from capabilities.suggestion.clocks import accept_by, local_day, reply_by
from capabilities.suggestion.refusals import NotAtThisStage, SuggestionInvalid
from capabilities.suggestion.steps import SUBJECT, move
from capabilities.transition import note
from models.campaign import Campaign
from models.code_list import codes
from models.database import transaction
from models.greeting import Greeting, GreetingKind, GreetingStatus
from models.suggestion_case import CaseSource, CaseStatus, SuggestionCase

AT_ONCE = 200
# A phone or an ID number: what was heard offline is written down without its person.
_NUMBER_OF_A_PERSON = re.compile(r"\d{11,}|\d{17}[\dXx]")


class HeardSuggestion(msgspec.Struct, forbid_unknown_fields=True):
    """What was said, where and when; nothing about who said it."""

    source: CaseSource
    topic: str
    text: Annotated[str, Meta(min_length=1, max_length=2000)]
    occasion: Annotated[str, Meta(min_length=1, max_length=120)]
    heard_on: date


async def open_case(greeting: Greeting, is_anonymous: bool, now: datetime) -> None:
    """With the greeting, in the transaction that stores it; nothing for a greeting of the other kind."""
    if greeting.kind is not GreetingKind.SUGGESTION:
        return
    case = await SuggestionCase.create(
        campaign_id=greeting.campaign_id,
        greeting_id=greeting.id,
        source=CaseSource.ONLINE,
        topic=greeting.topic,
        is_anonymous_to_handler=is_anonymous,
        status=CaseStatus.SUBMITTED,
    )
    await note(SUBJECT, case.id, greeting.person_id, None, case.status, now)


async def follow(
    greeting_id: UUID, after: GreetingStatus, actor_id: UUID | None, now: datetime, reason_code: str | None = None
) -> None:
    """Bring the case to where its greeting went, in that transaction and under the greeting's lock.

    Raises `NotAtThisStage` where a suggestion that is handled already is taken back into review.
    """
    case = await SuggestionCase.get_or_none(greeting_id=greeting_id)
    if case is None or after not in STEPS:
        return
    before, status = STEPS[after]
    if case.status is status:
        return
    if case.status not in before:
        raise NotAtThisStage(suggestion_status=case.status.value)
    await move(case, status, actor_id, now, reason_code, reason_code=reason_code, **_set_by(status, case, now))


# Where a case may stand when its greeting gets there, and where it goes.
STEPS = {
    GreetingStatus.PENDING_REVIEW: (
        (CaseStatus.SUBMITTED, CaseStatus.NOT_ACCEPTED, CaseStatus.ACCEPTED),
        CaseStatus.RECEIVED,
    ),
    GreetingStatus.ACCEPTED: ((CaseStatus.RECEIVED,), CaseStatus.ACCEPTED),
    GreetingStatus.REJECTED: ((CaseStatus.SUBMITTED, CaseStatus.RECEIVED), CaseStatus.NOT_ACCEPTED),
}


def _set_by(status: CaseStatus, case: SuggestionCase, now: datetime) -> dict[str, Any]:
    if status is CaseStatus.ACCEPTED:
        return {"accepted_at": now, "reply_by": reply_by(now)}
    if status is CaseStatus.RECEIVED and case.received_at is None:
        return {"received_at": now, "accept_by": accept_by(now)}
    return {}


async def take_over_topic(greeting: Greeting) -> None:
    """New words may have a new topic; in the transaction that changes them."""
    await SuggestionCase.filter(greeting_id=greeting.id).update(topic=greeting.topic)


async def enter(office: Office, who: Caller, heard: HeardSuggestion) -> SuggestionCase:
    """Write down what was heard. Raises `RoleNeeded` or `SuggestionInvalid`."""
    who.require_organizer()
    now = office.now()
    if faults := faults_in(heard, local_day(now)):
        raise SuggestionInvalid(fields=faults)
    campaign = await Campaign.all().order_by("-year").first()
    if campaign is None:
        raise SuggestionInvalid(fields={"source": "尚未设置年度活动"})
    async with transaction():
        case = await SuggestionCase.create(
            campaign=campaign,
            source=heard.source,
            topic=heard.topic,
            words=heard.text.strip(),
            occasion=heard.occasion.strip(),
            heard_on=heard.heard_on,
            entered_by_id=who.person_id,
            status=CaseStatus.RECEIVED,
            received_at=now,
            accept_by=accept_by(now),
        )
        await note(SUBJECT, case.id, who.person_id, None, case.status, now)
    return await SuggestionCase.get(id=case.id).select_related("greeting", "unit")


def faults_in(heard: HeardSuggestion, today: date) -> dict[str, str]:
    faults = {}
    if heard.source is CaseSource.ONLINE:
        faults["source"] = "线上建议请由本人提交"
    if heard.topic not in codes("suggestion_topic"):
        faults["topic"] = "请从列表中选择"
    if heard.heard_on > today:
        faults["heard_on"] = "日期不能晚于今天"
    for name in ("text", "occasion"):
        words = getattr(heard, name)
        if not words.strip():
            faults[name] = "请填写内容"
        elif _NUMBER_OF_A_PERSON.search(words):
            faults[name] = "请不要填写电话、证件号码等个人信息"
    return faults


async def open_missing_cases(office: Office) -> int:
    """A round: give a case to suggestions from before there were cases; returns how many."""
    now = office.now()
    waiting = (GreetingStatus.PENDING_REVIEW, GreetingStatus.ACCEPTED)
    orphans = Greeting.filter(kind=GreetingKind.SUGGESTION, status__in=waiting, cases__id__isnull=True)
    found = await orphans.order_by("id").limit(AT_ONCE)
    for each in found:
        await _open_late(each.id, now)
    return len(found)


async def _open_late(greeting_id: UUID, now: datetime) -> None:
    async with transaction():
        greeting = await Greeting.filter(id=greeting_id).select_for_update().get()
        if await SuggestionCase.exists(greeting_id=greeting_id):
            return
        await open_case(greeting, False, now)
        await follow(greeting_id, GreetingStatus.PENDING_REVIEW, None, now)
        if greeting.status is not GreetingStatus.PENDING_REVIEW:
            await follow(greeting_id, greeting.status, None, now)
