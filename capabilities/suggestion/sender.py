"""The sender: follow one's suggestions, rate the reply, have it taken up again once, take it back."""

from datetime import datetime
from uuid import UUID

from capabilities.caller import Caller
from capabilities.office import Office
from capabilities.suggestion.clocks import CLOSES_AFTER, reply_by
from capabilities.suggestion.refusals import (
    AlreadyReopened,
    NoSuchSuggestion,
    RatedWell,
    SuggestionChanged,
    SuggestionInvalid,
)
from capabilities.suggestion.steps import FROM, Step, locked, move, require_stage
from models.database import transaction
from models.suggestion_case import CaseStatus, SuggestionCase

MAY_REOPEN_UP_TO = 2
AT_ONCE = 200


async def mine(who: Caller) -> list[SuggestionCase]:
    """Newest first, with the words and the unit."""
    cases = SuggestionCase.filter(greeting__person_id=who.person_id).order_by("-id")
    return await cases.select_related("greeting", "unit")


async def _one_of(who: Caller, case_id: UUID) -> SuggestionCase:
    found = SuggestionCase.get_or_none(id=case_id, greeting__person_id=who.person_id)
    case = await found.select_related("greeting", "unit")
    if case is None:
        raise NoSuchSuggestion
    return case


async def rate(office: Office, who: Caller, case_id: UUID, rating: int, words: str | None) -> SuggestionCase:
    """From 1 to 5. A good rating closes it, a bad one leaves the time to have it taken up again, if it was not yet.

    Raises `NoSuchSuggestion`, `NotAtThisStage` or `SuggestionChanged`.
    """
    case = await _one_of(who, case_id)
    require_stage(case, Step.RATE)
    now = office.now()
    async with transaction():
        said = (words or "").strip() or None
        await move(case, CaseStatus.RATED, who.person_id, now, rating=rating, rating_words=said)
        if rating > MAY_REOPEN_UP_TO or case.is_reopened:
            await move(case, CaseStatus.CLOSED, who.person_id, now, closed_at=now)
    return await _one_of(who, case_id)


async def reopen(office: Office, who: Caller, case_id: UUID, reason: str) -> SuggestionCase:
    """Back to the unit, once and after a bad rating, with a clock of its own; the first reply stays to be read.

    Raises `NoSuchSuggestion`, `SuggestionInvalid`, `NotAtThisStage`, `AlreadyReopened`, `RatedWell` or
    `SuggestionChanged`.
    """
    case = await _one_of(who, case_id)
    if case.is_reopened and case.status in (CaseStatus.RATED, CaseStatus.CLOSED):
        raise AlreadyReopened
    require_stage(case, Step.REOPEN)
    if case.rating is None or case.rating > MAY_REOPEN_UP_TO:
        raise RatedWell
    if not reason.strip():
        raise SuggestionInvalid(fields={"reason": "请说明希望重新办理的原因"})
    now = office.now()
    last_day = reply_by(now)
    async with transaction():
        await move(
            case,
            CaseStatus.IN_PROGRESS,
            who.person_id,
            now,
            is_reopened=True,
            first_reply=case.reply,
            reopen_reason=reason.strip(),
            reply_by=last_day,
            handle_by=last_day,
            merged_into_id=None,
        )
    return await _one_of(who, case_id)


async def withdraw(greeting_id: UUID, actor_id: UUID | None, now: datetime) -> None:
    """With its greeting, in that transaction: work on it stops; what was replied already stays as it was answered.

    What was merged into it stands for itself again.
    """
    case = await SuggestionCase.get_or_none(greeting_id=greeting_id)
    if case is None:
        return
    family = await locked(case.id)
    case = family[case.id]
    if case.status not in FROM[Step.WITHDRAW]:
        return
    await move(case, CaseStatus.WITHDRAWN, actor_id, now)
    for each in family.values():
        if each.merged_into_id == case.id and each.status is CaseStatus.MERGED:
            await move(each, CaseStatus.ACCEPTED, actor_id, now, "parent_withdrawn", merged_into_id=None, unit_id=None)


async def close_replied(office: Office) -> int:
    """A round: close what was replied to half a month ago and nobody took up again; returns how many."""
    now = office.now()
    over = SuggestionCase.filter(status__in=(CaseStatus.REPLIED, CaseStatus.RATED), replied_at__lt=now - CLOSES_AFTER)
    found = await over.order_by("id").limit(AT_ONCE)
    return sum([await _close(each, now) for each in found])


async def _close(case: SuggestionCase, now: datetime) -> bool:
    """False where its sender was faster."""
    try:
        async with transaction():
            await move(case, CaseStatus.CLOSED, None, now, closed_at=now)
    except SuggestionChanged:
        return False
    return True
