"""Team invitations: a signed code that lets approved volunteers in until it expires, is used up or is revoked."""

import re
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.expressions import F, Q

from capabilities.caller import Caller
from capabilities.membership.join import with_team
from capabilities.membership.refusals import NoSuchTeamInvitation, TeamInvitationInvalid
from capabilities.office import Office
from capabilities.registration import require_approved
from capabilities.team import TeamNotOpenToChange, admit, hold_active_teams, hold_volunteers, require_authority
from capabilities.team import for_everyone as team_for_everyone
from capabilities.transition import note
from models.database import transaction
from models.team import Membership, TeamInvitation

LONGEST_DAYS = 30
_CODE = re.compile(r"(?:(?:https?://[^/\s]+)?/c/)?([A-Za-z0-9_-]{20,80})\Z")


async def invite(office: Office, who: Caller, team_id: UUID, *, days: int, max_uses: int | None) -> TeamInvitation:
    """A code for the own team. Raises `NoSuchTeam`, `NotYourTeam` or `TeamNotOpenToChange`."""
    await require_authority(who, await team_for_everyone(team_id))
    now = office.now()
    async with transaction():
        (team,) = await hold_active_teams(team_id)
        made = await TeamInvitation.create(
            team_id=team.id,
            made_by_id=who.person_id,
            made_at=now,
            expires_at=now + timedelta(days=days),
            max_uses=max_uses,
        )
        await note("team_invitation", made.id, who.person_id, None, "open", now)
    return made


def code_of(office: Office, invitation: TeamInvitation) -> str:
    """The text of the QR code: made anew from the id each time, so it needs no place in the database."""
    return f"{office.public_url}/c/{office.team_seals.seal(invitation.id.bytes)}"


def open_code(office: Office, text: str) -> UUID | None:
    """The invitation that the code names, scanned whole or typed in part; None where we never made it."""
    match = _CODE.match(text.strip())
    payload = office.team_seals.open(match[1]) if match else None
    return UUID(bytes=payload) if payload is not None and len(payload) == 16 else None


async def invitations(who: Caller, team_id: UUID) -> list[TeamInvitation]:
    await require_authority(who, await team_for_everyone(team_id))
    return await TeamInvitation.filter(team_id=team_id).order_by("-id")


async def revoke(office: Office, who: Caller, invitation_id: UUID) -> None:
    """Nobody gets in by it from this commit on; twice is once. Raises `NoSuchTeamInvitation` or `NotYourTeam`."""
    found = await TeamInvitation.get_or_none(id=invitation_id).select_related("team__unit")
    if found is None:
        raise NoSuchTeamInvitation
    await require_authority(who, found.team)
    now = office.now()
    async with transaction():
        if await TeamInvitation.filter(id=found.id, revoked_at=None).update(revoked_at=now):
            await note("team_invitation", found.id, who.person_id, "open", "revoked", now)


async def redeem(office: Office, who: Caller, code: str) -> Membership:
    """Become a member by a code of the team's leaders; it stands for their yes.

    Raises `RegistrationNotApproved`, `TeamInvitationInvalid`, `AlreadyInTeam` or `TooManyTeams`; the code is not used
    up by a refusal.
    """
    await require_approved(who.person_id)
    invitation = await TeamInvitation.get_or_none(id=open_code(office, code))
    if invitation is None:
        raise TeamInvitationInvalid
    try:
        async with transaction():
            (team,) = await hold_active_teams(invitation.team_id)
            volunteer = (await hold_volunteers([who.person_id])).get(who.person_id)
            await _use(invitation.id, office.now())
            row = await admit(team, volunteer, office.now(), who.person_id)
    except TeamNotOpenToChange:
        raise TeamInvitationInvalid from None
    return await with_team(row.id)


async def _use(invitation_id: UUID, now: datetime) -> None:
    good = TeamInvitation.filter(id=invitation_id, revoked_at=None, expires_at__gt=now)
    if not await good.filter(Q(max_uses=None) | Q(uses__lt=F("max_uses"))).update(uses=F("uses") + 1):
        raise TeamInvitationInvalid
