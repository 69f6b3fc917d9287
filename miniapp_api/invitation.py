"""Invite somebody to a role; take the role with the code."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities import invitation
from capabilities.caller import Caller, NotYourUnit, RoleNeeded, end_of
from capabilities.invitation import InvitationIncomplete, InvitationInvalid
from capabilities.office import Office
from miniapp_api.door import GUESSING, door
from models.role import RoleName

# Who is on duty at many doors takes many roles in one evening, and each with a code that is right.
WRONG_CODES = replace(GUESSING, only=(InvitationInvalid,))


class Invite(msgspec.Struct, forbid_unknown_fields=True):
    """`unit_organizer` needs a unit, `event_staff` an event."""

    role: RoleName
    unit_code: Annotated[str, Meta(max_length=16)] | None = None
    event_id: UUID | None = None


class Invited(msgspec.Struct):
    """`invitation` is shown once; only its hash is kept."""

    invitation: str
    role: RoleName
    expires_at: datetime


class TakeRole(msgspec.Struct, forbid_unknown_fields=True):
    invitation: Annotated[str, Meta(min_length=1, max_length=100)]


class RoleTaken(msgspec.Struct):
    id: UUID
    role: RoleName
    event_id: UUID | None
    until: datetime | None


@door.post("/invitations", status=201, limit=4096, refusals=(RoleNeeded, NotYourUnit, InvitationIncomplete))
async def invite(who: Caller, office: Office, what: Invite) -> Invited:
    """邀请他人担任角色（一次性）"""
    made = await invitation.invite(office, who, what.role, unit_code=what.unit_code, event_id=what.event_id)
    return Invited(made.code, made.invitation.role, made.invitation.expires_at)


@door.post("/me/roles", status=201, limit=4096, refusals=(InvitationInvalid,), pace=WRONG_CODES)
async def take_role(who: Caller, office: Office, what: TakeRole) -> RoleTaken:
    """凭邀请领取角色"""
    role = await invitation.accept(office, who, what.invitation)
    return RoleTaken(role.id, role.name, role.event_id, end_of(role))
