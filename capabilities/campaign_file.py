"""Load a campaign (年度活动) from a file: its units, its frame, and for a rehearsal also its events."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from tortoise import Model

from capabilities.event import MAIN_DOOR, span
from kit.clock import LOCAL
from models.campaign import Campaign
from models.code_list import codes
from models.database import transaction
from models.event import Event, EventStatus, Point
from models.shift import Shift
from models.unit import Unit, UnitKind

Seats = Annotated[int, Meta(ge=1, le=50_000)]


class UnitLine(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    name: str
    kind: UnitKind
    level: int
    division_code: str
    parent: str | None


class CampaignFrame(msgspec.Struct, forbid_unknown_fields=True):
    year: int
    ordinal: int
    title: str
    theme: str
    main_line: str
    background: str
    window_text: str
    anchor_date: date
    starts_on: date
    ends_on: date
    summary_due_at: Annotated[datetime, Meta(tz=True)]
    issuer: str
    contact_names: str
    contact_phone: str
    contact_email: str


class EventLine(msgspec.Struct, forbid_unknown_fields=True):
    """`day` counts from the anchor date, `starts` is HH:MM in Asia/Shanghai, a shift is its role and its seats.

    In a rehearsal an event that `is_now` began at the full hour, so that somebody can sign in to it by hand.
    """

    unit: str
    title: str
    category: str
    batch: str
    place: str
    content: str
    day: int
    starts: Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    hours: Annotated[float, Meta(gt=0, le=48)]
    shifts: list[tuple[str, Seats]]
    is_now: bool = False

    def faults(self, unit_codes: Collection[str]) -> list[str]:
        faults = [] if self.unit in unit_codes else [f"unit：没有单位 {self.unit}"]
        coded = {"category": "event_category", "batch": "batch"}
        faults += [f"{name}：不在代码表中" for name, of in coded.items() if getattr(self, name) not in codes(of)]
        return faults if self.shifts else [*faults, "shifts：至少一个班次"]

    def times(self, anchor: date, now: datetime) -> tuple[datetime, datetime]:
        begins = datetime.combine(anchor + timedelta(days=self.day), time.fromisoformat(self.starts), LOCAL)
        if self.is_now:
            begins = now.replace(minute=0, second=0, microsecond=0)
        return begins, begins + timedelta(hours=self.hours)


class CampaignFile(msgspec.Struct, forbid_unknown_fields=True):
    units: list[UnitLine]
    campaign: CampaignFrame
    events: list[EventLine] = []


class CampaignFileFaulty(Exception):
    """One line per fault, each with its place in the file."""


def read_file(file: Path) -> CampaignFile:
    """Raises `CampaignFileFaulty`; of what has the wrong form the first fault, of what cannot be meant all of them."""
    try:
        content = msgspec.json.decode(file.read_bytes(), type=CampaignFile)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CampaignFileFaulty(str(error)) from None
    if faults := faults_in(content):
        raise CampaignFileFaulty("\n".join(faults))
    return content


def faults_in(content: CampaignFile) -> list[str]:
    """Every reference that leads nowhere and every code that is on no list."""
    faults, known = [], set[str]()
    for unit in content.units:
        if unit.parent is not None and unit.parent not in known:
            faults.append(f"units：{unit.code} 的上级 {unit.parent} 不在它之前")
        if unit.code in known:
            faults.append(f"units：{unit.code} 重复")
        known.add(unit.code)
    frame = content.campaign
    if frame.issuer not in known:
        faults.append(f"campaign.issuer：没有单位 {frame.issuer}")
    if not frame.starts_on <= frame.anchor_date <= frame.ends_on:
        faults.append("campaign：anchor_date 应在 starts_on 与 ends_on 之间")
    return faults + [
        f"events[{place}].{fault}" for place, line in enumerate(content.events) for fault in line.faults(known)
    ]


async def load(content: CampaignFile, *, now: datetime, rehearse_on: date | None = None) -> Campaign:
    """Write the campaign; a second time brings the rows up to date, and none twice.

    With `rehearse_on` every date moves so that 30 May falls on that day, the campaign is marked as a rehearsal, and
    its events are written and published too. A campaign in earnest gets its events from its organizers.
    """
    async with transaction():
        units = await _load_units(content.units)
        campaign = await _load_frame(content.campaign, units, rehearse_on)
        if rehearse_on is not None:
            for line in content.events:
                await _rehearse(line, campaign, units, now)
    return campaign


async def _put(model: type[Model], key: dict[str, Any], values: dict[str, Any]) -> Any:
    row, _ = await model.update_or_create(defaults=values, **key)
    return row


async def _load_units(lines: list[UnitLine]) -> dict[str, Unit]:
    """Parents stand before their children in the file."""
    units: dict[str, Unit] = {}
    for line in lines:
        parent = units[line.parent] if line.parent else None
        values = {name: getattr(line, name) for name in ("name", "kind", "level", "division_code")}
        values |= {"parent_id": parent.id if parent else None}
        values |= {"path": f"{parent.path if parent else ''}{line.code}/"}
        units[line.code] = await _put(Unit, {"code": line.code}, values)
    return units


async def _load_frame(frame: CampaignFrame, units: dict[str, Unit], rehearse_on: date | None) -> Campaign:
    values = {name: getattr(frame, name) for name in frame.__struct_fields__ if name not in {"year", "issuer"}}
    moved = (rehearse_on - frame.anchor_date) if rehearse_on else timedelta(0)
    for name in ("anchor_date", "starts_on", "ends_on", "summary_due_at"):
        values[name] += moved
    values |= {"issuer_id": units[frame.issuer].id, "is_rehearsal": rehearse_on is not None}
    campaign: Campaign = await _put(Campaign, {"year": frame.year}, values)
    return campaign


async def _rehearse(line: EventLine, campaign: Campaign, units: dict[str, Unit], now: datetime) -> None:
    unit = units[line.unit]
    starts_at, ends_at = line.times(campaign.anchor_date, now)
    event = await Event.get_or_none(campaign_id=campaign.id, title=line.title, created_by_id=None)
    if event is None:
        event = await _write_event(line, campaign, unit, now)
    await Shift.filter(event_id=event.id).update(starts_at=starts_at, ends_at=ends_at)
    span(event, await Shift.filter(event_id=event.id), campaign)
    if event.status is EventStatus.DRAFT:
        event.status = EventStatus.PUBLISHED
    await event.save()


async def _write_event(line: EventLine, campaign: Campaign, unit: Unit, now: datetime) -> Event:
    same = {name: getattr(line, name) for name in ("title", "category", "batch", "place", "content")}
    event = await Event.create(
        campaign=campaign,
        unit=unit,
        recording_unit=unit,
        status=EventStatus.DRAFT,
        mode="offline",
        person_in_charge=campaign.contact_names.split()[0],
        contact_phone=campaign.contact_phone,
        risk_note="无特殊风险，户外活动请注意防晒。",
        created_at=now,
        published_at=now,
        **same,
    )
    starts_at, ends_at = line.times(campaign.anchor_date, now)
    for role, seats in line.shifts:
        await Shift.create(event=event, role=role, starts_at=starts_at, ends_at=ends_at, seats=seats)
    await Point.create(event=event, name=MAIN_DOOR)
    return event
