"""The unit that got it: take it up, ask for more time once, reply."""

from typing import Any
from uuid import UUID

from capabilities.caller import Caller
from capabilities.message import News, tell_each
from capabilities.office import Office
from capabilities.suggestion.clocks import extended, local_day
from capabilities.suggestion.find import one_of_the_unit
from capabilities.suggestion.refusals import AlreadyExtended, SuggestionChanged, SuggestionInvalid
from capabilities.suggestion.steps import Step, locked, move, require_stage
from models.database import transaction
from models.greeting import Greeting
from models.message import MessageKind
from models.suggestion_case import CaseResult, CaseStatus, SuggestionCase


async def start(office: Office, who: Caller, case_id: UUID, version: int | None) -> SuggestionCase:
    """Raises `NoSuchSuggestion`, `NotAtThisStage` or `SuggestionChanged`."""
    case = await _read(who, case_id, Step.START, version)
    async with transaction():
        await move(case, CaseStatus.IN_PROGRESS, who.person_id, office.now())
    return await one_of_the_unit(who, case_id)


async def extend(office: Office, who: Caller, case_id: UUID, reason: str, version: int | None) -> SuggestionCase:
    """Fifteen working days more, once and with a reason. Raises `AlreadyExtended` beside what `start` raises."""
    case = await _read(who, case_id, Step.EXTEND, version)
    if not reason.strip():
        raise SuggestionInvalid(fields={"reason": "请说明延期理由"})
    if case.extension_reason is not None:
        raise AlreadyExtended
    now = office.now()
    last_day = extended(case.reply_by or local_day(now))
    async with transaction():
        await move(
            case, case.status, who.person_id, now, "extended",
            reply_by=last_day, handle_by=last_day, extension_reason=reason.strip(),
        )  # fmt: skip
    return await one_of_the_unit(who, case_id)


async def reply(
    office: Office, who: Caller, case_id: UUID, text: str, result: CaseResult, version: int | None
) -> SuggestionCase:
    """Reply to the sender, and to everybody whose suggestion was merged into this one.

    Raises `NoSuchSuggestion`, `SuggestionInvalid`, `NotAtThisStage` or `SuggestionChanged`.
    """
    read = await _read(who, case_id, Step.REPLY, version)
    if not text.strip():
        raise SuggestionInvalid(fields={"text": "请填写答复"})
    now = office.now()
    async with transaction():
        family = await locked(case_id)
        parent = family[case_id]
        if parent.version != read.version:
            raise SuggestionChanged
        replied = [parent, *(each for each in family.values() if each.status is CaseStatus.MERGED)]
        said: dict[str, Any] = {
            "reply": text.strip(),
            "result": result,
            "replied_by_id": who.person_id,
            "replied_at": now,
        }
        for each in replied:
            await move(each, CaseStatus.REPLIED, who.person_id, now, unit_id=parent.unit_id, **said)
        await _tell(office, replied, read.unit.name if read.unit else "")
    return await one_of_the_unit(who, case_id)


async def _tell(office: Office, cases: list[SuggestionCase], unit: str) -> None:
    ids = {each.greeting_id: each for each in cases if each.greeting_id is not None}
    senders = await Greeting.filter(id__in=list(ids)).only("id", "person_id")
    news = [
        News(
            sender.person_id,
            MessageKind.REPLY_ARRIVED,
            {"unit": unit},
            key=f"{MessageKind.REPLY_ARRIVED}:{ids[sender.id].id}:{ids[sender.id].version}",
        )
        for sender in senders
    ]
    await tell_each(office, news)


async def _read(who: Caller, case_id: UUID, step: Step, version: int | None) -> SuggestionCase:
    case = await one_of_the_unit(who, case_id)
    if version not in (None, case.version):
        raise SuggestionChanged
    require_stage(case, step)
    return case
