"""Loading a campaign from its file."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from capabilities.campaign_file import CampaignFile, CampaignFileFaulty, load, read_file
from capabilities.office import Office
from kit.clock import LOCAL
from models.campaign import Campaign
from models.event import Event, EventStatus, Point
from models.shift import Shift
from models.unit import Unit
from scripts.load_campaign import HOHHOT_2019
from tests.stage import everything

DAY = timedelta(days=1)


@pytest.fixture
def content() -> CampaignFile:
    return read_file(HOHHOT_2019)


class TestLoad:
    async def test_in_earnest_writes_the_frame_and_the_units_and_no_events(
        self, office: Office, content: CampaignFile
    ) -> None:
        campaign = await load(content, now=office.now())
        assert (campaign.is_rehearsal, campaign.anchor_date) == (False, date(2019, 5, 30))
        assert campaign.summary_due_at == datetime(2019, 6, 15, 15, 59, 59, tzinfo=UTC)
        assert await Unit.all().count() == 16
        assert (await Event.all().count(), await Shift.all().count(), await Point.all().count()) == (0, 0, 0)

    @pytest.mark.parametrize("rehearse_on", [None, date(2026, 11, 24)])
    async def test_twice_changes_nothing(self, office: Office, content: CampaignFile, rehearse_on: date | None) -> None:
        await load(content, now=office.now(), rehearse_on=rehearse_on)
        before = await everything()
        await load(content, now=office.now() + timedelta(minutes=9), rehearse_on=rehearse_on)
        assert await everything() == before

    async def test_for_a_rehearsal_lets_the_event_that_is_now_begin_at_the_full_hour(
        self, office: Office, content: CampaignFile
    ) -> None:
        (line,) = [line for line in content.events if line.is_now]
        for now in (office.now(), office.now() + DAY):
            await load(content, now=now, rehearse_on=date(2019, 5, 30))
            event = await Event.get(title=line.title)
            assert event.starts_at == now.replace(minute=0, second=0, microsecond=0)
            assert event.starts_at <= now < event.ends_at

    async def test_for_a_rehearsal_moves_every_date_by_the_same(self, office: Office, content: CampaignFile) -> None:
        day = date(2026, 11, 24)
        campaign = await load(content, now=office.now(), rehearse_on=day)
        moved = day - date(2019, 5, 30)
        assert campaign.is_rehearsal
        assert (campaign.starts_on, campaign.anchor_date, campaign.ends_on) == (
            date(2019, 5, 11) + moved,
            day,
            date(2019, 6, 10) + moved,
        )
        assert campaign.summary_due_at == datetime(2019, 6, 15, 15, 59, 59, tzinfo=UTC) + moved
        times = {event.title: event.starts_at for event in await Event.all()}
        assert times["专家义诊进社区"] == datetime(2026, 11, 24, 9, 0, tzinfo=LOCAL)
        assert times["田间课堂：马铃薯晚疫病防治"] == datetime(2026, 11, 25, 9, 30, tzinfo=LOCAL)

    async def test_for_a_rehearsal_publishes_whole_events(self, office: Office, content: CampaignFile) -> None:
        await load(content, now=office.now(), rehearse_on=date(2019, 5, 30))
        events = await Event.all().prefetch_related("shifts", "points", "unit")
        assert len(events) == 12
        for event in events:
            assert event.status is EventStatus.PUBLISHED
            assert not event.is_outside_window
            assert (len(event.shifts) > 0, len(event.points)) == (True, 1)
        (clinic,) = [event for event in events if event.title == "专家义诊进社区"]
        assert sorted((shift.role, shift.seats) for shift in clinic.shifts) == [("义诊专家", 16), ("导诊", 14)]
        assert clinic.unit.code == "1501X1"

    async def test_on_another_day_moves_the_same_events(self, office: Office, content: CampaignFile) -> None:
        await load(content, now=office.now(), rehearse_on=date(2026, 11, 24))
        ids = {event.id for event in await Event.all()}
        await load(content, now=office.now(), rehearse_on=date(2026, 11, 25))
        events = await Event.all()
        assert {event.id for event in events} == ids
        (clinic,) = [event for event in events if event.title == "专家义诊进社区"]
        assert clinic.starts_at == datetime(2026, 11, 25, 9, 0, tzinfo=LOCAL)
        assert {shift.starts_at for shift in await Shift.filter(event=clinic)} == {clinic.starts_at}

    async def test_brings_the_rows_up_to_date_with_the_file(self, office: Office, content: CampaignFile) -> None:
        first = await load(content, now=office.now())
        content.campaign.theme = "新的主题"
        content.units[1].name = "新城区科协"
        second = await load(content, now=office.now())
        assert (second.id, (await Campaign.get()).theme) == (first.id, "新的主题")
        assert (await Unit.get(code="150102")).name == "新城区科协"
        assert await Unit.all().count() == 16

    async def test_that_fails_half_way_leaves_nothing(self, office: Office, content: CampaignFile) -> None:
        before = await everything()
        content.events[-1].unit = "999999"
        with pytest.raises(KeyError):
            await load(content, now=office.now(), rehearse_on=date(2019, 5, 30))
        assert await everything() == before


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    content = json.loads(HOHHOT_2019.read_text(encoding="utf-8"))
    change(content)
    return json.dumps(content).encode()


class TestReadFile:
    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda file: file.pop("units"), ["`units`"]),
            (lambda file: file.update(extra=1), ["`extra`"]),
            (lambda file: file["campaign"].update(anchor_date="30 May"), ["$.campaign.anchor_date"]),
            (lambda file: file["campaign"].update(summary_due_at="2019-06-15T23:59:59"), ["$.campaign.summary_due_at"]),
            (lambda file: file["units"][2].update(kind="club"), ["$.units[2].kind"]),
            (lambda file: file["events"][0].update(starts="25:00"), ["$.events[0].starts"]),
            (lambda file: file["events"][0].update(hours=0), ["$.events[0].hours"]),
            (lambda file: file["events"][0].update(shifts=[["参会", 0]]), ["$.events[0].shifts"]),
            (lambda file: file["events"][3].update(unit="999999"), ["events[3].unit：没有单位 999999"]),
            (lambda file: file["events"][3].update(category="party"), ["events[3].category"]),
            (lambda file: file["events"][3].update(batch="B9"), ["events[3].batch"]),
            (lambda file: file["events"][3].update(shifts=[]), ["events[3].shifts"]),
            (lambda file: file["campaign"].update(issuer="999999"), ["campaign.issuer：没有单位 999999"]),
            (lambda file: file["campaign"].update(starts_on="2019-05-31"), ["anchor_date"]),
            (lambda file: file["units"].append(file["units"][1]), ["150102 重复"]),
            (lambda file: file["units"].insert(0, file["units"].pop()), ["1501X6 的上级 150100 不在它之前"]),
            # All of what cannot be meant at once.
            (
                lambda file: (file["campaign"].update(issuer="1"), file["events"][0].update(unit="2", batch="3")),
                ["campaign.issuer", "events[0].unit", "events[0].batch"],
            ),
        ],
    )
    def test_names_the_place_of_a_fault(
        self, tmp_path: Path, change: Callable[[dict[str, Any]], object], words: list[str]
    ) -> None:
        file = tmp_path / "campaign.json"
        file.write_bytes(changed(change))
        with pytest.raises(CampaignFileFaulty) as caught:
            read_file(file)
        assert [word for word in words if word not in str(caught.value)] == []

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", "{}".encode("utf-16"), b"\xff"])
    def test_refuses_what_is_no_campaign(self, tmp_path: Path, content: bytes) -> None:
        file = tmp_path / "campaign.json"
        file.write_bytes(content)
        with pytest.raises(CampaignFileFaulty):
            read_file(file)

    def test_takes_a_file_without_events(self, tmp_path: Path) -> None:
        file = tmp_path / "campaign.json"
        file.write_bytes(changed(lambda content: content.pop("events")))
        assert read_file(file).events == []
