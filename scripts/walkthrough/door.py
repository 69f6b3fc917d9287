"""The door of one event: its screen, its staff with a scanner, and what its log must hold afterwards."""

import asyncio
import itertools
import secrets
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from typing import Any

from scripts.walkthrough.api import Answer
from scripts.walkthrough.ledger import Ledger
from scripts.walkthrough.people import Person
from scripts.walkthrough.programme import Enrolment, Event

# A tenth of all scans is sent twice, by turns at once (a thumb) and one after the other (a lost answer).
TWICE_EVERY = 10
IN, OUT = "in", "out"
ACCEPTED = {IN: "CheckedIn", OUT: "CheckedOut"}
REPEAT_LINE = "重复提交得到同一应答"


class Door:
    """`log` counts the lines that the server's log of scans must have for this event, by verdict."""

    _turns = itertools.count(1)

    def __init__(self, ledger: Ledger, event: Event) -> None:
        self.ledger = ledger
        self.event = event
        self.log: Counter[str] = Counter()
        self._screen: Any = None
        self._is_turning = asyncio.Lock()

    async def venue_code(self) -> str:
        """What the screen shows at this moment; it fetches the next code when one has run out."""
        async with self._is_turning:
            if self._screen is None or datetime.fromisoformat(self._screen["valid_until"]) <= datetime.now(UTC):
                self._screen = await self.event.staff.ask("GET", f"/points/{self.event.point_id}/code")
            return str(self._screen["code"])

    async def scan_venue(
        self, person: Person, verdict: str, *, direction: str = IN, code: str = "", is_ours: bool = True
    ) -> Answer:
        """The person's phone scans the screen. A code that names no door of ours is in no event's log."""
        self.log[verdict] += is_ours
        body = {"code": code or await self.venue_code(), "direction": direction}
        return await self._submit(person, "/check-ins", body, verdict)

    async def scan_person(self, enrolment: Enrolment, verdict: str, *, direction: str = IN, code: str = "") -> Answer:
        """Staff scan what the person's phone shows, made by the phone itself."""
        self.log[verdict] += 1
        now = datetime.now(UTC)
        shown = code or (enrolment.ticket.code(now) if enrolment.ticket else "")
        body = {"code": shown, "direction": direction, "point_id": self.event.point_id, "scanned_at": now.isoformat()}
        return await self._submit(self.event.staff, "/scans", body, verdict)

    async def _submit(self, who: Person, path: str, body: dict[str, Any], verdict: str) -> Answer:
        is_refusal = verdict not in ACCEPTED.values()
        body |= {"nonce": secrets.token_urlsafe(12)}
        send = partial(who.ask, "POST", path, body, refusal=verdict if is_refusal else None)
        turn = next(Door._turns)
        if turn % TWICE_EVERY:
            return await send()
        if turn % (2 * TWICE_EVERY):
            first, second = await send(), await send()
        else:
            first, second = await asyncio.gather(send(), send())
        self.ledger.hold(REPEAT_LINE, first.essence == second.essence, f"{path} {verdict} 两次应答不同")
        return first

    async def sign(self, enrolment: Enrolment, *, direction: str = IN, by_staff: bool) -> None:
        """An accepted scan; its time is what the roster must show."""
        verdict = ACCEPTED[direction]
        if by_staff:
            answer = await self.scan_person(enrolment, verdict, direction=direction)
            name = enrolment.person.form["name"]
            self.ledger.hold("工作人员看到姓名", answer["name"] == name, f"{name} 显示为 {answer['name']}")
        else:
            answer = await self.scan_venue(enrolment.person, verdict, direction=direction)
        self.ledger.hold("签到应答写明结果", answer["verdict"] == verdict, f"{answer['verdict']}，应为 {verdict}")
        if direction == IN:
            enrolment.checked_in_at = answer["checked_in_at"]
            enrolment.way = "personal_code" if by_staff else "venue_code"
        else:
            enrolment.checked_out_at = answer["checked_out_at"]
