"""A crowd judged at once: nothing is locked between reading and writing, and nobody written by what no longer holds."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from capabilities.check_in import Presentation, StaffScan, scan_person
from capabilities.check_in.at_once import Apart, AtTheDoor, Seen, judge_at_once
from models import doors
from models.attendance import Attendance
from models.enrolment import Enrolment, EnrolmentStatus
from models.scan import Direction, Scan, ScanWay
from tests.capabilities.test_check_in import Hall, a_nonce, hall
from tests.cast import Cast
from tests.stage import SECOND, door_of

__all__ = ["hall"]

IN, OUT = Direction.IN, Direction.OUT


async def staff_scan(
    hall: Hall, direction: Direction = IN, *, later: int = 0, nonce: str | None = None, code: str | None = None
) -> AtTheDoor:
    at = hall.office.now() + later * SECOND
    presented = Presentation(
        hall.staff.id, ScanWay.PERSONAL_CODE, direction, nonce or a_nonce(), code or await hall.code(), at, at,
        door_of(hall.event, "东门").id,
    )  # fmt: skip
    return AtTheDoor(presented, await hall.staff.caller())


def between(monkeypatch: pytest.MonkeyPatch, doing: Callable[[], Awaitable[Any]]) -> None:
    """Something happens after the batch was read and before it is written."""
    write = doors.write

    async def written(entries: Any) -> Any:
        monkeypatch.setattr(doors, "write", write)
        await doing()
        return await write(entries)

    monkeypatch.setattr(doors, "write", written)


@pytest.fixture
def on_postgres(is_postgres: bool) -> None:
    if not is_postgres:
        pytest.skip("on SQLite the batch is one transaction with the only pen: nothing comes between")


class TestOnePerson:
    async def test_who_comes_and_goes_in_one_batch_is_judged_in_order(self, hall: Hall) -> None:
        scans = [await staff_scan(hall), await staff_scan(hall, later=1), await staff_scan(hall, OUT, later=2)]
        seen = await judge_at_once(hall.office, scans)
        assert [each.line.verdict for each in seen if isinstance(each, Seen)] == [
            "CheckedIn", "AlreadyCheckedIn", "CheckedOut",
        ]  # fmt: skip
        attended = await Attendance.get(enrolment_id=hall.enrolment.id)
        assert attended.checked_in_at == scans[0].presented.at
        assert attended.checked_out_at == scans[2].presented.at
        assert await Scan.all().count() == 3

    async def test_with_one_nonce_twice_is_written_once_and_the_second_judged_apart(self, hall: Hall) -> None:
        first, second = [await staff_scan(hall, nonce="the-same-nonce") for _ in range(2)]
        seen = await judge_at_once(hall.office, [first, second])
        assert isinstance(seen[0], Seen)
        assert isinstance(seen[1], Apart)
        assert await Scan.all().count() == 1

    async def test_with_a_nonce_that_is_in_the_log_hears_the_first_answer_again(self, hall: Hall) -> None:
        scan = await staff_scan(hall)
        (first,) = await judge_at_once(hall.office, [scan])
        (again,) = await judge_at_once(hall.office, [scan])
        assert isinstance(first, Seen)
        assert isinstance(again, Seen)
        assert again.name == first.name is not None
        said = [(seen.line.id, seen.line.verdict, seen.line.direction, seen.line.facts) for seen in (first, again)]
        assert said[0] == said[1]
        assert await Scan.all().count() == 1

    async def test_with_a_nonce_that_belongs_to_another_code_is_judged_apart(self, hall: Hall) -> None:
        await judge_at_once(hall.office, [await staff_scan(hall, nonce="the-same-nonce")])
        other = await staff_scan(hall, nonce="the-same-nonce", code="LZ1.nobody's")
        (seen,) = await judge_at_once(hall.office, [other])
        assert isinstance(seen, Apart)
        assert await Scan.all().count() == 1

    async def test_whose_scans_contradict_one_another_is_judged_apart(self, hall: Hall) -> None:
        """Two devices let in the same person: only the way with the lock may write what a person must decide."""
        scans = [await staff_scan(hall), await staff_scan(hall, later=1)]
        late = [
            AtTheDoor(
                Presentation(
                    **{name: getattr(each.presented, name) for name in each.presented.__struct_fields__}
                    | {"is_late": True, "seen": "CheckedIn", "device": f"phone-{number}"}
                    | {"happened_at": each.presented.received_at}
                ),
                each.staff,
            )
            for number, each in enumerate(scans)
        ]
        seen = await judge_at_once(hall.office, late)
        assert all(isinstance(each, Apart) for each in seen)
        assert await Scan.all().count() == 0


class TestBetweenReadingAndWriting:
    @pytest.mark.usefixtures("on_postgres")
    async def test_a_cancelled_enrolment_is_not_checked_in(self, hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
        async def cancel_it() -> None:
            await Enrolment.filter(id=hall.enrolment.id).update(status=EnrolmentStatus.CANCELLED)

        between(monkeypatch, cancel_it)
        (seen,) = await judge_at_once(hall.office, [await staff_scan(hall)])
        assert isinstance(seen, Apart)
        assert (await Scan.all().count(), await Attendance.all().count()) == (0, 0)

    @pytest.mark.usefixtures("on_postgres")
    async def test_who_was_let_in_by_others_is_not_let_in_again(
        self, hall: Hall, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def let_in() -> None:
            await judge_at_once(hall.office, [await staff_scan(hall)])

        between(monkeypatch, let_in)
        (seen,) = await judge_at_once(hall.office, [await staff_scan(hall, later=1)])
        assert isinstance(seen, Apart)
        assert (await Scan.all().count(), await Attendance.all().count()) == (1, 1)

    @pytest.mark.usefixtures("on_postgres")
    async def test_the_neighbours_of_who_changed_are_written(
        self, hall: Hall, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def change() -> None:
            await Enrolment.filter(id=hall.enrolment.id).update(door_version=7)

        between(monkeypatch, change)
        stranger = await staff_scan(hall)
        unknown = AtTheDoor(
            Presentation(
                hall.staff.id,
                ScanWay.PERSONAL_CODE,
                IN,
                a_nonce(),
                "LZ1.nobody",
                hall.office.now(),
                hall.office.now(),
                door_of(hall.event, "东门").id,
            ),
            await hall.staff.caller(),
        )
        changed, neighbour = await judge_at_once(hall.office, [stranger, unknown])
        assert isinstance(changed, Apart)
        assert isinstance(neighbour, Seen)
        assert [scan.verdict for scan in await Scan.all()] == ["UnknownCode"]

    async def test_the_caller_gets_an_answer_all_the_same(self, hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
        async def nothing_was_written(_: Any) -> set[Any]:
            return set()

        monkeypatch.setattr(doors, "write", nothing_was_written)
        scan = StaffScan(door_of(hall.event, "东门").id, await hall.code(), a_nonce())
        judged = await scan_person(hall.office, await hall.staff.caller(), scan)
        assert (judged.scan.verdict, judged.name) == ("CheckedIn", "巴特尔")
        assert (await Scan.all().count(), await Attendance.all().count()) == (1, 1)
