"""What waits for moderators: in which order, with its copies, and who has it before them."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from capabilities import greeting, machine_check, moderation
from capabilities.caller import RoleNeeded
from capabilities.greeting import GreetingWords, NewGreeting, NoSuchGreeting
from capabilities.machine_check import GIVEN_UP_AFTER
from capabilities.moderation import HOLD, MOST_HELD, Decision, HeldByAnother, Queue
from capabilities.office import Office
from kit.clock import StandingClock
from kit.paging import BadCursor
from models.greeting import Byline, Greeting, GreetingKind, GreetingStatus
from models.role import RoleName
from tests.cast import Cast, Someone
from tests.doubles import FakeWeChat
from tests.judged import do_jobs, picture, push, submitted
from wechat.errors import WeChatUnavailable

Write = Callable[..., Awaitable[Greeting]]
TEXT = "值此全国科技工作者日，向奋战在科研一线的同志们致以节日的祝福，祝大家身体健康，工作顺利"


@pytest.fixture
async def writer(cast: Cast) -> Someone:
    return await cast.scientist()


@pytest.fixture
async def moderator(cast: Cast) -> Someone:
    return await cast.moderator()


@pytest.fixture
async def other(cast: Cast) -> Someone:
    return await cast.moderator()


@pytest.fixture
def write(office: Office, writer: Someone) -> Write:
    async def go(text: str = "祝福祖国", kind: GreetingKind = GreetingKind.GREETING) -> Greeting:
        topic = "motherland" if kind is GreetingKind.GREETING else "other"
        words = NewGreeting(topic, text, Byline.ANONYMOUS, True, kind=kind)
        return await greeting.leave(office, await writer.caller(), words)

    return go


async def queue(who: Someone, **asked: object) -> Queue:
    standard: dict[str, object] = {"kind": None, "cursor": None, "limit": None}
    return await moderation.waiting(who.office, await who.caller(), **standard | asked)  # type: ignore[arg-type]


async def ids(who: Someone, **asked: object) -> list[object]:
    return [each.id for each in (await queue(who, **asked)).items]


class TestWaiting:
    async def test_lists_the_oldest_first(self, write: Write, moderator: Someone) -> None:
        rows = [await write(f"第{number}条") for number in range(3)]
        assert await ids(moderator) == [row.id for row in rows]

    async def test_lists_first_what_the_machine_doubts_then_what_it_could_not_judge(
        self, write: Write, moderator: Someone, wechat: FakeWeChat
    ) -> None:
        plain = await write()
        wechat.refusal = WeChatUnavailable()
        unchecked = await write()
        wechat.refusal = None
        doubted = await write("REVIEW")
        assert await ids(moderator) == [doubted.id, unchecked.id, plain.id]

    async def test_lists_first_a_picture_that_the_machine_doubts(
        self, office: Office, write: Write, moderator: Someone, writer: Someone
    ) -> None:
        await write()
        row = await submitted(office, writer, [picture()])
        await do_jobs(office)
        await push(office, "trace-1", "review")
        shown = (await queue(moderator)).items[0]
        assert (shown.id, [(each.piece, each.suggest) for each in shown.media]) == (row.id, [("picture", "review")])

    async def test_shows_why_nothing_is_said_of_a_picture(
        self, office: Office, moderator: Someone, writer: Someone, clock: StandingClock
    ) -> None:
        await submitted(office, writer, [picture()])
        clock.advance(GIVEN_UP_AFTER * 1.1)
        await machine_check.give_up_media_checks(office)
        await do_jobs(office)
        [shown] = (await queue(moderator)).items
        assert (shown.greeting.rank, shown.media[0].fault) == (2, "never_came")

    async def test_pages_through_the_order(self, write: Write, moderator: Someone) -> None:
        texts = ["一", "REVIEW 二", "三", "REVIEW 四", "五"]
        rows = [await write(text) for text in texts]
        seen, cursor = [], None
        for _ in range(3):
            page = await queue(moderator, cursor=cursor, limit=2)
            seen += [each.id for each in page.items]
            cursor = page.next_cursor
        assert seen == [rows[at].id for at in (1, 3, 0, 2, 4)]
        assert cursor is None

    async def test_refuses_a_cursor_of_another_list(self, moderator: Someone) -> None:
        with pytest.raises(BadCursor):
            await queue(moderator, cursor="AAAAAAAAAAAAAAAAAAAAAA")

    async def test_lists_one_kind(self, write: Write, moderator: Someone) -> None:
        await write()
        asked = await write("多设停车位", GreetingKind.SUGGESTION)
        assert await ids(moderator, kind=GreetingKind.SUGGESTION) == [asked.id]

    async def test_leaves_out_what_is_settled(self, office: Office, write: Write, moderator: Someone) -> None:
        row = await write()
        await moderation.decide(
            office, await moderator.caller(), row.id, Decision(GreetingStatus.ACCEPTED), version=None
        )
        await write("RISKY")
        assert await ids(moderator) == []

    @pytest.mark.parametrize("role", [RoleName.AUDITOR, RoleName.UNIT_ORGANIZER, None])
    async def test_is_refused_to_others(self, role: RoleName | None, cast: Cast) -> None:
        unit = "150105" if role is RoleName.UNIT_ORGANIZER else None
        someone = await cast.with_role(role, unit_code=unit) if role else await cast.scientist()
        with pytest.raises(RoleNeeded):
            await queue(someone)


class TestGroups:
    async def test_bring_copies_together(self, write: Write, moderator: Someone) -> None:
        first = await write(TEXT)
        await write("祝福家乡")
        copies = [await write(text) for text in (TEXT + "！！", TEXT.replace("大家", "各位"), f"  {TEXT} 🎉")]
        shown = {each.id: each for each in (await queue(moderator)).items}
        assert {(shown[row.id].group_id, shown[row.id].group_count) for row in (first, *copies)} == {(first.id, 4)}
        assert await ids(moderator, group=copies[1].id) == [first.id, *(row.id for row in copies)]

    async def test_are_of_one_kind(self, write: Write, moderator: Someone) -> None:
        await write(TEXT)
        await write(TEXT, GreetingKind.SUGGESTION)
        assert {each.group_count for each in (await queue(moderator)).items} == {1}

    async def test_follow_a_change(self, office: Office, write: Write, moderator: Someone, writer: Someone) -> None:
        await write(TEXT)
        copy = await write(TEXT)
        words = GreetingWords("motherland", "别的话", Byline.ANONYMOUS, True)
        await greeting.change(office, await writer.caller(), copy.id, words)
        assert {each.group_count for each in (await queue(moderator)).items} == {1}


class TestHold:
    async def test_takes_the_first_of_the_queue(
        self, office: Office, write: Write, moderator: Someone, other: Someone
    ) -> None:
        rows = [await write(text) for text in ("一", "二", "REVIEW 三", "四")]
        mine = await moderation.hold(office, await moderator.caller(), 2, None)
        theirs = await moderation.hold(office, await other.caller(), 5, None)
        assert [each.id for each in mine] == [rows[2].id, rows[0].id]
        assert [each.id for each in theirs] == [rows[1].id, rows[3].id]
        assert [each.id for each in await moderation.held(office, await moderator.caller())] == [
            each.id for each in mine
        ]
        assert {each.greeting.held_until for each in mine} == {office.now() + HOLD}

    async def test_keeps_others_from_deciding(
        self, office: Office, write: Write, moderator: Someone, other: Someone
    ) -> None:
        row = await write()
        await moderation.hold(office, await moderator.caller(), 1, None)
        accept = Decision(GreetingStatus.ACCEPTED)
        with pytest.raises(HeldByAnother):
            await moderation.decide(office, await other.caller(), row.id, accept, version=None)
        assert (await Greeting.get(id=row.id)).status is GreetingStatus.PENDING_REVIEW
        await moderation.decide(office, await moderator.caller(), row.id, accept, version=None)
        assert (await Greeting.get(id=row.id)).status is GreetingStatus.ACCEPTED

    async def test_lapses(
        self, office: Office, write: Write, moderator: Someone, other: Someone, clock: StandingClock
    ) -> None:
        row = await write()
        await moderation.hold(office, await moderator.caller(), 1, None)
        clock.advance(HOLD - timedelta(seconds=1))
        assert await moderation.hold(office, await other.caller(), 1, None) == []
        clock.advance(timedelta(seconds=1))
        assert await moderation.held(office, await moderator.caller()) == []
        assert [each.id for each in await moderation.hold(office, await other.caller(), 1, None)] == [row.id]
        with pytest.raises(HeldByAnother):
            await moderation.decide(
                office, await moderator.caller(), row.id, Decision(GreetingStatus.ACCEPTED), version=None
            )

    async def test_ends_with_a_change(
        self, office: Office, write: Write, moderator: Someone, other: Someone, writer: Someone
    ) -> None:
        row = await write()
        await moderation.hold(office, await moderator.caller(), 1, None)
        words = GreetingWords("motherland", "改了", Byline.ANONYMOUS, True)
        await greeting.change(office, await writer.caller(), row.id, words)
        assert len(await moderation.hold(office, await other.caller(), 1, None)) == 1

    async def test_leaves_something_to_the_others(self, office: Office, write: Write, moderator: Someone) -> None:
        row = await write()
        fields = {name: getattr(row, name) for name in row._meta.db_fields if name != "id"}
        await Greeting.bulk_create(Greeting(**fields) for _ in range(MOST_HELD + 5))
        who = await moderator.caller()
        took = [len(await moderation.hold(office, who, 50, None)) for _ in range(3)]
        assert took == [50, 50, 0]

    async def test_is_refused_to_others(self, office: Office, cast: Cast) -> None:
        auditor = await (await cast.with_role(RoleName.AUDITOR)).caller()
        for attempt in (moderation.hold(office, auditor, 1, None), moderation.held(office, auditor)):
            with pytest.raises(RoleNeeded):
                await attempt
        with pytest.raises(RoleNeeded):
            await moderation.release(auditor)


class TestRelease:
    async def test_gives_one_back_or_all(
        self, office: Office, write: Write, moderator: Someone, other: Someone
    ) -> None:
        rows = [await write() for _ in range(3)]
        who, them = await moderator.caller(), await other.caller()
        await moderation.hold(office, who, 3, None)
        await moderation.release(who, rows[1].id)
        assert [each.id for each in await moderation.hold(office, them, 3, None)] == [rows[1].id]
        await moderation.release(who)
        assert [each.id for each in await moderation.hold(office, them, 3, None)] == [rows[0].id, rows[2].id]

    async def test_lets_go_of_nothing_that_another_holds(
        self, office: Office, write: Write, moderator: Someone, other: Someone
    ) -> None:
        row = await write()
        await moderation.hold(office, await moderator.caller(), 1, None)
        await moderation.release(await other.caller(), row.id)
        assert len(await moderation.held(office, await moderator.caller())) == 1

    async def test_does_not_find_what_is_not_there(self, moderator: Someone) -> None:
        with pytest.raises(NoSuchGreeting):
            await moderation.release(await moderator.caller(), moderator.id)
