"""Readiness (准备检查): whether each phone at the doors has its roster, a right clock and has read one code."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from capabilities.caller import Caller
from capabilities.check_in import clock_error
from capabilities.office import Office
from capabilities.roster import for_staff
from capabilities.sign_in_code import PERSONAL_SKEW
from kit.errors import NotFound
from kit.seals import encode
from models.conflict import Device
from models.staff_pass import StaffPass

TEST_PREFIX = "LZ0."
_DEVICE = re.compile(r"[A-Za-z0-9_-]{4,64}")
# Loaded the day before is loaded; who comes later reaches the phone at the door, or is asked at the desk.
ROSTER_AGE = timedelta(hours=36)


class NoSuchDevice(NotFound):
    words = "手机编号应为 4 至 64 个英文字母、数字、- 或 _。"


class Lack(StrEnum):
    """What a phone still lacks, in the order in which one sees to it."""

    NO_ROSTER = "no_roster"
    OLD_ROSTER = "old_roster"
    CLOCK_UNKNOWN = "clock_unknown"
    CLOCK_OFF = "clock_off"
    NO_TEST_CODE = "no_test_code"


class DeviceReport(msgspec.Struct, forbid_unknown_fields=True):
    """What a phone says of itself. `sent_at` is its time now, which tells by how much its clock is off."""

    event_id: UUID
    sent_at: Annotated[datetime, Meta(tz=True)]
    roster_loaded_at: Annotated[datetime, Meta(tz=True)] | None = None
    roster_size: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    test_code_at: Annotated[datetime, Meta(tz=True)] | None = None
    waiting_scans: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


@dataclass(frozen=True)
class DeviceState:
    """`lacks` is empty where the phone is ready. `label` says who holds it, where it came by a link."""

    row: Device
    label: str
    lacks: tuple[Lack, ...]


async def report(office: Office, who: Caller, code: str, said: DeviceReport) -> DeviceState:
    """Note what the phone says. Its own times are moved by what its clock is off. Raises `NoSuchEvent`, `NotYourEvent`.

    Only the newest report stays; nothing here decides anything, so it writes no transition.
    """
    if not _DEVICE.fullmatch(code):
        raise NoSuchDevice
    await for_staff(who, said.event_id)
    now = office.now()
    error = clock_error(said.sent_at, now)
    seen = {
        "clock_error_s": int(error.total_seconds()),
        "roster_loaded_at": said.roster_loaded_at and min(said.roster_loaded_at - error, now),
        "roster_size": said.roster_size,
        "test_code_at": said.test_code_at and min(said.test_code_at - error, now),
        "waiting_scans": said.waiting_scans,
        "heard_at": now,
    }
    found = Device.filter(event_id=said.event_id, person_id=who.person_id, code=code)
    if not await found.update(**seen):
        new = Device(event_id=said.event_id, person_id=who.person_id, code=code, **seen)
        await Device.bulk_create([new], ignore_conflicts=True)
        await found.update(**seen)
    row = await found.get()
    return DeviceState(row, await _label(row), lacks_of(row, now))


async def devices(office: Office, who: Caller, event_id: UUID) -> list[DeviceState]:
    """Every phone that was heard of at the event, for who is on duty. Raises `NoSuchEvent` or `NotYourEvent`."""
    event = await for_staff(who, event_id)
    labels = {row.id: row.label for row in await StaffPass.filter(event_id=event.id)}
    rows = await Device.filter(event_id=event.id).order_by("id")
    return [DeviceState(row, row.label or labels.get(row.person_id, ""), lacks_of(row, office.now())) for row in rows]


def lacks_of(row: Device, now: datetime) -> tuple[Lack, ...]:
    """A clock that is off by more than a personal code may be would refuse every code with no network."""
    found = []
    if row.roster_loaded_at is None:
        found.append(Lack.NO_ROSTER)
    elif now - row.roster_loaded_at > ROSTER_AGE:
        found.append(Lack.OLD_ROSTER)
    if row.clock_error_s is None:
        found.append(Lack.CLOCK_UNKNOWN)
    elif abs(row.clock_error_s) > PERSONAL_SKEW.total_seconds():
        found.append(Lack.CLOCK_OFF)
    if row.test_code_at is None:
        found.append(Lack.NO_TEST_CODE)
    return tuple(found)


async def code_for_testing(who: Caller, event_id: UUID) -> str:
    """A code that every phone of this event reads and nothing follows from. Raises `NoSuchEvent` or `NotYourEvent`."""
    event = await for_staff(who, event_id)
    return TEST_PREFIX + encode(event.id.bytes)


async def _label(row: Device) -> str:
    found = await StaffPass.get_or_none(id=row.person_id)
    return row.label or (found.label if found else "")
