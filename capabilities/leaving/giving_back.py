"""What somebody who goes gives back: seats, teams, roles, words. Each in the caller's transaction, and twice is once.

The order of locks is that of the house: claims, roles, shifts, the registration, greetings, and the person last,
because whoever writes something for this person holds a share of that row.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from capabilities.caller import rights_changed
from capabilities.claim import end_claims_on, hold_claims_of, take_back_claims
from capabilities.enrolment import give_up_all, hold_shifts_of
from capabilities.greeting import withdraw_all_of
from capabilities.leaving.refusals import ChangedMeanwhile, LastCityAdmin
from capabilities.office import Office, Topic
from capabilities.team import end_memberships
from capabilities.transition import note
from capabilities.upload import mark_removed
from models.enrolment import Ticket
from models.greeting import GreetingKind
from models.message import Credit, Delivery, Message
from models.placement import TakeDownReason
from models.role import Invitation, Role
from models.shift import Shift
from models.team import Membership, TeamInvitation, TeamRole
from models.upload import Upload
from models.volunteer import Volunteer, VolunteerStatus


@dataclass
class Leaver:
    """Somebody on the way out, and what was done about it so far."""

    person_id: UUID
    now: datetime
    reason: str
    shifts: Mapping[UUID, Shift] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)


async def hold_claims(office: Office, leaver: Leaver) -> None:
    await hold_claims_of(leaver.person_id)


async def end_claims(office: Office, leaver: Leaver) -> None:
    """Once the registration has let its number go: nothing is left to claim, and nothing to claim with."""
    await end_claims_on(office, leaver.person_id, leaver.now)
    await take_back_claims(office, leaver.person_id, leaver.now)


async def give_back_roles(office: Office, leaver: Leaver) -> None:
    """Raises `LastCityAdmin`. All city admins' rows are held: of two who go at once one finds themselves the last."""
    held = await Role.city_admins(leaver.now).order_by("id").select_for_update()
    mine = [each for each in held if each.person_id == leaver.person_id]
    if mine and len(mine) == len(held):
        raise LastCityAdmin
    roles = await Role.filter(person_id=leaver.person_id, taken_at=None).order_by("id")
    await Role.filter(id__in=[each.id for each in roles]).update(taken_at=leaver.now)
    for each in roles:
        await note("role", each.id, leaver.person_id, each.name, "taken", leaver.now, leaver.reason)
    made = Invitation.filter(made_by_id=leaver.person_id, used_at=None, expires_at__gt=leaver.now)
    leaver.done["invitations"] = await made.update(expires_at=leaver.now)
    leaver.done["roles"] = len(roles)
    rights_changed(office, leaver.person_id)


async def hold_shifts(office: Office, leaver: Leaver) -> None:
    leaver.shifts = await hold_shifts_of(leaver.person_id)


async def change_registration(leaver: Leaver, after: VolunteerStatus | None, changes: Mapping[str, Any]) -> None:
    """Write over the registration, if there is one; from here on nobody gives this person a seat."""
    volunteer = await Volunteer.filter(person_id=leaver.person_id).select_for_update().get_or_none()
    if volunteer is None:
        return
    status = after or volunteer.status
    await Volunteer.filter(id=volunteer.id).update(
        **changes, status=status, changed_at=leaver.now, version=volunteer.version + 1
    )
    if status is not volunteer.status:
        await note("volunteer", volunteer.id, leaver.person_id, volunteer.status, status, leaver.now, leaver.reason)


async def give_back_seats(office: Office, leaver: Leaver) -> None:
    """Every place ahead goes to the next in its queue; the codes that prove the places open nothing any more."""
    if not await give_up_all(office, leaver.person_id, leaver.shifts, leaver.now):
        raise ChangedMeanwhile
    live = await Ticket.filter(enrolment__person_id=leaver.person_id, revoked_at=None).values_list("id", flat=True)
    leaver.done["tickets"] = await Ticket.filter(id__in=list(live)).update(revoked_at=leaver.now)


async def leave_teams(office: Office, leaver: Leaver) -> None:
    """A team whose leader goes stays, and its unit names another: nobody is kept for a team's sake."""
    led = Membership.active().filter(person_id=leaver.person_id, role=TeamRole.LEADER)
    leaver.done["teams_without_leader"] = await led.count()
    leaver.done["memberships"] = await end_memberships(
        leaver.person_id, leaver.now, leaver.reason, actor_id=leaver.person_id
    )
    await TeamInvitation.filter(made_by_id=leaver.person_id, revoked_at=None).update(revoked_at=leaver.now)


async def take_back_greetings(office: Office, leaver: Leaver, reason: TakeDownReason) -> None:
    """Shown nowhere from this commit on, and every copy elsewhere ordered down. Suggestions go on being handled."""
    taken = await withdraw_all_of(leaver.person_id, leaver.now, reason=reason, kinds=[GreetingKind.GREETING])
    leaver.done["greetings"] = len(taken)
    office.announce(Topic.WALL)


async def take_back_uploads(office: Office, leaver: Leaver) -> None:
    """What is in no greeting goes too; the files follow with the next round."""
    living = await Upload.living_of(leaver.person_id).order_by("id")
    for upload in living:
        await mark_removed(upload, upload.status, leaver.person_id, leaver.now, leaver.reason)
    leaver.done["uploads"] = len(living)


async def stop_reminders(office: Office, leaver: Leaver) -> None:
    left = Credit.filter(person_id=leaver.person_id, spent_at=None, withdrawn_at=None)
    leaver.done["reminders"] = await left.update(withdrawn_at=leaver.now)
    waiting = Message.filter(person_id=leaver.person_id, delivery=Delivery.WAITING)
    await waiting.update(delivery=Delivery.EXPIRED, reason="ConsentWithdrawn", settled_at=leaver.now)
