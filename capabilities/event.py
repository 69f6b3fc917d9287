"""Run events (活动): draft, change, publish, cancel, close; and find the published ones."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType
from tortoise.expressions import Q

from capabilities.caller import Caller
from capabilities.office import Office
from capabilities.transition import note
from kit.clock import LOCAL
from kit.errors import Conflict, Invalid, NotFound
from kit.paging import limit_of, row_of
from models.campaign import Campaign
from models.code_list import codes
from models.database import transaction
from models.enrolment import LIVE, Enrolment, EnrolmentStatus
from models.event import Event, EventStatus, Point
from models.role import RoleName
from models.shift import Shift
from models.unit import Unit

MAIN_DOOR = "主入口"
# 民政部令第67号 第十九条: what is not volunteering must not be recorded as such (`domain.md` §3.10).
MAY_COUNT_HOURS = frozenset({"volunteer", "popular_science", "training", "academic", "think_tank"})
LONGEST_SHIFT = timedelta(days=2)

Seats = Annotated[int, Meta(ge=1, le=50_000)]
Moment = Annotated[datetime, Meta(tz=True)]


class NoSuchEvent(NotFound):
    words = "没有找到这个活动。"


class EventIncomplete(Invalid):
    """What an event must say before it is published is missing (志愿服务条例 第十二条: also the risks)."""

    words = "活动信息不完整，补全后才能发布。"


class EventInvalid(Invalid):
    words = "活动信息有误，请按提示修改。"


class EventNotOpenToChange(Conflict):
    """The event's state does not allow this."""

    words = "活动当前状态不能进行此操作，请刷新后查看。"


class EventChangedMeanwhile(Conflict):
    """Somebody else saved this event after the caller read it."""

    words = "活动信息已被他人修改，请刷新后重新编辑。"


class NoCampaign(Conflict):
    words = "尚未设置年度活动，请先由市科协设置。"


class NewShift(msgspec.Struct, forbid_unknown_fields=True):
    role: Annotated[str, Meta(min_length=1, max_length=30)]
    starts_at: Moment
    ends_at: Moment
    seats: Seats


class EventFields(msgspec.Struct, forbid_unknown_fields=True):
    """A field left out stays as it is."""

    title: Annotated[str, Meta(min_length=1, max_length=60)] | UnsetType = UNSET
    category: str | UnsetType = UNSET
    mode: str | UnsetType = UNSET
    batch: str | UnsetType | None = UNSET
    recording_unit_code: str | UnsetType = UNSET
    place: Annotated[str, Meta(max_length=100)] | UnsetType = UNSET
    content: Annotated[str, Meta(max_length=2000)] | UnsetType = UNSET
    person_in_charge: Annotated[str, Meta(max_length=30)] | UnsetType = UNSET
    contact_phone: Annotated[str, Meta(max_length=30)] | UnsetType = UNSET
    risk_level: str | UnsetType = UNSET
    risk_note: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET
    insurance_no: Annotated[str, Meta(max_length=60)] | UnsetType = UNSET
    counts_service_hours: bool | UnsetType = UNSET
    enrolment_opens_at: Moment | UnsetType | None = UNSET
    enrolment_closes_at: Moment | UnsetType | None = UNSET
    offer_minutes: Annotated[int, Meta(ge=5, le=2880)] | UnsetType = UNSET
    check_in_opens_minutes: Annotated[int, Meta(ge=0, le=720)] | UnsetType = UNSET


class NewEvent(EventFields, forbid_unknown_fields=True, kw_only=True):
    unit_code: str
    title: Annotated[str, Meta(min_length=1, max_length=60)]
    category: str
    mode: str = "offline"
    shifts: Annotated[list[NewShift], Meta(max_length=50)] = []
    points: Annotated[list[Annotated[str, Meta(min_length=1, max_length=30)]], Meta(max_length=30)] = []


class EventChanges(EventFields, forbid_unknown_fields=True, kw_only=True):
    version: int | UnsetType = UNSET


class EventSearch(msgspec.Struct, forbid_unknown_fields=True, rename={"from_": "from"}):
    """`from` and `to` bound the event's time; `unit` is a unit's code and means also those below."""

    from_: Moment | None = None
    to: Moment | None = None
    unit: str | None = None
    category: str | None = None
    q: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    cursor: str | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] | None = None


_CODED = {"category": "event_category", "mode": "event_mode", "batch": "batch", "risk_level": "risk_level"}


async def create(office: Office, who: Caller, draft: NewEvent) -> Event:
    """A draft with its shifts and doors. Raises `NotYourUnit`, `NoCampaign` or `EventInvalid`."""
    unit = await Unit.get_or_none(code=draft.unit_code)
    if unit is None:
        raise EventInvalid(fields={"unit_code": "没有这个单位"})
    who.require_organizer_of(unit.path)
    campaign = await Campaign.current()
    if campaign is None:
        raise NoCampaign
    event = Event(
        campaign=campaign,
        unit=unit,
        recording_unit=unit,
        status=EventStatus.DRAFT,
        created_by_id=who.person_id,
        created_at=office.now(),
    )
    await _fill(event, draft)
    shifts = [_shift(event, each) for each in draft.shifts]
    span(event, shifts, campaign)
    async with transaction():
        await event.save(force_create=True)
        await Shift.bulk_create(shifts)
        await Point.bulk_create([Point(event=event, name=name) for name in dict.fromkeys(draft.points or [MAIN_DOOR])])
        await note("event", event.id, who.person_id, None, event.status, office.now())
    return await for_organizer(who, event.id)


async def change(office: Office, who: Caller, event_id: UUID, changes: EventChanges) -> Event:
    """Raises `EventNotOpenToChange` or, where the caller read an older version, `EventChangedMeanwhile`."""
    event = await for_organizer(who, event_id)
    if event.status in (EventStatus.CANCELLED, EventStatus.ENDED):
        raise EventNotOpenToChange
    read = event.version if changes.version is UNSET else changes.version
    await _fill(event, changes)
    if event.status is EventStatus.PUBLISHED:
        require_complete(event, list(event.shifts))
    await _save_version(event, read)
    return await for_organizer(who, event_id)


async def _save_version(event: Event, read: int) -> None:
    fields = {name: getattr(event, name) for name in EventFields.__struct_fields__ if hasattr(event, name)}
    fields["recording_unit_id"] = event.recording_unit_id
    saved = await Event.filter(id=event.id, version=read, status=event.status).update(**fields, version=read + 1)
    if not saved:
        raise EventChangedMeanwhile


async def _fill(event: Event, given: EventFields) -> None:
    faults = {}
    for name in EventFields.__struct_fields__:
        value = getattr(given, name)
        if value is UNSET or name == "recording_unit_code":
            continue
        if name in _CODED and value is not None and value not in codes(_CODED[name]):
            faults[name] = "请从列表中选择"
        setattr(event, name, value.strip() if isinstance(value, str) else value)
    if given.recording_unit_code is not UNSET:
        unit = await Unit.get_or_none(code=given.recording_unit_code)
        if unit is None:
            faults["recording_unit_code"] = "没有这个单位"
        else:
            event.recording_unit = unit
    if event.counts_service_hours and event.category not in MAY_COUNT_HOURS:
        faults["counts_service_hours"] = "此类活动不属于志愿服务，不能计入服务时长"
    if faults:
        raise EventInvalid(fields=faults)


async def add_shift(office: Office, who: Caller, event_id: UUID, new: NewShift) -> Event:
    event = await for_organizer(who, event_id)
    if event.status in (EventStatus.CANCELLED, EventStatus.ENDED):
        raise EventNotOpenToChange
    shift = _shift(event, new)
    span(event, [*event.shifts, shift], event.campaign)
    async with transaction():
        await shift.save(force_create=True)
        await event.save(update_fields=["starts_at", "ends_at", "is_outside_window"])
    return await for_organizer(who, event_id)


def _shift(event: Event, new: NewShift) -> Shift:
    if not new.starts_at < new.ends_at <= new.starts_at + LONGEST_SHIFT:
        raise EventInvalid(fields={"shifts": "班次结束时间须晚于开始时间，且不超过48小时"})
    return Shift(event=event, role=new.role.strip(), starts_at=new.starts_at, ends_at=new.ends_at, seats=new.seats)


def span(event: Event, shifts: Sequence[Shift], campaign: Campaign) -> None:
    """Set the event's time from its shifts, and mark what lies outside the campaign's window."""
    if shifts:
        event.starts_at = min(shift.starts_at for shift in shifts)
        event.ends_at = max(shift.ends_at for shift in shifts)
        days = [moment.astimezone(LOCAL).date() for moment in (event.starts_at, event.ends_at)]
        event.is_outside_window = not all(map(campaign.covers, days))


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
    await _move(office, who, event, allowed, after, None, **changes)
    return await for_organizer(who, event_id)


async def cancel(office: Office, who: Caller, event_id: UUID, reason: str) -> Event:
    """Call the event off; every live enrolment is cancelled with it, in the same transaction."""
    event, now = await for_organizer(who, event_id), office.now()
    async with transaction():
        # Held first, so that nobody gets a seat between the cancelling of the event and of its enrolments.
        await Shift.locked([shift.id for shift in event.shifts])
        await _move(office, who, event, (EventStatus.PUBLISHED,), EventStatus.CANCELLED, reason, cancel_reason=reason)
        await Enrolment.filter(event_id=event.id, status__in=LIVE).update(
            status=EnrolmentStatus.CANCELLED_BY_ORGANIZER, offer_expires_at=None, changed_at=now
        )
        await Shift.filter(event_id=event.id).update(taken=0)
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
    async with transaction():
        moved = await Event.filter(id=event.id, status__in=list(allowed)).update(
            status=after, version=event.version + 1, **changes
        )
        if not moved:
            raise EventNotOpenToChange(event_status=event.status.value)
        await note("event", event.id, who.person_id, event.status, after, office.now(), reason)


async def for_organizer(who: Caller, event_id: UUID) -> Event:
    """The event in any state, for who organizes its unit. Raises `NoSuchEvent` or `NotYourUnit`."""
    who.require_organizer()
    event = await _with_parts(Event.filter(id=event_id))
    if event is None:
        raise NoSuchEvent
    who.require_organizer_of(event.unit.path)
    return event


async def for_everyone(event_id: UUID) -> Event:
    """A published, cancelled or ended event; a draft is as if it were not there."""
    event = await _with_parts(Event.filter(id=event_id, published_at__not=None))
    if event is None:
        raise NoSuchEvent
    return event


async def _with_parts(query: Any) -> Event | None:
    found: Event | None = (
        await query.select_related("unit", "recording_unit", "campaign").prefetch_related("shifts", "points").first()
    )
    return found


async def search(asked: EventSearch) -> list[Event]:
    """Published events by time; one more than the page holds where there are more."""
    query = Event.published().select_related("unit", "recording_unit", "campaign").prefetch_related("shifts", "points")
    if asked.from_:
        query = query.filter(ends_at__gte=asked.from_)
    if asked.to:
        query = query.filter(starts_at__lt=asked.to)
    if asked.category:
        query = query.filter(category=asked.category)
    if asked.q:
        query = query.filter(Q(title__icontains=asked.q) | Q(place__icontains=asked.q))
    if asked.unit:
        unit = await Unit.get_or_none(code=asked.unit)
        query = query.filter(unit__path__startswith=unit.path if unit else asked.unit)
    return await _page(query, asked)


async def _page(query: Any, asked: EventSearch) -> list[Event]:
    after = await Event.get_or_none(id=row) if (row := row_of(asked.cursor)) else None
    if after is not None:
        query = query.filter(Q(starts_at__gt=after.starts_at) | Q(starts_at=after.starts_at, id__gt=after.id))
    events: list[Event] = await query.order_by("starts_at", "id").limit(limit_of(asked.limit) + 1)
    return events


async def of_staff(who: Caller) -> list[Event]:
    """Events at whose doors the caller is on duty, or that the caller organizes and that are published."""
    own = [grant.event_id for grant in who.grants if grant.role is RoleName.EVENT_STAFF and grant.event_id]
    condition = Q(id__in=own)
    if who.organized_paths():
        condition = condition | who.scope("unit__path")
    query = Event.filter(condition, status=EventStatus.PUBLISHED)
    return await query.select_related("unit", "recording_unit", "campaign").prefetch_related("shifts", "points")
