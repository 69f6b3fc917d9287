"""Suggestions in the tests' stories, each brought to the stage that a story begins at."""

from datetime import date
from typing import Any
from uuid import UUID

from capabilities import greeting, suggestion
from capabilities.office import Office
from capabilities.suggestion import HeardSuggestion
from models.suggestion_case import CaseResult, CaseSource, CaseStatus, SuggestionCase
from tests.cast import Cast, Someone
from tests.greetings import suggestion as new

UNIT, OTHER_UNIT = "1501X1", "1501X2"


class Stages:
    """The people of a suggestion's story: who sends it, the desk, an organizer of the unit that handles it."""

    def __init__(self, office: Office, sender: Someone, desk: Someone, organizer: Someone) -> None:
        self.office, self.sender, self.desk, self.organizer = office, sender, desk, organizer

    async def at(self, status: CaseStatus, **more: Any) -> SuggestionCase:
        """A new suggestion of the sender, brought there by the steps that people take."""
        left = await greeting.leave(self.office, await self.sender.caller(), new(**more))
        case = await SuggestionCase.get(greeting_id=left.id)
        await self._bring(case.id, status)
        return await SuggestionCase.get(id=case.id)

    async def _bring(self, case_id: UUID, status: CaseStatus) -> None:
        if status in BESIDE:
            await self._step_aside(case_id, status)
            return
        for stage, step in WAY[: [each for each, _ in WAY].index(status)]:
            assert (await SuggestionCase.get(id=case_id)).status is stage
            await getattr(self, step)(case_id)

    async def _step_aside(self, case_id: UUID, status: CaseStatus) -> None:
        if status is CaseStatus.SUBMITTED:
            await SuggestionCase.filter(id=case_id).update(status=status)
        elif status is CaseStatus.NOT_ACCEPTED:
            await suggestion.refuse(self.office, await self.desk.caller(), case_id, "petition", None, None)
        elif status is CaseStatus.MERGED:
            await self.accept(case_id)
            parent = await self.at(CaseStatus.ACCEPTED)
            await suggestion.merge(self.office, await self.desk.caller(), case_id, parent.id, None)
        else:
            case = await SuggestionCase.get(id=case_id)
            assert case.greeting_id is not None
            await greeting.withdraw(self.office, await self.sender.caller(), case.greeting_id)

    async def accept(self, case_id: UUID) -> SuggestionCase:
        return await suggestion.accept(self.office, await self.desk.caller(), case_id, None)

    async def route(self, case_id: UUID, unit_code: str = UNIT, **more: Any) -> SuggestionCase:
        standard: dict[str, Any] = {"handle_by": None, "reason": None, "version": None}
        who = await self.desk.caller()
        return await suggestion.route(self.office, who, case_id, unit_code=unit_code, **standard | more)

    async def start(self, case_id: UUID) -> SuggestionCase:
        return await suggestion.start(self.office, await self.organizer.caller(), case_id, None)

    async def reply(self, case_id: UUID, text: str = "已采纳，谢谢您。") -> SuggestionCase:
        who = await self.organizer.caller()
        return await suggestion.reply(self.office, who, case_id, text, CaseResult.ADOPTED, None)

    async def rate(self, case_id: UUID, rating: int = 2) -> SuggestionCase:
        return await suggestion.rate(self.office, await self.sender.caller(), case_id, rating, "没有解决问题")

    async def close(self, case_id: UUID) -> None:
        await SuggestionCase.filter(id=case_id).update(status=CaseStatus.CLOSED, closed_at=self.office.now())


# Stage, and the step that leads on from it.
WAY = (
    (CaseStatus.RECEIVED, "accept"),
    (CaseStatus.ACCEPTED, "route"),
    (CaseStatus.ROUTED, "start"),
    (CaseStatus.IN_PROGRESS, "reply"),
    (CaseStatus.REPLIED, "rate"),
    (CaseStatus.RATED, "close"),
    (CaseStatus.CLOSED, ""),
)
BESIDE = (CaseStatus.SUBMITTED, CaseStatus.NOT_ACCEPTED, CaseStatus.MERGED, CaseStatus.WITHDRAWN)


async def stages(office: Office, cast: Cast) -> Stages:
    return Stages(office, await cast.scientist(), await cast.moderator(), await cast.organizer(UNIT))


def heard(**more: Any) -> HeardSuggestion:
    standard: dict[str, Any] = {"source": CaseSource.SEMINAR, "topic": "events", "text": "多办基层的科普活动"}
    standard |= {"occasion": "科技工作者座谈会", "heard_on": date(2019, 5, 29)}
    return HeardSuggestion(**standard | more)
