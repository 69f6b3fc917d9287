"""Machine check (机审): WeChat looks at a version, then it waits for a person or is refused. No machine accepts."""

from datetime import datetime, timedelta
from typing import Any

import structlog

from capabilities.office import Office
from capabilities.transition import note
from kit.errors import Refusal
from models.database import transaction
from models.greeting import Greeting, GreetingStatus
from models.person import Person
from wechat.answers import TextScene, TextVerdict

log = structlog.get_logger(__name__)

# After this long in `submitted` the process that was asking WeChat is gone, and a person decides alone.
CHECK_GIVEN_UP = timedelta(minutes=2)


async def check(office: Office, greeting: Greeting) -> Greeting:
    """Have WeChat look at this version, outside any transaction. WeChat being down is no refusal."""
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
