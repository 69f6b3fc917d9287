"""Who may decide on an appeal: not who refused, as long as somebody else can."""

from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q

from capabilities.caller import Caller
from capabilities.moderation.refusals import OwnRefusalAppealed
from models.greeting import Greeting
from models.role import Role, RoleName

MODERATING = (RoleName.MODERATOR, RoleName.CITY_ADMIN)


async def require_another(who: Caller, greeting: Greeting, now: datetime) -> None:
    """Raises `OwnRefusalAppealed`."""
    is_own = greeting.appeal_words is not None and greeting.appealed_from_id == who.person_id
    if is_own and await another_can(who.person_id, now):
        raise OwnRefusalAppealed


async def another_can(person_id: UUID, now: datetime) -> bool:
    """Is there anybody else who moderates at this moment?"""
    others = Role.in_force(now).filter(name__in=MODERATING)
    return await others.exclude(person_id=person_id).filter(person__closed_at=None).exists()


def not_own_appeal(person_id: UUID) -> Q:
    """What is no appeal against this person's own refusal."""
    return Q(appeal_words=None) | Q(appealed_from_id=None) | ~Q(appealed_from_id=person_id)
