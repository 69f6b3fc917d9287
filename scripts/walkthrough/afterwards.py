"""Afterwards: everything is read back through the API and compared with what the answers said."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from scripts.walkthrough.check_in import Hall
from scripts.walkthrough.greeting import Desk
from scripts.walkthrough.people import Volunteer
from scripts.walkthrough.programme import Enrolment, Event
from scripts.walkthrough.stage import Stage

STATUSES = {
    "confirmed": "报名已确认",
    "waitlisted": "候补中",
    "offered": "递补待确认",
    "cancelled": "本人取消",
    "cancelled_by_organizer": "主办方取消",
    "lapsed": "递补逾期",
}
WAYS = {"venue_code": "签到（扫现场码）", "personal_code": "签到（出示个人码）"}

# A walk that provoked none of a kind proves nothing about it.
DOOR_REFUSALS = (
    "UnknownCode",
    "CodeExpired",
    "WrongEvent",
    "NotEnrolled",
    "Waitlisted",
    "EnrolmentCancelled",
    "TooEarly",
    "TooLate",
    "AlreadyCheckedIn",
    "AlreadyCheckedOut",
    "NotCheckedIn",
    "TicketRevoked",
    "EventCancelled",
)


class Afterwards:
    def __init__(self, stage: Stage, hall: Hall, desk: Desk) -> None:
        self.stage = stage
        self.hall = hall
        self.desk = desk
        self.me: set[str] = set()
        self.registrations: dict[str, str] = {}
        self.enrolments: dict[str, dict[str, Any]] = {}
        self.greetings: dict[str, dict[str, Any]] = {}
        self.events: dict[Event, Any] = {}
        self.counts: dict[Event, Any] = {}
        self.rosters: dict[Event, list[dict[str, Any]]] = {}

    async def read_and_compare(self) -> None:
        await self.stage.each("核对个人", self.stage.cast.all_volunteers, self._read_person)
        await self.stage.each("核对活动", self.stage.events, self._read_event)
        async with self.stage.act("核对名单", None):
            await self._compare_people()
            self._compare_enrolments()
            self._compare_check_ins()
            await self._compare_greetings()
        self._compare_refusals()

    async def _read_person(self, person: Volunteer) -> None:
        self.me.add((await person.ask("GET", "/me"))["id"])
        mine = await person.ask("GET", "/me/volunteer")
        self.registrations[mine["id"]] = mine["status"]
        self.enrolments |= {each["id"]: each for each in (await person.ask("GET", "/me/enrolments")).json}
        self.greetings |= {each["id"]: each for each in (await person.ask("GET", "/me/greetings")).json}

    async def _read_event(self, event: Event) -> None:
        self.events[event] = (await self.stage.api.ask("GET", f"/events/{event.id}")).json
        self.counts[event] = (await event.staff.ask("GET", f"/events/{event.id}/counts")).json
        self.rosters[event] = (await event.staff.ask("GET", f"/events/{event.id}/enrolments")).json

    async def _compare_people(self) -> None:
        people, compare = self.stage.cast.all_volunteers, self.stage.ledger.compare
        compare("登录", "GET /me", {each.id for each in people if each.id}, self.me)
        listed = {each["id"] for each in await self.stage.cast.city.registrations("approved")}
        for status, name in (("approved", "注册审核通过"), ("draft", "注册草稿")):
            counted = {each.registration_id for each in people if each.registration_status == status}
            compare(name, "GET /me/volunteer", counted, self._registered(status))
        ours = {each.registration_id for each in people}
        approved = {each.registration_id for each in people if each.registration_status == "approved"}
        compare("注册审核通过", "GET /registrations", approved, listed & ours)
        returned = {each.registration_id for each in people if each.was_returned}
        compare("退回后补正通过", "GET /me/volunteer", returned, returned & self._registered("approved"))

    def _registered(self, status: str) -> set[str]:
        return {row for row, said in self.registrations.items() if said == status}

    def _compare_enrolments(self) -> None:
        everything = self._all_enrolments()
        for status, name in STATUSES.items():
            counted = {each.id for each in everything if each.status == status}
            self._compare(
                name, "我的报名", counted, {n for n, each in self.enrolments.items() if each["status"] == status}
            )
            self._compare(
                name, "名册", counted, {each["enrolment_id"] for each in self._lines() if each["status"] == status}
            )
            by_event = Counter(each.event.id for each in everything if each.status == status)
            self._compare(name, "counts", by_event, self._counted("enrolments", status))
        moved_up = {each.id for each in everything if each.was_offered and each.status == "confirmed"}
        confirmed = {each["enrolment_id"] for each in self._lines() if each["status"] == "confirmed"}
        self._compare("候补转正", "名册", moved_up, moved_up & confirmed)
        for event in self.stage.events:
            self._compare_shifts(event)

    def _compare(self, name: str, source: str, counted: Any, said: Any) -> None:
        """Nothing on either side is no line of the table."""
        if counted or said:
            self.stage.ledger.compare(name, source, counted, said)

    def _compare_shifts(self, event: Event) -> None:
        """Seats left are those that nobody holds, and the queue stands in the order of arrival."""
        left = {each["id"]: each["seats_left"] for each in self.events.get(event, {"shifts": []})["shifts"]}
        places = {n: each["place"] for n, each in self.enrolments.items()}
        for shift in event.shifts:
            held = len(shift.with_status("confirmed", "offered"))
            is_right = held <= shift.seats and left.get(shift.id) == shift.seats - held
            words = f"{event.title}：{shift.seats} 座，{held} 人持有，剩余 {left.get(shift.id)}"
            self.stage.ledger.hold("座位不超额", is_right, words)
            lines = sorted(
                (each for each in self.rosters.get(event, []) if each["shift_id"] == shift.id), key=_queue_no
            )
            waiting = [each["enrolment_id"] for each in lines if each["status"] == "waitlisted"]
            expected = [each.id for each in shift.queue]
            is_in_order = waiting == expected and [places.get(n) for n in expected] == list(range(1, len(expected) + 1))
            self.stage.ledger.hold("候补按次序", is_in_order, f"{event.title}：名册次序与到达次序不同")

    def _compare_check_ins(self) -> None:
        everything = self._all_enrolments()
        for way, name in WAYS.items():
            counted = Counter(each.event.id for each in everything if each.way == way)
            self._compare(name, "counts", counted, self._counted("ways", way))
        out = Counter(each.event.id for each in everything if each.checked_out_at)
        said = Counter({event.id: each["checked_out"] for event, each in self.counts.items()})
        self._compare("签退", "counts", out, +said)
        for name, moment in (("名册中的签到时间", "checked_in_at"), ("名册中的签退时间", "checked_out_at")):
            acknowledged = {(each.id, _at(getattr(each, moment))) for each in everything if getattr(each, moment)}
            came = [(each["enrolment_id"], _at(each[moment])) for each in self._lines() if each[moment]]
            self._compare(name, "名册", acknowledged, set(came))
            self.stage.ledger.hold(
                "签到恰好一次", len(came) == len(acknowledged), f"{len(came)} 行，应为 {len(acknowledged)} 行"
            )
        for verdict in sorted({verdict for door in self.hall.doors.values() for verdict in door.log}):
            logged = Counter({event.id: door.log[verdict] for event, door in self.hall.doors.items()})
            self._compare(f"扫码 {verdict}", "counts", +logged, self._counted("scans", verdict))

    def _counted(self, group: str, name: str) -> "Counter[str]":
        return +Counter({event.id: counts[group].get(name, 0) for event, counts in self.counts.items()})

    async def _compare_greetings(self) -> None:
        texts = self.desk.texts
        for status, name in (("accepted", "祝福通过"), ("rejected", "祝福未通过"), ("withdrawn", "祝福撤回")):
            counted = {(text.id, text.left["version"]) for text in texts if text.left["status"] == status}
            said = {(n, each["version"]) for n, each in self.greetings.items() if each["status"] == status}
            self._compare(name, "我的祝福", counted, said)
        rewritten = {text.id for text in texts if text.was_returned and text.left["status"] == "accepted"}
        seen = {n for n, each in self.greetings.items() if each["status"] == "accepted" and each["version"] > 1}
        self._compare("祝福退回后通过", "我的祝福", rewritten, seen & {text.id for text in texts if text.was_returned})
        wall = await self.desk.wall()
        ours = {text.id for text in texts}
        expected = {(text.id, text.words["text"]) for text in texts if text.is_on_wall}
        self._compare("祝福上墙", "祝福墙", expected, {(n, each["text"]) for n, each in wall.items() if n in ours})

    def _compare_refusals(self) -> None:
        """Each refusal came as often as the story meant it to, and none that the story has came never."""
        ledger = self.stage.ledger
        for code in sorted(ledger.planned.keys() | ledger.received.keys()):
            ledger.compare(f"拒绝 {code}", "应答", ledger.planned[code], ledger.received[code])
        for verdict in DOOR_REFUSALS:
            ledger.hold("每种签到拒绝都出现过", ledger.received[verdict] > 0, f"{verdict} 没有出现，走查不完整")

    def _all_enrolments(self) -> list[Enrolment]:
        return [each for event in self.stage.events for each in event.enrolments]

    def _lines(self) -> list[dict[str, Any]]:
        return [line for lines in self.rosters.values() for line in lines]


def _queue_no(line: dict[str, Any]) -> int:
    return int(line["queue_no"])


def _at(moment: str) -> str:
    """One spelling for one moment."""
    return datetime.fromisoformat(moment).astimezone(UTC).isoformat()
