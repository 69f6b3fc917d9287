"""Everybody scans at once, and again, and at two doors."""

import asyncio
import re
from collections import Counter
from uuid import UUID, uuid4

import pytest

from capabilities.check_in import Judged, MyScan, ScanRefused, StaffScan, check_in, scan_person
from capabilities.enrolment import enrol
from capabilities.office import Office
from capabilities.sign_in_code import my_ticket, venue_code
from models.attendance import Attendance
from models.database import transaction
from models.event import Event
from models.scan import Direction, Scan
from tests.cast import Cast, Someone
from tests.races.phones import phones
from tests.stage import door_of, published, shift_of

PEOPLE, TIMES = 50, 3
REQUEST_ID = re.compile(rb'"request_id":"[^"]*"')
ROUNDS = 15


async def enrolled(office: Office, cast: Cast, event: Event) -> tuple[Someone, UUID]:
    someone = await cast.volunteer()
    return someone, (await enrol(office, await someone.caller(), shift_of(event).id)).enrolment.id


def verdict_of(answer: Judged | BaseException) -> str:
    return str(answer.facts["verdict"]) if isinstance(answer, ScanRefused) else str(answer.scan.verdict)


class TestCheckIn:
    async def test_counts_fifty_people_once_each(self, office: Office, cast: Cast, base_url: str) -> None:
        """Through HTTP: each phone sends one scan three times, and then a second scan three times."""
        found = await published(seats=[PEOPLE])
        async with transaction():
            people = [await cast.volunteer() for _ in range(PEOPLE)]
        for someone in people:
            await enrol(office, await someone.caller(), shift_of(found).id)
        code = venue_code(office, door_of(found), office.now()).text
        async with phones(base_url) as many:

            async def scan(someone: Someone, nonce: str) -> tuple[str, bytes]:
                answer = await many.post("/check-ins", someone.headers, {"code": code, "nonce": nonce})
                # All but the request's own id, which names the asking and not the answer.
                return f"{someone.id} {nonce}", REQUEST_ID.sub(b"", answer)

            nonces = [(someone, uuid4().hex) for someone in people for _ in range(2)]
            answers = await asyncio.gather(*(scan(*each) for each in nonces * TIMES))
        assert len(set(answers)) == len(nonces), "one answer for each nonce, to the byte"
        assert Counter(scan.verdict for scan in await Scan.all()) == {"CheckedIn": PEOPLE, "AlreadyCheckedIn": PEOPLE}
        came = [each.enrolment_id for each in await Attendance.all()]
        assert len(came) == len(set(came)) == PEOPLE

    async def test_answers_one_nonce_once_in_two_offices(self, office: Office, beside: Office, cast: Cast) -> None:
        found = await published(seats=[ROUNDS])
        code = venue_code(office, door_of(found), office.now()).text
        for _ in range(ROUNDS):
            someone, _ = await enrolled(office, cast, found)
            who, scan = await someone.caller(), MyScan(code, uuid4().hex)
            first, second = await asyncio.gather(check_in(office, who, scan), check_in(beside, who, scan))
            assert (first.scan.id, first.scan.facts) == (second.scan.id, second.scan.facts)
        assert (await Scan.all().count(), await Attendance.all().count()) == (ROUNDS, ROUNDS)

    @pytest.mark.parametrize("code", ["no code at all", "http://127.0.0.1/c/" + "A" * 48])
    async def test_logs_one_unknown_nonce_once_in_two_offices(
        self, office: Office, beside: Office, cast: Cast, code: str
    ) -> None:
        who = await (await cast.volunteer()).caller()
        for _ in range(ROUNDS):
            scan = MyScan(code, uuid4().hex)
            both = (check_in(office, who, scan), check_in(beside, who, scan))
            first, second = await asyncio.gather(*both, return_exceptions=True)
            assert isinstance(first, ScanRefused)
            assert isinstance(second, ScanRefused)
            assert first.facts == second.facts
        assert await Scan.all().count() == ROUNDS


class TestScanPerson:
    @pytest.mark.parametrize(
        ("direction", "verdicts"),
        [(Direction.IN, ["AlreadyCheckedIn", "CheckedIn"]), (Direction.OUT, ["AlreadyCheckedOut", "CheckedOut"])],
    )
    async def test_counts_one_code_once_at_two_doors(
        self, office: Office, beside: Office, cast: Cast, direction: Direction, verdicts: list[str]
    ) -> None:
        """Two on duty scan the same phone in the same moment."""
        found = await published(seats=[ROUNDS], doors=["东门", "西门"])
        staff = [await (await cast.staff(found)).caller() for _ in range(2)]
        doors = [door_of(found, name) for name in ("东门", "西门")]
        for _ in range(ROUNDS):
            someone, enrolment_id = await enrolled(office, cast, found)
            code = (await my_ticket(office, await someone.caller(), enrolment_id)).code
            if direction is Direction.OUT:
                await scan_person(office, staff[0], StaffScan(doors[0].id, code, uuid4().hex))
            both = zip((office, beside), staff, doors, strict=True)
            answers = await asyncio.gather(
                *(scan_person(at, who, StaffScan(door.id, code, uuid4().hex, direction)) for at, who, door in both),
                return_exceptions=True,
            )
            assert sorted(verdict_of(answer) for answer in answers) == verdicts
            accepted = next(answer for answer in answers if isinstance(answer, Judged))
            came = await Attendance.get(enrolment_id=enrolment_id)
            assert accepted.scan.id in (came.check_in_scan_id, came.check_out_scan_id)
        assert await Attendance.all().count() == ROUNDS
