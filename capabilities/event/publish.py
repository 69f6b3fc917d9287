"""Publish an event, call it off, end it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from capabilities import job
from capabilities.caller import Caller
from capabilities.event.find import for_organizer
from capabilities.event.refusals import EventChangedMeanwhile, EventIncomplete, EventNotOpenToChange
from capabilities.event.told import order_telling
from capabilities.office import Office
from capabilities.transition import note
from models.database import transaction
from models.enrolment import LIVE, Enrolment, EnrolmentStatus
from models.event import Event, EventStatus
from models.link import DRAW, LinkKind
from models.message import MessageKind
from models.role import RoleName
from models.shift import Shift


def require_complete(event: Event, shifts: Sequence[Shift]) -> None:
    """Raises `EventIncomplete` with everything that is missing at once."""
    words = {"place": "地点", "content": "活动内容", "person_in_charge": "活动负责人", "risk_note": "风险提示"}
    faults = {name: f"请填写{label}（无特殊风险也请注明）" if name == "risk_note" else f"请填写{label}"
              for name, label in words.items() if not getattr(event, name)}  # fmt: skip
    if not shifts:
        faults["shifts"] = "请至少设置一个班次"
    if event.risk_level == "high" and not event.insurance_no:
        # 志愿服务条例 第十七条: insurance comes before a dangerous task.
        faults["insurance_no"] = "高风险活动须先办理保险并填写保单号"
    if faults:
        raise EventIncomplete(fields=faults)


def needs_review(event: Event) -> bool:
    """Hours and risks are looked at by a second pair of eyes (`domain.md` §4.3)."""
    return event.counts_service_hours or event.risk_level in {"medium", "high"}


async def publish(office: Office, who: Caller, event_id: UUID) -> Event:
    """Publish, or hand to the city for review where that is needed and the caller is not the city."""
    event = await for_organizer(who, event_id)
    require_complete(event, list(event.shifts))
    may_publish = not needs_review(event) or who.holds(RoleName.CITY_ADMIN)
    after = EventStatus.PUBLISHED if may_publish else EventStatus.PENDING_REVIEW
    allowed = (EventStatus.DRAFT, EventStatus.PENDING_REVIEW) if may_publish else (EventStatus.DRAFT,)
    changes = {"published_at": office.now()} if may_publish else {}
    async with transaction():
        await _move(office, who, event, allowed, after, None, **changes)
        if may_publish:
            # The poster is wanted soon after: its code is drawn ahead, and WeChat is asked by nobody who waits.
            await job.put(office, DRAW, {"kind": LinkKind.EVENT, "target": str(event.id)}, once=f"{DRAW}:{event.id}")
    return await for_organizer(who, event_id)


async def cancel(office: Office, who: Caller, event_id: UUID, reason: str) -> Event:
    """Call the event off; every live enrolment is cancelled in the same transaction, and its person told soon after."""
    event, now = await for_organizer(who, event_id), office.now()
    async with transaction():
        await _move(office, who, event, (EventStatus.PUBLISHED,), EventStatus.CANCELLED, reason, cancel_reason=reason)
        # Held before the enrolments are read: who got a seat a moment ago is among them, who comes now finds it off.
        await Shift.filter(event_id=event.id).select_for_update().order_by("id")
        # In the order in which the door locks them, so that the two never wait for each other.
        await Enrolment.filter(event_id=event.id, status__in=LIVE).select_for_update().order_by("id")
        await Enrolment.filter(event_id=event.id, status__in=LIVE).update(
            status=EnrolmentStatus.CANCELLED_BY_ORGANIZER, offer_expires_at=None, changed_at=now
        )
        await Shift.filter(event_id=event.id).update(taken=0)
        await order_telling(office, event.id, MessageKind.EVENT_CANCELLED, event.version + 1)
    return await for_organizer(who, event_id)


async def close(office: Office, who: Caller, event_id: UUID) -> Event:
    """End the event; its doors take no more scans. Only after it has begun."""
    event = await for_organizer(who, event_id)
    if event.starts_at is None or office.now() < event.starts_at:
        raise EventNotOpenToChange("活动尚未开始，不能结束。")
    await _move(office, who, event, (EventStatus.PUBLISHED,), EventStatus.ENDED, None)
    return await for_organizer(who, event_id)


async def _move(
    office: Office,
    who: Caller,
    event: Event,
    allowed: Sequence[EventStatus],
    after: EventStatus,
    reason: str | None,
    **changes: Any,
) -> None:
    if event.status not in allowed:
        raise EventNotOpenToChange(event_status=event.status.value)
    async with transaction():
        # Only what was read and found complete is moved.
        read = Event.filter(id=event.id, status=event.status, version=event.version)
        if not await read.update(status=after, version=event.version + 1, **changes):
            raise EventChangedMeanwhile
        await note("event", event.id, who.person_id, event.status, after, office.now(), reason)
        office.changed(event.id)
