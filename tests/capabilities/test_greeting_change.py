"""Changing and withdrawing what one wrote: what was said of older words falls away."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from capabilities import greeting
from capabilities.consent import ConsentNeeded
from capabilities.greeting import (
    GreetingInvalid,
    GreetingNotChangeable,
    NewGreeting,
    NoSuchGreeting,
)
from capabilities.moderation import AlreadyModerated
from capabilities.office import Office
from models.consent import Consent
from models.greeting import Channel, ChannelConsent, Greeting, GreetingStatus, GreetingText
from tests.cast import Cast, Someone
from tests.doubles import FakeWeChat
from tests.greetings import accept, new, on_the_wall, steps_of, suggestion, words, written

Leave = Callable[..., Awaitable[Greeting]]


@pytest.fixture
async def writer(cast: Cast) -> Someone:
    return await cast.scientist()


@pytest.fixture
def leave(office: Office, writer: Someone) -> Leave:
    async def go(what: NewGreeting | None = None) -> Greeting:
        return await greeting.leave(office, await writer.caller(), what or new())

    return go


class TestChange:
    async def test_takes_an_accepted_one_off_the_wall_before_wechat_answers(
        self, leave: Leave, office: Office, cast: Cast, writer: Someone, wechat: FakeWeChat
    ) -> None:
        left = await leave()
        await accept(office, cast, left)
        seen: list[list[str]] = []

        async def look() -> None:
            seen.append(await on_the_wall())

        wechat.before_verdict = look
        changed = await greeting.change(office, await writer.caller(), left.id, words())
        assert seen == [[]]
        assert (changed.status, changed.version) == (GreetingStatus.PENDING_REVIEW, 2)
        assert await on_the_wall() == []

    async def test_is_checked_again(
        self, leave: Leave, office: Office, cast: Cast, writer: Someone, wechat: FakeWeChat
    ) -> None:
        left = await leave()
        await accept(office, cast, left)
        changed = await greeting.change(office, await writer.caller(), left.id, words("RISKY"))
        assert changed.status is GreetingStatus.REJECTED
        assert wechat.checked == ["祝福祖国", "RISKY"]

    async def test_drops_the_old_verdict(self, leave: Leave, office: Office, cast: Cast, writer: Someone) -> None:
        left = await leave()
        await accept(office, cast, left)
        changed = await greeting.change(office, await writer.caller(), left.id, words())
        assert (changed.decided_by_id, changed.decided_at, changed.reason_code) == (None, None, None)

    async def test_keeps_every_version_of_the_words(self, leave: Leave, office: Office, writer: Someone) -> None:
        left = await leave()
        await greeting.change(office, await writer.caller(), left.id, words())
        kept = await GreetingText.filter(greeting_id=left.id).order_by("version").values_list("version", "text")
        assert [tuple(row) for row in kept] == [(1, "祝福祖国"), (2, "祝福家乡")]

    async def test_changes_the_consents(self, leave: Leave, office: Office, cast: Cast, writer: Someone) -> None:
        left = await leave(new(channels=[Channel.WALL, Channel.TV]))
        new_channels = words(channels=[Channel.TV, Channel.PSA])
        changed = await greeting.change(office, await writer.caller(), left.id, new_channels)
        await accept(office, cast, changed)
        live = {each.channel: each.withdrawn_at for each in await ChannelConsent.filter(greeting_id=left.id)}
        assert {channel for channel, ended in live.items() if ended is None} == {Channel.TV, Channel.PSA}
        assert live[Channel.WALL] is not None
        assert await on_the_wall() == []

    async def test_is_for_its_writer_only(self, leave: Leave, office: Office, cast: Cast) -> None:
        left = await leave()
        stranger = await (await cast.scientist()).caller()
        with pytest.raises(NoSuchGreeting):
            await greeting.change(office, stranger, left.id, words())
        assert (await Greeting.get(id=left.id)).text == "祝福祖国"

    async def test_needs_the_policy_in_force(self, leave: Leave, office: Office, writer: Someone) -> None:
        left = await leave()
        await Consent.filter(person_id=writer.id).update(policy_version="2019-05-01")
        with pytest.raises(ConsentNeeded):
            await greeting.change(office, await writer.caller(), left.id, words())
        assert (await Greeting.get(id=left.id)).version == 1

    @pytest.mark.parametrize("text", ["RISKY", "祝福祖国"])
    async def test_comes_too_late_for_what_is_over(
        self, text: str, leave: Leave, office: Office, writer: Someone
    ) -> None:
        left = await leave(new(text))
        if left.status is not GreetingStatus.REJECTED:
            await greeting.withdraw(office, await writer.caller(), left.id)
        before = await written()
        with pytest.raises(GreetingNotChangeable):
            await greeting.change(office, await writer.caller(), left.id, words())
        assert await written() == before

    async def test_does_not_bring_channels_to_a_suggestion(self, leave: Leave, office: Office, writer: Someone) -> None:
        left = await leave(suggestion())
        with pytest.raises(GreetingInvalid):
            await greeting.change(office, await writer.caller(), left.id, words(topic="events"))
        assert await ChannelConsent.all().count() == 0

    async def test_lets_one_of_two_at_once_through_per_version(
        self, leave: Leave, office: Office, writer: Someone
    ) -> None:
        left, who = await leave(), await writer.caller()
        outcomes = await asyncio.gather(
            *(greeting.change(office, who, left.id, words(f"改{number}")) for number in range(4)),
            return_exceptions=True,
        )
        done = [each for each in outcomes if isinstance(each, Greeting)]
        assert all(isinstance(each, Greeting | GreetingNotChangeable) for each in outcomes)
        assert (await Greeting.get(id=left.id)).version == 1 + len(done)
        assert await GreetingText.filter(greeting_id=left.id).count() == 1 + len(done)

    async def test_makes_a_verdict_on_the_older_words_void(
        self, leave: Leave, office: Office, cast: Cast, writer: Someone
    ) -> None:
        left = await leave()
        await greeting.change(office, await writer.caller(), left.id, words("改了的话"))
        with pytest.raises(AlreadyModerated):
            await accept(office, cast, left, version=1)
        assert await on_the_wall() == []

    async def test_is_not_settled_by_the_check_of_the_older_words(
        self, leave: Leave, office: Office, writer: Someone, wechat: FakeWeChat
    ) -> None:
        async def change_meanwhile() -> None:
            wechat.before_verdict = None
            row = await Greeting.get(person_id=writer.id)
            await greeting.change(office, await writer.caller(), row.id, words("RISKY"))

        wechat.before_verdict = change_meanwhile
        left = await leave()
        assert (left.version, left.status) == (2, GreetingStatus.REJECTED)


class TestWithdraw:
    async def test_takes_it_off_the_wall_at_once(
        self, leave: Leave, office: Office, cast: Cast, writer: Someone
    ) -> None:
        left = await leave()
        await accept(office, cast, left)
        await greeting.withdraw(office, await writer.caller(), left.id)
        assert await on_the_wall() == []
        assert await ChannelConsent.filter(greeting_id=left.id, withdrawn_at=None).count() == 0

    async def test_stands_while_wechat_is_thinking(
        self, leave: Leave, office: Office, writer: Someone, wechat: FakeWeChat
    ) -> None:
        async def withdraw_meanwhile() -> None:
            row = await Greeting.get(person_id=writer.id)
            await greeting.withdraw(office, await writer.caller(), row.id)

        wechat.before_verdict = withdraw_meanwhile
        left = await leave()
        assert left.status is GreetingStatus.WITHDRAWN
        assert await steps_of(left) == [(None, "submitted"), ("submitted", "withdrawn")]

    async def test_cannot_be_undone_by_a_moderator(
        self, leave: Leave, office: Office, cast: Cast, writer: Someone
    ) -> None:
        left = await leave()
        await greeting.withdraw(office, await writer.caller(), left.id)
        with pytest.raises(AlreadyModerated):
            await accept(office, cast, left)

    async def test_counts_twice_at_once_as_once(self, leave: Leave, office: Office, writer: Someone) -> None:
        left, who = await leave(), await writer.caller()
        await asyncio.gather(*(greeting.withdraw(office, who, left.id) for _ in range(4)))
        assert [step[1] for step in await steps_of(left)].count("withdrawn") == 1

    async def test_is_for_its_writer_only(self, leave: Leave, office: Office, cast: Cast) -> None:
        left = await leave()
        stranger = await (await cast.scientist()).caller()
        for unknown in (left.id, uuid4()):
            with pytest.raises(NoSuchGreeting):
                await greeting.withdraw(office, stranger, unknown)
        assert (await Greeting.get(id=left.id)).status is GreetingStatus.PENDING_REVIEW
