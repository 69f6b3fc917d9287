"""The stage of a story: an event as the story needs it, and what its refusals must leave untouched."""

from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
import pytest
from tortoise import Tortoise

from kit.errors import Refusal
from models.campaign import Campaign
from models.database import connection
from models.event import Event, EventStatus, Point
from models.shift import Shift
from models.unit import Unit

# Nine o'clock in Asia/Shanghai on the day itself; the tests' clock stands ten minutes before it.
NINE = datetime(2019, 5, 30, 1, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)

Kind = TypeVar("Kind", bound=Refusal)
Table = dict[str, Any]


async def published(
    *,
    seats: Sequence[int] = (1,),
    starts_at: datetime = NINE,
    length: timedelta = timedelta(hours=3),
    title: str = "科普讲座",
    unit_code: str = "1501X1",
    doors: Sequence[str] = ("主入口",),
    **more: Any,
) -> Event:
    """An event at `starts_at` with one shift for each number in `seats` and a point for each of `doors`."""
    unit = await Unit.get(code=unit_code)
    values = {"status": EventStatus.PUBLISHED, "published_at": starts_at - timedelta(days=7), **more}
    event = await Event.create(
        campaign=await Campaign.current(),
        unit=unit,
        recording_unit=unit,
        title=title,
        category="popular_science",
        mode="offline",
        place="市科技馆",
        content="讲座",
        person_in_charge="王国文",
        risk_note="无特殊风险",
        starts_at=starts_at,
        ends_at=starts_at + length,
        created_at=starts_at - timedelta(days=8),
        **values,
    )
    for number, each in enumerate(seats, 1):
        await Shift.create(
            event=event, role=f"班次{number}", starts_at=starts_at, ends_at=starts_at + length, seats=each
        )
    for name in doors:
        await Point.create(event=event, name=name)
    return await Event.get(id=event.id).prefetch_related("shifts", "points", "unit")


def shifts_of(event: Event) -> list[Shift]:
    return sorted(event.shifts, key=lambda shift: shift.role)


def shift_of(event: Event) -> Shift:
    return shifts_of(event)[0]


def door_of(event: Event, name: str = "主入口") -> Point:
    """The point with its event, as the capabilities read it."""
    point = next(each for each in event.points if each.name == name)
    point.event = event
    return point


def code_of(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a problem, whose form is looked at on the way: RFC 9457, and words for people in Chinese."""
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["type"] == f"urn:lizan:problem:{problem['code']}"
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert any("\u4e00" <= char <= "\u9fff" for char in problem["detail"])
    return answer.status_code, problem["code"]


async def everything(*, but: Sequence[str] = ()) -> dict[str, list[Table]]:
    """Every row of every table, without the mark that a scan leaves on its enrolment for those who read it before."""
    models = {model._meta.db_table for model in (Tortoise.apps or {})["models"].values()}
    tables = {
        name: await connection().execute_query_dict(f'SELECT * FROM "{name}" ORDER BY id')  # noqa: S608 - our names
        for name in sorted(models - set(but))
    }
    for row in tables.get("enrolment", ()):
        del row["door_version"]
    return tables


async def refused(kind: type[Kind], doing: Awaitable[Any], *, writes: Sequence[str] = ()) -> Kind:
    """The refusal, of exactly this kind; every table is as it was before, but those that `writes` names."""
    before = await everything(but=writes)
    with pytest.raises(kind) as caught:
        await doing
    assert type(caught.value) is kind
    assert await everything(but=writes) == before
    return caught.value
