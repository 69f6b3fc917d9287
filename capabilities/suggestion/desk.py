"""The city's desk: accept or not, give to a unit, merge what is the same."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from capabilities.caller import Caller
from capabilities.message import tell
from capabilities.office import Office
from capabilities.suggestion.clocks import local_day, reply_by
from capabilities.suggestion.find import one_at_the_desk
from capabilities.suggestion.refusals import NoSuchSuggestion, OwnRefusal, SuggestionChanged, SuggestionInvalid
from capabilities.suggestion.steps import Step, locked, move, require_stage
from capabilities.transition import note
from models.code_list import codes
from models.database import transaction
from models.greeting import Greeting, GreetingStatus
from models.message import MessageKind
from models.suggestion_case import CaseStatus, SuggestionCase
from models.unit import Unit

# Where else to turn with what an association cannot take up.
POINTERS = {
    "petition": "信访事项请通过国家信访局网上信访平台或当地信访部门提出，也可拨打12345政务服务便民热线。",
    "discipline": "对党员、干部的检举控告请通过12388举报电话或纪检监察机关举报网站提出。",
    "not_ours": "请向有管理权限的部门反映，也可拨打12345政务服务便民热线。",
}


async def decide(
    office: Office,
    who: Caller,
    case_id: UUID,
    *,
    is_accepted: bool,
    reason_code: str | None = None,
    pointer: str | None = None,
    version: int | None = None,
) -> SuggestionCase:
    if is_accepted:
        return await accept(office, who, case_id, version)
    return await refuse(office, who, case_id, reason_code, pointer, version)


async def accept(office: Office, who: Caller, case_id: UUID, version: int | None) -> SuggestionCase:
    """Raises `NoSuchSuggestion`, `NotAtThisStage`, `OwnRefusal` or `SuggestionChanged`."""
    case = await _read(who, case_id, Step.ACCEPT, version)
    now = office.now()
    async with transaction():
        await _decide_on_words(case, GreetingStatus.ACCEPTED, who, now)
        await move(case, CaseStatus.ACCEPTED, who.person_id, now, accepted_at=now, reply_by=reply_by(now))
    return await one_at_the_desk(who, case_id)


async def refuse(
    office: Office, who: Caller, case_id: UUID, reason_code: str | None, pointer: str | None, version: int | None
) -> SuggestionCase:
    """Not taken up, with a reason and where to turn instead. Raises `SuggestionInvalid` beside what `accept` raises."""
    case = await _read(who, case_id, Step.REFUSE, version)
    if reason_code is None or reason_code not in codes("suggestion_refusal") or reason_code == "machine_risky":
        raise SuggestionInvalid(fields={"reason_code": "请从列表中选择理由"})
    now, where = office.now(), (pointer or "").strip() or POINTERS.get(reason_code)
    async with transaction():
        await _decide_on_words(case, GreetingStatus.REJECTED, who, now, reason_code, where)
        await move(
            case, CaseStatus.NOT_ACCEPTED, who.person_id, now, reason_code, reason_code=reason_code, pointer=where
        )
        about = {"outcome": "不予受理", "reason": where or codes("suggestion_refusal")[reason_code]}
        await _tell_senders(office, [case], MessageKind.GREETING_DECIDED, about)
    return await one_at_the_desk(who, case_id)


async def _decide_on_words(
    case: SuggestionCase,
    after: GreetingStatus,
    who: Caller,
    now: datetime,
    reason_code: str | None = None,
    reason_note: str | None = None,
) -> None:
    """The same decision on the words that came online, where no moderator has them before them."""
    if case.greeting_id is None:
        return
    if await Greeting.exists(id=case.greeting_id, appealed_from_id=who.person_id, appeal_words__isnull=False):
        raise OwnRefusal
    free = Greeting.awaiting_a_person().filter(Greeting.free_for(who.person_id, now), id=case.greeting_id)
    verdict: dict[str, Any] = {"reason_code": reason_code, "reason_note": reason_note}
    verdict |= {"decided_by_id": who.person_id, "decided_at": now, "held_by_id": None, "held_until": None}
    if not await free.update(status=after, **verdict):
        raise SuggestionChanged
    await note("greeting", case.greeting_id, who.person_id, GreetingStatus.PENDING_REVIEW, after, now, reason_code)


async def route(
    office: Office,
    who: Caller,
    case_id: UUID,
    *,
    unit_code: str,
    handle_by: date | None,
    reason: str | None,
    version: int | None,
) -> SuggestionCase:
    """Give it to a unit until a day; to another unit only with a reason.

    Raises `NoSuchSuggestion`, `SuggestionInvalid`, `NotAtThisStage` or `SuggestionChanged`.
    """
    case = await _read(who, case_id, Step.ROUTE, version)
    unit = await Unit.get_or_none(code=unit_code)
    if unit is None:
        raise SuggestionInvalid(fields={"unit_code": "没有这个单位，请从列表中选择"})
    now = office.now()
    if faults := _routing_faults(case, handle_by, reason, local_day(now)):
        raise SuggestionInvalid(fields=faults)
    last_day, why = handle_by or case.reply_by, (reason or "").strip() or None
    async with transaction():
        # The whole family first and in one order, so that nobody who holds a part of it waits for another part.
        family = await locked(case.id)
        await move(case, CaseStatus.ROUTED, who.person_id, now, why, unit_id=unit.id, handle_by=last_day)
        children = [each for each in family.values() if each.status is CaseStatus.MERGED]
        await _tell_senders(office, [case, *children], MessageKind.SUGGESTION_ROUTED, {"unit": unit.name})
    return await one_at_the_desk(who, case_id)


def _routing_faults(case: SuggestionCase, handle_by: date | None, reason: str | None, today: date) -> dict[str, str]:
    faults = {}
    if case.unit_id is not None and not (reason or "").strip():
        faults["reason"] = "改派须说明理由"
    if handle_by is not None and not today <= handle_by <= (case.reply_by or handle_by):
        faults["handle_by"] = "请选择今天到答复期限之间的日期"
    return faults


async def merge(office: Office, who: Caller, case_id: UUID, into: UUID, version: int | None) -> SuggestionCase:
    """Let it follow another, whose reply it will get; what was merged into it follows along.

    Raises `NoSuchSuggestion`, `SuggestionInvalid`, `NotAtThisStage` or `SuggestionChanged`.
    """
    await _read(who, case_id, Step.MERGE, version)
    if into == case_id:
        raise SuggestionInvalid(fields={"into": "不能并入自身"})
    now = office.now()
    async with transaction():
        held = await locked(case_id, into)
        if into not in held:
            raise NoSuchSuggestion
        case, parent = held[case_id], held[into]
        for each in (case, parent):
            require_stage(each, Step.MERGE)
        await move(case, CaseStatus.MERGED, who.person_id, now, str(into), merged_into_id=into)
        for each in held.values():
            if each.merged_into_id == case_id:
                await move(each, CaseStatus.MERGED, who.person_id, now, str(into), merged_into_id=into)
    return await one_at_the_desk(who, case_id)


async def _read(who: Caller, case_id: UUID, step: Step, version: int | None) -> SuggestionCase:
    case = await one_at_the_desk(who, case_id)
    if version not in (None, case.version):
        raise SuggestionChanged
    require_stage(case, step)
    return case


async def _tell_senders(
    office: Office, cases: Sequence[SuggestionCase], kind: MessageKind, about: dict[str, str]
) -> None:
    """Each sender once for this step of the first case; who was heard offline is not known."""
    step = cases[0].version
    for each in sorted(cases, key=lambda case: case.id):
        if each.greeting_id is not None:
            sender = await Greeting.get(id=each.greeting_id).only("id", "person_id")
            await tell(office, sender.person_id, kind, about=about, key=f"{kind}:{each.id}:{step}")
