"""Find suggestions: the desk sees all, a unit what was given to it and to the units below it."""

from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from capabilities.caller import Caller, RoleNeeded
from capabilities.office import Office
from capabilities.suggestion.clocks import local_day
from capabilities.suggestion.refusals import NoSuchSuggestion
from kit.paging import limit_of, row_of
from models.role import RoleName
from models.suggestion_case import CaseResult, CaseStatus, SuggestionCase


def is_desk(who: Caller) -> bool:
    return who.holds(RoleName.MODERATOR, RoleName.CITY_ADMIN)


async def listed(
    who: Caller,
    *,
    status: CaseStatus | None,
    topic: str | None,
    unit_code: str | None,
    result: CaseResult | None,
    cursor: str | None,
    limit: int | None,
) -> list[SuggestionCase]:
    """Oldest first; one more than the page holds where there are more. Raises `RoleNeeded`."""
    query = _visible(who)
    asked = {"status": status, "topic": topic, "unit__code": unit_code, "result": result}
    query = query.filter(**{name: value for name, value in asked.items() if value is not None})
    return await _page(query, cursor, limit)


async def overdue(office: Office, who: Caller, *, cursor: str | None, limit: int | None) -> list[SuggestionCase]:
    """What nobody accepted or replied to by its last day, oldest first. Raises `RoleNeeded`."""
    late = SuggestionCase.overdue(local_day(office.now())).values_list("id", flat=True)
    return await _page(_visible(who).filter(id__in=list(await late)), cursor, limit)


async def _page(query: QuerySet[SuggestionCase], cursor: str | None, limit: int | None) -> list[SuggestionCase]:
    after = row_of(cursor)
    if after is not None:
        query = query.filter(id__gt=after)
    return await query.order_by("id").limit(limit_of(limit) + 1).select_related("greeting", "unit")


def _visible(who: Caller) -> QuerySet[SuggestionCase]:
    """What is still looked at by a machine is nobody's yet, and what its sender took back is nobody's any more."""
    query = SuggestionCase.filter(status__not_in=(CaseStatus.SUBMITTED, CaseStatus.WITHDRAWN))
    return query if is_desk(who) else query.filter(_given_to(who))


def _given_to(who: Caller) -> Q:
    return who.scope("unit__path")


async def one(who: Caller, case_id: UUID) -> SuggestionCase:
    """Raises `RoleNeeded`, and `NoSuchSuggestion` for another unit's too."""
    case = await _visible(who).filter(id=case_id).first().select_related("greeting", "unit")
    if case is None:
        raise NoSuchSuggestion
    return case


async def one_at_the_desk(who: Caller, case_id: UUID) -> SuggestionCase:
    """For who decides on all. Raises `RoleNeeded` or `NoSuchSuggestion`."""
    if not is_desk(who):
        raise RoleNeeded
    return await _any(SuggestionCase.filter(id=case_id))


async def one_of_the_unit(who: Caller, case_id: UUID) -> SuggestionCase:
    """For who organizes the unit that has it. Raises `RoleNeeded`, and `NoSuchSuggestion` for another unit's too."""
    return await _any(SuggestionCase.filter(_given_to(who), id=case_id))


async def _any(query: QuerySet[SuggestionCase]) -> SuggestionCase:
    case = await query.first().select_related("greeting", "unit")
    if case is None:
        raise NoSuchSuggestion
    return case
