"""Act 5: everybody enrols at once until shifts overflow; some give their places back, and the queue moves up."""

import asyncio
from functools import partial

from scripts.walkthrough.api import Answer
from scripts.walkthrough.people import Volunteer
from scripts.walkthrough.programme import Enrolment, Event, Fate, Shift
from scripts.walkthrough.stage import Errand, Stage

OPEN = (Fate.ORDINARY, Fate.FAR)
HOW_MANY = (1, 2, 2, 3)
POPULAR_EVERY = 3
DOUBLE_TAP_EVERY = 12
AGAIN_EVERY = 10
# Every so manieth gives the place back: where a queue waits for it, where none does, and in the queue itself.
LEAVES_EVERY, QUIET_LEAVES_EVERY, WAITING_LEAVES_EVERY = 5, 20, 25
DECLINES_EVERY = 5

SEATS_LINE = "座位不超额"
QUEUE_LINE = "候补按次序"


async def enrol(stage: Stage) -> None:
    draft = [each for each in stage.cast.volunteers if each.registration_status == "draft"]
    shift = stage.events[0].shifts[0]
    await stage.each("未注册不能报名", draft, lambda who: _refuse(who, shift, "RegistrationNotApproved"))
    wishes = [(person, shift) for person in stage.cast.approved for shift in _picks(stage, person)]
    # All wishes of all people race each other, as on the evening when enrolment opens.
    stage.dice.shuffle(wishes)
    await stage.each("报名", enumerate(wishes), lambda numbered: _enrol(stage, numbered[0], *numbered[1]))
    for event in stage.events:
        _check_arrivals(stage, event)
    await stage.each("取得个人码", stage.enrolments("confirmed", "waitlisted"), _fetch_ticket)


def _picks(stage: Stage, person: Volunteer) -> list[Shift]:
    """Up to three events, a shift in each: every third person wants the popular one, and no event is left empty."""
    first = _popular(stage) if person.number % POPULAR_EVERY == 0 else stage.dice.choice(stage.events).shifts[0]
    if person.number <= len(stage.events):
        first = stage.dice.choice(stage.events[person.number - 1].shifts)
    others = [event for event in stage.events if event is not first.event]
    more = stage.dice.sample(others, stage.dice.choice(HOW_MANY) - 1)
    return [first, *(stage.dice.choice(event.shifts) for event in more)]


def _popular(stage: Stage) -> Shift:
    return min((s for event in stage.with_fate(Fate.ORDINARY) for s in event.shifts), key=lambda shift: shift.seats)


async def _refuse(person: Volunteer, shift: Shift, code: str) -> Answer:
    return await person.ask("POST", f"/shifts/{shift.id}/enrolments", refusal=code)


async def _enrol(stage: Stage, number: int, person: Volunteer, shift: Shift) -> None:
    if number % DOUBLE_TAP_EVERY == 0:
        await _enrol_twice_at_once(stage, person, shift)
    else:
        await person.enrol(shift)
    if number % AGAIN_EVERY == 1:
        # Another role of the same event is the same event.
        refused = await _refuse(person, shift.event.shifts[-1], "AlreadyEnrolled")
        standing = [each.id for each in person.enrolments if each.event is shift.event]
        stage.ledger.hold("重复报名指向原报名", [refused["enrolment_id"]] == standing, "指向了别的报名")
    await see_seats(stage, shift.event)


async def _enrol_twice_at_once(stage: Stage, person: Volunteer, shift: Shift) -> None:
    """One of two taps gets the place; which one is the network's affair."""
    stage.ledger.planned["AlreadyEnrolled"] += 1
    path = f"/shifts/{shift.id}/enrolments"
    taps = [person.ask("POST", path, want=201, unless="AlreadyEnrolled") for _ in range(2)]
    got = [answer for answer in await asyncio.gather(*taps) if answer.status == 201]
    stage.ledger.hold("双击报名只占一个名额", len(got) == 1, f"两次点击得到 {len(got)} 个名额")
    person.enrolled(got[0], shift)


async def see_seats(stage: Stage, event: Event) -> None:
    """As anybody's phone shows it at any moment: never fewer than no seats left."""
    shown = await stage.api.ask("GET", f"/events/{event.id}")
    for shift in shown["shifts"]:
        left = shift["seats_left"]
        stage.ledger.hold(SEATS_LINE, 0 <= left <= shift["seats"], f"{event.title}：剩余 {left}")


def _check_arrivals(stage: Stage, event: Event) -> None:
    """Before anybody cancels: as many seats taken as there are or people came, and places 1, 2, 3 … without a gap."""
    for shift in event.shifts:
        came, seated = len(shift.enrolments), len(shift.with_status("confirmed"))
        stage.ledger.hold(
            SEATS_LINE, seated == min(came, shift.seats), f"{event.title}：{came} 人报名，{seated} 人确认"
        )
        places = [each.place for each in shift.queue]
        stage.ledger.hold(QUEUE_LINE, places == list(range(1, len(places) + 1)), f"{event.title}：次序 {places}")


async def _fetch_ticket(enrolment: Enrolment) -> None:
    await enrolment.person.fetch_ticket(enrolment)


async def move_up(stage: Stage) -> None:
    """Places are given back all at once; their offers go to the head of the queue and to nobody else."""
    leaving = _leaving(stage)
    await stage.run("取消被拒", _refusals_before(stage))
    await stage.each("取消报名", leaving, _cancel)
    await stage.run("取消被拒", [partial(_ask, each, "DELETE", "", "EnrolmentNotLive") for each in leaving[:3]])
    await _look(stage)
    offered = stage.enrolments("offered")
    declining = offered[DECLINES_EVERY - 1 :: DECLINES_EVERY]
    await stage.each("放弃递补", declining, _cancel)
    await stage.each("确认递补", [each for each in offered if each not in declining], _accept)
    # What was declined went on to the next, who is asked in turn.
    await _look(stage)
    await stage.each("确认递补", stage.enrolments("offered"), _accept)
    await stage.each("座位", stage.events, lambda event: see_seats(stage, event))


def _leaving(stage: Stage) -> list[Enrolment]:
    leaving: list[Enrolment] = []
    for shift in (shift for event in stage.with_fate(*OPEN) for shift in event.shifts):
        seated = shift.with_status("confirmed")
        # With a queue from the first on, so that also a shift of one seat has one who leaves.
        leaving += seated[::LEAVES_EVERY] if shift.queue else seated[QUIET_LEAVES_EVERY - 1 :: QUIET_LEAVES_EVERY]
        leaving += shift.queue[WAITING_LEAVES_EVERY - 1 :: WAITING_LEAVES_EVERY]
    stage.dice.shuffle(leaving)
    return [each for each in leaving if not each.person.is_lost]


def _refusals_before(stage: Stage) -> list[Errand]:
    late = stage.enrolments("confirmed", fates=(Fate.ENDED,))[:1]
    waiting = stage.enrolments("waitlisted")
    stranger = stage.cast.volunteers[-1]
    return [
        *(partial(_ask, each, "DELETE", "", "TooLateToCancel") for each in late),
        *(partial(_ask, each, "POST", "/acceptance", "NoOffer") for each in waiting[:1]),
        *(
            partial(_ask, each, "DELETE", "", "NoSuchEnrolment", stranger)
            for each in waiting[:2]
            if each.person is not stranger
        ),
    ]


async def _ask(each: Enrolment, method: str, rest: str, refusal: str, who: Volunteer | None = None) -> Answer:
    asking: Volunteer = who or each.person
    return await asking.ask(method, f"/enrolments/{each.id}{rest}", refusal=refusal)


async def _cancel(enrolment: Enrolment) -> None:
    await enrolment.person.cancel(enrolment)


async def _accept(enrolment: Enrolment) -> None:
    await enrolment.person.accept(enrolment)


async def _look(stage: Stage) -> None:
    """Everybody who waits opens 我的报名; an offer is there for exactly those whose turn it is."""
    turns = {each: turn for event in stage.events for shift in event.shifts for each, turn in expected_turns(shift)}
    waiting: dict[Volunteer, list[Enrolment]] = {}
    for each in stage.enrolments("waitlisted"):
        waiting.setdefault(each.person, []).append(each)
    await stage.each("查看候补", waiting.items(), lambda item: _open_mine(stage, *item, turns))


def expected_turns(shift: Shift) -> list[tuple[Enrolment, int | None]]:
    """Who waits in a shift with the place that is now theirs; None for whose turn it is."""
    offered = shift.next_in
    waiting = [each for each in shift.queue if each not in offered]
    return [(each, None) for each in offered] + [(each, place) for place, each in enumerate(waiting, 1)]


async def _open_mine(
    stage: Stage, person: Volunteer, waiting: list[Enrolment], turns: dict[Enrolment, int | None]
) -> None:
    shown = {each["id"]: each for each in (await person.ask("GET", "/me/enrolments")).json}
    for each in waiting:
        line = shown.get(each.id, {"status": "gone", "place": None})
        status, place = line["status"], line["place"]
        expected = ("offered", None) if turns[each] is None else ("waitlisted", turns[each])
        stage.ledger.hold(
            QUEUE_LINE, (status, place) == expected, f"{each.event.title}：{status} {place}，应为 {expected}"
        )
        each.status = status
        each.was_offered = each.was_offered or status == "offered"
