"""The wall shows each greeting once, and only while its sender wants it there."""

from datetime import date, timedelta

import pytest

from models.campaign import Campaign
from models.greeting import STANDING, Byline, Channel, ChannelConsent, Greeting, GreetingKind, GreetingStatus
from tests.cast import Cast, Someone

TODAY = date(2019, 5, 30)


@pytest.fixture
async def writer(cast: Cast) -> Someone:
    return await cast.scientist()


async def greeting(
    writer: Someone, *, kind: GreetingKind = GreetingKind.GREETING, status: GreetingStatus = GreetingStatus.ACCEPTED
) -> Greeting:
    now = writer.office.now()
    return await Greeting.create(
        campaign=await Campaign.get(),
        person=writer.person,
        kind=kind,
        status=status,
        topic="motherland",
        text="愿祖国繁荣昌盛",
        byline=Byline.ANONYMOUS,
        is_over_14=True,
        decided_by=writer.person,
        decided_at=now,
        submitted_at=now,
    )


async def consent(row: Greeting, channel: Channel, *, is_withdrawn: bool = False) -> ChannelConsent:
    return await ChannelConsent.create(
        greeting=row,
        person_id=row.person_id,
        channel=channel,
        policy_version="1",
        given_at=row.submitted_at,
        withdrawn_at=row.submitted_at + timedelta(days=1) if is_withdrawn else None,
    )


class TestShowable:
    async def test_shows_a_greeting_once_however_many_consents_it_has(self, writer: Someone) -> None:
        row = await greeting(writer)
        for channel in Channel:
            await consent(row, channel)
        await consent(row, Channel.WALL, is_withdrawn=True)
        await consent(row, Channel.WALL, is_withdrawn=True)
        assert await Greeting.showable(Channel.WALL, TODAY) == [row]
        assert await Greeting.showable(Channel.WALL, TODAY).count() == 1

    async def test_leaves_out_what_may_be_shown_elsewhere_only(self, writer: Someone) -> None:
        row = await greeting(writer)
        await consent(row, Channel.NEWSPAPER)
        assert await Greeting.showable(Channel.WALL, TODAY) == []

    async def test_leaves_out_what_its_sender_took_back(self, writer: Someone) -> None:
        """A withdrawn consent to the wall beside a live one to the newspaper: not one row fulfils both."""
        row = await greeting(writer)
        await consent(row, Channel.WALL, is_withdrawn=True)
        await consent(row, Channel.NEWSPAPER)
        assert await Greeting.showable(Channel.WALL, TODAY) == []

    @pytest.mark.parametrize("status", [each for each in GreetingStatus if each not in STANDING])
    async def test_leaves_out_what_nobody_accepted(self, writer: Someone, status: GreetingStatus) -> None:
        await consent(await greeting(writer, status=status), Channel.WALL)
        assert await Greeting.showable(Channel.WALL, TODAY) == []

    async def test_leaves_out_suggestions(self, writer: Someone) -> None:
        await consent(await greeting(writer, kind=GreetingKind.SUGGESTION), Channel.WALL)
        assert await Greeting.showable(Channel.WALL, TODAY) == []


class TestAwaitingAPerson:
    async def test_finds_what_waits_for_a_decision(self, writer: Someone) -> None:
        waiting = await greeting(writer, status=GreetingStatus.PENDING_REVIEW)
        await greeting(writer, status=GreetingStatus.SUBMITTED)
        await greeting(writer)
        assert await Greeting.awaiting_a_person() == [waiting]
