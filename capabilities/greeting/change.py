"""Change or take back what one wrote."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from capabilities import suggestion
from capabilities.caller import Caller
from capabilities.channel_consent import agree_to, end_selections, withdraw_all
from capabilities.consent import require_consent
from capabilities.greeting.check import SUBJECT, check
from capabilities.greeting.find import one_of
from capabilities.greeting.media import put_in
from capabilities.greeting.refusals import GreetingNotChangeable
from capabilities.greeting.words import GreetingWords, fill, keep_text
from capabilities.machine_check import abandon
from capabilities.office import Office, Topic
from capabilities.transition import note
from capabilities.upload import release
from models.consent import ConsentScope
from models.database import transaction
from models.greeting import STANDING, Greeting, GreetingKind, GreetingStatus
from models.placement import TakeDownReason

CHANGEABLE = (
    GreetingStatus.SUBMITTED,
    GreetingStatus.PENDING_REVIEW,
    GreetingStatus.RETURNED,
    *STANDING,
)
# What a change writes anew, and what it makes void.
WRITTEN = (
    *("status", "version", "submitted_at", "likeness", "rank"),
    *("topic", "text", "byline", "byline_name", "is_over_14", "guardian"),
)
VERDICTS = (
    *("machine_suggest", "machine_label", "trace_id"),
    *("decided_by_id", "decided_at", "reason_code", "reason_note", "held_by_id", "held_until"),
    *("appeal_words", "appealed_from_id"),
)


async def change(office: Office, who: Caller, greeting_id: UUID, words: GreetingWords) -> Greeting:
    """A new version, checked and decided anew; until then it is shown nowhere.

    Raises `NoSuchGreeting`, `ConsentNeeded`, `GreetingNotChangeable`, `GuardianNeeded`, `GreetingInvalid` or
    `UploadsUnfit` or `WordingRefused`.
    """
    greeting = await one_of(who, greeting_id)
    await require_consent(who.person_id, ConsentScope.POLICY)
    # A suggestion that was accepted is being handled as it was read.
    is_handled = greeting.kind is GreetingKind.SUGGESTION and greeting.status in STANDING
    if greeting.status not in CHANGEABLE or is_handled:
        raise GreetingNotChangeable(greeting_status=greeting.status.value)
    before, read = greeting.status, greeting.version
    await fill(office, greeting, words)
    greeting.status, greeting.version = GreetingStatus.SUBMITTED, read + 1
    async with transaction():
        if not await Greeting.filter(id=greeting.id, version=read, status=before).update(**_changed(greeting)):
            raise GreetingNotChangeable
        await abandon(SUBJECT, greeting.id)
        await keep_text(greeting, office.now())
        await put_in(office, greeting, words.upload_ids)
        await agree_to(greeting, words.channels, office.now())
        await suggestion.take_over_topic(greeting)
        # What was chosen was chosen for its words: new words pass again and are chosen again. Consents stay.
        await end_selections([greeting.id], who.person_id, office.now())
        await note("greeting", greeting.id, who.person_id, before, greeting.status, office.now())
        office.announce(Topic.WALL)
    return await check(office, greeting)


def _changed(greeting: Greeting) -> dict[str, Any]:
    """The row after a change: new words, and every verdict on the old ones gone."""
    return {name: getattr(greeting, name) for name in WRITTEN} | dict.fromkeys(VERDICTS)


async def withdraw(office: Office, who: Caller, greeting_id: UUID) -> None:
    """Take it back; from this commit on it is shown nowhere. Twice is once."""
    greeting = await one_of(who, greeting_id)
    if greeting.status is GreetingStatus.WITHDRAWN:
        return
    now = office.now()
    async with transaction():
        living = Greeting.filter(id=greeting.id, status__not=GreetingStatus.WITHDRAWN)
        if not await living.update(status=GreetingStatus.WITHDRAWN, withdrawn_at=now):
            return
        await abandon(SUBJECT, greeting.id)
        await withdraw_all([greeting.id], now, actor_id=who.person_id)
        await release(greeting.id, who.person_id, now)
        await suggestion.withdraw(greeting.id, who.person_id, now)
        await note("greeting", greeting.id, who.person_id, greeting.status, GreetingStatus.WITHDRAWN, now)
        office.announce(Topic.WALL)


async def withdraw_all_of(
    person_id: UUID,
    at: datetime,
    *,
    reason: TakeDownReason = TakeDownReason.PERSON_LEFT,
    kinds: Collection[GreetingKind] = tuple(GreetingKind),
) -> list[UUID]:
    """Take back everything of these kinds that a person wrote, within the caller's transaction; returns which."""
    written = Greeting.filter(person_id=person_id, kind__in=list(kinds))
    mine = {each.id: each for each in await written.order_by("id").select_for_update()}
    living = [each for each in mine.values() if each.status is not GreetingStatus.WITHDRAWN]
    await withdraw_all(list(mine), at, actor_id=person_id, reason=reason)
    for each in living:
        await abandon(SUBJECT, each.id)
        await release(each.id, person_id, at)
        await suggestion.withdraw(each.id, person_id, at)
        await Greeting.filter(id=each.id).update(status=GreetingStatus.WITHDRAWN, withdrawn_at=at)
        await note("greeting", each.id, person_id, each.status, GreetingStatus.WITHDRAWN, at, reason)
    return list(mine)
