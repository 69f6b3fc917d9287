"""Twenty teams say yes to one volunteer at once, and five of them get their member."""

import asyncio
from collections import Counter

import pytest
from tortoise.exceptions import IntegrityError

from capabilities.membership import decide
from capabilities.office import Office
from capabilities.team import TooManyTeams, end_memberships, merge
from models.database import transaction
from models.team import MAX_TEAMS, Membership, Team
from models.volunteer import Volunteer, VolunteerStatus
from tests.cast import Cast
from tests.teams import belonging, standing, waiting

TEAMS, ROUNDS = 20, 3


class TestDecide:
    async def test_lets_a_volunteer_into_five_teams(self, office: Office, beside: Office, cast: Cast) -> None:
        who = await (await cast.city_admin()).caller()
        teams = [await standing(cast) for _ in range(TEAMS)]
        for _ in range(ROUNDS):
            someone = await cast.volunteer()
            rows = [await waiting(cast, team, someone) for team in teams]
            answers = await asyncio.gather(
                *(
                    decide(beside if place % 2 else office, who, row.id, approve=True, reason=None)
                    for place, row in enumerate(rows)
                ),
                return_exceptions=True,
            )
            assert Counter(type(each) for each in answers) == {Membership: MAX_TEAMS, TooManyTeams: TEAMS - MAX_TEAMS}
            active = await Membership.active().filter(person_id=someone.id)
            assert sorted(row.slot or 0 for row in active) == [1, 2, 3, 4, 5]

    async def test_would_be_stopped_by_the_database_alone(self, cast: Cast) -> None:
        """The control: without any lock a place is still given once, because it is numbered."""
        someone, teams = await cast.volunteer(), [await standing(cast) for _ in range(2)]
        await belonging(cast, teams[0], someone, slot=1)
        with pytest.raises(IntegrityError):
            await belonging(cast, teams[1], someone, slot=1)

    async def test_lets_nobody_in_who_leaves_at_the_same_moment(self, office: Office, cast: Cast) -> None:
        who = await (await cast.city_admin()).caller()
        teams = [await standing(cast) for _ in range(5)]
        for _ in range(ROUNDS):
            someone = await cast.volunteer()
            rows = [await waiting(cast, team, someone) for team in teams]
            await asyncio.gather(
                *(decide(office, who, row.id, approve=True, reason=None) for row in rows),
                withdraw(office, someone.id),
                return_exceptions=True,
            )
            assert not await Membership.live().filter(person_id=someone.id).exists()


async def withdraw(office: Office, person_id: object) -> None:
    async with transaction():
        await Volunteer.filter(person_id=person_id).update(status=VolunteerStatus.WITHDRAWN)
        await end_memberships(person_id, office.now(), "本人退出")  # type: ignore[arg-type]


class TestMerge:
    async def test_of_many_that_share_people_ends_without_waiting_for_each_other(
        self, office: Office, cast: Cast
    ) -> None:
        """Ten teams with the same members are merged crosswise at once: every lock is taken in one order."""
        who = await (await cast.city_admin()).caller()
        teams = [await standing(cast) for _ in range(10)]
        people = [await cast.volunteer() for _ in range(4)]
        for number, team in enumerate(teams):
            for someone in people[number % 2 :: 2]:
                await belonging(cast, team, someone)
        pairs = list(zip(teams[::2], teams[1::2], strict=True))
        answers = await asyncio.gather(*(merge(office, who, one.id, two.id, "合并") for one, two in pairs))
        assert all(isinstance(each, Team) for each in answers)
        for someone in people:
            slots = [row.slot for row in await Membership.active().filter(person_id=someone.id)]
            assert len(slots) == len(set(slots)) == 5
