"""Teams as a story needs them: standing, with a leader, with members."""

from datetime import date, timedelta
from itertools import count
from typing import Any

from capabilities.membership import code_of
from models.team import Membership, MembershipStatus, Team, TeamInvitation, TeamLevel, TeamRole, TeamStatus
from models.unit import Unit
from models.volunteer import Volunteer
from tests.cast import Cast, Someone

_numbers = count(1)


async def standing(cast: Cast, unit_code: str = "150105", *, leader: Someone | None = None, **more: Any) -> Team:
    """An active team of that unit, led by `leader` or by somebody."""
    leader = leader or await cast.volunteer("队长巴特尔", unit_code=unit_code)
    name = more.pop("name", f"科普服务队{next(_numbers)}")
    values = {"level": TeamLevel.BRIGADE, "trade": "general", "founded_on": date(2019, 5, 1), **more}
    team = await Team.create(
        unit=await Unit.get(code=unit_code),
        name=name,
        name_key=name,
        status=TeamStatus.ACTIVE,
        leader=leader.person,
        created_at=cast.office.now(),
        **values,
    )
    await belonging(cast, team, leader, role=TeamRole.LEADER)
    return await Team.get(id=team.id).select_related("unit")


async def belonging(
    cast: Cast, team: Team, someone: Someone, *, role: TeamRole = TeamRole.MEMBER, slot: int | None = None
) -> Membership:
    """An active membership, in the first of the person's five places that is free or in `slot`."""
    now = cast.office.now()
    return await Membership.create(
        team=team,
        person=someone.person,
        role=role,
        status=MembershipStatus.ACTIVE,
        slot=slot or 1 + await Membership.active().filter(person_id=someone.id).count(),
        applied_at=now,
        joined_at=now,
    )


async def waiting(
    cast: Cast, team: Team, someone: Someone, status: MembershipStatus = MembershipStatus.APPLIED
) -> Membership:
    return await Membership.create(team=team, person=someone.person, status=status, applied_at=cast.office.now())


async def volunteer_no(someone: Someone) -> str:
    """The number under which the office knows this volunteer."""
    return (await Volunteer.get(person_id=someone.id)).volunteer_no or ""


async def rows_for_doors(cast: Cast, owner: Someone, unit_code: str) -> dict[str, str]:
    """What the calls on teams need, by the names of their paths' parts: each writing call has rows of its own."""
    team, goal, merging, ending = [await standing(cast, unit_code) for _ in range(4)]
    above = await standing(cast, "150100", level=TeamLevel.DETACHMENT)
    drafts = [await _drafted(cast, unit_code, above, status) for status in (TeamStatus.DRAFT, TeamStatus.SUBMITTED)]
    people = [await cast.volunteer() for _ in range(3)]
    invitation = await TeamInvitation.create(
        team=goal,
        made_by=owner.person,
        made_at=cast.office.now(),
        expires_at=cast.office.now() + timedelta(days=1),
    )
    return {
        "code": unit_code,
        "team_id": str(team.id),
        "goal_id": str(goal.id),
        "merging_id": str(merging.id),
        "ending_id": str(ending.id),
        "draft_team_id": str(drafts[0].id),
        "submitted_id": str(drafts[1].id),
        "applied_id": str((await waiting(cast, team, people[0])).id),
        "member_id": str((await belonging(cast, team, people[1])).id),
        "moving_id": str((await belonging(cast, team, people[2])).id),
        "membership_id": str((await belonging(cast, team, owner)).id),
        "invited_id": str((await waiting(cast, merging, owner, MembershipStatus.INVITED)).id),
        "team_invitation_id": str(invitation.id),
        "team_code": code_of(cast.office, invitation),
        "volunteer_no": await volunteer_no(people[0]),
    }


async def _drafted(cast: Cast, unit_code: str, parent: Team, status: TeamStatus) -> Team:
    leader, name = await cast.volunteer(), f"筹建中的队伍{next(_numbers)}"
    return await Team.create(
        unit=await Unit.get(code=unit_code),
        parent=parent,
        name=name,
        name_key=name,
        level=TeamLevel.COMPANY,
        trade="general",
        status=status,
        leader=leader.person,
        created_at=cast.office.now(),
    )
