"""Who has a say in a team: its unit's organizers, and those who lead it, without any role beside that."""

from capabilities.caller import Caller
from capabilities.team.refusals import NotYourTeam
from models.team import LEADING, Membership, Team, TeamRole
from models.volunteer import Volunteer, VolunteerStatus

EVERY_ROLE = frozenset(TeamRole)
NONE: frozenset[TeamRole] = frozenset()


async def authority(who: Caller, team: Team) -> frozenset[TeamRole]:
    """The roles whose holders the caller may let in, change and put out; empty for who has no say.

    A leader does not unseat the leader, and deputies and admins do not unseat each other.
    """
    if who.organizes(team.unit.path):
        return EVERY_ROLE
    own = await Membership.active().get_or_none(team_id=team.id, person_id=who.person_id, role__in=LEADING)
    # A suspended volunteer still belongs, but leads nobody.
    if own is None or not await Volunteer.exists(person_id=who.person_id, status=VolunteerStatus.APPROVED):
        return NONE
    return EVERY_ROLE - ({TeamRole.LEADER} if own.role is TeamRole.LEADER else set(LEADING))


async def require_authority(who: Caller, team: Team, *roles: TeamRole) -> None:
    """Raises `NotYourTeam` unless the caller may touch all of these roles; without any, plain members."""
    if not {*roles, TeamRole.MEMBER} <= await authority(who, team):
        raise NotYourTeam
