"""Teams: founded, approved above the unit, kept in a tree, flagged, and what is found of them."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from tortoise.exceptions import IntegrityError

from capabilities.caller import NotYourUnit, RoleNeeded
from capabilities.office import Office
from capabilities.team import (
    NewTeam,
    NoSuchTeam,
    NoSuchUnit,
    TeamChanges,
    TeamIncomplete,
    TeamInvalid,
    TeamNameTaken,
    TeamNotOpenToChange,
    TeamReasonNeeded,
    TeamSearch,
    TooManyTeams,
    change,
    decide,
    draft,
    for_everyone,
    gaps,
    give_flag,
    managed,
    search,
    seen,
    state_reason,
    submit,
)
from models.team import Membership, MembershipStatus, Team, TeamLevel, TeamRole, TeamStatus
from models.transition import Transition
from models.volunteer import Volunteer, VolunteerStatus
from tests.cast import Cast, Someone
from tests.stage import refused
from tests.teams import belonging, standing, volunteer_no

TODAY = date(2019, 5, 30)


async def new_team(cast: Cast, **more: Any) -> NewTeam:
    """A brigade of 赛罕区 below the city's detachment, with everything that it needs."""
    leader = more.pop("leader", None) or await cast.volunteer("乌兰")
    if "parent_id" not in more:
        more["parent_id"] = (await standing(cast, "150100", level=TeamLevel.DETACHMENT)).id
    values = {"unit_code": "150105", "name": "赛罕区科普大队", "level": TeamLevel.BRIGADE, "trade": "guides"}
    return NewTeam(**values | {"leader_no": await volunteer_no(leader)} | more)


async def submitted(office: Office, cast: Cast, organizer: Someone, **more: Any) -> Team:
    who = await organizer.caller()
    return await submit(office, who, (await draft(office, who, await new_team(cast, **more))).id)


class TestFounding:
    async def test_goes_from_draft_over_the_unit_above_to_a_team_with_its_leader(
        self, office: Office, cast: Cast
    ) -> None:
        organizer, leader, city = await cast.organizer(), await cast.volunteer("乌兰"), await cast.city_admin()
        who = await organizer.caller()
        team = await draft(office, who, await new_team(cast, leader=leader))
        with pytest.raises(NoSuchTeam):
            await for_everyone(team.id)
        await submit(office, who, team.id)
        team = await decide(office, await city.caller(), team.id, approve=True, reason=None)
        assert (team.status, team.founded_on, team.decided_at) == (TeamStatus.ACTIVE, TODAY, office.now())
        row = await Membership.get(team_id=team.id)
        assert (row.person_id, row.role, row.status, row.slot) == (
            leader.id, TeamRole.LEADER, MembershipStatus.ACTIVE, 1,
        )  # fmt: skip
        (found,) = await seen([await for_everyone(team.id)])
        assert (found.members, found.leader) == (1, "乌兰")
        steps = await Transition.filter(subject="team", subject_id=team.id).order_by("id")
        assert [(step.before, step.after, step.actor_id) for step in steps] == [
            (None, "draft", organizer.id), ("draft", "submitted", organizer.id), ("submitted", "active", city.id),
        ]  # fmt: skip

    async def test_keeps_the_date_of_a_team_that_is_older_than_this_system(self, office: Office, cast: Cast) -> None:
        team = await submitted(office, cast, await cast.organizer(), founded_on=date(2014, 3, 5))
        team = await decide(office, await (await cast.city_admin()).caller(), team.id, approve=True, reason=None)
        assert team.founded_on == date(2014, 3, 5)

    async def test_is_for_the_organizer_of_that_unit(self, office: Office, cast: Cast) -> None:
        for someone, refusal in ((await cast.organizer("150102"), NotYourUnit), (await cast.volunteer(), RoleNeeded)):
            await refused(refusal, draft(office, await someone.caller(), await new_team(cast)))

    @pytest.mark.parametrize(
        ("field", "value"),
        [("unit_code", "999999"), ("trade", "magic"), ("parent_id", uuid4()), ("leader_no", "V0"), ("name", "　 ")],
    )
    async def test_refuses_what_does_not_exist(self, office: Office, cast: Cast, field: str, value: Any) -> None:
        new = await new_team(cast)
        setattr(new, field, value)
        caught = await refused(TeamInvalid, draft(office, await (await cast.city_admin()).caller(), new))
        assert list(caught.fields) == [field]


class TestSubmit:
    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"leader_no": None}, "leader_no"),
            ({"parent_id": None}, "parent_id"),
            ({"level": TeamLevel.DETACHMENT}, "parent_id"),
            ({"level": TeamLevel.CORPS}, "parent_id"),
            ({"founded_on": TODAY + timedelta(days=1)}, "founded_on"),
        ],
    )
    async def test_names_what_is_missing(self, office: Office, cast: Cast, more: Any, field: str) -> None:
        who = await (await cast.organizer()).caller()
        team = await draft(office, who, await new_team(cast, **more))
        caught = await refused(TeamIncomplete, submit(office, who, team.id))
        assert list(caught.fields) == [field]

    async def test_wants_a_parent_of_the_own_unit_or_above(self, office: Office, cast: Cast) -> None:
        elsewhere = await standing(cast, "150102", level=TeamLevel.DETACHMENT)
        who = await (await cast.organizer()).caller()
        team = await draft(office, who, await new_team(cast, parent_id=elsewhere.id))
        assert "parent_id" in (await refused(TeamIncomplete, submit(office, who, team.id))).fields

    async def test_needs_no_parent_at_the_root(self, office: Office, cast: Cast) -> None:
        who = await (await cast.organizer("150100")).caller()
        new = await new_team(cast, unit_code="150100", level=TeamLevel.DETACHMENT, parent_id=None)
        assert (await submit(office, who, (await draft(office, who, new)).id)).status is TeamStatus.SUBMITTED

    async def test_wants_a_leader_who_is_approved_still(self, office: Office, cast: Cast) -> None:
        leader, who = await cast.volunteer(), await (await cast.organizer()).caller()
        team = await draft(office, who, await new_team(cast, leader=leader))
        await Volunteer.filter(person_id=leader.id).update(
            status=VolunteerStatus.SUSPENDED, suspended_until=office.now() + timedelta(days=30)
        )
        assert "leader_no" in (await refused(TeamIncomplete, submit(office, who, team.id))).fields

    @pytest.mark.parametrize("name", ["赛罕区科普大队", "赛罕区 科普大队", "赛罕区\u3000科普大队 "])
    async def test_refuses_a_name_that_a_live_team_has(self, office: Office, cast: Cast, name: str) -> None:
        await submitted(office, cast, await cast.organizer())
        who = await (await cast.organizer("150102")).caller()
        team = await draft(office, who, await new_team(cast, unit_code="150102", name=name))
        await refused(TeamNameTaken, submit(office, who, team.id))

    async def test_is_told_by_the_database_what_a_live_name_is(self, office: Office, cast: Cast) -> None:
        team = await standing(cast, name="同名队")
        with pytest.raises(IntegrityError):
            await standing(cast, name="同名队")
        await Team.filter(id=team.id).update(status=TeamStatus.DISSOLVED, reason="到期")
        await standing(cast, name="同名队")


class TestDecide:
    async def test_is_not_for_the_unit_itself(self, office: Office, cast: Cast) -> None:
        organizer = await cast.organizer()
        team = await submitted(office, cast, organizer)
        for someone in (organizer, await cast.organizer("150102")):
            await refused(NotYourUnit, decide(office, await someone.caller(), team.id, approve=True, reason=None))

    async def test_is_for_an_organizer_above(self, office: Office, cast: Cast) -> None:
        team = await submitted(office, cast, await cast.organizer())
        above = await (await cast.organizer("150100")).caller()
        assert (await decide(office, above, team.id, approve=True, reason=None)).status is TeamStatus.ACTIVE

    async def test_sends_back_with_a_reason_and_takes_it_again(self, office: Office, cast: Cast) -> None:
        organizer, city = await cast.organizer(), await (await cast.city_admin()).caller()
        team = await submitted(office, cast, organizer)
        await refused(TeamReasonNeeded, decide(office, city, team.id, approve=False, reason=" "))
        team = await decide(office, city, team.id, approve=False, reason="队名请加单位")
        assert (team.status, team.reason) == (TeamStatus.RETURNED, "队名请加单位")
        await refused(TeamNotOpenToChange, decide(office, city, team.id, approve=True, reason=None))
        who = await organizer.caller()
        await change(office, who, team.id, TeamChanges(name="赛罕区科协科普大队"))
        team = await submit(office, who, team.id)
        assert (team.status, team.reason, team.name) == (TeamStatus.SUBMITTED, None, "赛罕区科协科普大队")

    async def test_does_not_give_a_leader_a_sixth_team(self, office: Office, cast: Cast) -> None:
        leader = await cast.volunteer()
        for _ in range(5):
            await standing(cast, leader=leader)
        team = await submitted(office, cast, await cast.organizer(), leader=leader)
        city = await (await cast.city_admin()).caller()
        await refused(TooManyTeams, decide(office, city, team.id, approve=True, reason=None))

    async def test_looks_at_the_parent_again(self, office: Office, cast: Cast) -> None:
        team = await submitted(office, cast, await cast.organizer())
        await Team.filter(id=team.parent_id).update(status=TeamStatus.DISSOLVED, reason="到期")
        city = await (await cast.city_admin()).caller()
        await refused(TeamIncomplete, decide(office, city, team.id, approve=True, reason=None))


class TestChange:
    async def test_of_a_standing_team_moves_it_in_the_tree_and_nothing_else(self, office: Office, cast: Cast) -> None:
        team, other = await standing(cast), await standing(cast, "150100", level=TeamLevel.DETACHMENT)
        city = await (await cast.city_admin()).caller()
        assert (await change(office, city, team.id, TeamChanges(parent_id=other.id))).parent_id == other.id
        await refused(TeamNotOpenToChange, change(office, city, team.id, TeamChanges(name="新名字")))
        await refused(TeamIncomplete, change(office, city, other.id, TeamChanges(parent_id=team.id)))
        await refused(TeamInvalid, change(office, city, team.id, TeamChanges(parent_id=uuid4())))


class TestGiveFlag:
    async def test_is_a_dated_fact(self, office: Office, cast: Cast) -> None:
        team, city = await standing(cast), await (await cast.city_admin()).caller()
        team = await give_flag(office, city, team.id, given_on=TODAY, given_by="市科协")
        assert (team.flag_given_on, team.flag_given_by, team.status) == (TODAY, "市科协", TeamStatus.ACTIVE)

    @pytest.mark.parametrize("day", [date(2019, 4, 30), TODAY + timedelta(days=1)])
    async def test_lies_after_the_founding_and_not_ahead(self, office: Office, cast: Cast, day: date) -> None:
        team, city = await standing(cast), await (await cast.city_admin()).caller()
        await refused(TeamInvalid, give_flag(office, city, team.id, given_on=day, given_by="市科协"))


class TestSearch:
    async def test_finds_standing_teams_by_unit_level_trade_parent_and_name(self, office: Office, cast: Cast) -> None:
        city = await standing(cast, "150100", level=TeamLevel.DETACHMENT, name="市支队")
        medical = await standing(cast, "150105", trade="medical", parent=city, name="赛罕医疗队")
        farming = await standing(cast, "150102", trade="agriculture", parent=city, name="新城农技队")
        await draft(office, await (await cast.city_admin()).caller(), await new_team(cast, parent_id=city.id))
        for asked, found in (
            ({}, [city, medical, farming]),
            ({"unit": "150105"}, [medical]),
            ({"unit": "150100"}, [city, medical, farming]),
            ({"unit": "nowhere"}, []),
            ({"level": TeamLevel.DETACHMENT}, [city]),
            ({"trade": "agriculture"}, [farming]),
            ({"parent_id": city.id}, [medical, farming]),
            ({"q": "医疗"}, [medical]),
        ):
            assert [team.id for team in await search(TeamSearch(**asked))] == [team.id for team in found], asked

    async def test_shows_managers_their_own_in_any_state(self, office: Office, cast: Cast) -> None:
        leader, member = await cast.volunteer(), await cast.volunteer()
        team, other = await standing(cast, leader=leader), await standing(cast, "150102")
        await belonging(cast, team, member)
        waits = await submitted(office, cast, await cast.organizer())
        for someone, found in (
            (leader, {team.id}),
            (member, set()),
            (await cast.organizer("150105"), {team.id, waits.id}),
            (await cast.organizer("150102"), {other.id}),
        ):
            assert {each.id for each in await managed(await someone.caller())} == found


class TestGaps:
    async def test_lists_units_and_trades_without_a_standing_team_with_the_stated_reason(
        self, office: Office, cast: Cast
    ) -> None:
        await standing(cast, "150105", trade="medical")
        organizer, city = await (await cast.organizer("150102")).caller(), await (await cast.city_admin()).caller()
        await state_reason(office, organizer, "150102", "正在筹建")
        await state_reason(office, organizer, "150102", "已报批，六月成立")
        found = await gaps(city)
        reasons = {unit.code: gap.reason if gap else None for unit, gap in found.units}
        assert len(reasons) == 15
        assert "150105" not in reasons
        assert (reasons["150102"], reasons["150103"]) == ("已报批，六月成立", None)
        assert len(found.trades) == 13
        assert "medical" not in found.trades

    async def test_keeps_an_organizer_to_the_own_units(self, office: Office, cast: Cast) -> None:
        who = await (await cast.organizer("150102")).caller()
        assert [unit.code for unit, _ in (await gaps(who)).units] == ["150102"]
        await refused(NotYourUnit, state_reason(office, who, "150105", "正在筹建"))
        await refused(NoSuchUnit, state_reason(office, who, "999999", "正在筹建"))
        await refused(RoleNeeded, gaps(await (await cast.volunteer()).caller()))
