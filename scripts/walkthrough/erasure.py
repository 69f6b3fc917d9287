"""The last act but one: somebody has themselves erased, everything that named them is gone, and nobody else notices."""

import asyncio
from collections.abc import Iterable
from typing import Any

from scripts.walkthrough.greeting import Desk
from scripts.walkthrough.log_in import TOLD_WITHIN_S
from scripts.walkthrough.people import Person, Volunteer
from scripts.walkthrough.programme import Enrolment, Event, Fate
from scripts.walkthrough.stage import Stage
from scripts.walkthrough.wechat import Newcomer

GONE_LINE, PASSED_ON_LINE, OTHERS_LINE = "注销后查无此人", "注销后名额顺延", "注销不影响他人"
# How a roster shows who is no more.
NAMELESS = {"已注销", ""}
LIVE = ("confirmed", "waitlisted", "offered")


class Erasure:
    """One volunteer with a seat that others wait for, if there is one, and with a greeting on the wall."""

    def __init__(self, stage: Stage, desk: Desk) -> None:
        self.stage = stage
        self.ledger = stage.ledger
        self.desk = desk

    async def erase(self) -> None:
        person = self._chosen()
        await self.stage.each("注销", [person] if person else [], self._erase)

    def _chosen(self) -> Volunteer | None:
        """Not one of the first, who have a part of their own at the end."""
        last = [each for each in reversed(self.stage.cast.approved) if each.enrolments and not self._is_inside(each)]
        with_queue = [each for each in last if self._passes_on(each)]
        on_wall = {text.author for text in self.desk.texts if text.is_on_wall}
        return next(iter([each for each in with_queue if each in on_wall] or with_queue or last), None)

    def _is_inside(self, person: Volunteer) -> bool:
        return any(each.checked_in_at for each in person.enrolments)

    def _passes_on(self, person: Volunteer) -> list[Enrolment]:
        """The seats that somebody else gets at once."""
        open_ones = [each for each in person.enrolments if each.event.fate in (Fate.ORDINARY, Fate.FAR)]
        return [
            each
            for each in open_ones
            if each.status == "confirmed" and each.shift.queue and not each.shift.queue[0].person.is_lost
        ]

    async def _erase(self, person: Volunteer) -> None:
        events = list({each.event: None for each in person.enrolments})
        next_ones = [(each.shift, each.shift.queue[0]) for each in self._passes_on(person)]
        before = {event: await self._others(event, person) for event in events}
        found = await self._found(person, events)
        self.ledger.hold("注销前可查到", bool(found), "服务台查不到本人")
        await person.ask("DELETE", "/me")
        for each in person.enrolments:
            each.status = "cancelled" if each.status in LIVE else each.status
        person.is_lost = True
        await self._is_gone(person, events)
        await self._seats_are_passed_on([enrolment for _, enrolment in next_ones])
        moved = {enrolment.id for _, enrolment in next_ones}
        for event in events:
            after = await self._others(event, person)
            self.ledger.compare(OTHERS_LINE, "名册", _but(before[event], moved), _but(after, moved))
        await self._comes_back(person)
        await asyncio.sleep(TOLD_WITHIN_S)
        await self.stage.api.ask("GET", "/me", token=person.token, refusal="SessionEnded")

    async def _others(self, event: Event, person: Volunteer) -> set[tuple[Any, ...]]:
        own = {each.id for each in person.enrolments}
        rows = (await event.staff.ask("GET", f"/events/{event.id}/enrolments")).json
        names = ("enrolment_id", "status", "queue_no", "name_masked", "checked_in_at", "checked_out_at")
        return {tuple(row[name] for name in names) for row in rows if row["enrolment_id"] not in own}

    async def _is_gone(self, person: Volunteer, events: Iterable[Event]) -> None:
        """From the rosters, the lists of the city and the wall."""
        rows = [
            (event, row)
            for event in events
            for row in (await event.staff.ask("GET", f"/events/{event.id}/enrolments")).json
            if row["enrolment_id"] in {each.id for each in person.enrolments}
        ]
        named = {row["name_masked"] for _, row in rows}
        self.ledger.hold(GONE_LINE, named <= NAMELESS, f"名册上仍写着 {sorted(named)}")
        # What has begun stays in its record, without a name.
        ahead = [row for event, row in rows if event.fate is not Fate.ENDED]
        live = {row["enrolment_id"] for row in ahead if row["status"] in LIVE}
        listed = {row["id"] for row in await self.stage.cast.city.registrations("approved")}
        texts = {text.id for text in self.desk.texts if text.author is person}
        own = {*(each.id for each in person.enrolments), person.registration_id, *texts}
        left = own & {*live, *listed, *await self.desk.wall()}
        self.ledger.hold(GONE_LINE, not left, f"名册、名单或祝福墙仍有 {sorted(left)}")
        found = await self._found(person, events)
        self.ledger.hold(GONE_LINE, not found, f"服务台仍查到 {sorted(found)}")

    async def _found(self, person: Volunteer, events: Iterable[Event]) -> set[str]:
        """What the desks find of this person by the phone's last four digits."""
        own = {each.id for each in person.enrolments}
        last_four = person.form["phone"][-4:]
        lists = [(await each.staff.ask("GET", f"/events/{each.id}/desk?q={last_four}")).json for each in events]
        return {row["enrolment_id"] for rows in lists for row in rows} & own

    async def _seats_are_passed_on(self, next_ones: Iterable[Enrolment]) -> None:
        for enrolment in next_ones:
            shown = {each["id"]: each for each in (await enrolment.person.ask("GET", "/me/enrolments")).json}
            status = shown[enrolment.id]["status"]
            enrolment.status = status
            self.ledger.hold(PASSED_ON_LINE, status == "offered", f"{enrolment.event.title}：下一位 {status}")

    async def _comes_back(self, person: Volunteer) -> None:
        """The same WeChat account is somebody new, of whom nothing is known."""
        code = await self.stage.wechat.login_code(person.wechat_user)
        again = Person(self.stage.api, Newcomer(person.wechat_user, code))
        await again.log_in()
        self.ledger.hold(GONE_LINE, again.id != person.id, "重新登录得到的是已注销的账号")
        enrolments = (await again.ask("GET", "/me/enrolments")).json
        self.ledger.hold(GONE_LINE, enrolments == [], f"重新登录仍有 {len(enrolments)} 条报名")


def _but(rows: set[tuple[Any, ...]], ids: set[str]) -> set[tuple[Any, ...]]:
    return {row for row in rows if row[0] not in ids}
