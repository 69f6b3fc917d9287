"""Reminders: people allow some, events are called off and places offered, and each gets what they allowed, once."""

import asyncio
import time
from collections import Counter
from typing import Any

from scripts.walkthrough.people import Volunteer
from scripts.walkthrough.stage import Stage

REMINDER_OF = {"event_cancelled": "event", "place_offered": "place"}
# How often somebody taps "allow", by number.
TAPS = (1, 2, 1, 0)
UNSETTLED = ("waiting", "sending")
PATIENCE_SECONDS = 60
MESSAGE_LINE, REMINDER_LINE = "消息恰好一条", "提醒恰好发送一次"


class Inbox:
    """The act: who allowed how many, and what reached them in the end."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.ledger = stage.ledger
        # By the simulator's name of a person and the kind of reminder.
        self.allowed: Counter[tuple[str, str]] = Counter()
        self._templates: dict[str, str] = {}
        self._messages: dict[Volunteer, list[dict[str, Any]]] = {}

    async def allow(self) -> None:
        tapping = [each for each in self.stage.cast.volunteers if TAPS[each.number % len(TAPS)]]
        await self.stage.each("订阅提醒", tapping, self._tap)

    async def _tap(self, person: Volunteer) -> None:
        offered = {each["kind"]: each["template_id"] for each in (await person.ask("GET", "/me/reminders")).json}
        kinds = [kind for kind in REMINDER_OF.values() if kind in offered]
        self.ledger.hold("可订阅提醒", len(kinds) == len(REMINDER_OF), f"只有 {kinds}")
        self._templates |= {offered[kind]: kind for kind in kinds}
        for _ in range(TAPS[person.number % len(TAPS)]):
            for kind in kinds:
                await self.stage.wechat.accept(person.wechat_user, offered[kind])
                self.allowed[person.wechat_user, kind] += 1
            await person.ask("POST", "/me/reminders", {"accepted": kinds})

    async def compare(self) -> None:
        people = self.stage.cast.volunteers
        await self.stage.each("核对消息", people, self._read)
        told = {person: self._due(person) for person in people}
        counted = Counter({(person.id, *what): count for person in people for what, count in told[person].items()})
        self.ledger.compare(MESSAGE_LINE, "我的消息", counted, self._received(counted))
        sent = await self._sent()
        expected = self._sendable(told)
        self.ledger.compare(REMINDER_LINE, "模拟微信", expected, sent)
        self.ledger.compare(REMINDER_LINE, "我的消息", expected, self._said_to_be_sent())
        await self.stage.each("核对提醒余量", people, lambda person: self._compare_left(person, sent))

    async def _read(self, person: Volunteer) -> None:
        """Until nothing of it is on its way any more; the demonstration has no quiet hours."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while True:
            rows = await self.stage.api.pages("/me/messages", token=person.token)
            self._messages[person] = rows
            waits = any(row["delivery"] in UNSETTLED for row in rows if row["kind"] in REMINDER_OF)
            if not waits or time.monotonic() > ends:
                break
            await asyncio.sleep(1)
        per_event = Counter(row["event_id"] for row in rows if row["event_id"] and row["delivery"] == "sent")
        self.ledger.hold("每场活动至多两条提醒", max(per_event.values(), default=0) <= 2, f"{per_event}")

    def _due(self, person: Volunteer) -> "Counter[tuple[str, str]]":
        """By event and kind what the story told this person."""
        cancelled = [(e.event.id, "event_cancelled") for e in person.enrolments if e.status == "cancelled_by_organizer"]
        offered = [(each.event.id, "place_offered") for each in person.enrolments if each.was_offered]
        approved = [("", "registration_approved")] if person.registration_status == "approved" else []
        returned = [("", "registration_returned")] if person.was_returned else []
        return Counter([*cancelled, *offered, *approved, *returned])

    def _received(self, counted: Counter[tuple[str, str, str]]) -> "Counter[tuple[str, str, str]]":
        kinds = {kind for _, _, kind in counted} | REMINDER_OF.keys()
        return Counter(
            (person.id, row["event_id"] or "", row["kind"])
            for person, rows in self._messages.items()
            for row in rows
            if row["kind"] in kinds
        )

    def _sendable(self, told: dict[Volunteer, Counter[tuple[str, str]]]) -> "Counter[tuple[str, str]]":
        """One reminder for each that was allowed, as long as there is something to remind of."""
        news = Counter(
            {
                (person.wechat_user, REMINDER_OF[kind]): sum(n for (_, its), n in due.items() if its == kind)
                for person, due in told.items()
                for kind in REMINDER_OF
            }
        )
        return news & self.allowed

    async def _sent(self) -> "Counter[tuple[str, str]]":
        rows = await self.stage.wechat.reminders()
        return Counter((row["user"], self._templates.get(row["template_id"], "其他")) for row in rows)

    def _said_to_be_sent(self) -> "Counter[tuple[str, str]]":
        return Counter(
            (person.wechat_user, REMINDER_OF.get(row["kind"], "其他"))
            for person, rows in self._messages.items()
            for row in rows
            if row["delivery"] == "sent"
        )

    async def _compare_left(self, person: Volunteer, sent: Counter[tuple[str, str]]) -> None:
        left = {each["kind"]: each["left"] for each in (await person.ask("GET", "/me/reminders")).json}
        for kind in REMINDER_OF.values():
            key = (person.wechat_user, kind)
            expected = self.allowed[key] - sent[key]
            self.ledger.hold("提醒余量", left.get(kind, 0) == expected, f"{kind} 余 {left.get(kind)}，应为 {expected}")
