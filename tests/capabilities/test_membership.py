"""Membership: asked for, decided by who leads the team, five at most, roles and their bounds, and the way out."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from capabilities.membership import (
    AdminsFull,
    MemberSearch,
    MembershipNotLive,
    NoSuchMembership,
    NoSuchVolunteer,
    accept,
    apply,
    change_role,
    decide,
    invite_volunteer,
    leave,
    members,
    most_admins,
    my_memberships,
    remove,
    transfer,
)
from capabilities.office import Office
from capabilities.registration import RegistrationNotApproved, RegistrationSuspended
from capabilities.team import (
    AlreadyInTeam,
    MemberNotApproved,
    NoSuchTeam,
    NotYourTeam,
    TeamReasonNeeded,
    TooManyTeams,
)
from models.message import Message, MessageKind
from models.team import Membership, MembershipStatus, Team, TeamRole
from models.transition import Transition
from models.volunteer import Volunteer, VolunteerStatus
from tests.cast import Cast, Someone
from tests.stage import refused
from tests.teams import belonging, standing, volunteer_no, waiting

ACTIVE, LEFT = MembershipStatus.ACTIVE, MembershipStatus.LEFT


async def suspend(someone: Someone) -> None:
    until = someone.office.now() + timedelta(days=30)
    await Volunteer.filter(person_id=someone.id).update(status=VolunteerStatus.SUSPENDED, suspended_until=until)


async def leading(cast: Cast, team: Team, role: TeamRole) -> Someone:
    someone = await cast.volunteer()
    await belonging(cast, team, someone, role=role)
    return someone


class TestApply:
    async def test_waits_for_a_decision(self, office: Office, cast: Cast) -> None:
        team, someone = await standing(cast), await cast.volunteer()
        row = await apply(office, await someone.caller(), team.id)
        assert (row.status, row.role, row.slot, row.applied_at) == (
            MembershipStatus.APPLIED, TeamRole.MEMBER, None, office.now(),
        )  # fmt: skip
        assert [each.id for each in await my_memberships(await someone.caller())] == [row.id]
        step = await Transition.get(subject="membership")
        assert (step.subject_id, step.actor_id, step.before, step.after) == (row.id, someone.id, None, "applied")

    async def test_is_for_approved_volunteers(self, office: Office, cast: Cast) -> None:
        team, suspended = await standing(cast), await cast.volunteer()
        await suspend(suspended)
        for someone, refusal in (
            (await cast.scientist(), RegistrationNotApproved), (suspended, RegistrationSuspended),
        ):  # fmt: skip
            await refused(refusal, apply(office, await someone.caller(), team.id))

    async def test_of_a_double_tap_stands_once(self, office: Office, cast: Cast) -> None:
        team, who = await standing(cast), await (await cast.volunteer()).caller()
        answers = await asyncio.gather(*(apply(office, who, team.id) for _ in range(4)), return_exceptions=True)
        assert Counter(type(each) for each in answers) == {Membership: 1, AlreadyInTeam: 3}

    async def test_may_be_tried_again_after_a_no(self, office: Office, cast: Cast) -> None:
        team, someone = await standing(cast), await cast.volunteer()
        row, organizer = await apply(office, await someone.caller(), team.id), await cast.organizer()
        await decide(office, await organizer.caller(), row.id, approve=False, reason="请先参加培训")
        assert (await apply(office, await someone.caller(), team.id)).status is MembershipStatus.APPLIED

    async def test_tells_who_has_five_already(self, office: Office, cast: Cast) -> None:
        someone = await cast.volunteer()
        for _ in range(5):
            await belonging(cast, await standing(cast), someone)
        await refused(TooManyTeams, apply(office, await someone.caller(), (await standing(cast)).id))

    async def test_finds_no_team_that_is_not_there(self, office: Office, cast: Cast) -> None:
        await refused(NoSuchTeam, apply(office, await (await cast.volunteer()).caller(), uuid4()))


class TestDecide:
    @pytest.mark.parametrize(
        ("role", "may"),
        [
            (TeamRole.LEADER, True), (TeamRole.DEPUTY, True), (TeamRole.ADMIN, True), (TeamRole.SECRETARY, False),
            (TeamRole.LIAISON, False), (TeamRole.MEMBER, False),
        ],
    )  # fmt: skip
    async def test_is_for_who_leads_this_team(self, office: Office, cast: Cast, role: TeamRole, may: bool) -> None:
        leader = await cast.volunteer()
        team, other = await standing(cast, leader=leader), await standing(cast)
        someone = leader if role is TeamRole.LEADER else await leading(cast, team, role)
        row, elsewhere = [await waiting(cast, each, await cast.volunteer()) for each in (team, other)]
        who = await someone.caller()
        await refused(NotYourTeam, decide(office, who, elsewhere.id, approve=True, reason=None))
        if not may:
            await refused(NotYourTeam, decide(office, who, row.id, approve=True, reason=None))
            return
        decided = await decide(office, who, row.id, approve=True, reason=None)
        assert (decided.status, decided.joined_at, decided.slot) == (ACTIVE, office.now(), 1)

    async def test_is_not_for_a_leader_who_is_suspended(self, office: Office, cast: Cast) -> None:
        leader = await cast.volunteer()
        team = await standing(cast, leader=leader)
        row = await waiting(cast, team, await cast.volunteer())
        await suspend(leader)
        await refused(NotYourTeam, decide(office, await leader.caller(), row.id, approve=True, reason=None))

    async def test_is_for_the_organizers_of_the_unit_and_above(self, office: Office, cast: Cast) -> None:
        team = await standing(cast, "150105")
        for someone in (await cast.organizer("150105"), await cast.organizer("150100"), await cast.city_admin()):
            row = await waiting(cast, team, await cast.volunteer())
            assert (await decide(office, await someone.caller(), row.id, approve=True, reason=None)).status is ACTIVE
        row = await waiting(cast, team, await cast.volunteer())
        who = await (await cast.organizer("150102")).caller()
        await refused(NotYourTeam, decide(office, who, row.id, approve=True, reason=None))

    async def test_says_no_with_a_reason_and_once(self, office: Office, cast: Cast) -> None:
        row = await waiting(cast, await standing(cast), await cast.volunteer())
        who = await (await cast.organizer()).caller()
        await refused(TeamReasonNeeded, decide(office, who, row.id, approve=False, reason=" "))
        decided = await decide(office, who, row.id, approve=False, reason="请先参加培训")
        assert (decided.status, decided.reason, decided.ended_at) == (
            MembershipStatus.REJECTED, "请先参加培训", office.now(),
        )  # fmt: skip
        await refused(MembershipNotLive, decide(office, who, row.id, approve=True, reason=None))

    async def test_tells_the_applicant_either_way(self, office: Office, cast: Cast) -> None:
        who, team = await (await cast.organizer()).caller(), await standing(cast, name="赛罕区医疗队")
        for approve, reason in ((True, None), (False, "请先参加培训")):
            someone = await cast.volunteer()
            row = await waiting(cast, team, someone)
            await decide(office, who, row.id, approve=approve, reason=reason)
            (told,) = await Message.filter(person_id=someone.id)
            assert told.kind is MessageKind.MEMBERSHIP_DECIDED
            assert "赛罕区医疗队" in told.words
            assert (reason or "通过") in told.words

    async def test_lets_nobody_in_who_was_suspended_meanwhile(self, office: Office, cast: Cast) -> None:
        someone = await cast.volunteer()
        row = await waiting(cast, await standing(cast), someone)
        await suspend(someone)
        who = await (await cast.organizer()).caller()
        await refused(MemberNotApproved, decide(office, who, row.id, approve=True, reason=None))

    async def test_of_two_at_once_lets_one_stand(self, office: Office, cast: Cast) -> None:
        row, who = await waiting(cast, await standing(cast), await cast.volunteer()), None
        who = await (await cast.organizer()).caller()
        answers: list[Any] = await asyncio.gather(
            decide(office, who, row.id, approve=True, reason=None),
            decide(office, who, row.id, approve=False, reason="请先参加培训"),
            return_exceptions=True,
        )
        assert Counter(type(each) for each in answers) == {Membership: 1, MembershipNotLive: 1}


class TestInviteVolunteer:
    async def test_waits_for_the_persons_own_yes(self, office: Office, cast: Cast) -> None:
        leader, someone = await cast.volunteer(), await cast.volunteer("斯琴高娃")
        team = await standing(cast, leader=leader)
        row = await invite_volunteer(office, await leader.caller(), team.id, f" {await volunteer_no(someone)}")
        assert row.status is MembershipStatus.INVITED
        (line,) = await members(await leader.caller(), team.id, MemberSearch(status=MembershipStatus.INVITED))
        assert (line.name, line.phone) == ("斯***", "")
        await refused(NoSuchMembership, accept(office, await leader.caller(), row.id))
        assert (await accept(office, await someone.caller(), row.id)).status is ACTIVE
        lines = await members(await leader.caller(), team.id, MemberSearch())
        assert [(each.name, each.phone) for each in lines][1:] == [("斯琴高娃", "138****0000")]

    async def test_may_be_declined_or_taken_back(self, office: Office, cast: Cast) -> None:
        leader, one, two = [await cast.volunteer() for _ in range(3)]
        team = await standing(cast, leader=leader)
        who = await leader.caller()
        declined, back = [await invite_volunteer(office, who, team.id, await volunteer_no(each)) for each in (one, two)]
        await leave(office, await one.caller(), declined.id)
        await remove(office, who, back.id, "发错了")
        assert (await Membership.get(id=declined.id)).status is MembershipStatus.DECLINED
        await refused(MembershipNotLive, accept(office, await two.caller(), back.id))

    async def test_names_no_number_that_nobody_has(self, office: Office, cast: Cast) -> None:
        team, who = await standing(cast), await (await cast.organizer()).caller()
        await refused(NoSuchVolunteer, invite_volunteer(office, who, team.id, "V150102190000018"))
        await refused(NotYourTeam, invite_volunteer(office, await (await cast.volunteer()).caller(), team.id, "V0"))


class TestLeave:
    @pytest.mark.parametrize(
        ("status", "after"), [(MembershipStatus.APPLIED, MembershipStatus.DECLINED), (ACTIVE, LEFT)]
    )
    async def test_ends_it_and_keeps_its_dates(
        self, office: Office, cast: Cast, status: MembershipStatus, after: MembershipStatus
    ) -> None:
        team, someone = await standing(cast), await cast.volunteer()
        row = await (belonging(cast, team, someone) if status is ACTIVE else waiting(cast, team, someone))
        await leave(office, await someone.caller(), row.id)
        past = await Membership.get(id=row.id)
        assert (past.status, past.slot, past.joined_at, past.ended_at) == (after, None, row.joined_at, office.now())
        await refused(MembershipNotLive, leave(office, await someone.caller(), row.id))

    async def test_frees_a_place_for_another_team(self, office: Office, cast: Cast) -> None:
        someone = await cast.volunteer()
        rows = [await belonging(cast, await standing(cast), someone) for _ in range(5)]
        await leave(office, await someone.caller(), rows[2].id)
        row = await apply(office, await someone.caller(), (await standing(cast)).id)
        row = await decide(office, await (await cast.organizer()).caller(), row.id, approve=True, reason=None)
        assert row.slot == 3

    async def test_is_ones_own_affair(self, office: Office, cast: Cast) -> None:
        leader, someone = await cast.volunteer(), await cast.volunteer()
        row = await belonging(cast, await standing(cast, leader=leader), someone)
        await refused(NoSuchMembership, leave(office, await leader.caller(), row.id))


class TestRemove:
    async def test_follows_the_rank(self, office: Office, cast: Cast) -> None:
        """A leader is put out by the unit, deputies by the leader, members by each of them."""
        leader = await cast.volunteer()
        team = await standing(cast, leader=leader)
        of_leader = await Membership.get(team_id=team.id, person_id=leader.id)
        deputy, admin = await leading(cast, team, TeamRole.DEPUTY), await leading(cast, team, TeamRole.ADMIN)
        of_admin = await Membership.get(person_id=admin.id)
        member = await belonging(cast, team, await cast.volunteer())
        await refused(NotYourTeam, remove(office, await deputy.caller(), of_admin.id, "长期不参加"))
        await refused(NotYourTeam, remove(office, await deputy.caller(), of_leader.id, "长期不参加"))
        removed = await remove(office, await deputy.caller(), member.id, "长期不参加")
        assert (removed.status, removed.reason, removed.slot) == (MembershipStatus.REMOVED, "长期不参加", None)
        await remove(office, await leader.caller(), of_admin.id, "任期届满")
        await remove(office, await (await cast.organizer()).caller(), of_leader.id, "任期届满")
        assert not await Membership.active().filter(team_id=team.id, role=TeamRole.LEADER).exists()


class TestTransfer:
    async def test_closes_the_one_and_opens_the_other_within_the_five(self, office: Office, cast: Cast) -> None:
        someone = await cast.volunteer()
        rows = [await belonging(cast, await standing(cast), someone) for _ in range(5)]
        goal = await standing(cast)
        who = await (await cast.organizer()).caller()
        new = await transfer(office, who, rows[1].id, goal.id, "工作调动")
        past = await Membership.get(id=rows[1].id)
        assert (past.status, past.reason, past.ended_at) == (
            MembershipStatus.TRANSFERRED, "工作调动", office.now(),
        )  # fmt: skip
        assert (new.team_id, new.status, new.slot, new.role) == (goal.id, ACTIVE, 2, TeamRole.MEMBER)

    async def test_needs_a_say_in_both(self, office: Office, cast: Cast) -> None:
        leader = await cast.volunteer()
        team, goal = await standing(cast, "150105", leader=leader), await standing(cast, "150102")
        row = await belonging(cast, team, await cast.volunteer())
        for someone in (leader, await cast.organizer("150105"), await cast.organizer("150102")):
            await refused(NotYourTeam, transfer(office, await someone.caller(), row.id, goal.id, "工作调动"))

    async def test_leaves_all_as_it_is_where_the_person_is_there_already(self, office: Office, cast: Cast) -> None:
        someone, goal = await cast.volunteer(), await standing(cast)
        row = await belonging(cast, await standing(cast), someone)
        await belonging(cast, goal, someone)
        who = await (await cast.organizer()).caller()
        await refused(AlreadyInTeam, transfer(office, who, row.id, goal.id, "工作调动"))


class TestChangeRole:
    async def test_hands_the_lead_over_in_one_step(self, office: Office, cast: Cast) -> None:
        leader, next_one = await cast.volunteer(), await cast.volunteer()
        team = await standing(cast, leader=leader)
        row = await belonging(cast, team, next_one)
        who = await (await cast.organizer()).caller()
        assert (await change_role(office, who, row.id, TeamRole.LEADER)).role is TeamRole.LEADER
        assert (await Membership.get(team_id=team.id, person_id=leader.id)).role is TeamRole.MEMBER
        steps = await Transition.filter(subject="membership_role").order_by("id")
        assert [(step.before, step.after) for step in steps] == [("leader", "member"), ("member", "leader")]

    async def test_leaves_one_leader_of_two_named_at_once(self, office: Office, cast: Cast) -> None:
        team, who = await standing(cast), await (await cast.organizer()).caller()
        rows = [await belonging(cast, team, await cast.volunteer()) for _ in range(4)]
        await asyncio.gather(*(change_role(office, who, row.id, TeamRole.LEADER) for row in rows))
        assert await Membership.active().filter(team_id=team.id, role=TeamRole.LEADER).count() == 1

    async def test_lets_a_leader_give_every_role_but_the_own(self, office: Office, cast: Cast) -> None:
        leader = await cast.volunteer()
        team = await standing(cast, leader=leader)
        row, who = await belonging(cast, team, await cast.volunteer()), await leader.caller()
        for role in (TeamRole.DEPUTY, TeamRole.SECRETARY, TeamRole.LIAISON, TeamRole.ADMIN, TeamRole.MEMBER):
            assert (await change_role(office, who, row.id, role)).role is role
        await refused(NotYourTeam, change_role(office, who, row.id, TeamRole.LEADER))

    async def test_lets_a_deputy_appoint_no_equals(self, office: Office, cast: Cast) -> None:
        team = await standing(cast)
        deputy = await leading(cast, team, TeamRole.DEPUTY)
        row, who = await belonging(cast, team, await cast.volunteer()), await deputy.caller()
        await refused(NotYourTeam, change_role(office, who, row.id, TeamRole.DEPUTY))
        assert (await change_role(office, who, row.id, TeamRole.LIAISON)).role is TeamRole.LIAISON

    async def test_gives_one_admin_to_a_small_team_even_to_many_at_once(self, office: Office, cast: Cast) -> None:
        team, who = await standing(cast), await (await cast.organizer()).caller()
        rows = [await belonging(cast, team, await cast.volunteer()) for _ in range(4)]
        answers = await asyncio.gather(
            *(change_role(office, who, row.id, TeamRole.ADMIN) for row in rows), return_exceptions=True
        )
        assert Counter(type(each) for each in answers) == {Membership: 1, AdminsFull: 3}

    @pytest.mark.parametrize(("people", "admins"), [(1, 1), (100, 1), (101, 2), (400, 4), (401, 5), (9000, 5)])
    def test_counts_one_admin_per_started_hundred_and_five_at_most(self, people: int, admins: int) -> None:
        assert most_admins(people) == admins


class TestMembers:
    async def test_are_shown_to_who_leads_with_masked_phones(self, office: Office, cast: Cast) -> None:
        leader, member = await cast.volunteer("乌兰"), await cast.volunteer("斯琴")
        team = await standing(cast, leader=leader)
        await belonging(cast, team, member)
        for someone in (leader, await cast.organizer()):
            lines = await members(await someone.caller(), team.id, MemberSearch())
            assert [(line.name, line.phone) for line in lines] == [("乌兰", "138****0000"), ("斯琴", "138****0000")]
        for someone in (member, await cast.organizer("150102"), await cast.moderator()):
            await refused(NotYourTeam, members(await someone.caller(), team.id, MemberSearch()))
