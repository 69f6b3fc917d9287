"""Suggestions on their way: the desk, the units, and the sender."""

from uuid import UUID

from capabilities import suggestion
from capabilities.caller import Caller, RoleNeeded
from capabilities.office import Office
from capabilities.suggestion import (
    AlreadyExtended,
    AlreadyReopened,
    HeardSuggestion,
    NoSuchSuggestion,
    NotAtThisStage,
    OwnRefusal,
    RatedWell,
    SuggestionChanged,
    SuggestionInvalid,
)
from miniapp_api.door import Page, cut, door
from miniapp_api.suggestion.messages import (
    Acceptance,
    AtVersion,
    Extension,
    Merger,
    MySuggestion,
    OverdueSearch,
    Rating,
    Reopening,
    Reply,
    Routing,
    SuggestionSearch,
    SuggestionShown,
)

AT_THE_DESK = (RoleNeeded, NoSuchSuggestion, NotAtThisStage, SuggestionChanged)


@door.get("/suggestions", refusals=(RoleNeeded,))
async def list_all(who: Caller, asked: SuggestionSearch) -> Page[SuggestionShown]:
    """建议（审核员和市科协看全部，单位看转交给本单位的）"""
    rows = await suggestion.listed(
        who,
        status=asked.status,
        topic=asked.topic,
        unit_code=asked.unit_code,
        result=asked.result,
        cursor=asked.cursor,
        limit=asked.limit,
    )
    page, following = cut(rows, asked.limit)
    return Page([SuggestionShown.of(row, who) for row in page], following)


@door.get("/suggestions/overdue", refusals=(RoleNeeded,))
async def list_overdue(who: Caller, office: Office, asked: OverdueSearch) -> Page[SuggestionShown]:
    """逾期未受理或未答复的建议"""
    rows = await suggestion.overdue(office, who, cursor=asked.cursor, limit=asked.limit)
    page, following = cut(rows, asked.limit)
    return Page([SuggestionShown.of(row, who) for row in page], following)


@door.post("/suggestions", status=201, limit=16_384, refusals=(RoleNeeded, SuggestionInvalid))
async def enter(who: Caller, office: Office, what: HeardSuggestion) -> SuggestionShown:
    """登记座谈会、走访、电话中听到的建议（不记个人信息）"""
    case = await suggestion.enter(office, who, what)
    return SuggestionShown.of(case, who)


@door.get("/suggestions/<suggestion_id:uuid>", refusals=(RoleNeeded, NoSuchSuggestion))
async def show(who: Caller, suggestion_id: UUID) -> SuggestionShown:
    """一条建议"""
    return SuggestionShown.of(await suggestion.one(who, suggestion_id), who)


@door.post(
    "/suggestions/<suggestion_id:uuid>/acceptance", limit=4096, refusals=(*AT_THE_DESK, OwnRefusal, SuggestionInvalid)
)
async def decide(who: Caller, office: Office, suggestion_id: UUID, what: Acceptance) -> SuggestionShown:
    """受理或不予受理"""
    case = await suggestion.decide(
        office,
        who,
        suggestion_id,
        is_accepted=what.decision == "accepted",
        reason_code=what.reason_code,
        pointer=what.pointer,
        version=what.version,
    )
    return SuggestionShown.of(case, who)


@door.post("/suggestions/<suggestion_id:uuid>/routing", limit=4096, refusals=(*AT_THE_DESK, SuggestionInvalid))
async def route(who: Caller, office: Office, suggestion_id: UUID, what: Routing) -> SuggestionShown:
    """转交单位办理（改派须说明理由）"""
    case = await suggestion.route(
        office,
        who,
        suggestion_id,
        unit_code=what.unit_code,
        handle_by=what.handle_by,
        reason=what.reason,
        version=what.version,
    )
    return SuggestionShown.of(case, who)


@door.post("/suggestions/<suggestion_id:uuid>/merger", limit=1024, refusals=(*AT_THE_DESK, SuggestionInvalid))
async def merge(who: Caller, office: Office, suggestion_id: UUID, what: Merger) -> SuggestionShown:
    """并入另一条相同的建议"""
    case = await suggestion.merge(office, who, suggestion_id, what.into, what.version)
    return SuggestionShown.of(case, who)


@door.post("/suggestions/<suggestion_id:uuid>/start", limit=1024, refusals=AT_THE_DESK)
async def start(who: Caller, office: Office, suggestion_id: UUID, what: AtVersion) -> SuggestionShown:
    """开始办理"""
    return SuggestionShown.of(await suggestion.start(office, who, suggestion_id, what.version), who)


@door.post(
    "/suggestions/<suggestion_id:uuid>/extension",
    limit=4096,
    refusals=(*AT_THE_DESK, AlreadyExtended, SuggestionInvalid),
)
async def extend(who: Caller, office: Office, suggestion_id: UUID, what: Extension) -> SuggestionShown:
    """延期一次（15个工作日）"""
    case = await suggestion.extend(office, who, suggestion_id, what.reason, what.version)
    return SuggestionShown.of(case, who)


@door.post("/suggestions/<suggestion_id:uuid>/reply", limit=32_768, refusals=(*AT_THE_DESK, SuggestionInvalid))
async def reply(who: Caller, office: Office, suggestion_id: UUID, what: Reply) -> SuggestionShown:
    """答复"""
    case = await suggestion.reply(office, who, suggestion_id, what.text, what.result, what.version)
    return SuggestionShown.of(case, who)


@door.get("/me/suggestions")
async def list_mine(who: Caller) -> list[MySuggestion]:
    """我的建议办到哪一步"""
    return [MySuggestion.of(row) for row in await suggestion.mine(who)]


@door.post(
    "/me/suggestions/<suggestion_id:uuid>/rating",
    limit=4096,
    refusals=(NoSuchSuggestion, NotAtThisStage, SuggestionChanged),
)
async def rate(who: Caller, office: Office, suggestion_id: UUID, what: Rating) -> MySuggestion:
    """评价答复"""
    return MySuggestion.of(await suggestion.rate(office, who, suggestion_id, what.rating, what.words))


@door.post(
    "/me/suggestions/<suggestion_id:uuid>/reopening",
    limit=4096,
    refusals=(NoSuchSuggestion, NotAtThisStage, AlreadyReopened, RatedWell, SuggestionChanged, SuggestionInvalid),
)
async def reopen(who: Caller, office: Office, suggestion_id: UUID, what: Reopening) -> MySuggestion:
    """评价不满意，要求重新办理（一次）"""
    return MySuggestion.of(await suggestion.reopen(office, who, suggestion_id, what.reason))
