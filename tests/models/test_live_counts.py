"""Live counts by one statement, held against a plain fold over the same scans."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.attendance import Attendance
from models.enrolment import Enrolment, EnrolmentStatus
from models.event import Event, Point
from models.live_counts import Count, count_event
from models.scan import Annulment, Direction, Scan, ScanWay
from tests.cast import Cast
from tests.stage import NINE, published, shift_of

PEOPLE, HALL, MEAL, CINEMA = 3, "会场", "用餐", "影厅"


@dataclass(frozen=True)
class Passed:
    person: int
    point: str
    minute: int
    direction: Direction = Direction.IN
    counts: bool = True
    is_annulled: bool = False


def line(enrolment: Enrolment, point: Point, passed: Passed, **more: object) -> Scan:
    at = NINE + timedelta(minutes=passed.minute)
    return Scan(
        event_id=enrolment.event_id,
        point_id=point.id,
        enrolment_id=enrolment.id,
        scanned_by_id=uuid4(),
        way=ScanWay.PERSONAL_CODE,
        direction=passed.direction,
        nonce=uuid4().hex,
        code_digest="x" * 43,
        scanned_at=at,
        received_at=at,
        happened_at=at,
        verdict="CheckedIn",
        is_admitted=passed.counts,
        **more,
    )


def inside(scans: Sequence[Passed], left_at: dict[int, int]) -> dict[str, int]:
    """How many are at each inner point: the last passage there inwards, nothing since that leaves it."""
    counted = [each for each in scans if each.counts and not each.is_annulled]
    found = dict.fromkeys((HALL, MEAL, CINEMA), 0)
    for point in found:
        for person in range(PEOPLE):
            mine = [each for each in counted if each.person == person]
            here = sorted((s for s in mine if s.point == point), key=lambda s: (s.minute, s.direction.value))
            if not here or here[-1].direction is Direction.OUT:
                continue
            since = here[-1].minute
            went = any(s.point == CINEMA != point and s.direction is Direction.IN and s.minute > since for s in mine)
            found[point] += not went and left_at.get(person, -1) <= since
    return found


async def stage(cast: Cast) -> tuple[Event, dict[str, Point], list[Enrolment]]:
    event = await published(seats=[9], doors=["东门", "西门"])
    for name in (HALL, MEAL, CINEMA):
        await Point.create(event=event, name=name, is_entrance=False, leaves_others=name == CINEMA)
    points = {point.name: point for point in await Point.filter(event_id=event.id)}
    people = [await cast.visitor() for _ in range(PEOPLE)]
    enrolments = [
        await Enrolment.create(
            event=event,
            shift=shift_of(event),
            person=someone.person,
            status=EnrolmentStatus.CONFIRMED,
            queue_no=number,
            enrolled_at=NINE,
            changed_at=NINE,
        )
        for number, someone in enumerate(people, 1)
    ]
    return event, points, enrolments


async def attend(enrolment: Enrolment, point: Point, *, gate: str | None = None, left: int | None = None) -> None:
    scan = line(enrolment, point, Passed(0, point.name, 0), gate=gate)
    await scan.save(force_create=True)
    gone: datetime | None = NINE + timedelta(minutes=left) if left is not None else None
    await Attendance.create(
        event_id=enrolment.event_id,
        enrolment_id=enrolment.id,
        way=ScanWay.PERSONAL_CODE,
        point_id=point.id,
        checked_in_at=NINE,
        check_in_scan_id=scan.id,
        checked_out_at=gone,
        check_out_scan_id=UUID(int=1) if gone else None,
    )


class TestCountEvent:
    async def test_is_of_nobody_at_first(self, cast: Cast) -> None:
        event = await published(doors=["东门"])
        counted = await count_event(event.id)
        assert (counted.enrolled, counted.whole) == (0, Count())
        assert [(each.name, each.whole, each.gates) for each in counted.points] == [("东门", Count(), [])]

    async def test_counts_the_confirmed_who_came_and_who_is_there_by_door_and_gate(self, cast: Cast) -> None:
        event, points, (one, two, three) = await stage(cast)
        await Enrolment.filter(id=three.id).update(status=EnrolmentStatus.WAITLISTED)
        await attend(one, points["东门"], gate="1号通道")
        await attend(two, points["东门"], gate="2号通道", left=30)
        counted = await count_event(event.id)
        assert (counted.enrolled, counted.whole) == (2, Count(2, 1))
        by_name = {each.name: each for each in counted.points}
        assert by_name["东门"].whole == Count(2, 1)
        assert by_name["东门"].gates == [Count(1, 1, "1号通道"), Count(1, 0, "2号通道")]
        assert by_name["西门"].whole == Count()

    @given(
        scans=st.lists(
            st.builds(
                Passed,
                st.integers(0, PEOPLE - 1),
                st.sampled_from([HALL, MEAL, CINEMA]),
                st.integers(1, 9),
                st.sampled_from(list(Direction)),
                st.booleans() | st.just(True),
                st.sampled_from([False, False, False, True]),
            ),
            max_size=12,
            unique_by=lambda passed: (passed.person, passed.point, passed.minute),
        ),
        left_at=st.dictionaries(st.integers(0, PEOPLE - 1), st.integers(1, 9)),
    )
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    async def test_knows_who_is_inside_each_inner_point(
        self, cast: Cast, scans: list[Passed], left_at: dict[int, int]
    ) -> None:
        event, points, enrolments = await stage(cast)
        for person, enrolment in enumerate(enrolments):
            await attend(enrolment, points["东门"], left=left_at.get(person))
        for passed in scans:
            enrolment = enrolments[passed.person]
            scan = line(enrolment, points[passed.point], passed)
            await scan.save(force_create=True)
            if passed.is_annulled:
                await Annulment.create(
                    event_id=event.id,
                    scan_id=scan.id,
                    enrolment_id=enrolment.id,
                    annulled_by_id=uuid4(),
                    reason="扫错了人",
                    annulled_at=NINE,
                )
        counted = {each.name: each.whole.present for each in (await count_event(event.id)).points}
        assert {name: counted[name] for name in (HALL, MEAL, CINEMA)} == inside(scans, left_at)
