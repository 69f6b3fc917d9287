"""What is agreed to for each channel, until when, under which name, and what ends with it."""

import hashlib
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from capabilities import channel_consent, greeting, placement
from capabilities.channel_consent import (
    TEXT_VERSION,
    ChannelConsentInvalid,
    ChannelConsentMissing,
    ChannelTextOutdated,
    Choice,
    channel_texts,
    end_run_out_consents,
    last_day_by_default,
    name_on,
    require_live,
)
from capabilities.consent import ConsentNeeded
from capabilities.greeting import (
    GreetingInvalid,
    GreetingNotChangeable,
    GreetingWords,
    NoSuchGreeting,
    choose_channels,
    withdraw_all_of,
)
from capabilities.office import Office
from kit.clock import LOCAL, StandingClock
from models.consent import Consent
from models.database import connection, transaction
from models.greeting import Byline, Channel, ChannelConsent, Greeting, GreetingKind, GreetingStatus
from models.placement import Selection, TakeDown, TakeDownReason, TakeDownState
from models.transition import Transition
from tests.cast import Cast, Someone
from tests.greetings import TODAY
from tests.published import accepted, placed, words
from tests.stage import refused

# A text that somebody has agreed to is never edited: a new version stands beside it, and its digest here.
DIGESTS = {"2026-11-24": "0606a7c1e33d8670"}


@pytest.fixture
async def writer(cast: Cast) -> Someone:
    return await cast.scientist()


async def live(row: Greeting) -> dict[Channel, ChannelConsent]:
    return {each.channel: each for each in await ChannelConsent.filter(greeting_id=row.id, withdrawn_at=None)}


async def chosen(office: Office, writer: Someone, row: Greeting, *choices: Choice) -> Greeting:
    return await choose_channels(office, await writer.caller(), row.id, choices, text_version=TEXT_VERSION)


async def wall(today: date = TODAY) -> list[UUID]:
    return [each.id for each in await greeting.wall(today=today, cursor=None, limit=None)]


async def steps_of(subject_id: UUID) -> list[str]:
    return [each.after for each in await Transition.filter(subject_id=subject_id).order_by("id")]


class TestTexts:
    def test_say_for_every_channel_who_how_unpaid_until_when_and_how_to_withdraw(self) -> None:
        assert [each.channel for each in channel_texts()] == list(Channel)
        for each in channel_texts():
            for part in (
                "由市科协",
                "修改" if each.channel is Channel.WALL else "不改变您的意思",
                "不支付报酬",
                "次年的12月31日",
                "撤回",
            ):
                assert part in each.text, each.channel

    @pytest.mark.parametrize("version", DIGESTS)
    def test_of_a_version_stay_as_they_were_agreed_to(self, version: str) -> None:
        whole = "\n\n".join(each.text for each in channel_texts(version))
        assert hashlib.sha256(whole.encode()).hexdigest()[:16] == DIGESTS[version]

    def test_in_force_are_written_down_here(self) -> None:
        assert TEXT_VERSION in DIGESTS

    def test_last_day_is_that_of_the_year_after_in_shanghai(self) -> None:
        assert last_day_by_default(datetime(2019, 12, 31, 23, 59, tzinfo=LOCAL)) == date(2020, 12, 31)
        assert last_day_by_default(datetime(2020, 1, 1, 0, 0, tzinfo=LOCAL)) == date(2021, 12, 31)


class TestAgreeTo:
    async def test_keeps_which_text_and_until_when(self, office: Office, cast: Cast, writer: Someone) -> None:
        row = await accepted(office, cast, writer)
        kept = [(each.text_version, each.until, each.given_at) for each in (await live(row)).values()]
        assert kept == [(TEXT_VERSION, date(2020, 12, 31), office.now())] * 2

    async def test_leaves_what_stands_when_the_words_change(self, office: Office, cast: Cast, writer: Someone) -> None:
        row = await accepted(office, cast, writer)
        await chosen(office, writer, row, Choice(Channel.TV, date(2019, 7, 1)), Choice(Channel.WALL))
        form = GreetingWords("motherland", "改过的话", Byline.ANONYMOUS, True, channels=[Channel.TV, Channel.PSA])
        await greeting.change(office, await writer.caller(), row.id, form)
        kept = {channel: each.until for channel, each in (await live(row)).items()}
        assert kept == {Channel.TV: date(2019, 7, 1), Channel.PSA: date(2020, 12, 31)}


class TestChoose:
    async def test_needs_no_new_version_of_the_words(self, office: Office, cast: Cast, writer: Someone) -> None:
        row = await accepted(office, cast, writer)
        after = await chosen(office, writer, row, Choice(Channel.NEWSPAPER, date(2019, 12, 31)))
        assert (after.status, after.version) == (GreetingStatus.ACCEPTED, 1)
        assert {channel: each.until for channel, each in (await live(row)).items()} == {
            Channel.NEWSPAPER: date(2019, 12, 31)
        }
        assert await wall() == []

    async def test_puts_on_the_wall_at_once(self, office: Office, cast: Cast, writer: Someone) -> None:
        row = await accepted(office, cast, writer, words(channels=[]))
        assert await wall() == []
        await chosen(office, writer, row, Choice(Channel.WALL))
        assert await wall() == [row.id]

    async def test_gives_anew_what_changes_and_leaves_the_rest(
        self, office: Office, cast: Cast, writer: Someone
    ) -> None:
        row = await accepted(office, cast, writer)
        before = await live(row)
        await chosen(office, writer, row, Choice(Channel.WALL), Choice(Channel.TV, date(2019, 6, 30)))
        after = await live(row)
        assert after[Channel.WALL].id == before[Channel.WALL].id
        assert after[Channel.TV].id != before[Channel.TV].id
        assert await steps_of(before[Channel.TV].id) == ["replaced"]

    async def test_of_a_shorter_term_leaves_copies_and_choices(
        self, office: Office, cast: Cast, writer: Someone
    ) -> None:
        row, city = await accepted(office, cast, writer), await cast.city_admin()
        await placed(office, city, row)
        await chosen(office, writer, row, Choice(Channel.TV, date(2019, 6, 30)))
        assert await TakeDown.all().count() == 0
        assert await Selection.live().count() == 1

    @pytest.mark.parametrize("until", [TODAY - timedelta(days=1), date(2021, 1, 1)])
    async def test_takes_no_day_that_is_past_or_too_far(
        self, until: date, office: Office, cast: Cast, writer: Someone
    ) -> None:
        row = await accepted(office, cast, writer)
        fault = await refused(ChannelConsentInvalid, chosen(office, writer, row, Choice(Channel.TV, until)))
        assert list(fault.fields) == ["channels[0].until"]

    async def test_takes_each_channel_once(self, office: Office, cast: Cast, writer: Someone) -> None:
        row = await accepted(office, cast, writer)
        twice = (Choice(Channel.TV), Choice(Channel.TV, date(2019, 6, 30)))
        assert list((await refused(ChannelConsentInvalid, chosen(office, writer, row, *twice))).fields) == ["channels"]

    async def test_is_for_the_writer_only(self, office: Office, cast: Cast, writer: Someone) -> None:
        row = await accepted(office, cast, writer)
        await refused(NoSuchGreeting, chosen(office, await cast.scientist(), row, Choice(Channel.TV)))

    async def test_takes_no_agreement_to_an_older_text(self, office: Office, cast: Cast, writer: Someone) -> None:
        row, who = await accepted(office, cast, writer), await writer.caller()
        old = choose_channels(office, who, row.id, [Choice(Channel.PSA)], text_version="2018-01-01")
        assert (await refused(ChannelTextOutdated, old)).facts == {"text_version": TEXT_VERSION}

    async def test_needs_the_policy_but_to_withdraw(self, office: Office, cast: Cast, writer: Someone) -> None:
        row = await accepted(office, cast, writer)
        await Consent.filter(person_id=writer.id).update(withdrawn_at=office.now())
        await refused(ConsentNeeded, chosen(office, writer, row, Choice(Channel.PSA)))
        await chosen(office, writer, row)
        assert await live(row) == {}

    async def test_comes_too_late_for_what_is_withdrawn(self, office: Office, cast: Cast, writer: Someone) -> None:
        row = await accepted(office, cast, writer)
        await greeting.withdraw(office, await writer.caller(), row.id)
        await refused(GreetingNotChangeable, chosen(office, writer, row, Choice(Channel.WALL)))

    async def test_is_nothing_for_a_suggestion(self, office: Office, writer: Someone) -> None:
        new = words("多设停车位", kind=GreetingKind.SUGGESTION, topic="events", channels=[])
        left = await greeting.leave(office, await writer.caller(), new)
        await refused(GreetingInvalid, chosen(office, writer, left, Choice(Channel.WALL)))


class TestNameOn:
    async def shown(self, row: Greeting, channel: Channel) -> str | None:
        return name_on(await Greeting.get(id=row.id).prefetch_related("consents"), channel, TODAY)

    async def test_is_the_greetings_own_where_nothing_else_was_chosen(
        self, office: Office, cast: Cast, writer: Someone
    ) -> None:
        row = await accepted(office, cast, writer, words(byline=Byline.NICKNAME, byline_name="草原之星"))
        assert await self.shown(row, Channel.TV) == "草原之星"
        assert await self.shown(row, Channel.PSA) is None

    async def test_differs_by_channel(self, office: Office, cast: Cast) -> None:
        volunteer = await cast.volunteer("斯琴·高娃")
        nick = words(byline=Byline.NICKNAME, byline_name="草原之星")
        row = await accepted(office, cast, volunteer, nick)
        await chosen(
            office,
            volunteer,
            row,
            Choice(Channel.WALL, show_name=Byline.ANONYMOUS),
            Choice(Channel.NEWSPAPER, show_name=Byline.REAL_NAME),
            Choice(Channel.TV, show_name=Byline.NICKNAME),
        )
        names = [await self.shown(row, each) for each in (Channel.WALL, Channel.NEWSPAPER, Channel.TV)]
        assert names == [None, "斯琴·高娃", "草原之星"]
        stored = await connection().execute_query_dict("SELECT shown_name FROM channel_consent")
        assert not any("斯琴".encode() in bytes(each["shown_name"] or b"") for each in stored)

    @pytest.mark.parametrize("name", [Byline.REAL_NAME, Byline.NICKNAME])
    async def test_is_none_that_nobody_has_looked_at(
        self, name: Byline, office: Office, cast: Cast, writer: Someone
    ) -> None:
        row = await accepted(office, cast, writer)
        fault = await refused(ChannelConsentInvalid, chosen(office, writer, row, Choice(Channel.TV, show_name=name)))
        assert list(fault.fields) == ["channels[0].show_name"]

    async def test_that_changes_takes_the_copies_down(self, office: Office, cast: Cast) -> None:
        volunteer, city = await cast.volunteer(), await cast.city_admin()
        row = await accepted(office, cast, volunteer, words(byline=Byline.REAL_NAME))
        await placed(office, city, row)
        await chosen(office, volunteer, row, Choice(Channel.TV, show_name=Byline.ANONYMOUS))
        (task,) = await TakeDown.all()
        assert (task.reason, task.state) == (TakeDownReason.NAME_CHANGED, TakeDownState.TO_DO)
        # It may be placed again, under the name that is agreed to now.
        await placed(office, city, row)


class TestRequireLive:
    async def test_names_those_who_do_not_agree(self, office: Office, cast: Cast, writer: Someone) -> None:
        agreed = await accepted(office, cast, writer)
        other = await accepted(office, cast, writer, words(channels=[Channel.WALL]))
        async with transaction():
            assert list(await require_live([agreed.id], Channel.TV, office.now())) == [agreed.id]
            with pytest.raises(ChannelConsentMissing) as missing:
                await require_live([agreed.id, other.id], Channel.TV, office.now())
        assert missing.value.facts == {"greeting_ids": [str(other.id)], "channel": "tv"}

    async def test_takes_the_last_day_for_a_day_of_consent(
        self, office: Office, cast: Cast, writer: Someone, clock: StandingClock
    ) -> None:
        row = await accepted(office, cast, writer)
        await chosen(office, writer, row, Choice(Channel.TV, date(2019, 5, 31)))
        clock.set(datetime(2019, 5, 31, 23, 59, tzinfo=LOCAL))
        async with transaction():
            await require_live([row.id], Channel.TV, office.now())
        clock.set(datetime(2019, 6, 1, 0, 0, tzinfo=LOCAL))
        with pytest.raises(ChannelConsentMissing):
            async with transaction():
                await require_live([row.id], Channel.TV, office.now())

    async def test_takes_a_consent_from_before_there_were_texts(
        self, office: Office, cast: Cast, writer: Someone
    ) -> None:
        row = await accepted(office, cast, writer)
        await ChannelConsent.all().update(text_version=None, until=None)
        async with transaction():
            await require_live([row.id], Channel.TV, office.now())
        assert await wall() == [row.id]


class TestEndRunOutConsents:
    async def test_takes_every_copy_down_after_the_last_day(
        self, office: Office, cast: Cast, writer: Someone, clock: StandingClock
    ) -> None:
        row, city = await accepted(office, cast, writer), await cast.city_admin()
        await placed(office, city, row)
        await chosen(office, writer, row, Choice(Channel.WALL, TODAY), Choice(Channel.TV, TODAY))
        consents = await live(row)
        assert await end_run_out_consents(office) == 0
        clock.set(datetime(2019, 5, 31, 0, 0, tzinfo=LOCAL))
        # Off the wall at once, whenever the round comes.
        assert await wall(date(2019, 5, 31)) == []
        assert await end_run_out_consents(office) == 1
        assert await end_run_out_consents(office) == 0
        (task,) = await TakeDown.all()
        assert (task.reason, task.due_on) == (TakeDownReason.CONSENT_RUN_OUT, date(2019, 6, 5))
        assert await live(row) == {}
        assert await steps_of(consents[Channel.TV].id) == ["run_out"]
        assert await Selection.live().count() == 0

    async def test_may_be_given_anew_before_the_round_has_come(
        self, office: Office, cast: Cast, writer: Someone, clock: StandingClock
    ) -> None:
        row = await accepted(office, cast, writer)
        await chosen(office, writer, row, Choice(Channel.WALL, TODAY))
        clock.advance(timedelta(days=1))
        await chosen(office, writer, row, Choice(Channel.WALL))
        assert await wall(TODAY + timedelta(days=1)) == [row.id]
        assert await end_run_out_consents(office) == 0


class TestWithdrawal:
    async def test_of_one_channel_leaves_the_others(self, office: Office, cast: Cast, writer: Someone) -> None:
        row = await accepted(office, cast, writer, words(channels=[Channel.WALL, Channel.TV, Channel.NEWSPAPER]))
        city = await cast.city_admin()
        await placed(office, city, row)
        await placed(office, city, row, channel=Channel.NEWSPAPER, outlet="呼和浩特日报")
        await chosen(office, writer, row, Choice(Channel.WALL), Choice(Channel.NEWSPAPER))
        (task,) = await TakeDown.all().select_related("copy__placement")
        assert (task.copy.placement.channel, task.reason) == (Channel.TV, TakeDownReason.CONSENT_WITHDRAWN)
        assert [each.channel for each in await Selection.live()] == [Channel.NEWSPAPER]
        assert await wall() == [row.id]

    async def test_of_the_greeting_reaches_every_copy(self, office: Office, cast: Cast, writer: Someone) -> None:
        row = await accepted(office, cast, writer, words(channels=[Channel.WALL, Channel.TV, Channel.SITE]))
        city, who = await cast.city_admin(), await writer.caller()
        await placed(office, city, row)
        await placed(office, city, row, channel=Channel.SITE, outlet="市科协网站")
        await greeting.withdraw(office, who, row.id)
        assert (await Greeting.get(id=row.id)).status is GreetingStatus.WITHDRAWN
        found = [
            (each.channel, each.task and each.task.state, each.is_gone)
            for each in await greeting.places(office, who, row.id)
        ]
        assert found == [
            (Channel.WALL, None, True),
            (Channel.TV, TakeDownState.TO_DO, False),
            (Channel.SITE, TakeDownState.DONE, False),
        ]

    async def test_of_a_choice_falls_back_to_accepted(self, office: Office, cast: Cast, writer: Someone) -> None:
        row, city = await accepted(office, cast, writer), await cast.city_admin()
        await placement.select(office, await city.caller(), row.id, Channel.TV)
        await chosen(office, writer, row, Choice(Channel.WALL))
        assert (await Greeting.get(id=row.id)).status is GreetingStatus.ACCEPTED

    async def test_of_everything_that_a_person_wrote(self, office: Office, cast: Cast, writer: Someone) -> None:
        rows = [await accepted(office, cast, writer) for _ in range(2)]
        other = await accepted(office, cast, await cast.scientist())
        await placed(office, await cast.city_admin(), *rows, other)
        async with transaction():
            assert await withdraw_all_of(writer.id, office.now()) == [row.id for row in rows]
        tasks = await TakeDown.all().select_related("copy")
        assert {each.copy.greeting_id for each in tasks} == {row.id for row in rows}
        assert {each.reason for each in tasks} == {TakeDownReason.PERSON_LEFT}
        assert await wall() == [other.id]
        async with transaction():
            await channel_consent.withdraw_all([row.id for row in rows], office.now(), actor_id=None)
        assert await TakeDown.all().count() == 2
