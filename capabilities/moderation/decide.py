"""Accept (通过), send back (退回) or refuse (不通过), one or many of a kind; and take an acceptance back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from capabilities import suggestion
from capabilities.caller import Caller
from capabilities.channel_consent import end_selections, lock
from capabilities.greeting import SUBJECT, NoSuchGreeting, tell_decision
from capabilities.moderation.appeals import require_another
from capabilities.moderation.refusals import AlreadyModerated, HeldByAnother, NotAccepted, ReasonCodeNeeded
from capabilities.office import Office, Topic
from capabilities.take_down import order_take_downs
from capabilities.transition import note
from kit.errors import Refusal
from models.code_list import codes
from models.database import transaction
from models.greeting import STANDING, Greeting, GreetingStatus, Rank
from models.placement import TakeDownReason

DECISIONS = (GreetingStatus.ACCEPTED, GreetingStatus.RETURNED, GreetingStatus.REJECTED)


@dataclass(frozen=True)
class Decision:
    """What a moderator decides and why; an acceptance needs no reason, everything else has one of the list."""

    status: GreetingStatus
    reason_code: str | None = None
    reason_note: str | None = None

    def in_words(self) -> str | None:
        reason = codes("moderation_reason").get(self.reason_code or "")
        return "；".join(filter(None, [reason, self.reason_note])) or None

    def require_reason(self) -> None:
        if self.status is GreetingStatus.ACCEPTED and self.reason_code is None:
            return
        if self.reason_code not in codes("moderation_reason"):
            raise ReasonCodeNeeded(fields={"reason_code": ReasonCodeNeeded.words})


@dataclass(frozen=True)
class Outcome:
    """What became of one of many: `refused` is the code of the refusal, if it was."""

    greeting_id: UUID
    refused: str | None = None


async def decide(office: Office, who: Caller, greeting_id: UUID, decision: Decision, *, version: int | None) -> None:
    """The decision holds for the version that the moderator read (`version`; None means the present one).

    Raises `NoSuchGreeting`, `ReasonCodeNeeded`, `OwnRefusalAppealed`, `HeldByAnother` or `AlreadyModerated`.
    """
    who.require_moderator()
    greeting = await Greeting.get_or_none(id=greeting_id)
    if greeting is None:
        raise NoSuchGreeting
    decision.require_reason()
    await require_another(who, greeting, office.now())
    await _decide_once(office, greeting, decision, greeting.version if version is None else version, who)


async def decide_many(
    office: Office, who: Caller, items: Sequence[tuple[UUID, int]], decision: Decision
) -> list[Outcome]:
    """The same decision on each (id, version), as one reads a group of copies; each stands or falls by itself."""
    who.require_moderator()
    decision.require_reason()
    return [await _one_of_many(office, who, row_id, version, decision) for row_id, version in dict(items).items()]


async def _one_of_many(office: Office, who: Caller, row_id: UUID, version: int, decision: Decision) -> Outcome:
    try:
        await decide(office, who, row_id, decision, version=version)
    except Refusal as refusal:
        return Outcome(row_id, refusal.code)
    return Outcome(row_id)


async def _decide_once(office: Office, greeting: Greeting, decision: Decision, version: int, who: Caller) -> None:
    now = office.now()
    free = Greeting.free_for(who.person_id, now)
    async with transaction():
        waits = Greeting.awaiting_a_person().filter(free, id=greeting.id, version=version)
        decided = await waits.update(
            status=decision.status,
            decided_by_id=who.person_id,
            decided_at=now,
            reason_code=decision.reason_code,
            reason_note=decision.reason_note,
            held_by_id=None,
            held_until=None,
        )
        if not decided:
            raise await _why_not(greeting.id, version, who, now)
        waited = GreetingStatus.PENDING_REVIEW
        await note(SUBJECT, greeting.id, who.person_id, waited, decision.status, now, decision.reason_code)
        await tell_decision(office, greeting, decision.status, decision.in_words())
        await suggestion.follow(greeting.id, decision.status, who.person_id, now, decision.reason_code)
        office.announce(Topic.WALL)


async def _why_not(greeting_id: UUID, version: int, who: Caller, now: datetime) -> Refusal:
    greeting = await Greeting.get(id=greeting_id)
    waits = greeting.status is GreetingStatus.PENDING_REVIEW and greeting.version == version
    if waits and greeting.holder(now) not in (None, who.person_id):
        return HeldByAnother()
    return AlreadyModerated()


async def reopen(office: Office, who: Caller, greeting_id: UUID, reason_code: str, reason_note: str | None) -> None:
    """Take an acceptance back: it leaves the wall with this commit and waits for a person again, among the first.

    Where it was placed already it is taken down. A suggestion that a unit has is handled to its end.

    Raises `NoSuchGreeting`, `ReasonCodeNeeded`, `NotAccepted` or `NotAtThisStage`.
    """
    who.require_moderator()
    greeting = await Greeting.get_or_none(id=greeting_id)
    if greeting is None:
        raise NoSuchGreeting
    decision = Decision(GreetingStatus.PENDING_REVIEW, reason_code, reason_note)
    decision.require_reason()
    now, after = office.now(), GreetingStatus.PENDING_REVIEW
    async with transaction():
        before = (await lock([greeting_id]))[greeting_id].status
        if before not in STANDING:
            raise NotAccepted
        await Greeting.filter(id=greeting_id).update(
            status=after,
            rank=Rank.DOUBTED,
            decided_by_id=None,
            decided_at=None,
            reason_code=reason_code,
            reason_note=reason_note,
        )
        await end_selections([greeting_id], who.person_id, now)
        await order_take_downs([greeting_id], TakeDownReason.ACCEPTANCE_TAKEN_BACK, who.person_id, now)
        await note(SUBJECT, greeting_id, who.person_id, before, after, now, reason_code)
        await tell_decision(office, greeting, after, decision.in_words())
        await suggestion.follow(greeting_id, after, who.person_id, now)
        office.announce(Topic.WALL)
