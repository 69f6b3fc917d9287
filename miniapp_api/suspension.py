"""Suspend a volunteer for a time, and end a suspension early."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities import suspension
from capabilities.caller import Caller, RoleNeeded
from capabilities.office import Office
from capabilities.registration import AlreadyDecided, NoSuchRegistration, NotYourOwn
from capabilities.suspension import NotSuspendable, NotSuspended, SuspensionInvalid
from miniapp_api.door import door
from miniapp_api.registration import RegistrationLine

Reason = Annotated[str, Meta(min_length=2, max_length=300, pattern=r"\S")]


class Suspension(msgspec.Struct, forbid_unknown_fields=True):
    reason: Reason
    until: Annotated[datetime, Meta(tz=True)]


class SuspensionEnd(msgspec.Struct, forbid_unknown_fields=True):
    reason: Reason


REFUSALS = (RoleNeeded, NoSuchRegistration, NotYourOwn, AlreadyDecided)


@door.post(
    "/volunteers/<registration_id:uuid>/suspension",
    limit=4096,
    refusals=(*REFUSALS, SuspensionInvalid, NotSuspendable),
)
async def suspend(who: Caller, office: Office, registration_id: UUID, what: Suspension) -> RegistrationLine:
    """暂停一名志愿者至某一时间（市科协）；再次提交则更改期限"""
    row = await suspension.suspend(office, who, registration_id, reason=what.reason, until=what.until)
    return RegistrationLine.of(row)


@door.post(
    "/volunteers/<registration_id:uuid>/suspension/end",
    limit=4096,
    refusals=(*REFUSALS, NotSuspended),
)
async def lift(who: Caller, office: Office, registration_id: UUID, what: SuspensionEnd) -> RegistrationLine:
    """提前恢复一名志愿者（市科协）"""
    return RegistrationLine.of(await suspension.lift(office, who, registration_id, reason=what.reason))
