"""Whether each phone is ready the day before, as the organizer sees it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from capabilities.caller import NotYourEvent
from capabilities.event import NoSuchEvent
from capabilities.office import Office
from capabilities.readiness import ROSTER_AGE, DeviceReport, Lack, NoSuchDevice, code_for_testing, devices, report
from kit.clock import StandingClock
from models.event import Event
from tests.cast import Cast, Someone
from tests.stage import MINUTE, SECOND, published, refused


@pytest.fixture
async def event(cast: Cast) -> Event:
    return await published(starts_at=cast.office.now() + timedelta(days=1))


@pytest.fixture
async def phone(cast: Cast, event: Event) -> Someone:
    return await cast.phone(event, label="东门 王老师")


def said(office: Office, event: Event, **more: Any) -> DeviceReport:
    """A phone that is ready, but for what a test says."""
    now = office.now()
    ready: dict[str, Any] = {"roster_loaded_at": now, "roster_size": 3, "test_code_at": now}
    return DeviceReport(event_id=event.id, sent_at=more.pop("sent_at", now), **(ready | more))


class TestReport:
    async def test_shows_the_organizer_a_ready_phone_by_its_holder(
        self, office: Office, cast: Cast, event: Event, phone: Someone
    ) -> None:
        await report(office, await phone.caller(), "phone-1", said(office, event, waiting_scans=2))
        (state,) = await devices(office, await (await cast.city_admin()).caller(), event.id)
        assert (state.label, state.lacks, state.row.waiting_scans) == ("东门 王老师", (), 2)

    @pytest.mark.parametrize(
        ("more", "lack"),
        [
            ({"roster_loaded_at": None}, Lack.NO_ROSTER),
            ({"test_code_at": None}, Lack.NO_TEST_CODE),
        ],
    )
    async def test_says_what_is_missing(
        self, office: Office, event: Event, phone: Someone, more: dict[str, Any], lack: Lack
    ) -> None:
        state = await report(office, await phone.caller(), "phone-1", said(office, event, **more))
        assert state.lacks == (lack,)

    @pytest.mark.parametrize(
        ("seconds", "lacks"), [(60, ()), (-60, ()), (61, (Lack.CLOCK_OFF,)), (-3600, (Lack.CLOCK_OFF,))]
    )
    async def test_measures_the_clock(
        self, office: Office, event: Event, phone: Someone, seconds: int, lacks: tuple[Lack, ...]
    ) -> None:
        ahead = office.now() + seconds * SECOND
        told = said(office, event, sent_at=ahead, roster_loaded_at=ahead, test_code_at=ahead)
        state = await report(office, await phone.caller(), "phone-1", told)
        assert (state.row.clock_error_s, state.lacks) == (seconds, lacks)
        assert state.row.roster_loaded_at == office.now()

    async def test_finds_a_roster_of_two_days_ago_too_old(
        self, office: Office, event: Event, phone: Someone, clock: StandingClock
    ) -> None:
        told = said(office, event)
        who = await phone.caller()
        clock.advance(ROSTER_AGE + MINUTE)
        told.sent_at = office.now()
        assert (await report(office, who, "phone-1", told)).lacks == (Lack.OLD_ROSTER,)

    async def test_keeps_one_line_for_each_phone(
        self, office: Office, cast: Cast, event: Event, phone: Someone
    ) -> None:
        who = await phone.caller()
        for device in ("phone-1", "phone-1", "phone-2"):
            await report(office, who, device, said(office, event))
        assert len(await devices(office, who, event.id)) == 2

    async def test_is_for_who_is_on_duty_here(self, office: Office, cast: Cast, event: Event, phone: Someone) -> None:
        elsewhere = await (await cast.phone(await published())).caller()
        await refused(NotYourEvent, report(office, elsewhere, "phone-1", said(office, event)))
        await refused(NotYourEvent, devices(office, elsewhere, event.id))
        await refused(NotYourEvent, code_for_testing(elsewhere, event.id))
        await refused(NoSuchEvent, devices(office, elsewhere, uuid4()))

    @pytest.mark.parametrize("name", ["x", "a" * 65, "a b c d", "手机手机", "%00%00"])
    async def test_refuses_a_name_that_is_none(self, office: Office, event: Event, phone: Someone, name: str) -> None:
        await refused(NoSuchDevice, report(office, await phone.caller(), name, said(office, event)))


class TestTestCode:
    async def test_is_the_events_and_no_persons(self, event: Event, phone: Someone) -> None:
        text = await code_for_testing(await phone.caller(), event.id)
        assert text.startswith("LZ0.")
        assert len(text) == 26
