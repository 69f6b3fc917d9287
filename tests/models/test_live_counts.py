"""Live counts: who is expected, who came by which door and gate, who is there."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from models.attendance import Attendance
from models.enrolment import Enrolment, EnrolmentStatus
from models.event import Event, Point
from models.live_counts import count_event
from models.scan import Annulment, Direction, Scan, ScanWay
from tests.cast import Cast
from tests.stage import NINE, published, shift_of

PEOPLE, HALL, CINEMA = 3, "会场", "影厅"


@dataclass(frozen=True)
class Passed:
    minute: int
    direction: Direction = Direction.IN
    counts: bool = True


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


async def stage(cast: Cast) -> tuple[Event, dict[str, Point], list[Enrolment]]:
    event = await published(seats=[9], doors=["东门", "西门"])
    for name in (HALL, CINEMA):
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
    scan = line(enrolment, point, Passed(0), gate=gate)
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
        assert (counted.enrolled, counted.came, counted.present) == (0, 0, 0)
        assert [(each.name, each.came, each.present, each.gates) for each in counted.points] == [("东门", 0, 0, {})]

    async def test_counts_the_confirmed_who_came_and_who_is_there_by_door_and_gate(self, cast: Cast) -> None:
        event, points, (one, two, three) = await stage(cast)
        await Enrolment.filter(id=three.id).update(status=EnrolmentStatus.WAITLISTED)
        await attend(one, points["东门"], gate="2号通道")
        await attend(two, points["东门"], gate="1号通道", left=30)
        await line(two, points["东门"], Passed(30, Direction.OUT)).save(force_create=True)
        counted = await count_event(event.id)
        assert (counted.enrolled, counted.came, counted.present) == (2, 2, 1)
        by_name = {each.name: (each.came, each.present, dict(each.gates)) for each in counted.points}
        assert by_name["东门"] == (2, 1, {"1号通道": 1, "2号通道": 1})
        assert by_name["西门"] == (0, 0, {})

    async def test_counts_at_an_inner_point_each_who_came_once_and_who_is_there(self, cast: Cast) -> None:
        """Whose scan was annulled or counts for nothing was never there; who went on to the cinema is no longer."""
        event, points, (one, two, three) = await stage(cast)
        hall, cinema = points[HALL], points[CINEMA]
        for enrolment, point, passed in (
            (one, hall, Passed(1)),
            (one, hall, Passed(2, Direction.OUT)),
            (one, hall, Passed(3)),
            (two, hall, Passed(1)),
            (two, cinema, Passed(2)),
            (three, hall, Passed(1, counts=False)),
        ):
            await line(enrolment, point, passed).save(force_create=True)
        wrong = line(three, cinema, Passed(4))
        await wrong.save(force_create=True)
        await Annulment.create(
            event_id=event.id,
            scan_id=wrong.id,
            enrolment_id=three.id,
            annulled_by_id=uuid4(),
            reason="扫错了人",
            annulled_at=NINE,
        )
        counted = await count_event(event.id)
        assert {each.name: (each.came, each.present) for each in counted.points if not each.is_entrance} == {
            HALL: (2, 1),
            CINEMA: (1, 1),
        }
