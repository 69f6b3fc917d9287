"""Invitation: a role is given by a one-time code, never by typing a name into a list."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from capabilities.caller import Caller, NotYourUnit, RoleNeeded, rights_changed
from capabilities.office import Office
from capabilities.transition import note
from kit.errors import Gone, Invalid
from models.database import transaction
from models.event import Event
from models.role import Invitation, Role, RoleName
from models.unit import Unit

LIFETIME = timedelta(days=3)


class InvitationInvalid(Gone):
    """No such invitation, or it was used or has expired; which of these is not said to a guesser."""

    words = "邀请无效、已被使用或已过期，请向邀请人重新索取。"


class InvitationIncomplete(Invalid):
    """A unit organizer needs a unit, event staff need an event, and no role takes another scope than its own."""

    words = "请选择该角色对应的单位或活动。"


@dataclass(frozen=True)
class NewInvitation:
    code: str = field(repr=False)
    invitation: Invitation


def _hash(code: str) -> str:
    return sha256(code.strip().encode()).hexdigest()


async def invite(
    office: Office, who: Caller, role: RoleName, *, unit_code: str | None, event_id: UUID | None
) -> NewInvitation:
    """A code for one person. Raises `RoleNeeded`, `NotYourUnit` or `InvitationIncomplete`."""
    who.require_organizer()
    unit = await Unit.get_or_none(code=unit_code) if unit_code else None
    event = await Event.get_or_none(id=event_id).select_related("unit") if event_id else None
    takes_unit, takes_event = role is RoleName.UNIT_ORGANIZER, role is RoleName.EVENT_STAFF
    if (unit is not None) != takes_unit or (event is not None) != takes_event:
        raise InvitationIncomplete
    _require_right_to_invite(who, role, unit, event)
    return await write_invitation(office.now(), role, unit=unit, event=event, made_by=who.person_id)


def _require_right_to_invite(who: Caller, role: RoleName, unit: Unit | None, event: Event | None) -> None:
    """An organizer invites for the own units and events; roles over everything are the city's to give."""
    if who.holds(RoleName.CITY_ADMIN):
        return
    if role is RoleName.UNIT_ORGANIZER and unit is not None:
        reach = unit.path
    elif role is RoleName.EVENT_STAFF and event is not None:
        reach = event.unit.path
    else:
        raise RoleNeeded
    if not who.organizes(reach):
        raise NotYourUnit


async def write_invitation(
    now: datetime,
    role: RoleName,
    *,
    unit: Unit | None = None,
    event: Event | None = None,
    made_by: UUID | None = None,
) -> NewInvitation:
    """The row and its code; the code itself (128 bits) is kept nowhere."""
    code = secrets.token_urlsafe(16)
    invitation = await Invitation.create(
        code_hash=_hash(code),
        role=role,
        unit=unit,
        event=event,
        made_by_id=made_by,
        made_at=now,
        expires_at=now + LIFETIME,
    )
    return NewInvitation(code, invitation)


async def accept(office: Office, who: Caller, code: str) -> Role:
    """Take the role; the first who brings the code gets it. Raises `InvitationInvalid`."""
    now = office.now()
    async with transaction():
        taken = await Invitation.filter(code_hash=_hash(code), used_at=None, expires_at__gt=now).update(
            used_at=now, used_by_id=who.person_id
        )
        if not taken:
            raise InvitationInvalid
        invitation = await Invitation.get(code_hash=_hash(code)).select_related("event")
        role = await Role.create(
            person_id=who.person_id,
            name=invitation.role,
            unit_id=invitation.unit_id,
            event=invitation.event,
            given_by_id=invitation.made_by_id,
            given_at=now,
        )
        await note("role", role.id, who.person_id, None, role.name, now)
        rights_changed(office, who.person_id)
    return role
