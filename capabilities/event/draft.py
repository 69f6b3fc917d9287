"""Draft an event and change it: its fields, its shifts, its doors."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from capabilities.caller import Caller, RoleNeeded, rights_changed
from capabilities.event.find import for_organizer
from capabilities.event.publish import needs_review, require_complete
from capabilities.event.refusals import EventChangedMeanwhile, EventInvalid, EventNotOpenToChange, NoCampaign
from capabilities.event.told import order_telling
from capabilities.office import Office
from capabilities.transition import note
from kit.clock import LOCAL
from models.campaign import Campaign
from models.code_list import codes
from models.database import transaction
from models.event import Event, EventStatus, Point
from models.message import MessageKind
from models.role import RoleName
from models.shift import Shift
from models.unit import Unit

MAIN_DOOR = "主入口"
# 民政部令第67号 第十九条: what is not volunteering must not be recorded as such (`domain.md` §3.10).
MAY_COUNT_HOURS = frozenset({"volunteer", "popular_science", "training", "academic", "think_tank"})
LONGEST_SHIFT = timedelta(days=2)

Seats = Annotated[int, Meta(ge=1, le=50_000)]
Moment = Annotated[datetime, Meta(tz=True)]
UnitCode = Annotated[str, Meta(max_length=16)]


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
    recording_unit_code: UnitCode | UnsetType = UNSET
    place: Annotated[str, Meta(max_length=100)] | UnsetType = UNSET
    content: Annotated[str, Meta(max_length=2000)] | UnsetType = UNSET
    person_in_charge: Annotated[str, Meta(max_length=30)] | UnsetType = UNSET
    contact_phone: Annotated[str, Meta(max_length=30)] | UnsetType = UNSET
    risk_level: str | UnsetType = UNSET
    risk_note: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET
    insurance_no: Annotated[str, Meta(max_length=60)] | UnsetType = UNSET
    counts_service_hours: bool | UnsetType = UNSET
    min_age: Annotated[int, Meta(ge=14, le=70)] | UnsetType = UNSET
    enrolment_opens_at: Moment | UnsetType | None = UNSET
    enrolment_closes_at: Moment | UnsetType | None = UNSET
    offer_minutes: Annotated[int, Meta(ge=5, le=2880)] | UnsetType = UNSET
    check_in_opens_minutes: Annotated[int, Meta(ge=0, le=720)] | UnsetType = UNSET
    allows_re_entry: bool | UnsetType = UNSET
    allows_walk_ins: bool | UnsetType = UNSET


class NewEvent(EventFields, forbid_unknown_fields=True, kw_only=True):
    unit_code: UnitCode
    title: Annotated[str, Meta(min_length=1, max_length=60)]
    category: str
    mode: str = "offline"
    shifts: Annotated[list[NewShift], Meta(max_length=50)] = []
    points: Annotated[list[Annotated[str, Meta(min_length=1, max_length=30)]], Meta(max_length=30)] = []


class EventChanges(EventFields, forbid_unknown_fields=True, kw_only=True):
    version: Annotated[int, Meta(ge=1, le=2**31 - 1)] | UnsetType = UNSET


_CODED = {"category": "event_category", "mode": "event_mode", "batch": "batch", "risk_level": "risk_level"}


async def create(office: Office, who: Caller, draft: NewEvent) -> Event:
    """A draft with its shifts and doors. Raises `NotYourUnit`, `NoCampaign` or `EventInvalid`."""
    who.require_organizer()
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
    """Raises `EventNotOpenToChange` or, where the caller read an older version, `EventChangedMeanwhile`.

    Once an event is published, only the city turns on what the city would have reviewed before: else `RoleNeeded`.
    """
    event = await for_organizer(who, event_id)
    if event.status in (EventStatus.CANCELLED, EventStatus.ENDED):
        raise EventNotOpenToChange
    read, reviewed = event.version if changes.version is UNSET else changes.version, _reviewed(event)
    whereabouts = _whereabouts(event)
    await _fill(event, changes)
    if event.status is EventStatus.PUBLISHED:
        require_complete(event, list(event.shifts))
        if needs_review(event) and _reviewed(event) != reviewed and not who.holds(RoleName.CITY_ADMIN):
            raise RoleNeeded("活动已发布，计入时长和风险等级须由市科协审核后修改。")
    async with transaction():
        await _save_version(event, read)
        if event.status is EventStatus.PUBLISHED and _whereabouts(event) != whereabouts:
            await order_telling(office, event.id, MessageKind.EVENT_CHANGED, read + 1)
    return await for_organizer(who, event_id)


def _whereabouts(event: Event) -> tuple[str, str]:
    """What people who are enrolled must hear of when it changes; when it takes place is up to the shifts."""
    return event.place, event.mode


def _reviewed(event: Event) -> tuple[bool, str]:
    return event.counts_service_hours, event.risk_level


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
    if not event.title:
        faults["title"] = "请填写活动名称"
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
    shift = _shift(event, new)
    async with transaction():
        # Held and read again: a shift that another organizer adds meanwhile belongs to the span too.
        event.status = (await Event.filter(id=event_id).select_for_update().get()).status
        if event.status in (EventStatus.CANCELLED, EventStatus.ENDED):
            raise EventNotOpenToChange
        await shift.save(force_create=True)
        span(event, await Shift.filter(event_id=event_id), event.campaign)
        await event.save(update_fields=["starts_at", "ends_at", "is_outside_window"])
        # The roles of its staff and the passes of their phones end with it.
        rights_changed(office, event_id)
    return await for_organizer(who, event_id)


def _shift(event: Event, new: NewShift) -> Shift:
    if not new.starts_at < new.ends_at <= new.starts_at + LONGEST_SHIFT:
        raise EventInvalid(fields={"shifts": "班次结束时间须晚于开始时间，且不超过48小时"})
    # By its id: the event of a new draft is not in the database yet.
    return Shift(
        event_id=event.id, role=new.role.strip(), starts_at=new.starts_at, ends_at=new.ends_at, seats=new.seats
    )


def span(event: Event, shifts: Sequence[Shift], campaign: Campaign) -> None:
    """Set the event's time from its shifts, and mark what lies outside the campaign's window."""
    if shifts:
        event.starts_at = min(shift.starts_at for shift in shifts)
        event.ends_at = max(shift.ends_at for shift in shifts)
        days = [moment.astimezone(LOCAL).date() for moment in (event.starts_at, event.ends_at)]
        event.is_outside_window = not all(map(campaign.covers, days))
