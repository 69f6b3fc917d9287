"""Machine check (机审) of a version: its words now, its pictures and sounds by pushes; then a person, or a refusal.

No machine accepts anything. A version leaves `submitted` when WeChat has spoken on everything in it or was given up,
and at once where it calls anything risky.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from tortoise.expressions import Q

from capabilities import suggestion
from capabilities.greeting.news import tell_decision
from capabilities.machine_check import GIVEN_UP_AFTER
from capabilities.office import Office
from capabilities.transition import note
from kit.errors import Refusal
from models.database import transaction
from models.greeting import Greeting, GreetingStatus, Rank
from models.media_check import OPEN, MediaCheck
from models.person import Person
from wechat.answers import TextScene, TextVerdict

log = structlog.get_logger(__name__)

SUBJECT = "greeting"
SETTLE = f"{SUBJECT}.settle"
PASS, REVIEW, RISKY = "pass", "review", "risky"
UNDECIDED = "undecided"
MACHINE_RISKY = "machine_risky"
RISKY_WORDS = "系统检查认为内容存在风险；如有异议，您可以申诉一次，由人工复核"
# After this long without a word on the text the process that was asking WeChat is gone, and a person decides alone.
CHECK_GIVEN_UP = timedelta(minutes=2)
# After the last of its media was given up too, with time for the jobs that bring it here.
STRANDED = GIVEN_UP_AFTER + CHECK_GIVEN_UP
AT_ONCE = 200


async def check(office: Office, greeting: Greeting) -> Greeting:
    """Have WeChat look at the words of this version, outside any transaction. WeChat being down is no refusal."""
    verdict = await _ask_wechat(office, greeting)
    await _settle(office, greeting.id, greeting.version, _machine_words(verdict))
    return await Greeting.get(id=greeting.id).prefetch_related("consents")


async def settle(office: Office, about: Mapping[str, Any]) -> None:
    """A job's work, after a verdict on one of its pictures or sounds."""
    await _settle(office, UUID(about["id"]), about["version"])


async def _settle(office: Office, greeting_id: UUID, version: int, words: Mapping[str, Any] | None = None) -> bool:
    """Note the verdict on the words, if there is one, and move the version on if it may move.

    The lock comes first: of two who bring the last two verdicts the second then sees both. False where nothing moved:
    it waits for more, or it was withdrawn or changed while WeChat was thinking, and that stands.
    """
    now = office.now()
    async with transaction():
        greeting = await Greeting.filter(id=greeting_id).select_for_update().get()
        if greeting.version != version or greeting.status is not GreetingStatus.SUBMITTED:
            return False
        changed = dict(words or {})
        suggest = changed.get("machine_suggest", greeting.machine_suggest)
        media = await MediaCheck.of(SUBJECT, greeting_id, version)
        after = outcome(suggest, media)
        if after is GreetingStatus.REJECTED:
            changed["reason_code"] = MACHINE_RISKY
        changed["rank"] = min(rank_of(suggest, media), greeting.rank)
        await Greeting.filter(id=greeting_id).update(status=after, **changed)
        if after is greeting.status:
            return False
        await note(SUBJECT, greeting_id, None, greeting.status, after, now, changed.get("reason_code"))
        if after is GreetingStatus.REJECTED:
            await tell_decision(office, greeting, after, RISKY_WORDS)
        await suggestion.follow(greeting_id, after, None, now, changed.get("reason_code"))
    return True


def outcome(text: str | None, media: Sequence[MediaCheck]) -> GreetingStatus:
    """Where a version stands after what WeChat has said of its words and of each picture and sound so far."""
    if RISKY in (text, *(each.suggest for each in media)):
        return GreetingStatus.REJECTED
    if text is None or any(each.state in OPEN for each in media):
        return GreetingStatus.SUBMITTED
    return GreetingStatus.PENDING_REVIEW


def rank_of(text: str | None, media: Sequence[MediaCheck]) -> Rank:
    """When a person should look at it: before the others where a machine has doubts, or could not look."""
    said = {text, *(each.suggest for each in media)}
    if said & {RISKY, REVIEW}:
        return Rank.DOUBTED
    return Rank.UNCHECKED if said - {PASS} else Rank.PLAIN


def _machine_words(verdict: TextVerdict | None) -> dict[str, Any]:
    if verdict is None:
        return {"machine_suggest": UNDECIDED}
    return {
        "machine_suggest": verdict.suggest,
        "machine_label": verdict.label,
        "trace_id": verdict.trace_id[:80],
    }


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
    """A round: hand to a person what a stopped process left half-way; returns how many."""
    now = office.now()
    wordless = Q(machine_suggest=None, submitted_at__lt=now - CHECK_GIVEN_UP)
    stranded = Q(submitted_at__lt=now - STRANDED)
    stale = Greeting.filter(wordless | stranded, status=GreetingStatus.SUBMITTED)
    found = await stale.order_by("submitted_at").limit(AT_ONCE)
    return sum([await _give_up(office, greeting) for greeting in found])


async def _give_up(office: Office, greeting: Greeting) -> bool:
    words = {"machine_suggest": UNDECIDED} if greeting.machine_suggest is None else None
    return await _settle(office, greeting.id, greeting.version, words)
