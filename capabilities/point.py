"""Points (签到点): an organizer adds doors and says by which rules each lets people in."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType
from tortoise.exceptions import IntegrityError

from capabilities.caller import Caller
from capabilities.event import EventNotOpenToChange, NoSuchEvent
from capabilities.office import Office
from capabilities.sign_in_code import NoSuchPoint
from capabilities.transition import note
from kit.errors import Conflict, Invalid
from models.database import transaction
from models.event import Event, EventStatus, Point, PointPolicy

MOST = 30


class PointInvalid(Invalid):
    words = "签到点设置有误，请按提示修改。"


class PointNameTaken(Conflict):
    words = "本活动已有同名签到点，请换一个名称。"


class Spot(msgspec.Struct, forbid_unknown_fields=True):
    """Where a phone must be to check in by itself: degrees (GCJ-02) and metres around."""

    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]
    radius_m: Annotated[int, Meta(ge=50, le=5000)]


class PointRules(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out stays as it is. `rotates` off is the weaker printed code: its picture is good for ever.

    A null `spot` takes the place check away.
    """

    name: Annotated[str, Meta(min_length=1, max_length=30)] | UnsetType = UNSET
    rotates: bool | UnsetType = UNSET
    rotation_seconds: Annotated[int, Meta(ge=10, le=3600)] | UnsetType = UNSET
    grace_seconds: Annotated[int, Meta(ge=0, le=600)] | UnsetType = UNSET
    policy: PointPolicy | UnsetType = UNSET
    is_entrance: bool | UnsetType = UNSET
    leaves_others: bool | UnsetType = UNSET
    spot: Spot | UnsetType | None = UNSET


async def add(office: Office, who: Caller, event_id: UUID, rules: PointRules) -> Point:
    """Raises `NoSuchEvent`, `EventNotOpenToChange`, `PointInvalid` or `PointNameTaken`."""
    event = await Event.get_or_none(id=event_id).select_related("unit")
    if event is None:
        raise NoSuchEvent
    who.require_organizer_of(event.unit.path)
    _require_open(event)
    if rules.name is UNSET or not rules.name.strip():
        raise PointInvalid(fields={"name": "请填写签到点名称"})
    if await Point.filter(event_id=event_id).count() >= MOST:
        raise PointInvalid(f"一个活动最多{MOST}个签到点。")
    point = Point(event=event, **_values(rules))
    try:
        async with transaction():
            await point.save(force_create=True)
            await note("point", point.id, who.person_id, None, "made", office.now())
            office.changed(event_id)
    except IntegrityError:
        raise PointNameTaken from None
    return point


async def change(office: Office, who: Caller, point_id: UUID, rules: PointRules) -> Point:
    """Raises `NoSuchPoint`, `EventNotOpenToChange`, `PointInvalid` or `PointNameTaken`."""
    point = await Point.get_or_none(id=point_id).select_related("event__unit")
    if point is None:
        raise NoSuchPoint
    who.require_organizer_of(point.event.unit.path)
    _require_open(point.event)
    values = _values(rules)
    if not values.get("name", "-"):
        raise PointInvalid(fields={"name": "请填写签到点名称"})
    before = {name: getattr(point, name) for name in values}
    try:
        async with transaction():
            await Point.filter(id=point_id).update(**values) if values else None
            changed = sorted(name for name, value in values.items() if before[name] != value)
            # Where the place is stands in the row; that it was changed is enough for the log.
            await note("point", point_id, who.person_id, "made", "changed", office.now(), "、".join(changed) or None)
            office.changed(point.event_id)
    except IntegrityError:
        raise PointNameTaken from None
    return await Point.get(id=point_id).select_related("event")


def _require_open(event: Event) -> None:
    if event.status in (EventStatus.CANCELLED, EventStatus.ENDED):
        raise EventNotOpenToChange


def _values(rules: PointRules) -> dict[str, Any]:
    """Columns and what they become."""
    given = {name: getattr(rules, name) for name in rules.__struct_fields__ if getattr(rules, name) is not UNSET}
    if "name" in given:
        given["name"] = given["name"].strip()
    if "spot" in given:
        spot: Spot | None = given.pop("spot")
        given |= {name: getattr(spot, name) if spot else None for name in ("latitude", "longitude", "radius_m")}
    return given
