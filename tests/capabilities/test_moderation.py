"""A person decides on what people wrote, once, and on the words that were read."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from capabilities import greeting, moderation
from capabilities.caller import RoleNeeded
from capabilities.greeting import NewGreeting, NoSuchGreeting
from capabilities.moderation import AlreadyModerated, Decision, NotAccepted, ReasonCodeNeeded
from capabilities.office import Office
from models.greeting import Byline, Channel, Greeting, GreetingKind, GreetingStatus
from models.role import RoleName
from models.transition import Transition
from tests.cast import Cast, Someone
from tests.greetings import TODAY

Write = Callable[..., Awaitable[Greeting]]


@pytest.fixture
async def moderator(cast: Cast) -> Someone:
    return await cast.moderator()


@pytest.fixture
async def write(office: Office, cast: Cast) -> Write:
    writer = await (await cast.scientist()).caller()

    async def go(text: str = "祝福祖国", kind: GreetingKind = GreetingKind.GREETING) -> Greeting:
        is_greeting = kind is GreetingKind.GREETING
        topic, channels = ("motherland", [Channel.WALL]) if is_greeting else ("other", [])
        return await greeting.leave(
            office, writer, NewGreeting(topic, text, Byline.ANONYMOUS, True, channels=channels, kind=kind)
        )

    return go


async def decide(
    office: Office,
    who: Someone,
    row: Greeting,
    decision: GreetingStatus = GreetingStatus.ACCEPTED,
    *,
    version: int | None = None,
    reason_code: str | None = None,
    reason_note: str | None = None,
) -> Greeting:
    said = Decision(decision, reason_code, reason_note)
    await moderation.decide(office, await who.caller(), row.id, said, version=version)
    return await Greeting.get(id=row.id)


class TestDecide:
    async def test_accepts(self, office: Office, write: Write, moderator: Someone) -> None:
        decided = await decide(office, moderator, await write())
        assert (decided.status, decided.decided_by_id) == (GreetingStatus.ACCEPTED, moderator.id)
        assert decided.decided_at == office.now()

    async def test_sends_back_with_a_reason(self, office: Office, write: Write, moderator: Someone) -> None:
        decided = await decide(
            office, moderator, await write(), GreetingStatus.RETURNED, reason_code="facts", reason_note="职务有误"
        )
        assert (decided.status, decided.reason_code, decided.reason_note) == (
            GreetingStatus.RETURNED,
            "facts",
            "职务有误",
        )

    @pytest.mark.parametrize("decision", [GreetingStatus.RETURNED, GreetingStatus.REJECTED])
    @pytest.mark.parametrize("reason", [None, "", "because"])
    async def test_says_why_it_refuses(
        self, decision: GreetingStatus, reason: str | None, office: Office, write: Write, moderator: Someone
    ) -> None:
        row = await write()
        with pytest.raises(ReasonCodeNeeded):
            await decide(office, moderator, row, decision, reason_code=reason)
        assert (await Greeting.get(id=row.id)).status is GreetingStatus.PENDING_REVIEW

    async def test_counts_two_moderators_at_once_as_one(
        self, office: Office, cast: Cast, write: Write, moderator: Someone
    ) -> None:
        row, other = await write(), await cast.moderator()
        outcomes = await asyncio.gather(
            decide(office, moderator, row),
            decide(office, other, row, GreetingStatus.REJECTED, reason_code="improper"),
            return_exceptions=True,
        )
        assert sorted(type(each).__name__ for each in outcomes) == ["AlreadyModerated", "Greeting"]
        winner = next(each for each in outcomes if isinstance(each, Greeting))
        stands = await Greeting.get(id=row.id)
        assert (stands.status, stands.decided_by_id) == (winner.status, winner.decided_by_id)
        assert await Transition.filter(subject_id=row.id, before="pending_review").count() == 1

    async def test_holds_for_the_version_that_was_read(self, office: Office, write: Write, moderator: Someone) -> None:
        row = await write()
        for version in (0, 2):
            with pytest.raises(AlreadyModerated):
                await decide(office, moderator, row, version=version)
        assert (await decide(office, moderator, row, version=1)).status is GreetingStatus.ACCEPTED

    @pytest.mark.parametrize("text", ["RISKY", "祝福祖国"])
    async def test_comes_once(self, text: str, office: Office, write: Write, moderator: Someone) -> None:
        row = await write(text)
        if row.status is GreetingStatus.PENDING_REVIEW:
            await decide(office, moderator, row, GreetingStatus.REJECTED, reason_code="off_topic")
        with pytest.raises(AlreadyModerated):
            await decide(office, moderator, row)
        assert (await Greeting.get(id=row.id)).status is GreetingStatus.REJECTED

    async def test_does_not_find_what_is_not_there(self, office: Office, moderator: Someone) -> None:
        with pytest.raises(NoSuchGreeting):
            await decide(office, moderator, Greeting(id=uuid4()))

    @pytest.mark.parametrize("role", [RoleName.AUDITOR, RoleName.UNIT_ORGANIZER, None])
    async def test_is_refused_to_others(self, role: RoleName | None, office: Office, cast: Cast, write: Write) -> None:
        unit = "150105" if role is RoleName.UNIT_ORGANIZER else None
        other = await cast.with_role(role, unit_code=unit) if role else await cast.scientist()
        row = await write()
        with pytest.raises(RoleNeeded):
            await decide(office, other, row)
        assert (await Greeting.get(id=row.id)).status is GreetingStatus.PENDING_REVIEW


class TestDecideMany:
    async def test_decides_each_by_itself(self, office: Office, write: Write, moderator: Someone) -> None:
        """Each is a row and a line of the log; one that was changed meanwhile does not stop the others."""
        rows = [await write() for _ in range(3)]
        await Greeting.filter(id=rows[1].id).update(version=2)
        missing = uuid4()
        items = [*((row.id, 1) for row in rows), (missing, 1)]
        outcomes = await moderation.decide_many(
            office, await moderator.caller(), items, Decision(GreetingStatus.REJECTED, "duplicate")
        )
        assert [each.refused for each in outcomes] == [None, "AlreadyModerated", None, "NoSuchGreeting"]
        assert await Greeting.filter(status=GreetingStatus.REJECTED, reason_code="duplicate").count() == 2
        assert await Transition.filter(before="pending_review", actor_id=moderator.id).count() == 2

    async def test_needs_a_reason_before_anything(self, office: Office, write: Write, moderator: Someone) -> None:
        row = await write()
        with pytest.raises(ReasonCodeNeeded):
            await moderation.decide_many(
                office, await moderator.caller(), [(row.id, 1)], Decision(GreetingStatus.REJECTED)
            )
        assert (await Greeting.get(id=row.id)).status is GreetingStatus.PENDING_REVIEW


class TestReopen:
    async def test_takes_it_off_the_wall_at_once(self, office: Office, write: Write, moderator: Someone) -> None:
        row = await write()
        await decide(office, moderator, row)
        assert [each.id for each in await greeting.wall(today=TODAY, cursor=None, limit=None)] == [row.id]
        await moderation.reopen(office, await moderator.caller(), row.id, "facts", "职务有误")
        assert await greeting.wall(today=TODAY, cursor=None, limit=None) == []
        now = await Greeting.get(id=row.id)
        assert (now.status, now.decided_by_id, now.reason_code) == (GreetingStatus.PENDING_REVIEW, None, "facts")
        step = await Transition.filter(subject_id=row.id).order_by("-id").first()
        assert step is not None
        assert (step.before, step.after, step.actor_id, step.reason) == (
            "accepted",
            "pending_review",
            moderator.id,
            "facts",
        )

    async def test_is_for_what_stands_as_accepted(self, office: Office, write: Write, moderator: Someone) -> None:
        row = await write()
        with pytest.raises(NotAccepted):
            await moderation.reopen(office, await moderator.caller(), row.id, "facts", None)

    async def test_says_why(self, office: Office, write: Write, moderator: Someone) -> None:
        row = await decide(office, moderator, await write())
        with pytest.raises(ReasonCodeNeeded):
            await moderation.reopen(office, await moderator.caller(), row.id, "because", None)
        assert (await Greeting.get(id=row.id)).status is GreetingStatus.ACCEPTED

    async def test_happens_once(self, office: Office, write: Write, moderator: Someone) -> None:
        row = await decide(office, moderator, await write())
        who = await moderator.caller()
        outcomes = await asyncio.gather(
            *(moderation.reopen(office, who, row.id, "facts", None) for _ in range(4)), return_exceptions=True
        )
        assert sum(each is None for each in outcomes) == 1
        assert await Transition.filter(subject_id=row.id, before="accepted").count() == 1


class TestDecisions:
    async def test_tell_the_auditor_every_decision(
        self, office: Office, cast: Cast, write: Write, moderator: Someone
    ) -> None:
        row = await decide(office, moderator, await write())
        await moderation.reopen(office, await moderator.caller(), row.id, "facts", "王国文的职务有误")
        await decide(office, moderator, row, GreetingStatus.RETURNED, reason_code="facts", reason_note="见附言")
        refused = await write("RISKY")
        auditor = await (await cast.with_role(RoleName.AUDITOR)).caller()
        told = await moderation.decisions(auditor, cursor=None, limit=None)
        assert [(each.subject_id, each.actor_id, each.before, each.after, each.reason) for each in told] == [
            (refused.id, None, "submitted", "rejected", "machine_risky"),
            (row.id, moderator.id, "pending_review", "returned", "facts"),
            (row.id, moderator.id, "accepted", "pending_review", "facts"),
            (row.id, moderator.id, "pending_review", "accepted", None),
        ]

    @pytest.mark.parametrize("role", [RoleName.MODERATOR, RoleName.UNIT_ORGANIZER])
    async def test_are_told_to_nobody_else(self, role: RoleName, cast: Cast) -> None:
        other = await cast.with_role(role, unit_code="150105")
        with pytest.raises(RoleNeeded):
            await moderation.decisions(await other.caller(), cursor=None, limit=None)
