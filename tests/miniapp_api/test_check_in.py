"""Checking in over the door."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from capabilities.enrolment import enrol
from capabilities.office import Office
from capabilities.sign_in_code import venue_code
from kit.clock import StandingClock
from models.attendance import Attendance
from models.enrolment import Enrolment, EnrolmentStatus
from models.event import Event
from models.scan import Scan
from tests.cast import Cast
from tests.stage import MINUTE, NINE, SECOND, code_of, door_of, published, shift_of


@dataclass
class Hall:
    """Bataar, who is enrolled, and somebody on duty, each with a phone."""

    office: Office
    event: Event
    enrolment_id: Any
    bataar: httpx.AsyncClient
    staff: httpx.AsyncClient

    def my_scan(self, **changes: Any) -> dict[str, Any]:
        code = venue_code(self.office, door_of(self.event), self.office.now()).text
        return {"code": code, "nonce": uuid4().hex, "direction": "in"} | changes

    async def staff_scan(self, **changes: Any) -> dict[str, Any]:
        mine = (await self.bataar.get(f"/enrolments/{self.enrolment_id}/code")).json()
        point_id = str(door_of(self.event).id)
        return {"point_id": point_id, "code": mine["code"], "nonce": uuid4().hex, "direction": "in"} | changes


@pytest.fixture
async def hall(office: Office, cast: Cast, base_url: str) -> AsyncIterator[Hall]:
    found = await published()
    bataar, staff = await cast.volunteer("巴特尔"), await cast.staff(found)
    standing = await enrol(office, await bataar.caller(), shift_of(found).id)
    async with bataar.client(base_url) as mine, staff.client(base_url) as theirs:
        yield Hall(office, found, standing.enrolment.id, mine, theirs)


class TestCheckInHere:
    async def test_answers_with_when_and_where(self, hall: Hall) -> None:
        answer = await hall.bataar.post("/check-ins", json=hall.my_scan())
        shown = answer.json()
        del shown["scan_id"]
        assert answer.status_code == 200
        assert shown == {
            "verdict": "CheckedIn",
            "direction": "in",
            "checked_in_at": "2019-05-30T00:50:00+00:00",
            "checked_in_at_point": "主入口",
            "point_name": "主入口",
            "event_title": "科普讲座",
        }

    async def test_is_friendly_to_who_is_in(self, hall: Hall) -> None:
        await hall.bataar.post("/check-ins", json=hall.my_scan())
        answer = await hall.bataar.post("/check-ins", json=hall.my_scan())
        assert code_of(answer) == (409, "AlreadyCheckedIn")
        assert answer.json()["detail"] == "您已签到，无需重复操作。"
        assert answer.json()["checked_in_at"] == "2019-05-30T00:50:00+00:00"
        assert answer.json()["checked_in_at_point"] == "主入口"

    async def test_tells_an_old_code_from_a_false_one(self, hall: Hall, clock: StandingClock) -> None:
        old = hall.my_scan()
        clock.advance(61 * SECOND)
        assert code_of(await hall.bataar.post("/check-ins", json=old)) == (410, "CodeExpired")
        false = hall.my_scan(code="https://example.com/")
        assert code_of(await hall.bataar.post("/check-ins", json=false)) == (404, "UnknownCode")

    async def test_gives_the_same_bytes_for_the_same_nonce(self, hall: Hall, clock: StandingClock) -> None:
        mine = hall.my_scan()
        first = await hall.bataar.post("/check-ins", json=mine)
        clock.advance(60 * MINUTE)
        await hall.bataar.post("/check-ins", json=hall.my_scan(direction="out"))
        again = await hall.bataar.post("/check-ins", json=mine)
        assert (again.status_code, again.content) == (first.status_code, first.content)

    async def test_gives_the_same_bytes_for_a_refused_nonce(self, hall: Hall, clock: StandingClock) -> None:
        """All but the request's own id, which names the asking and not the answer."""
        clock.set(NINE - 60 * MINUTE)
        mine = hall.my_scan()
        first = await hall.bataar.post("/check-ins", json=mine)
        clock.set(NINE)
        again = await hall.bataar.post("/check-ins", json=mine)
        assert code_of(first) == code_of(again) == (409, "TooEarly")

        def without_id(answer: httpx.Response) -> bytes:
            return answer.content.replace(answer.headers["x-request-id"].encode(), b"")

        assert without_id(first) == without_id(again)

    async def test_gives_the_same_bytes_in_parallel(self, hall: Hall) -> None:
        mine = hall.my_scan()
        answers = await asyncio.gather(*(hall.bataar.post("/check-ins", json=mine) for _ in range(10)))
        assert {(each.status_code, each.content) for each in answers} == {(200, answers[0].content)}
        assert (await Scan.all().count(), await Attendance.all().count()) == (1, 1)

    @pytest.mark.parametrize(
        "change",
        [
            {"nonce": "short"},
            {"nonce": "no spaces here"},
            {"code": ""},
            {"code": "x" * 301},
            {"direction": "up"},
            {"x": 1},
        ],
    )
    async def test_refuses_another_form(self, hall: Hall, change: dict[str, Any]) -> None:
        answer = await hall.bataar.post("/check-ins", json=hall.my_scan(**change))
        assert code_of(answer) == (422, "InvalidMessage")
        assert await Scan.all().count() == 0

    async def test_turns_nobody_away_because_three_hundred_share_an_address(
        self, hall: Hall, cast: Cast, base_url: str
    ) -> None:
        """A hall's network shows all its phones as one."""
        crowd, now = await published(seats=[300]), hall.office.now()
        people = [await cast.volunteer() for _ in range(300)]
        known = {"event": crowd, "shift": shift_of(crowd), "enrolled_at": now, "changed_at": now}
        confirmed = EnrolmentStatus.CONFIRMED
        await Enrolment.bulk_create(
            [Enrolment(person=each.person, status=confirmed, queue_no=n, **known) for n, each in enumerate(people, 1)]
        )
        code = venue_code(hall.office, door_of(crowd), now).text
        async with httpx.AsyncClient(base_url=base_url, timeout=60) as network:
            scans = [network.post("/check-ins", json=hall.my_scan(code=code), headers=each.headers) for each in people]
            answers = await asyncio.gather(*scans)
        assert Counter(each.status_code for each in answers) == {200: 300}
        assert await Attendance.filter(event_id=crowd.id).count() == 300

    async def test_is_not_for_strangers(self, hall: Hall, cast: Cast, base_url: str, anyone: httpx.AsyncClient) -> None:
        assert code_of(await anyone.post("/check-ins", json=hall.my_scan())) == (401, "Unauthenticated")
        async with (await cast.volunteer()).client(base_url) as stranger:
            answer = await stranger.post("/check-ins", json=hall.my_scan())
        assert code_of(answer) == (409, "NotEnrolled")
        assert "checked_in_at" not in answer.json()


class TestScanPerson:
    async def test_names_the_person_to_staff(self, hall: Hall) -> None:
        answer = await hall.staff.post("/scans", json=await hall.staff_scan())
        assert (answer.status_code, answer.json()["verdict"], answer.json()["name"]) == (200, "CheckedIn", "巴特尔")
        again = await hall.staff.post("/scans", json=await hall.staff_scan())
        assert code_of(again) == (409, "AlreadyCheckedIn")
        assert again.json()["name"] == "巴特尔"

    async def test_gives_the_same_bytes_for_the_same_nonce(self, hall: Hall, clock: StandingClock) -> None:
        theirs = await hall.staff_scan()
        first = await hall.staff.post("/scans", json=theirs)
        clock.advance(60 * MINUTE)
        again = await hall.staff.post("/scans", json=theirs)
        assert (again.status_code, again.content) == (first.status_code, first.content)

    async def test_takes_the_devices_time_with_its_zone_only(self, hall: Hall) -> None:
        naive = await hall.staff_scan(scanned_at="2019-05-30T08:50:00")
        assert code_of(await hall.staff.post("/scans", json=naive)) == (422, "InvalidMessage")
        aware = await hall.staff_scan(scanned_at="2019-05-30T08:49:58+08:00")
        assert (await hall.staff.post("/scans", json=aware)).status_code == 200

    async def test_is_not_for_strangers(self, hall: Hall, cast: Cast, base_url: str, anyone: httpx.AsyncClient) -> None:
        theirs = await hall.staff_scan()
        assert code_of(await anyone.post("/scans", json=theirs)) == (401, "Unauthenticated")
        for who in (await cast.staff(await published()), await cast.volunteer()):
            async with who.client(base_url) as client:
                answer = await client.post("/scans", json=theirs)
                assert code_of(answer) == (403, "NotYourEvent")
                assert "巴特尔" not in answer.text
                unknown = {**theirs, "point_id": str(uuid4())}
                assert code_of(await client.post("/scans", json=unknown)) == (404, "NoSuchPoint")
        assert await Scan.all().count() == 0
