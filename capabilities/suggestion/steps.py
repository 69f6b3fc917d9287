"""The steps of a suggestion: from where each may be taken, and how it is taken once."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise.expressions import Q

from capabilities.suggestion.refusals import NotAtThisStage, SuggestionChanged
from capabilities.transition import note
from models.suggestion_case import AT_WORK, CaseStatus, SuggestionCase

SUBJECT = "suggestion_case"


class Step(StrEnum):
    ACCEPT = "accept"
    REFUSE = "refuse"
    ROUTE = "route"
    START = "start"
    EXTEND = "extend"
    REPLY = "reply"
    MERGE = "merge"
    RATE = "rate"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"


# `domain.md` §4.9.
FROM: Mapping[Step, tuple[CaseStatus, ...]] = {
    Step.ACCEPT: (CaseStatus.RECEIVED,),
    Step.REFUSE: (CaseStatus.RECEIVED,),
    Step.ROUTE: AT_WORK,
    Step.START: (CaseStatus.ROUTED,),
    Step.EXTEND: (CaseStatus.ROUTED, CaseStatus.IN_PROGRESS),
    Step.REPLY: (CaseStatus.IN_PROGRESS,),
    Step.MERGE: AT_WORK,
    Step.RATE: (CaseStatus.REPLIED,),
    Step.REOPEN: (CaseStatus.RATED,),
    Step.WITHDRAW: (CaseStatus.SUBMITTED, CaseStatus.RECEIVED, CaseStatus.MERGED, *AT_WORK),
}


def require_stage(case: SuggestionCase, step: Step) -> None:
    """Raises `NotAtThisStage`."""
    if case.status not in FROM[step]:
        raise NotAtThisStage(suggestion_status=case.status.value, allowed=[each.value for each in FROM[step]])


async def move(
    case: SuggestionCase, after: CaseStatus, actor_id: UUID | None, now: datetime, reason: str | None = None, **to: Any
) -> None:
    """Take a step from what was read, in the caller's transaction. Raises `SuggestionChanged`; `case` follows."""
    read = SuggestionCase.filter(id=case.id, version=case.version, status=case.status)
    if not await read.update(status=after, version=case.version + 1, **to):
        raise SuggestionChanged
    await note(SUBJECT, case.id, actor_id, case.status, after, now, reason)
    case.status, case.version = after, case.version + 1
    for name, value in to.items():
        setattr(case, name, value)


async def locked(*ids: UUID) -> dict[UUID, SuggestionCase]:
    """Cases and what is merged into them, locked in the order of their ids."""
    family = SuggestionCase.filter(Q(id__in=list(ids)) | Q(merged_into_id__in=list(ids)))
    return {each.id: each for each in await family.order_by("id").select_for_update()}
