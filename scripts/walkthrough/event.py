"""Act 4: organizers draft and publish events with shifts around now, and staff take their doors."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import Any

from capabilities.campaign_file import EventLine
from scripts.walkthrough.people import Organizer
from scripts.walkthrough.programme import Event, Fate
from scripts.walkthrough.stage import Stage

CITY_CODE = "150100"
# The campaign file's seats suit a crowd of this size; a smaller one gets fewer, so that shifts overflow all the same.
FULL_CROWD = 300
STARTS_IN = {
    # The doors open half an hour before: people can sign in now, and still cancel and be offered places.
    Fate.ORDINARY: timedelta(minutes=20),
    Fate.CALLED_OFF: timedelta(minutes=20),
    Fate.FAR: timedelta(hours=3),
    Fate.ENDED: -timedelta(hours=1),
}


def chosen(lines: Sequence[EventLine], count: int) -> list[EventLine]:
    """The file's events in turn, over again where more are asked for."""
    return list(islice(cycle(lines), count))


def fates(count: int) -> list[Fate]:
    return [Fate.ORDINARY] * (count - 3) + [Fate.ENDED, Fate.FAR, Fate.CALLED_OFF]


def unit_with_events(lines: Sequence[EventLine]) -> str:
    return next(line.unit for line in lines if line.unit != CITY_CODE)


def draft_of(line: EventLine, fate: Fate, volunteers: int) -> dict[str, Any]:
    starts = datetime.now(UTC) + STARTS_IN[fate]
    ends = starts + timedelta(hours=line.hours)
    return {
        "unit_code": line.unit,
        "title": line.title,
        "category": line.category,
        "batch": line.batch,
        "place": line.place,
        "content": line.content,
        "person_in_charge": "巴特尔",
        "contact_phone": "0471-6621013",
        "risk_note": "无特殊风险，户外活动请注意防晒。",
        "shifts": [
            {
                "role": role,
                "starts_at": starts.isoformat(),
                "ends_at": ends.isoformat(),
                "seats": max(1, round(seats * min(1.0, volunteers / FULL_CROWD))),
            }
            for role, seats in line.shifts
        ],
    }


async def stage_events(stage: Stage, lines: Sequence[EventLine]) -> None:
    planned = enumerate(zip(lines, fates(len(lines)), strict=True))
    await stage.each("建立并发布活动", planned, lambda plan: _hold(stage, plan[0], *plan[1]))
    # As planned: they were published all at once, in any order.
    stage.events.sort(key=lambda event: event.number)
    async with stage.act("活动被拒", None):
        await _refusals(stage, lines)
    staffed = zip(stage.events, cycle(range(len(stage.cast.staff))), strict=False)
    await stage.each("工作人员上岗", staffed, lambda pair: _staff(stage, *pair))


async def _hold(stage: Stage, number: int, line: EventLine, fate: Fate) -> None:
    organizer = stage.cast.unit if line.unit == stage.cast.unit.unit_code else stage.cast.city
    draft = draft_of(line, fate, len(stage.cast.all_volunteers))
    is_reviewed = organizer is stage.cast.unit and line.category == "volunteer"
    if fate is Fate.FAR:
        event_id = await _hesitate(stage, organizer, draft)
    else:
        draft |= {"counts_service_hours": is_reviewed}
        event_id = (await organizer.ask_twice("POST", "/events", draft, want=201))["id"]
    await _publish(stage, organizer, event_id, is_reviewed and fate is not Fate.FAR)
    shown = await stage.api.ask("GET", f"/events/{event_id}")
    stage.events.append(Event.of(shown.json, number, fate, organizer))


async def _hesitate(stage: Stage, organizer: Organizer, draft: dict[str, Any]) -> str:
    """An event that does not say its risks is not published, and nobody sees it; completed it can be."""
    silent = {name: value for name, value in draft.items() if name != "risk_note"}
    created = await organizer.ask("POST", "/events", silent, want=201)
    path = f"/events/{created['id']}"
    refused = await organizer.ask("POST", f"{path}/publication", refusal="EventIncomplete")
    stage.ledger.hold(
        "缺项一次说清", set(refused["fields"]) == {"risk_note"}, f"缺风险提示，却提示 {refused['fields']}"
    )
    await stage.api.ask("GET", path, refusal="NoSuchEvent")
    await organizer.ask("PATCH", path, {"risk_note": draft["risk_note"], "version": created["version"]})
    await organizer.ask(
        "PATCH", path, {"place": "别处", "version": created["version"]}, refusal="EventChangedMeanwhile"
    )
    return str(created["id"])


async def _publish(stage: Stage, organizer: Organizer, event_id: str, is_reviewed: bool) -> None:
    """What counts hours is published by the city, after a look at it."""
    path = f"/events/{event_id}/publication"
    if is_reviewed:
        sent = await organizer.ask("POST", path)
        is_held = sent["status"] == "pending_review"
        stage.ledger.hold("计时长的活动先送审", is_held, f"状态 {sent['status']}")
        organizer = stage.cast.city
    published = await organizer.ask("POST", path)
    stage.ledger.hold("活动已发布", published["status"] == "published", f"状态 {published['status']}")


async def _refusals(stage: Stage, lines: Sequence[EventLine]) -> None:
    """Another unit's event; somebody who organizes nothing; a shift that ends when it begins."""
    unit = stage.cast.unit
    elsewhere = next(line for line in lines if line.unit != unit.unit_code)
    draft = draft_of(elsewhere, Fate.FAR, len(stage.cast.all_volunteers))
    await unit.ask("POST", "/events", draft, refusal="NotYourUnit")
    await stage.cast.moderator.ask("POST", "/events", draft, refusal="RoleNeeded")
    backwards = {**draft["shifts"][0], "ends_at": draft["shifts"][0]["starts_at"]}
    await stage.cast.city.ask("POST", "/events", draft | {"shifts": [backwards]}, refusal="EventInvalid")


async def _staff(stage: Stage, event: Event, number: int) -> None:
    """The organizer invites one of the staff to this door; before that the door is not theirs."""
    person = stage.cast.staff[number]
    await person.ask("GET", f"/points/{event.point_id}/code", refusal="NotYourEvent")
    await person.take_role(await event.organizer.invite("event_staff", event_id=event.id))
    event.staff = person
    # A photograph of the screen, for who tries it much later.
    event.early_code = await person.ask("GET", f"/points/{event.point_id}/code")


async def call_off(stage: Stage) -> None:
    """One event is cancelled, and every live enrolment in it with it."""
    for event in stage.with_fate(Fate.CALLED_OFF):
        reason = {"reason": "因大风天气取消，请留意后续通知。"}
        called_off = await event.organizer.ask("POST", f"/events/{event.id}/cancellation", reason)
        stage.ledger.hold("活动已取消", called_off["status"] == "cancelled", f"状态 {called_off['status']}")
        for enrolment in event.with_status("confirmed", "waitlisted", "offered"):
            enrolment.status, enrolment.place = "cancelled_by_organizer", None
        await event.organizer.ask("POST", f"/events/{event.id}/publication", refusal="EventNotOpenToChange")
