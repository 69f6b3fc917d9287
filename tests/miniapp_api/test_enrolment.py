"""Enrolling over the door."""

from uuid import uuid4

import httpx
import pytest

from kit.clock import StandingClock
from miniapp_api.enrolment import MyEnrolment
from models.enrolment_rows import EnrolmentRow
from models.event import EventStatus
from tests.cast import Cast, Someone
from tests.stage import MINUTE, NINE, code_of, published, shift_of


@pytest.fixture
async def path(cast: Cast) -> str:
    """A shift with one seat, a day ahead."""
    return f"/shifts/{shift_of(await published(starts_at=NINE + 1440 * MINUTE)).id}/enrolments"


async def post(who: Someone, base_url: str, path: str) -> httpx.Response:
    async with who.client(base_url) as client:
        return await client.post(path)


class TestEnrol:
    async def test_answers_with_seat_or_place(self, cast: Cast, base_url: str, path: str) -> None:
        answers = [await post(await cast.volunteer(), base_url, path) for _ in range(3)]
        assert [each.status_code for each in answers] == [201, 201, 201]
        told = [(each.json()["status"], each.json()["place"]) for each in answers]
        assert told == [("confirmed", None), ("waitlisted", 1), ("waitlisted", 2)]
        assert set(answers[0].json()) == {
            "id", "event_id", "shift_id", "status", "place", "offer_expires_at", "enrolled_at",
        }  # fmt: skip

    async def test_names_the_enrolment_that_stands(self, cast: Cast, base_url: str, path: str) -> None:
        bataar = await cast.volunteer()
        first = await post(bataar, base_url, path)
        second = await post(bataar, base_url, path)
        assert code_of(second) == (409, "AlreadyEnrolled")
        assert second.json()["enrolment_id"] == first.json()["id"]

    async def test_refuses_what_is_not_open(self, cast: Cast, base_url: str) -> None:
        bataar = await cast.volunteer()
        off = shift_of(await published(status=EventStatus.CANCELLED))
        draft = shift_of(await published(status=EventStatus.DRAFT, published_at=None))
        assert code_of(await post(bataar, base_url, f"/shifts/{off.id}/enrolments")) == (409, "EnrolmentClosed")
        for shift_id in (draft.id, uuid4()):
            answer = await post(bataar, base_url, f"/shifts/{shift_id}/enrolments")
            assert code_of(answer) == (404, "NoSuchShift")

    async def test_is_for_approved_volunteers(
        self, cast: Cast, base_url: str, path: str, anyone: httpx.AsyncClient
    ) -> None:
        assert code_of(await anyone.post(path)) == (401, "Unauthenticated")
        assert code_of(await post(await cast.scientist(), base_url, path)) == (403, "RegistrationNotApproved")


class TestMyEnrolment:
    def test_has_the_fields_of_what_is_read(self) -> None:
        assert MyEnrolment.__struct_fields__ == EnrolmentRow._fields


class TestCancelAndAccept:
    async def test_hands_the_seat_on(self, cast: Cast, base_url: str, path: str, clock: StandingClock) -> None:
        bataar, next_one = await cast.volunteer(), await cast.volunteer()
        seat, place = (await post(bataar, base_url, path)).json(), (await post(next_one, base_url, path)).json()
        async with bataar.client(base_url) as client:
            cancelled = await client.delete(f"/enrolments/{seat['id']}")
            assert (cancelled.status_code, cancelled.content) == (204, b"")
            again = await client.delete(f"/enrolments/{seat['id']}")
            assert code_of(again) == (409, "EnrolmentNotLive")
        async with next_one.client(base_url) as client:
            (mine,) = (await client.get("/me/enrolments")).json()
            assert (mine["status"], mine["offer_expires_at"]) == ("offered", "2019-05-30T02:50:00Z")
            assert (mine["event_title"], mine["place_name"]) == ("科普讲座", "市科技馆")
            accepted = await client.post(f"/enrolments/{place['id']}/acceptance")
            assert (accepted.status_code, accepted.json()["status"]) == (200, "confirmed")
            assert code_of(await client.post(f"/enrolments/{place['id']}/acceptance")) == (409, "NoOffer")

    async def test_says_when_the_offer_has_gone(
        self, cast: Cast, base_url: str, path: str, clock: StandingClock
    ) -> None:
        bataar, next_one = await cast.volunteer(), await cast.volunteer()
        seat, place = (await post(bataar, base_url, path)).json(), (await post(next_one, base_url, path)).json()
        async with bataar.client(base_url) as client:
            await client.delete(f"/enrolments/{seat['id']}")
        clock.advance(120 * MINUTE)
        answer = await post(next_one, base_url, f"/enrolments/{place['id']}/acceptance")
        assert code_of(answer) == (410, "OfferExpired")

    async def test_says_when_it_is_too_late_to_cancel(
        self, cast: Cast, base_url: str, path: str, clock: StandingClock
    ) -> None:
        bataar = await cast.volunteer()
        seat = (await post(bataar, base_url, path)).json()
        clock.set(NINE + 1440 * MINUTE)
        async with bataar.client(base_url) as client:
            assert code_of(await client.delete(f"/enrolments/{seat['id']}")) == (409, "TooLateToCancel")

    async def test_is_not_for_strangers(self, cast: Cast, base_url: str, path: str, anyone: httpx.AsyncClient) -> None:
        mine = f"/enrolments/{(await post(await cast.volunteer(), base_url, path)).json()['id']}"
        async with (await cast.volunteer()).client(base_url) as stranger:
            assert code_of(await stranger.delete(mine)) == (404, "NoSuchEnrolment")
            assert code_of(await stranger.post(f"{mine}/acceptance")) == (404, "NoSuchEnrolment")
            assert (await stranger.get("/me/enrolments")).json() == []
        assert code_of(await anyone.delete(mine)) == (401, "Unauthenticated")
        assert code_of(await anyone.post(f"{mine}/acceptance")) == (401, "Unauthenticated")
        assert code_of(await anyone.get("/me/enrolments")) == (401, "Unauthenticated")
