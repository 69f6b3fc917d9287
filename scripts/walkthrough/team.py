"""Act 4b: a tree of teams is founded, volunteers apply and are let in, and nobody gets into a sixth."""

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Any

from scripts.walkthrough.event import CITY_CODE
from scripts.walkthrough.people import Organizer, Volunteer
from scripts.walkthrough.stage import Stage

MOST_TEAMS = 5
# One of so many approved volunteers applies to a team as well, and every third of these is told no.
APPLIES_EVERY = 8
REJECTED_EVERY = 3
TEAM_LINE = "队伍已成立"
MEMBER_LINE = "队员"


@dataclass(eq=False)
class Team:
    id: str
    name: str
    founder: Organizer
    leader: Volunteer
    members: set[str] = field(default_factory=set)


class Teams:
    """The act: six teams, so that there is a sixth to be refused."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.ledger = stage.ledger
        self.teams: list[Team] = []
        # By person and team what the last answer said.
        self.memberships: dict[tuple[str, str], str] = {}
        self._tag = secrets.token_hex(3)

    async def found(self) -> None:
        city, unit = self.stage.cast.city, self.stage.cast.unit
        async with self.stage.act("组建队伍", None):
            trade = (await self.stage.api.ask("GET", "/codes/team_trade")).json[0]["code"]
            first = await self._found(city, 0, {"level": "corps", "trade": trade, "unit_code": CITY_CODE})
            below = {"trade": trade, "parent_id": first.id}
            for number in range(1, MOST_TEAMS):
                await self._found(city, number, below | {"level": "detachment", "unit_code": CITY_CODE})
            await self._found(unit, MOST_TEAMS, below | {"level": "brigade", "unit_code": unit.unit_code})

    async def _found(self, founder: Organizer, number: int, what: dict[str, Any]) -> Team:
        """The leader is one of the approved; the unit above says yes."""
        city, leader = self.stage.cast.city, self.stage.cast.approved[number]
        what = what | {"name": f"科技志愿服务{number + 1}队{self._tag}"}
        team_id = (await founder.ask("POST", "/teams", what, want=201))["id"]
        path = f"/teams/{team_id}"
        if number == MOST_TEAMS:
            await founder.ask("POST", f"{path}/submission", refusal="TeamIncomplete")
        leader_no = (await leader.ask("GET", "/me/volunteer"))["volunteer_no"]
        await founder.ask("PATCH", path, {"leader_no": leader_no})
        await founder.ask("POST", f"{path}/submission")
        if number == MOST_TEAMS:
            await self._hesitate(founder, path, what)
        founded = await city.ask("POST", f"{path}/decision", {"decision": "active"})
        self.ledger.hold(TEAM_LINE, founded["status"] == "active", f"状态 {founded['status']}")
        team = Team(team_id, what["name"], founder, leader, {leader.id})
        self.memberships[leader.id, team_id] = "active"
        self.teams.append(team)
        return team

    async def _hesitate(self, founder: Organizer, path: str, what: dict[str, Any]) -> None:
        """A unit does not approve its own team, no team has another's name, and a no has a reason."""
        await founder.ask("POST", f"{path}/decision", {"decision": "active"}, refusal="NotYourUnit")
        await self.stage.cast.city.ask("POST", f"{path}/decision", {"decision": "returned"}, refusal="TeamReasonNeeded")
        again = await founder.ask("POST", "/teams", what, want=201)
        leader_no = (await self.stage.cast.approved[0].ask("GET", "/me/volunteer"))["volunteer_no"]
        await founder.ask("PATCH", f"/teams/{again['id']}", {"leader_no": leader_no})
        await founder.ask("POST", f"/teams/{again['id']}/submission", refusal="TeamNameTaken")

    async def fill(self) -> None:
        eager, others = self.stage.cast.approved[-1], self.stage.cast.approved[len(self.teams) : -1 : APPLIES_EVERY]
        await self.stage.each("申请入队", enumerate(others), lambda numbered: self._join(*numbered))
        await self.stage.each("第六支队伍", [eager], self._join_all)

    async def _join(self, number: int, person: Volunteer) -> None:
        team = self.teams[number % len(self.teams)]
        applied = await person.ask("POST", f"/teams/{team.id}/memberships", want=201)
        await person.ask("POST", f"/teams/{team.id}/memberships", refusal="AlreadyInTeam")
        path = f"/memberships/{applied['id']}/decision"
        await person.ask("POST", path, {"decision": "active"}, refusal="NotYourTeam")
        if number % REJECTED_EVERY == 2:
            await team.leader.ask("POST", path, {"decision": "rejected"}, refusal="TeamReasonNeeded")
            decision = {"decision": "rejected", "reason": "本队名额已满，欢迎下次申请。"}
        else:
            decision = {"decision": "active"}
        self._note(person, team, (await team.leader.ask("POST", path, decision)).json)

    async def _join_all(self, person: Volunteer) -> None:
        """Six applications wait and are all decided at the same moment: five are let in, whichever they are."""
        applied = [(each, await person.ask("POST", f"/teams/{each.id}/memberships", want=201)) for each in self.teams]
        self.ledger.planned["TooManyTeams"] += 1
        decided = await asyncio.gather(
            *(
                team.leader.ask(
                    "POST", f"/memberships/{row['id']}/decision", {"decision": "active"}, unless="TooManyTeams"
                )
                for team, row in applied
            )
        )
        for (team, row), answer in zip(applied, decided, strict=True):
            self._note(person, team, answer.json if answer.status == 200 else row.json)
        got = [answer for answer in decided if answer.status == 200]
        self.ledger.hold("至多五支队伍", len(got) == MOST_TEAMS, f"六份申请批准了 {len(got)} 份")
        for team, row in (pair for pair, answer in zip(applied, decided, strict=True) if answer.code):
            await person.ask("DELETE", f"/memberships/{row['id']}", want=204)
            self.memberships[person.id, team.id] = "declined"
            await person.ask("POST", f"/teams/{team.id}/memberships", refusal="TooManyTeams")

    def _note(self, person: Volunteer, team: Team, said: dict[str, Any]) -> None:
        self.memberships[person.id, team.id] = said["status"]
        if said["status"] == "active":
            team.members.add(person.id)

    async def compare(self) -> None:
        # Who met an unforeseen answer is in the ledger already, and asks no more.
        people = {each.id: each for each in self.stage.cast.volunteers}
        noted = {key: status for key, status in self.memberships.items() if key[0] in people}
        mine: dict[tuple[str, str], str] = {}
        ours = {team.id for team in self.teams}

        async def read(person: Volunteer) -> None:
            rows = (await person.ask("GET", "/me/memberships")).json
            mine.update({(person.id, row["team_id"]): row["status"] for row in rows if row["team_id"] in ours})

        await self.stage.each("核对队伍", [people[each] for each in {who for who, _ in noted}], read)
        self.ledger.compare(MEMBER_LINE, "我的队伍", set(noted.items()), set(mine.items()))
        counted = {(team.id, len(team.members)) for team in self.teams}
        said = {(team.id, await self._members(team)) for team in self.teams}
        self.ledger.compare("队伍人数", "teams", counted, said)

    async def _members(self, team: Team) -> int:
        return int((await self.stage.api.ask("GET", f"/teams/{team.id}"))["members"])
