"""Where people are now: the rule as a table, and the database's count held against it."""

import random
from datetime import timedelta
from itertools import permutations
from uuid import UUID, uuid4

import pytest

from capabilities.check_in.attending import passages_of
from capabilities.judging import Passage
from capabilities.presence import present_at
from capabilities.roster import counts
from models.event import Point
from models.presence import present_by_point
from models.scan import Annulment, Direction, Scan, ScanWay
from tests.cast import Cast
from tests.conftest import MORNING
from tests.stage import published

# name: (is_entrance, leaves_others)
PLACES = {
    "east": (True, False),
    "west": (True, False),
    "lift": (True, True),
    "meal": (False, False),
    "hall": (False, True),
    "stage": (False, True),
}
# What somebody passed, one a minute, `-` before a check-out; and where that leaves them.
CASES = {
    "": "",
    "east": "east",
    "east -east": "",
    "east meal": "east meal",
    "east meal -meal": "east",
    "-east": "",
    "-east east": "east",
    # Entrances are one place.
    "east west": "west",
    "east -west": "",
    "east west -east": "",
    # Who goes into a hall has left everything else, the entrance too.
    "east hall": "hall",
    "east meal hall": "hall",
    "hall stage": "stage",
    "hall stage hall": "hall",
    "hall stage -stage": "",
    "hall stage -hall": "stage",
    "hall hall": "hall",
    "hall meal": "hall meal",
    "hall meal -hall": "meal",
    "hall east": "hall east",
    "meal lift": "lift",
    "hall lift east": "east",
    # A check-out at a hall leaves that hall alone; at an entrance it leaves the event.
    "east meal -hall": "east meal",
    "east meal hall -east": "",
    "east -east meal": "meal",
    "meal -east": "",
}


def passages(story: str) -> list[Passage]:
    made = []
    for minute, word in enumerate(story.split()):
        name = word.lstrip("-")
        is_entrance, leaves = PLACES[name]
        direction = Direction.OUT if word.startswith("-") else Direction.IN
        at = MORNING + timedelta(minutes=minute)
        made.append(Passage(direction, at, id_of(name), is_entrance, f"here/{minute}", leaves))
    return made


def id_of(name: str) -> UUID:
    return UUID(int=1 + list(PLACES).index(name))


class TestPresentAt:
    @pytest.mark.parametrize(("story", "where"), CASES.items(), ids=[story or "nothing" for story in CASES])
    def test_as_the_table_says(self, story: str, where: str) -> None:
        assert present_at(passages(story)) == {id_of(name) for name in where.split()}

    @pytest.mark.parametrize("story", [story for story in CASES if len(story.split()) > 2])
    def test_follows_the_order_of_time_and_not_of_arrival(self, story: str) -> None:
        told = passages(story)
        assert {present_at(order) for order in permutations(told)} == {present_at(told)}


@pytest.fixture
async def points(cast: Cast) -> list[Point]:
    """All of one event, and nothing else there."""
    event = await published(seats=[40])
    await Point.filter(event_id=event.id).delete()
    for name, (is_entrance, leaves) in PLACES.items():
        await Point.create(event=event, name=name, is_entrance=is_entrance, leaves_others=leaves)
    return await Point.filter(event_id=event.id).select_related("event__unit").order_by("id")


async def scanned(point: Point, enrolment_id: UUID, direction: Direction, minute: int, **more: object) -> Scan:
    at = MORNING + timedelta(minutes=minute)
    told = {"verdict": "CheckedIn", "is_admitted": True, "happened_at": at, "nonce": f"nonce-{uuid4().hex}"} | more
    return await Scan.create(
        event_id=point.event_id,
        point_id=point.id,
        enrolment_id=enrolment_id,
        scanned_by_id=uuid4(),
        way=ScanWay.PERSONAL_CODE,
        direction=direction,
        code_digest="d" * 43,
        scanned_at=at,
        received_at=MORNING,
        **told,
    )


class TestCounts:
    async def test_agree_with_the_rule_for_any_walk(self, points: list[Point]) -> None:
        chance = random.Random(20190530)
        event_id, people = points[0].event_id, [uuid4() for _ in range(40)]
        scans = []
        for _ in range(400):
            # Few minutes and few devices, so that moments and marks meet.
            direction, person = chance.choice(list(Direction)), chance.choice(people)
            late = {"is_late": chance.random() < 0.5, "device": chance.choice([None, "甲", "phone-B", "phone_a"])}
            scans.append(await scanned(chance.choice(points), person, direction, chance.randrange(6), **late))
        by_id = {point.id: point for point in points}
        wanted: dict[UUID, int] = {}
        for person in people:
            for point in present_at(passages_of([scan for scan in scans if scan.enrolment_id == person], by_id)):
                wanted[point] = wanted.get(point, 0) + 1
        assert len(wanted) == len(PLACES)
        assert await present_by_point(event_id) == wanted

    async def test_leave_out_what_was_refused_or_taken_back(self, points: list[Point]) -> None:
        meal, someone = next(point for point in points if point.name == "meal"), uuid4()
        kept = await scanned(meal, someone, Direction.IN, 0)
        await scanned(meal, someone, Direction.OUT, 1, verdict="TooLate", is_admitted=False)
        assert await present_by_point(meal.event_id) == {meal.id: 1}
        await Annulment.create(
            event_id=meal.event_id,
            scan_id=kept.id,
            enrolment_id=someone,
            annulled_by_id=uuid4(),
            reason="误扫",
            annulled_at=MORNING,
        )
        assert await present_by_point(meal.event_id) == {}

    async def test_are_told_to_staff_for_every_point(self, points: list[Point], cast: Cast) -> None:
        hall, stage = (next(point for point in points if point.name == name) for name in ("hall", "stage"))
        someone = uuid4()
        await scanned(hall, someone, Direction.IN, 0)
        await scanned(stage, someone, Direction.IN, 1)
        told = await counts(await (await cast.staff(hall.event)).caller(), hall.event_id)
        assert told.present == {point.id: int(point == stage) for point in points}
