"""Act 6: people sign in both ways at once, with every refusal the doors can give; some sign out; a door closes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice

from scripts.walkthrough.door import OUT, Door
from scripts.walkthrough.people import Volunteer
from scripts.walkthrough.programme import Enrolment, Event, Fate
from scripts.walkthrough.stage import Errand, Stage

# Every tenth who could come does not.
NO_SHOW_EVERY = 10
LEAVES_EVERY = 3
# Every fourth of those who meet no mishap stands at a door whose network is down.
CUT_OFF_EVERY = 4
# One mishap of each kind for so many volunteers, and one of each at least.
MISHAP_FOR = 50
# Longer than a code's slot, its grace and the allowance for a wrong clock together.
FAR_OFF = timedelta(minutes=10)
# A venue's code is good for its slot and 30 s after; a second more for two clocks.
GRACE = timedelta(seconds=31)


class Hall:
    """All doors, who comes to them, and how many meet each mishap."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.doors = {event: Door(stage.ledger, event) for event in stage.events}
        self.few = max(1, len(stage.cast.all_volunteers) // MISHAP_FOR)
        expected = stage.enrolments("confirmed", fates=(Fate.ORDINARY,))
        self.no_shows = expected[::NO_SHOW_EVERY]
        self.coming = [each for n, each in enumerate(expected) if n % NO_SHOW_EVERY]
        self.cut_off = self.coming[2 * self.few :: CUT_OFF_EVERY]
        self.coming = [each for each in self.coming if each not in self.cut_off]
        # The first of an event that will be closed comes too late, every other second one comes in time.
        ending = [event.with_status("confirmed") for event in stage.with_fate(Fate.ENDED)]
        self.coming += [each for expected in ending for each in expected[1::2]]

    def at(self, enrolment: Enrolment) -> Door:
        return self.doors[enrolment.event]

    def some(self, people: list[Enrolment]) -> Iterator[tuple[int, Enrolment]]:
        return islice(enumerate(people), self.few)

    async def open(self) -> None:
        # Not those of the mishaps below, whose codes must still be good.
        lost_phones = self.coming[self.few : 2 * self.few]
        errands: list[Errand] = [partial(self._lose_phone, each) for each in lost_phones]
        errands += [partial(self._come, n, each) for n, each in enumerate(self.coming) if each not in lost_phones]
        errands += [*self._false_codes(), *self._wrong_people(), *self._wrong_times()]
        self.stage.dice.shuffle(errands)
        await self.stage.run("签到", errands)
        inside = [each for each in self.coming if each.checked_in_at]
        await self.stage.run("再次扫码", self._once_more(inside))
        leaving = list(enumerate(inside[::LEAVES_EVERY]))
        await self.stage.each("签退", leaving, lambda numbered: self._leave(*numbered))

    async def close(self) -> None:
        """An event that has begun is ended; its door lets nobody in or out any more."""
        for event in self.stage.with_fate(Fate.ENDED):
            closed = await event.organizer.ask("POST", f"/events/{event.id}/closure")
            self.stage.ledger.hold("活动已结束", closed["status"] == "ended", f"状态 {closed['status']}")
        late = [each for each in self.stage.enrolments("confirmed", fates=(Fate.ENDED,)) if not each.checked_in_at]
        await self.stage.run("迟到", [partial(self._scan, n % 2 == 1, each, "TooLate") for n, each in self.some(late)])

    async def try_early_codes(self) -> None:
        """A photograph of the screen, if it is old enough by now; the confirmed who never came try it."""
        stale = datetime.now(UTC) - GRACE
        trying = [
            each
            for _, each in self.some(self.no_shows)
            if datetime.fromisoformat(each.event.early_code["valid_until"]) <= stale
        ]
        await self.stage.each("旧的现场码", trying, self._try_early)

    async def _try_early(self, each: Enrolment) -> None:
        await self.at(each).scan_venue(each.person, "CodeExpired", code=each.event.early_code["code"])

    async def _come(self, number: int, each: Enrolment) -> None:
        await self.at(each).sign(each, by_staff=number % 2 == 0)

    async def _lose_phone(self, each: Enrolment) -> None:
        """The old code is stopped, the new one opens."""
        old = each.ticket
        await each.person.ask("DELETE", f"/enrolments/{each.id}/code", want=204)
        await self.at(each).scan_person(each, "TicketRevoked", code=old.code(datetime.now(UTC)) if old else "")
        await each.person.fetch_ticket(each)
        await self.at(each).sign(each, by_staff=True)

    async def _leave(self, number: int, each: Enrolment) -> None:
        await self.at(each).sign(each, direction=OUT, by_staff=number % 2 == 1)
        if number < self.few:
            await self._scan(number % 2 == 0, each, "AlreadyCheckedOut", OUT)

    async def _scan(self, by_staff: bool, each: Enrolment, verdict: str, direction: str = "in") -> None:
        if by_staff:
            await self.at(each).scan_person(each, verdict, direction=direction)
        else:
            await self.at(each).scan_venue(each.person, verdict, direction=direction)

    def _once_more(self, inside: list[Enrolment]) -> list[Errand]:
        return [
            partial(self._scan, way, each, "AlreadyCheckedIn") for _, each in self.some(inside) for way in (False, True)
        ]

    def _false_codes(self) -> list[Errand]:
        errands: list[Errand] = []
        for n, each in self.some(self.coming):
            off = -FAR_OFF if n % 2 == 0 else FAR_OFF
            errands += [partial(self._forge, each), partial(self._forge_venue, each), partial(self._expired, each, off)]
            errands += [partial(self._wrong_event, each), partial(self._not_your_event, each)]
        return errands

    async def _forge(self, each: Enrolment) -> None:
        if each.ticket:
            await self.at(each).scan_person(each, "UnknownCode", code=altered(each.ticket.code(datetime.now(UTC))))

    async def _forge_venue(self, each: Enrolment) -> None:
        code = altered(await self.at(each).venue_code())
        await self.at(each).scan_venue(each.person, "UnknownCode", code=code, is_ours=False)

    async def _expired(self, each: Enrolment, off: timedelta) -> None:
        if each.ticket:
            await self.at(each).scan_person(each, "CodeExpired", code=each.ticket.code(datetime.now(UTC) + off))

    async def _wrong_event(self, each: Enrolment) -> None:
        elsewhere = next(door for event, door in self.doors.items() if event is not each.event)
        await elsewhere.scan_person(each, "WrongEvent")

    async def _not_your_event(self, each: Enrolment) -> None:
        """Staff of another event cannot scan here, and the log has nothing of it."""
        others = (event.staff for event in self.doors if event.staff is not each.event.staff)
        body = {"code": "LZ1.x", "nonce": "not-my-event", "point_id": each.event.point_id}
        await next(others).ask("POST", "/scans", body, refusal="NotYourEvent")

    def _wrong_people(self) -> list[Errand]:
        strangers = islice(_strangers(self.stage), self.few)
        errands: list[Errand] = [
            partial(self.doors[event].scan_venue, person, "NotEnrolled") for person, event in strangers
        ]
        for fates, status, verdict in (
            ((Fate.ORDINARY, Fate.FAR), "waitlisted", "Waitlisted"),
            ((Fate.ORDINARY, Fate.FAR), "cancelled", "EnrolmentCancelled"),
            ((Fate.CALLED_OFF,), "cancelled_by_organizer", "EventCancelled"),
        ):
            people = self.stage.enrolments(status, fates=fates)
            errands += [partial(self._scan, n % 2 == 1, each, verdict) for n, each in self.some(people)]
        return errands

    def _wrong_times(self) -> list[Errand]:
        early = self.stage.enrolments("confirmed", fates=(Fate.FAR,))
        return [
            *(partial(self._scan, n % 2 == 1, each, "TooEarly") for n, each in self.some(early)),
            *(partial(self._scan, n % 2 == 1, each, "NotCheckedIn", OUT) for n, each in self.some(self.no_shows)),
        ]


def _strangers(stage: Stage) -> Iterator[tuple[Volunteer, Event]]:
    """Approved volunteers, each with an event that they never enrolled in."""
    for person in stage.cast.approved:
        known = {each.event for each in person.enrolments}
        yield from ((person, event) for event in stage.with_fate(Fate.ORDINARY)[:1] if event not in known)


def altered(code: str) -> str:
    """One character changed, in the middle of the sealed part, to another of its alphabet."""
    at = len(code) - 12
    return code[:at] + ("A" if code[at] != "A" else "B") + code[at + 1 :]
