"""What is left of a team that was merged or dissolved: its past, its dates, and where it went."""

import asyncio

import pytest

from capabilities.caller import NotYourUnit
from capabilities.membership import apply
from capabilities.office import Office
from capabilities.team import (
    TeamInvalid,
    TeamNotOpenToChange,
    TeamSearch,
    TeamsHangOnIt,
    dissolve,
    end_memberships,
    for_everyone,
    merge,
    search,
)
from models.database import transaction
from models.team import Membership, MembershipStatus, Team, TeamInvitation, TeamLevel, TeamRole, TeamStatus
from models.transition import Transition
from tests.cast import Cast
from tests.stage import refused
from tests.teams import belonging, standing, waiting


class TestMerge:
    async def test_takes_the_members_along_and_leaves_their_past(self, office: Office, cast: Cast) -> None:
        leader, member, both, applicant = [await cast.volunteer() for _ in range(4)]
        team, successor = await standing(cast, leader=leader), await standing(cast)
        for _ in range(4):
            await belonging(cast, await standing(cast), member)
        old = await belonging(cast, team, member)
        await belonging(cast, successor, both)
        await belonging(cast, team, both)
        asked = await waiting(cast, team, applicant)
        there = await waiting(cast, successor, leader)
        who = await (await cast.city_admin()).caller()
        merged = await merge(office, who, team.id, successor.id, "两队合并")
        assert (merged.status, merged.successor_id, merged.reason) == (TeamStatus.MERGED, successor.id, "两队合并")
        past = await Membership.get(id=old.id)
        assert (past.status, past.slot, past.joined_at, past.ended_at) == (
            MembershipStatus.TRANSFERRED, None, old.joined_at, office.now(),
        )  # fmt: skip
        new = await Membership.get(team_id=successor.id, person_id=member.id)
        assert (new.status, new.role, new.slot) == (MembershipStatus.ACTIVE, TeamRole.MEMBER, old.slot)
        # Who leads the successor leads on; who led the other team comes as a member, by the application that waited.
        assert await Membership.active().filter(team_id=successor.id, role=TeamRole.LEADER).count() == 1
        taken = await Membership.get(id=there.id)
        assert (taken.status, taken.role, taken.slot) == (MembershipStatus.ACTIVE, TeamRole.MEMBER, 1)
        assert await Membership.active().filter(person_id=both.id).count() == 1
        assert (await Membership.get(id=asked.id)).status is MembershipStatus.ENDED
        assert not await Membership.live().filter(team_id=team.id).exists()
        steps = await Transition.filter(subject="membership", subject_id=old.id)
        assert [(step.before, step.after, step.reason) for step in steps] == [("active", "transferred", "两队合并")]

    async def test_hides_the_team_from_the_list_and_names_the_successor(self, office: Office, cast: Cast) -> None:
        team, successor = await standing(cast), await standing(cast)
        await merge(office, await (await cast.city_admin()).caller(), team.id, successor.id, "两队合并")
        assert [each.id for each in await search(TeamSearch())] == [successor.id]
        found = await for_everyone(team.id)
        assert found.successor is not None
        assert found.successor.name == successor.name

    async def test_closes_the_team_to_everything(self, office: Office, cast: Cast) -> None:
        team, successor, invited = await standing(cast), await standing(cast), await cast.volunteer()
        made = await TeamInvitation.create(
            team=team, made_by=invited.person, made_at=office.now(), expires_at=office.now()
        )
        who = await (await cast.city_admin()).caller()
        await merge(office, who, team.id, successor.id, "两队合并")
        assert (await TeamInvitation.get(id=made.id)).revoked_at == office.now()
        await refused(TeamNotOpenToChange, apply(office, await invited.caller(), team.id))
        await refused(TeamNotOpenToChange, merge(office, who, team.id, successor.id, "再来一次"))
        await refused(TeamNotOpenToChange, dissolve(office, who, team.id, "再来一次"))

    async def test_takes_the_teams_below_along_where_they_fit(self, office: Office, cast: Cast) -> None:
        team, successor = [await standing(cast, "150100", level=TeamLevel.DETACHMENT) for _ in range(2)]
        below = await standing(cast, parent=team)
        low = await standing(cast, "150100", level=TeamLevel.SQUAD)
        who = await (await cast.city_admin()).caller()
        await refused(TeamsHangOnIt, merge(office, who, team.id, low.id, "降级"))
        await refused(TeamsHangOnIt, merge(office, who, team.id, below.id, "并入下级"))
        await merge(office, who, team.id, successor.id, "两队合并")
        assert (await Team.get(id=below.id)).parent_id == successor.id

    async def test_is_for_who_organizes_both(self, office: Office, cast: Cast) -> None:
        team, other = await standing(cast), await standing(cast, "150102")
        who = await (await cast.organizer("150105")).caller()
        await refused(NotYourUnit, merge(office, who, team.id, other.id, "两队合并"))
        await refused(NotYourUnit, merge(office, who, other.id, team.id, "两队合并"))
        await refused(TeamInvalid, merge(office, who, team.id, team.id, "两队合并"))

    async def test_of_two_into_each_other_at_once_lets_one_through(self, office: Office, cast: Cast) -> None:
        one, two = await standing(cast), await standing(cast)
        who = await (await cast.city_admin()).caller()
        answers = await asyncio.gather(
            merge(office, who, one.id, two.id, "两队合并"),
            merge(office, who, two.id, one.id, "两队合并"),
            return_exceptions=True,
        )
        assert sorted(type(each).__name__ for each in answers) == ["Team", "TeamNotOpenToChange"]
        assert await Team.active().count() == 1


class TestDissolve:
    async def test_ends_every_membership_with_the_reason(self, office: Office, cast: Cast) -> None:
        member, applicant, invited = [await cast.volunteer() for _ in range(3)]
        team = await standing(cast)
        await belonging(cast, team, member)
        await waiting(cast, team, applicant)
        await waiting(cast, team, invited, MembershipStatus.INVITED)
        dissolved = await dissolve(office, await (await cast.organizer()).caller(), team.id, "任务完成")
        assert (dissolved.status, dissolved.ended_at) == (TeamStatus.DISSOLVED, office.now())
        rows = await Membership.filter(team_id=team.id)
        assert {(row.status, row.slot, row.reason) for row in rows} == {(MembershipStatus.ENDED, None, "任务完成")}
        assert len(rows) == 4
        assert await search(TeamSearch()) == []
        assert (await for_everyone(team.id)).reason == "任务完成"

    async def test_waits_until_no_team_hangs_on_it(self, office: Office, cast: Cast) -> None:
        team = await standing(cast, "150100", level=TeamLevel.DETACHMENT)
        await standing(cast, parent=team)
        await refused(TeamsHangOnIt, dissolve(office, await (await cast.city_admin()).caller(), team.id, "到期"))


class TestEndMemberships:
    async def test_takes_a_person_out_of_every_team(self, office: Office, cast: Cast) -> None:
        person, other = await cast.volunteer(), await cast.volunteer()
        led, joined, asked = await standing(cast, leader=person), await standing(cast), await standing(cast)
        await belonging(cast, joined, person)
        await belonging(cast, joined, other)
        await waiting(cast, asked, person)
        async with transaction():
            assert await end_memberships(person.id, office.now(), "本人退出志愿服务") == 3
        rows = {row.team_id: row for row in await Membership.filter(person_id=person.id)}
        assert (rows[led.id].status, rows[joined.id].status) == (MembershipStatus.LEFT, MembershipStatus.LEFT)
        assert rows[asked.id].status is MembershipStatus.DECLINED
        assert {(row.slot, row.ended_at, row.reason) for row in rows.values()} == {
            (None, office.now(), "本人退出志愿服务")
        }
        assert await Membership.active().filter(person_id=other.id).exists()
        assert await Transition.filter(subject="membership", actor_id=None).count() == 3


@pytest.mark.parametrize("slot", [-1, 6])
async def test_the_database_knows_only_five_places(cast: Cast, slot: int) -> None:
    team, someone = await standing(cast), await cast.volunteer()
    with pytest.raises(Exception, match="ck_membership_five_at_most"):
        await belonging(cast, team, someone, slot=slot)
