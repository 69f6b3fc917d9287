"""Greetings are chosen for a channel by a second person and placed there, with a consent at each step."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from capabilities import greeting, moderation, placement
from capabilities.caller import RoleNeeded
from capabilities.channel_consent import ChannelConsentMissing, Choice
from capabilities.greeting import GreetingWords, NoSuchGreeting, choose_channels
from capabilities.moderation import Decision
from capabilities.office import Office
from capabilities.placement import (
    AlreadySelected,
    GreetingNotAccepted,
    NotSelected,
    PlacementInvalid,
    SecondPersonNeeded,
    ShownByItself,
)
from kit.errors import Refusal
from models.greeting import Byline, Channel, Greeting, GreetingKind, GreetingStatus
from models.placement import Copy, Placement, Selection, TakeDown
from models.transition import Transition
from tests.cast import Cast, Someone
from tests.greetings import TODAY, accept
from tests.published import accepted, appearance, placed, words
from tests.stage import refused


@pytest.fixture
async def writer(cast: Cast) -> Someone:
    return await cast.scientist()


@pytest.fixture
async def city(cast: Cast) -> Someone:
    return await cast.city_admin()


async def status_of(row: Greeting) -> GreetingStatus:
    return (await Greeting.get(id=row.id)).status


class TestSelect:
    async def test_moves_an_accepted_one_on(self, office: Office, cast: Cast, writer: Someone, city: Someone) -> None:
        row = await accepted(office, cast, writer, words(channels=[Channel.TV, Channel.PSA]))
        for channel in (Channel.TV, Channel.PSA):
            await placement.select(office, await city.caller(), row.id, channel)
        assert await status_of(row) is GreetingStatus.SELECTED
        steps = await Transition.filter(subject_id=row.id).order_by("id").values_list("after", flat=True)
        assert list(steps)[-2:] == ["accepted", "selected"]

    async def test_leaves_it_on_the_wall(self, office: Office, cast: Cast, writer: Someone, city: Someone) -> None:
        row = await accepted(office, cast, writer)
        await placed(office, city, row)
        assert await status_of(row) is GreetingStatus.PUBLISHED
        assert [each.id for each in await greeting.wall(today=TODAY, cursor=None, limit=None)] == [row.id]

    async def test_needs_a_consent_for_that_channel(
        self, office: Office, cast: Cast, writer: Someone, city: Someone
    ) -> None:
        row = await accepted(office, cast, writer)
        missing = await refused(
            ChannelConsentMissing, placement.select(office, await city.caller(), row.id, Channel.PSA)
        )
        assert missing.facts["greeting_ids"] == [str(row.id)]

    async def test_needs_another_person_than_who_accepted(self, office: Office, writer: Someone, city: Someone) -> None:
        left, who = await greeting.leave(office, await writer.caller(), words()), await city.caller()
        await moderation.decide(office, who, left.id, Decision(GreetingStatus.ACCEPTED), version=None)
        await refused(SecondPersonNeeded, placement.select(office, who, left.id, Channel.TV))

    async def test_is_for_the_city(self, office: Office, cast: Cast, writer: Someone) -> None:
        row = await accepted(office, cast, writer)
        for other in (await cast.moderator(), await cast.organizer(), writer):
            await refused(RoleNeeded, placement.select(office, await other.caller(), row.id, Channel.TV))

    async def test_finds_no_suggestion_and_nothing_unknown(
        self, office: Office, cast: Cast, writer: Someone, city: Someone
    ) -> None:
        new = words("多设停车位", kind=GreetingKind.SUGGESTION, topic="events", channels=[])
        row = await accepted(office, cast, writer, new)
        for unknown in (row.id, uuid4()):
            await refused(NoSuchGreeting, placement.select(office, await city.caller(), unknown, Channel.TV))

    async def test_is_not_for_what_nobody_accepted(self, office: Office, writer: Someone, city: Someone) -> None:
        left = await greeting.leave(office, await writer.caller(), words())
        await refused(GreetingNotAccepted, placement.select(office, await city.caller(), left.id, Channel.TV))

    async def test_is_done_once(self, office: Office, cast: Cast, writer: Someone, city: Someone) -> None:
        row, who = await accepted(office, cast, writer), await city.caller()
        answers = await asyncio.gather(
            *(placement.select(office, who, row.id, Channel.TV) for _ in range(3)), return_exceptions=True
        )
        assert sorted(type(each).__name__ for each in answers) == ["AlreadySelected", "AlreadySelected", "Selection"]
        await refused(AlreadySelected, placement.select(office, who, row.id, Channel.TV))

    async def test_is_nothing_for_the_wall(self, office: Office, cast: Cast, writer: Someone, city: Someone) -> None:
        row = await accepted(office, cast, writer)
        await refused(ShownByItself, placement.select(office, await city.caller(), row.id, Channel.WALL))


class TestDeselect:
    async def test_brings_it_back(self, office: Office, cast: Cast, writer: Someone, city: Someone) -> None:
        row, who = await accepted(office, cast, writer), await city.caller()
        await placement.select(office, who, row.id, Channel.TV)
        for _ in range(2):
            await placement.deselect(office, who, row.id, Channel.TV)
        assert await status_of(row) is GreetingStatus.ACCEPTED
        await placement.select(office, who, row.id, Channel.TV)


class TestSelectable:
    async def test_lists_what_may_be_shown_there(
        self, office: Office, cast: Cast, writer: Someone, city: Someone
    ) -> None:
        who = await city.caller()
        fit = [await accepted(office, cast, writer) for _ in range(2)]
        await accepted(office, cast, writer, words(channels=[Channel.WALL]))
        await greeting.leave(office, await writer.caller(), words())
        await placement.select(office, who, fit[0].id, Channel.TV)
        found = {}
        for is_selected in (None, True, False):
            rows = await placement.selectable(office, who, Channel.TV, is_selected=is_selected, cursor=None, limit=None)
            found[is_selected] = [row.id for row in rows]
        assert found == {None: [row.id for row in fit], True: [fit[0].id], False: [fit[1].id]}


class TestPlace:
    async def test_publishes_what_was_chosen(self, office: Office, cast: Cast, writer: Someone, city: Someone) -> None:
        rows = [await accepted(office, cast, writer) for _ in range(2)]
        made = await placed(office, city, *rows, link="https://example.org/a")
        assert [await status_of(row) for row in rows] == [GreetingStatus.PUBLISHED] * 2
        assert (made.needs_person, {each.greeting_id for each in made.copies}) == (True, {row.id for row in rows})

    async def test_may_happen_in_a_second_outlet(
        self, office: Office, cast: Cast, writer: Someone, city: Someone
    ) -> None:
        row = await accepted(office, cast, writer)
        await placed(office, city, row)
        await placed(office, city, row, outlet="内蒙古电视台")
        assert await Copy.filter(greeting_id=row.id).count() == 2

    async def test_asks_for_the_consent_again(self, office: Office, cast: Cast, writer: Someone, city: Someone) -> None:
        """Withdrawn between the choice and its use: refused, and the ids are named."""
        rows = [await accepted(office, cast, writer) for _ in range(3)]
        who = await city.caller()
        for row in rows:
            await placement.select(office, who, row.id, Channel.TV)
        await choose_channels(office, await writer.caller(), rows[1].id, [Choice(Channel.WALL)], text_version=None)
        new = appearance(*(row.id for row in rows))
        missing = await refused(ChannelConsentMissing, placement.place(office, who, new))
        assert missing.facts["greeting_ids"] == [str(rows[1].id)]
        assert await status_of(rows[0]) is GreetingStatus.SELECTED

    async def test_takes_only_what_was_chosen_in_its_present_words(
        self, office: Office, cast: Cast, writer: Someone, city: Someone
    ) -> None:
        row, who = await accepted(office, cast, writer), await city.caller()
        await refused(NotSelected, placement.place(office, who, appearance(row.id)))
        await placement.select(office, who, row.id, Channel.TV)
        form = GreetingWords("motherland", "改过的话", Byline.ANONYMOUS, True, channels=[Channel.TV])
        await greeting.change(office, await writer.caller(), row.id, form)
        await accept(office, cast, row)
        assert await Selection.live().count() == 0
        fault = await refused(NotSelected, placement.place(office, who, appearance(row.id)))
        assert fault.facts["greeting_ids"] == [str(row.id)]
        await placement.select(office, who, row.id, Channel.TV)
        assert (await placement.place(office, who, appearance(row.id))).copies[0].version == 2

    async def test_names_unknown_ones(self, office: Office, city: Someone) -> None:
        unknown = uuid4()
        fault = await refused(NoSuchGreeting, placement.place(office, await city.caller(), appearance(unknown)))
        assert fault.facts["greeting_ids"] == [str(unknown)]

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"channel": Channel.WALL}, "channel"),
            ({"published_on": TODAY + timedelta(days=1)}, "published_on"),
            ({"outlet": " "}, "outlet"),
            ({"title": " "}, "title"),
        ],
    )
    async def test_needs_what_is_filled_in(
        self, more: dict[str, Any], field: str, office: Office, city: Someone
    ) -> None:
        new = appearance(uuid4(), **more)
        fault = await refused(PlacementInvalid, placement.place(office, await city.caller(), new))
        assert list(fault.fields) == [field]

    async def test_and_a_withdrawal_at_the_same_moment_leave_no_copy_untold(
        self, office: Office, cast: Cast, writer: Someone, city: Someone
    ) -> None:
        """Either it was too late to place it, or the copy is on the list of what must go."""
        who, owner = await city.caller(), await writer.caller()
        for _ in range(4):
            row = await accepted(office, cast, writer)
            await placement.select(office, who, row.id, Channel.TV)
            outcome, _ = await asyncio.gather(
                placement.place(office, who, appearance(row.id)),
                choose_channels(office, owner, row.id, [], text_version=None),
                return_exceptions=True,
            )
            assert isinstance(outcome, Placement | Refusal)
            copies = await Copy.filter(greeting_id=row.id).values_list("id", flat=True)
            told = await TakeDown.filter(copy__greeting_id=row.id).values_list("copy_id", flat=True)
            assert list(copies) == list(told)
            assert isinstance(outcome, Placement) == bool(copies)


class TestPlacements:
    async def test_are_listed_for_organizers(self, office: Office, cast: Cast, writer: Someone, city: Someone) -> None:
        row = await accepted(office, cast, writer, words(channels=[Channel.TV, Channel.RADIO]))
        await placed(office, city, row, published_on=date(2019, 5, 1))
        await placed(office, city, row, channel=Channel.RADIO, outlet="呼和浩特广播")
        who = await (await cast.organizer()).caller()
        found = await placement.placements(who, channel=None, cursor=None, limit=None)
        assert [each.outlet for each in found] == ["呼和浩特广播", "呼和浩特电视台"]
        found = await placement.placements(who, channel=Channel.TV, cursor=None, limit=None)
        assert [each.outlet for each in found] == ["呼和浩特电视台"]
        await refused(RoleNeeded, placement.placements(await writer.caller(), channel=None, cursor=None, limit=None))
