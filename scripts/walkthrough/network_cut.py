"""Act 6b: staff phones lose the network, scan on, and bring everything later: in halves, in no order, and twice."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from scripts.walkthrough.check_in import Hall
from scripts.walkthrough.door import IN, OUT, REPEAT_LINE
from scripts.walkthrough.people import Staff
from scripts.walkthrough.programme import Enrolment, Event, Fate
from scripts.walkthrough.stage import Stage

# By how much the second phone's clock is ahead: more than any network is slow.
FAST = timedelta(minutes=10)
# How long before the upload each thing happened.
CAME, CAME_AGAIN, LEFT = timedelta(seconds=90), timedelta(seconds=50), timedelta(seconds=25)
# What the log may say of each: which of the two came first is the network's affair, the attendance is not.
VERDICTS = {IN: ("CheckedIn", "AlreadyCheckedIn"), OUT: ("CheckedOut", "NotCheckedIn")}
SEEN = {IN: "CheckedIn", OUT: "CheckedOut"}
ANSWER_LINE = "补传逐条答复"
CONFLICT_LINE = "补传冲突"


@dataclass(eq=False)
class Phone:
    name: str
    is_ahead: timedelta = timedelta(0)


@dataclass(eq=False)
class LateScan:
    """`happened_at` is the true time; what the phone says of it is as wrong as its clock."""

    enrolment: Enrolment
    event: Event
    phone: Phone
    direction: str
    happened_at: datetime
    verdicts: Sequence[str | None]
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    answer: Any = None

    def as_sent(self) -> dict[str, Any]:
        ticket = self.enrolment.ticket
        return {
            "point_id": self.event.point_id,
            "code": ticket.code(self.happened_at) if ticket else "",
            "nonce": self.nonce,
            "scanned_at": (self.happened_at + self.phone.is_ahead).isoformat(),
            "direction": self.direction,
            "seen": SEEN[self.direction],
        }


class NetworkCut:
    """The act: what each phone has kept, the answers, and which conflicts there must be."""

    def __init__(self, stage: Stage, hall: Hall) -> None:
        self.stage = stage
        self.ledger = stage.ledger
        self.hall = hall
        self.conflicts: set[tuple[str, str]] = set()
        self._kept: dict[Staff, list[LateScan]] = {}
        self._phones = Phone("walk-main"), Phone("walk-second", FAST)

    async def upload(self) -> None:
        self._scan_without_network()
        await self.stage.each("断网补传", self._kept.items(), lambda kept: self._bring(*kept))
        for scans in self._kept.values():
            self._note_attendance(scans)

    def _scan_without_network(self) -> None:
        now = datetime.now(UTC).replace(microsecond=0)
        for number, each in enumerate(self.hall.cut_off):
            self._keep(each, self._phones[0], IN, now - CAME)
            if number % 3 < 2:
                self._keep(each, self._phones[0], OUT, now - LEFT)
            if number % 3 == 0:
                # Somebody lets the same person in at the other gate, on a phone whose clock is wrong too.
                self._keep(each, self._phones[1], IN, now - CAME_AGAIN)
                self.conflicts |= {(each.id, "two_devices"), (each.id, "clock_off")}
        waiting = self.stage.enrolments("waitlisted", fates=(Fate.ORDINARY,))
        for _, each in self.hall.some(waiting):
            # Let in by staff, who could not know better; the server does not, and says so.
            self._keep(each, self._phones[0], IN, now - CAME, "Waitlisted")
            self.conflicts.add((each.id, "seen_differs"))
        for staff, scans in self._kept.items():
            self._scan_elsewhere(staff, scans, now)

    def _keep(self, each: Enrolment, phone: Phone, direction: str, at: datetime, verdict: str = "") -> None:
        expected = (verdict,) if verdict else VERDICTS[direction]
        scan = LateScan(each, each.event, phone, direction, at, expected)
        self._kept.setdefault(each.event.staff, []).append(scan)

    def _scan_elsewhere(self, staff: Staff, scans: list[LateScan], now: datetime) -> None:
        """One scan of a door where these staff are not on duty: refused by itself, and in no log."""
        elsewhere = next((event for event in self.stage.events if event.staff is not staff), None)
        if elsewhere is not None:
            scans.append(LateScan(scans[0].enrolment, elsewhere, self._phones[0], IN, now - CAME, (None,)))

    async def _bring(self, staff: Staff, scans: list[LateScan]) -> None:
        main = [each for each in scans if each.phone is self._phones[0]]
        second = [each for each in scans if each.phone is self._phones[1]]
        self.stage.dice.shuffle(main)
        half = len(main) // 2
        parts = [part for part in (main[:half], main[half:], second) if part]
        await asyncio.gather(*(self._send(staff, part) for part in parts))
        # The answers were lost on the way, as far as the phones know.
        for part in ([*main], second):
            if part:
                self.stage.dice.shuffle(part)
                await self._send(staff, part)

    async def _send(self, staff: Staff, scans: Sequence[LateScan]) -> None:
        phone = scans[0].phone
        sent_at = (datetime.now(UTC) + phone.is_ahead).isoformat()
        body = {"device_id": phone.name, "sent_at": sent_at, "scans": [each.as_sent() for each in scans]}
        uploaded = await staff.ask("POST", "/scans/batch", body)
        by_nonce = {each["nonce"]: each for each in uploaded["answers"]}
        for each in scans:
            self._hear(each, by_nonce.get(each.nonce), phone.is_ahead - timedelta(seconds=uploaded["clock_error_s"]))

    def _hear(self, scan: LateScan, answer: Any, correction: timedelta) -> None:
        """`correction` is what the server's view of the phone's clock adds to the true time: the network's slowness."""
        verdict = answer.get("verdict") if answer else "没有答复"
        self.ledger.hold(ANSWER_LINE, verdict in scan.verdicts, f"{verdict}，应为 {scan.verdicts}")
        if scan.answer is not None:
            self.ledger.hold(REPEAT_LINE, answer == scan.answer, "再次补传的应答不同")
            return
        scan.answer = answer
        scan.happened_at += correction
        if verdict is not None:
            self.hall.doors[scan.event].log[verdict] += 1

    def _note_attendance(self, scans: Sequence[LateScan]) -> None:
        """Who came when, whatever order it was told in: the first in, and the out after it."""
        for scan in sorted(scans, key=lambda each: each.happened_at):
            enrolment = scan.enrolment
            if tuple(scan.verdicts) != VERDICTS[scan.direction]:
                continue
            if scan.direction == OUT:
                enrolment.checked_out_at = scan.happened_at.isoformat()
            elif enrolment.checked_in_at is None:
                enrolment.checked_in_at, enrolment.way = scan.happened_at.isoformat(), "personal_code"

    async def compare(self) -> None:
        """Conflicts are those that the story made; a decided one is decided, once, and no longer open."""
        async with self.stage.act("核对冲突", None):
            rows = [row for event in self.stage.events for row in await self._conflicts(event)]
            said = {(row["enrolment_id"], row["kind"]) for row in rows}
            self.ledger.compare(CONFLICT_LINE, "conflicts", self.conflicts, said)
            if rows:
                await self._decide(rows[0])

    async def _conflicts(self, event: Event, asked: str = "") -> list[dict[str, Any]]:
        rows = (await event.staff.ask("GET", f"/events/{event.id}/conflicts{asked}")).json
        return [row | {"event": event} for row in rows]

    async def _decide(self, row: dict[str, Any]) -> None:
        event: Event = row["event"]
        path, reason = f"/conflicts/{row['id']}/decision", {"reason": "两位工作人员同时引导入场，以先到时间为准。"}
        await event.staff.ask("POST", path, reason, want=204)
        await event.staff.ask("POST", path, reason, refusal="ConflictDecided")
        still_open = {each["id"] for each in await self._conflicts(event, "?is_open=true")}
        self.ledger.hold("冲突处理后不再待办", row["id"] not in still_open, "处理过的冲突仍列为待办")
