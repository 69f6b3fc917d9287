"""Team invitations: a code for one team, that ends, is counted and can be revoked."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from capabilities.membership import (
    TeamInvitationInvalid,
    code_of,
    invitations,
    invite,
    open_code,
    redeem,
    revoke,
)
from capabilities.office import Office
from capabilities.registration import RegistrationNotApproved
from capabilities.sign_in_code import open_venue_code, venue_code
from capabilities.team import AlreadyInTeam, NotYourTeam, TooManyTeams, dissolve
from kit.clock import StandingClock
from models.event import Event
from models.team import Membership, MembershipStatus, Team, TeamInvitation
from tests.cast import Cast, Someone
from tests.stage import door_of, everything, refused
from tests.teams import belonging, standing, waiting


@pytest.fixture
async def leader(cast: Cast) -> Someone:
    return await cast.volunteer()


@pytest.fixture
async def team(cast: Cast, leader: Someone) -> Team:
    return await standing(cast, leader=leader)


class TestInvite:
    async def test_makes_a_code_for_the_own_team_that_is_kept_nowhere(
        self, office: Office, cast: Cast, leader: Someone, team: Team
    ) -> None:
        made = await invite(office, await leader.caller(), team.id, days=7, max_uses=None)
        code = code_of(office, made)
        assert code.startswith(f"{office.public_url}/c/")
        assert open_code(office, code) == made.id
        assert made.expires_at == office.now() + timedelta(days=7)
        assert code.rpartition("/")[2] not in repr(await everything())
        (listed,) = await invitations(await leader.caller(), team.id)
        assert listed.id == made.id

    async def test_is_for_who_leads_this_team(self, office: Office, cast: Cast, leader: Someone, team: Team) -> None:
        other, member = await standing(cast), await cast.volunteer()
        await belonging(cast, team, member)
        await refused(NotYourTeam, invite(office, await leader.caller(), other.id, days=7, max_uses=None))
        for someone in (member, await cast.organizer("150102")):
            await refused(NotYourTeam, invite(office, await someone.caller(), team.id, days=7, max_uses=None))
            await refused(NotYourTeam, invitations(await someone.caller(), team.id))

    async def test_is_never_taken_for_a_venue_code_nor_the_other_way(
        self, office: Office, leader: Someone, team: Team, event: Event
    ) -> None:
        made = await invite(office, await leader.caller(), team.id, days=7, max_uses=None)
        venue = venue_code(office, door_of(event, event.points[0].name), office.now()).text
        assert open_venue_code(office, code_of(office, made)) is None
        assert open_code(office, venue) is None


class TestRedeem:
    async def test_makes_a_member_at_once(self, office: Office, cast: Cast, leader: Someone, team: Team) -> None:
        someone, made = await cast.volunteer(), await invite(office, await leader.caller(), team.id, days=7, max_uses=2)
        row = await redeem(office, await someone.caller(), f" {code_of(office, made)}\n")
        assert (row.team_id, row.status, row.slot) == (team.id, MembershipStatus.ACTIVE, 1)
        assert (await TeamInvitation.get(id=made.id)).uses == 1
        await refused(AlreadyInTeam, redeem(office, await someone.caller(), code_of(office, made)))

    async def test_takes_an_application_that_waits_along(
        self, office: Office, cast: Cast, leader: Someone, team: Team
    ) -> None:
        someone, made = await cast.volunteer(), await invite(office, await leader.caller(), team.id, days=7, max_uses=2)
        asked = await waiting(cast, team, someone)
        assert (await redeem(office, await someone.caller(), code_of(office, made))).id == asked.id

    async def test_is_for_approved_volunteers(self, office: Office, cast: Cast, leader: Someone, team: Team) -> None:
        made = await invite(office, await leader.caller(), team.id, days=7, max_uses=1)
        who = await (await cast.scientist()).caller()
        await refused(RegistrationNotApproved, redeem(office, who, code_of(office, made)))

    async def test_of_many_at_once_lets_as_many_in_as_it_says(
        self, office: Office, cast: Cast, leader: Someone, team: Team
    ) -> None:
        made = await invite(office, await leader.caller(), team.id, days=7, max_uses=3)
        people = [await (await cast.volunteer()).caller() for _ in range(8)]
        code = code_of(office, made)
        answers = await asyncio.gather(*(redeem(office, who, code) for who in people), return_exceptions=True)
        assert Counter(type(each) for each in answers) == {Membership: 3, TeamInvitationInvalid: 5}

    async def test_uses_nothing_up_by_a_refusal(self, office: Office, cast: Cast, leader: Someone, team: Team) -> None:
        made, someone = await invite(office, await leader.caller(), team.id, days=7, max_uses=1), await cast.volunteer()
        for _ in range(5):
            await belonging(cast, await standing(cast), someone)
        await refused(TooManyTeams, redeem(office, await someone.caller(), code_of(office, made)))

    async def test_ends_with_its_time(
        self, office: Office, cast: Cast, leader: Someone, team: Team, clock: StandingClock
    ) -> None:
        made = await invite(office, await leader.caller(), team.id, days=1, max_uses=None)
        one, two = [await (await cast.volunteer()).caller() for _ in range(2)]
        clock.advance(timedelta(days=1) - timedelta(microseconds=1))
        await redeem(office, one, code_of(office, made))
        clock.advance(timedelta(microseconds=1))
        await refused(TeamInvitationInvalid, redeem(office, two, code_of(office, made)))

    async def test_ends_by_being_revoked_or_with_the_team(
        self, office: Office, cast: Cast, leader: Someone, team: Team
    ) -> None:
        one, two = [await invite(office, await leader.caller(), team.id, days=7, max_uses=None) for _ in range(2)]
        who = await (await cast.volunteer()).caller()
        await refused(NotYourTeam, revoke(office, who, one.id))
        for _ in range(2):
            await revoke(office, await leader.caller(), one.id)
        await refused(TeamInvitationInvalid, redeem(office, who, code_of(office, one)))
        await dissolve(office, await (await cast.organizer()).caller(), team.id, "任务完成")
        await refused(TeamInvitationInvalid, redeem(office, who, code_of(office, two)))

    @pytest.mark.parametrize("code", ["", "x", "A" * 43, "💥", "/c/" + "A" * 43])
    async def test_refuses_what_nobody_made(self, office: Office, cast: Cast, code: str) -> None:
        await refused(TeamInvitationInvalid, redeem(office, await (await cast.volunteer()).caller(), code))
