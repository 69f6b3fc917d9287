"""A person decides on what people wrote, once, and on the words that were read."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from capabilities import greeting, moderation
from capabilities.caller import RoleNeeded
from capabilities.greeting import NewGreeting, NoSuchGreeting
from capabilities.moderation import AlreadyModerated, ReasonCodeNeeded
from capabilities.office import Office
from models.greeting import Byline, Greeting, GreetingKind, GreetingStatus
from models.role import RoleName
from models.transition import Transition
from tests.cast import Cast, Someone

Write = Callable[..., Awaitable[Greeting]]


@pytest.fixture
async def moderator(cast: Cast) -> Someone:
    return await cast.moderator()


@pytest.fixture
async def write(office: Office, cast: Cast) -> Write:
    writer = await (await cast.scientist()).caller()

    async def go(text: str = "祝福祖国", kind: GreetingKind = GreetingKind.GREETING) -> Greeting:
        topic = "motherland" if kind is GreetingKind.GREETING else "other"
        return await greeting.leave(office, writer, NewGreeting(topic, text, Byline.ANONYMOUS, True, kind=kind))

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
    return await moderation.decide(
        office,
        await who.caller(),
        row.id,
        decision,
        version=version,
        reason_code=reason_code,
        reason_note=reason_note,
    )


class TestWaiting:
    async def test_lists_the_oldest_first(self, write: Write, moderator: Someone) -> None:
        rows = [await write(f"第{number}条") for number in range(3)]
        waiting = await moderation.waiting(await moderator.caller(), kind=None, cursor=None, limit=None)
        assert [row.id for row in waiting] == [row.id for row in rows]

    async def test_lists_one_kind(self, write: Write, moderator: Someone) -> None:
        await write()
        asked = await write("多设停车位", GreetingKind.SUGGESTION)
        waiting = await moderation.waiting(
            await moderator.caller(), kind=GreetingKind.SUGGESTION, cursor=None, limit=None
        )
        assert [row.id for row in waiting] == [asked.id]

    async def test_leaves_out_what_is_settled(self, office: Office, write: Write, moderator: Someone) -> None:
        await decide(office, moderator, await write())
        await write("RISKY")
        assert await moderation.waiting(await moderator.caller(), kind=None, cursor=None, limit=None) == []

    @pytest.mark.parametrize("role", [RoleName.AUDITOR, RoleName.UNIT_ORGANIZER, None])
    async def test_is_refused_to_others(self, role: RoleName | None, cast: Cast) -> None:
        unit = "150105" if role is RoleName.UNIT_ORGANIZER else None
        other = await cast.with_role(role, unit_code=unit) if role else await cast.scientist()
        with pytest.raises(RoleNeeded):
            await moderation.waiting(await other.caller(), kind=None, cursor=None, limit=None)


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
