"""Events over the door."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from kit.clock import StandingClock
from miniapp_api.event import EventShown
from models.event import EventStatus
from models.event_rows import EventRow
from tests.cast import Cast
from tests.stage import NINE, code_of, published

DRAFT = {
    "unit_code": "150105",
    "title": "科普大讲堂",
    "category": "popular_science",
    "place": "赛罕区图书馆",
    "content": "讲解天气预报",
    "person_in_charge": "王国文",
    "risk_note": "无特殊风险",
    "shifts": [
        {"role": "讲解", "starts_at": "2019-05-30T09:00:00+08:00", "ends_at": "2019-05-30T12:00:00+08:00", "seats": 10}
    ],
}


@pytest.fixture
async def organizer(cast: Cast, base_url: str) -> Any:
    async with (await cast.organizer("150105")).client(base_url) as client:
        yield client


@pytest.fixture
async def volunteer(cast: Cast, base_url: str) -> Any:
    async with (await cast.volunteer()).client(base_url) as client:
        yield client


class TestEventShown:
    def test_has_the_fields_of_what_is_read(self) -> None:
        assert EventShown.__struct_fields__ == EventRow._fields


class TestSearch:
    async def test_shows_anyone_what_is_published(self, cast: Cast, anyone: httpx.AsyncClient) -> None:
        answer = await anyone.get("/events", params={"q": "义诊"})
        (shown,) = answer.json()["items"]
        assert answer.status_code == 200
        assert (shown["title"], shown["unit_name"], shown["status"]) == ("专家义诊进社区", "市医学会", "published")
        assert shown["starts_at"] == "2019-05-30T01:00:00Z"
        assert sorted((shift["role"], shift["seats_left"]) for shift in shown["shifts"]) == [
            ("义诊专家", 16),
            ("导诊", 14),
        ]

    async def test_leads_from_page_to_page(self, cast: Cast, anyone: httpx.AsyncClient) -> None:
        seen: list[str] = []
        asked = {"limit": "5"}
        for size in (5, 5, 2):
            page = (await anyone.get("/events", params=asked)).json()
            assert len(page["items"]) == size
            seen += [each["id"] for each in page["items"]]
            asked["cursor"] = page["next_cursor"]
        assert (asked["cursor"], len(set(seen))) == (None, 12)

    @pytest.mark.parametrize(
        ("asked", "code"),
        [
            ({"from": "2019-05-30T09:00:00"}, "InvalidMessage"),
            ({"limit": "0"}, "InvalidMessage"),
            ({"limit": "201"}, "InvalidMessage"),
            ({"q": ""}, "InvalidMessage"),
            ({"colour": "red"}, "InvalidMessage"),
            ({"cursor": "nowhere"}, "BadCursor"),
        ],
    )
    async def test_refuses_what_it_cannot_mean(
        self, cast: Cast, anyone: httpx.AsyncClient, asked: dict[str, str], code: str
    ) -> None:
        assert code_of(await anyone.get("/events", params=asked)) == (422, code)

    async def test_takes_times_with_their_zone(self, cast: Cast, anyone: httpx.AsyncClient) -> None:
        asked = {"from": "2019-05-31T00:00:00+08:00", "to": "2019-06-01T00:00:00+08:00"}
        titles = {each["title"] for each in (await anyone.get("/events", params=asked)).json()["items"]}
        assert titles == {"田间课堂：马铃薯晚疫病防治", "实用技术送到村：设施蔬菜"}


class TestReadOne:
    async def test_hides_drafts_from_the_public(self, cast: Cast, anyone: httpx.AsyncClient) -> None:
        draft = await published(status=EventStatus.DRAFT, published_at=None)
        assert code_of(await anyone.get(f"/events/{draft.id}")) == (404, "NoSuchEvent")
        assert code_of(await anyone.get(f"/events/{uuid4()}")) == (404, "NoSuchEvent")

    async def test_says_why_it_was_called_off(self, cast: Cast, anyone: httpx.AsyncClient) -> None:
        off = await published(status=EventStatus.CANCELLED, cancel_reason="大风预警")
        shown = (await anyone.get(f"/events/{off.id}")).json()
        assert (shown["status"], shown["cancel_reason"]) == ("cancelled", "大风预警")


class TestCreate:
    async def test_answers_with_the_draft(self, organizer: httpx.AsyncClient) -> None:
        answer = await organizer.post("/events", json=DRAFT)
        shown = answer.json()
        assert (answer.status_code, shown["status"], shown["version"]) == (201, "draft", 1)
        assert [point["name"] for point in shown["points"]] == ["主入口"]
        assert [(shift["role"], shift["seats_left"]) for shift in shown["shifts"]] == [("讲解", 10)]

    async def test_names_the_faulty_fields(self, organizer: httpx.AsyncClient) -> None:
        answer = await organizer.post("/events", json={**DRAFT, "category": "ceremony", "counts_service_hours": True})
        assert code_of(answer) == (422, "EventInvalid")
        assert set(answer.json()["fields"]) == {"counts_service_hours"}

    @pytest.mark.parametrize(
        "change",
        [
            {"shifts": [{**DRAFT["shifts"][0], "seats": 0}]},  # type: ignore[dict-item]
            {"shifts": [{**DRAFT["shifts"][0], "starts_at": "2019-05-30T09:00:00"}]},  # type: ignore[dict-item]
            {"title": ""},
            {"title": 5},
            {"status": "published"},
        ],
    )
    async def test_refuses_another_form(self, organizer: httpx.AsyncClient, change: dict[str, Any]) -> None:
        assert code_of(await organizer.post("/events", json=DRAFT | change)) == (422, "InvalidMessage")

    async def test_is_not_for_strangers(
        self, cast: Cast, base_url: str, anyone: httpx.AsyncClient, volunteer: httpx.AsyncClient
    ) -> None:
        assert code_of(await anyone.post("/events", json=DRAFT)) == (401, "Unauthenticated")
        assert code_of(await volunteer.post("/events", json=DRAFT)) == (403, "RoleNeeded")
        async with (await cast.organizer("150104")).client(base_url) as neighbour:
            assert code_of(await neighbour.post("/events", json=DRAFT)) == (403, "NotYourUnit")


class TestRun:
    """One event from its draft to its end."""

    async def test_goes_from_draft_to_end(
        self, organizer: httpx.AsyncClient, anyone: httpx.AsyncClient, clock: StandingClock
    ) -> None:
        made = (await organizer.post("/events", json=DRAFT)).json()
        path = f"/events/{made['id']}"
        changed = await organizer.patch(path, json={"place": "操场", "version": made["version"]})
        assert (changed.status_code, changed.json()["place"]) == (200, "操场")
        later = {**DRAFT["shifts"][0], "role": "下午", "ends_at": "2019-05-30T13:00:00+08:00"}  # type: ignore[dict-item]
        added = await organizer.post(f"{path}/shifts", json=later)
        assert (added.status_code, len(added.json()["shifts"])) == (201, 2)
        assert (await organizer.post(f"{path}/publication")).json()["status"] == "published"
        assert (await anyone.get(path)).json()["ends_at"] == "2019-05-30T05:00:00Z"
        clock.set(NINE)
        assert (await organizer.post(f"{path}/closure")).json()["status"] == "ended"

    async def test_is_called_off_with_a_reason(self, organizer: httpx.AsyncClient) -> None:
        found = await published(unit_code="150105")
        path = f"/events/{found.id}/cancellation"
        for body in ({}, {"reason": ""}, {"reason": "好"}):
            assert code_of(await organizer.post(path, json=body)) == (422, "InvalidMessage")
        assert (await organizer.post(path, json={"reason": "大风预警"})).json()["cancel_reason"] == "大风预警"
        assert code_of(await organizer.post(path, json={"reason": "大风预警"})) == (409, "EventNotOpenToChange")

    async def test_refuses_what_its_state_does_not_allow(self, organizer: httpx.AsyncClient) -> None:
        bare = {**DRAFT, "content": "", "risk_level": "high", "shifts": []}
        made = (await organizer.post("/events", json=bare)).json()
        path = f"/events/{made['id']}"
        answer = await organizer.post(f"{path}/publication")
        assert code_of(answer) == (422, "EventIncomplete")
        assert set(answer.json()["fields"]) == {"content", "shifts", "insurance_no"}
        assert code_of(await organizer.post(f"{path}/closure")) == (409, "EventNotOpenToChange")
        await organizer.patch(path, json={"place": "操场", "version": made["version"]})
        late = await organizer.patch(path, json={"place": "广场", "version": made["version"]})
        assert code_of(late) == (409, "EventChangedMeanwhile")

    async def test_is_not_for_strangers(
        self, cast: Cast, base_url: str, anyone: httpx.AsyncClient, volunteer: httpx.AsyncClient
    ) -> None:
        found = await published(unit_code="150105", starts_at=NINE - timedelta(hours=1))
        path, later = f"/events/{found.id}", DRAFT["shifts"][0]  # type: ignore[index]
        async with (await cast.organizer("150104")).client(base_url) as neighbour:
            for client, refusal in (
                (anyone, (401, "Unauthenticated")),
                (volunteer, (403, "RoleNeeded")),
                (neighbour, (403, "NotYourUnit")),
            ):
                assert code_of(await client.patch(path, json={"place": "操场"})) == refusal
                assert code_of(await client.post(f"{path}/shifts", json=later)) == refusal
                assert code_of(await client.post(f"{path}/publication")) == refusal
                assert code_of(await client.post(f"{path}/cancellation", json={"reason": "大风预警"})) == refusal
                assert code_of(await client.post(f"{path}/closure")) == refusal


class TestListMineAsStaff:
    async def test_lists_my_duty(self, cast: Cast, base_url: str, anyone: httpx.AsyncClient) -> None:
        mine = await published(title="我的")
        async with (await cast.staff(mine)).client(base_url) as staff:
            assert [each["title"] for each in (await staff.get("/staff/events")).json()] == ["我的"]
        assert code_of(await anyone.get("/staff/events")) == (401, "Unauthenticated")
