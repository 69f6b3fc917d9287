"""An organizer sets up the doors."""

import pytest

from capabilities.caller import NotYourUnit
from capabilities.event import EventNotOpenToChange
from capabilities.office import Office
from capabilities.point import PointInvalid, PointNameTaken, PointRules, Spot, add, change
from models.event import Event, EventStatus, Point, PointPolicy
from models.transition import Transition
from tests.cast import Cast
from tests.stage import door_of, published, refused

SPOT = Spot(40.842, 111.749, 200)


@pytest.fixture
async def event(campaign: object) -> Event:
    return await published(unit_code="150105")


class TestAdd:
    async def test_makes_a_point_with_its_rules(self, office: Office, cast: Cast, event: Event) -> None:
        who = await (await cast.organizer("150105")).caller()
        made = await add(office, who, event.id, PointRules(name=" 午餐 ", is_entrance=False, policy=PointPolicy.DAILY))
        stored = await Point.get(id=made.id)
        assert (stored.name, stored.is_entrance, stored.policy) == ("午餐", False, PointPolicy.DAILY)

    async def test_needs_a_name_of_its_own(self, office: Office, cast: Cast, event: Event) -> None:
        who = await (await cast.organizer("150105")).caller()
        await refused(PointInvalid, add(office, who, event.id, PointRules()))
        await refused(PointNameTaken, add(office, who, event.id, PointRules(name="主入口")))

    async def test_is_for_who_organizes_it(self, office: Office, cast: Cast, event: Event) -> None:
        who = await (await cast.organizer("150104")).caller()
        await refused(NotYourUnit, add(office, who, event.id, PointRules(name="东门")))


class TestChange:
    async def test_changes_what_is_given_and_leaves_the_rest(self, office: Office, cast: Cast, event: Event) -> None:
        who = await (await cast.organizer("150105")).caller()
        point = door_of(event)
        await change(office, who, point.id, PointRules(spot=SPOT, rotation_seconds=60))
        changed = await change(office, who, point.id, PointRules(rotates=False))
        assert (changed.rotates, changed.rotation_seconds, changed.radius_m) == (False, 60, 200)
        assert [each.reason for each in await Transition.filter(subject="point").order_by("id")] == [
            "latitude、longitude、radius_m、rotation_seconds", "rotates",
        ]  # fmt: skip

    async def test_takes_the_place_check_away(self, office: Office, cast: Cast, event: Event) -> None:
        who = await (await cast.organizer("150105")).caller()
        point = door_of(event)
        await change(office, who, point.id, PointRules(spot=SPOT))
        changed = await change(office, who, point.id, PointRules(spot=None))
        assert (changed.latitude, changed.longitude, changed.radius_m) == (None, None, None)

    async def test_leaves_what_is_over(self, office: Office, cast: Cast, event: Event) -> None:
        who = await (await cast.organizer("150105")).caller()
        await Event.filter(id=event.id).update(status=EventStatus.ENDED)
        await refused(EventNotOpenToChange, change(office, who, door_of(event).id, PointRules(rotates=False)))
