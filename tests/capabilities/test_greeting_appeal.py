"""Appeal against a refusal: once, and decided by somebody else where there is somebody."""

import asyncio

import pytest

from capabilities import greeting, moderation
from capabilities.greeting import AlreadyAppealed, GreetingNotChangeable, NoSuchGreeting, NotRefused
from capabilities.moderation import Decision, OwnRefusalAppealed
from capabilities.office import Office
from models.greeting import Greeting, GreetingStatus
from models.message import Message, MessageKind
from models.role import Role
from models.transition import Transition
from tests.cast import Cast, Someone
from tests.greetings import new, on_the_wall, words
from tests.stage import refused

ACCEPT = Decision(GreetingStatus.ACCEPTED)
REFUSE = Decision(GreetingStatus.REJECTED, "improper", "见第二句")


@pytest.fixture
async def writer(cast: Cast) -> Someone:
    return await cast.scientist()


@pytest.fixture
async def moderator(cast: Cast) -> Someone:
    return await cast.moderator()


async def leave(writer: Someone, text: str = "祝福祖国") -> Greeting:
    return await greeting.leave(writer.office, await writer.caller(), new(text))


async def appeal(writer: Someone, row: Greeting, said: str = "请再看一看") -> Greeting:
    return await greeting.appeal(writer.office, await writer.caller(), row.id, said)


async def decide(who: Someone, row: Greeting, decision: Decision) -> None:
    await moderation.decide(who.office, await who.caller(), row.id, decision, version=None)


async def told(writer: Someone) -> list[tuple[MessageKind, str]]:
    return [(each.kind, each.words) for each in await Message.filter(person_id=writer.id).order_by("id")]


class TestAppeal:
    async def test_brings_a_refusal_before_a_person_again(self, office: Office, writer: Someone, cast: Cast) -> None:
        row = await leave(writer, "RISKY 祝福")
        appealed = await appeal(writer, row, " 这是一首诗 ")
        assert appealed.status is GreetingStatus.PENDING_REVIEW
        moderator = await cast.moderator()
        (shown,) = await moderation.hold(office, await moderator.caller(), 1, None)
        assert (shown.greeting.appeal_words, shown.greeting.reason_code) == ("这是一首诗", "machine_risky")
        await decide(moderator, row, ACCEPT)
        assert await on_the_wall() == [row.text]
        steps = await Transition.filter(subject_id=row.id).order_by("id").values_list("before", "after", "reason")
        assert [tuple(step) for step in steps][1:] == [
            ("submitted", "rejected", "machine_risky"),
            ("rejected", "pending_review", "appeal"),
            ("pending_review", "accepted", None),
        ]

    async def test_comes_once(self, writer: Someone, moderator: Someone, cast: Cast) -> None:
        row = await leave(writer)
        await decide(moderator, row, REFUSE)
        await appeal(writer, row)
        await decide(await cast.moderator(), row, REFUSE)
        await refused(AlreadyAppealed, appeal(writer, row))
        assert not (await Greeting.get(id=row.id)).may_be_appealed()

    async def test_counts_two_at_once_as_one(self, writer: Someone) -> None:
        row = await leave(writer, "RISKY")
        outcomes = await asyncio.gather(*(appeal(writer, row) for _ in range(4)), return_exceptions=True)
        assert sum(isinstance(each, Greeting) for each in outcomes) == 1
        assert await Transition.filter(subject_id=row.id, before="rejected").count() == 1

    async def test_is_against_a_refusal_only(self, office: Office, writer: Someone) -> None:
        row = await leave(writer)
        await refused(NotRefused, appeal(writer, row))
        await greeting.withdraw(office, await writer.caller(), row.id)
        await refused(NotRefused, appeal(writer, row))

    async def test_is_for_its_writer_only(self, writer: Someone, cast: Cast) -> None:
        row = await leave(writer, "RISKY")
        await refused(NoSuchGreeting, appeal(await cast.scientist(), row))

    async def test_is_no_way_to_change_the_words(self, office: Office, writer: Someone) -> None:
        """They may be changed while it waits, and are then looked at as new ones, with no second appeal."""
        row = await leave(writer, "RISKY")
        who = await writer.caller()
        await refused(GreetingNotChangeable, greeting.change(office, who, row.id, words()))
        await appeal(writer, row)
        changed = await greeting.change(office, who, row.id, words("RISKY 又来"))
        assert (changed.status, changed.appeal_words) == (GreetingStatus.REJECTED, None)
        await refused(AlreadyAppealed, appeal(writer, row))


class TestDecision:
    async def test_is_anothers_than_who_refused(
        self, office: Office, writer: Someone, moderator: Someone, cast: Cast
    ) -> None:
        row = await leave(writer)
        await decide(moderator, row, REFUSE)
        await appeal(writer, row)
        other = await cast.moderator()
        await refused(OwnRefusalAppealed, decide(moderator, row, ACCEPT))
        assert await moderation.hold(office, await moderator.caller(), 5, None) == []
        assert len(await moderation.hold(office, await other.caller(), 5, None)) == 1
        await decide(other, row, ACCEPT)
        assert (await Greeting.get(id=row.id)).decided_by_id == other.id

    async def test_is_the_same_ones_where_there_is_no_other(
        self, office: Office, writer: Someone, moderator: Someone, cast: Cast
    ) -> None:
        other = await cast.moderator()
        row = await leave(writer)
        await decide(moderator, row, REFUSE)
        await appeal(writer, row)
        await Role.filter(person_id=other.id).update(taken_at=office.now())
        assert len(await moderation.hold(office, await moderator.caller(), 5, None)) == 1
        await decide(moderator, row, ACCEPT)
        assert (await Greeting.get(id=row.id)).status is GreetingStatus.ACCEPTED

    async def test_is_told_to_the_writer(self, writer: Someone, moderator: Someone, cast: Cast) -> None:
        row = await leave(writer)
        await decide(moderator, row, REFUSE)
        await appeal(writer, row)
        await decide(await cast.moderator(), row, ACCEPT)
        (first, why), (second, outcome) = await told(writer)
        assert (first, second) == (MessageKind.GREETING_DECIDED, MessageKind.APPEAL_DECIDED)
        assert "未通过" in why
        assert "用语不当；见第二句" in why
        assert "已通过" in outcome

    async def test_of_the_machine_is_told_with_the_way_to_appeal(self, writer: Someone) -> None:
        await leave(writer, "RISKY")
        ((kind, why),) = await told(writer)
        assert kind is MessageKind.GREETING_DECIDED
        assert "申诉" in why
