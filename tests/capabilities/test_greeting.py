"""Leaving, changing and withdrawing what people write, and what of it stands on the wall."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from capabilities import greeting
from capabilities.consent import ConsentNeeded
from capabilities.event import NoCampaign
from capabilities.greeting import (
    CHECK_GIVEN_UP,
    LONGEST,
    GreetingInvalid,
    Guardian,
    GuardianNeeded,
    NewGreeting,
    byline_of,
    give_up_checks,
)
from capabilities.office import Office
from kit.clock import StandingClock
from models.database import connection
from models.greeting import Byline, Channel, Greeting, GreetingStatus
from models.volunteer import Volunteer, VolunteerStatus
from tests.cast import Cast, Someone
from tests.doubles import FakeWeChat
from tests.greetings import PARENT, TODAY, accept, new, on_the_wall, steps_of, suggestion, words, written
from wechat.errors import PersonMustDecide, WeChatMisconfigured, WeChatQuotaUsedUp, WeChatUnavailable

# 𠮷 and 𬶍 lie beyond the BMP; the last is a family joined from several code points.
RARE = "𠮷野家·巴特尔 𬶍 👨‍👩‍👧 \u0303e"
SILENCES = [WeChatUnavailable, WeChatMisconfigured, WeChatQuotaUsedUp, PersonMustDecide]

Leave = Callable[..., Awaitable[Greeting]]


@pytest.fixture
async def writer(cast: Cast) -> Someone:
    return await cast.scientist()


@pytest.fixture
def leave(office: Office, writer: Someone) -> Leave:
    async def go(what: NewGreeting | None = None) -> Greeting:
        return await greeting.leave(office, await writer.caller(), what or new())

    return go


class TestLeave:
    async def test_hands_a_harmless_text_to_a_person(self, leave: Leave) -> None:
        left = await leave()
        assert (left.status, left.machine_suggest) == (GreetingStatus.PENDING_REVIEW, "pass")
        assert await steps_of(left) == [(None, "submitted"), ("submitted", "pending_review")]
        assert await on_the_wall() == []

    async def test_hands_a_doubtful_text_to_a_person(self, leave: Leave) -> None:
        left = await leave(new("REVIEW 祝福"))
        assert (left.status, left.machine_suggest) == (GreetingStatus.PENDING_REVIEW, "review")

    async def test_lets_the_machine_refuse_a_risky_text(self, leave: Leave) -> None:
        left = await leave(new("RISKY 祝福"))
        assert (left.status, left.reason_code) == (GreetingStatus.REJECTED, "machine_risky")
        assert (left.machine_label, left.trace_id, left.decided_by_id) == (20001, "trace-risky", None)

    @pytest.mark.parametrize("silence", SILENCES)
    async def test_waits_for_a_person_where_wechat_cannot_judge(
        self, silence: type[Exception], leave: Leave, wechat: FakeWeChat
    ) -> None:
        wechat.refusal = silence()
        left = await leave()
        assert (left.status, left.machine_suggest) == (GreetingStatus.PENDING_REVIEW, "undecided")
        assert await on_the_wall() == []

    async def test_asks_wechat_about_the_signature_too(self, leave: Leave, wechat: FakeWeChat) -> None:
        left = await leave(new(byline=Byline.NICKNAME, byline_name="RISKY小张"))
        assert left.status is GreetingStatus.REJECTED
        assert "RISKY小张" in wechat.checked[0]

    async def test_keeps_rare_characters(self, leave: Leave) -> None:
        left = await leave(new(RARE))
        assert (await Greeting.get(id=left.id)).text == RARE

    async def test_keeps_markup_as_the_words_it_is(self, leave: Leave) -> None:
        left = await leave(new("<script>alert(1)</script>"))
        assert (await Greeting.get(id=left.id)).text == "<script>alert(1)</script>"

    async def test_seals_the_signature_and_the_guardian(self, leave: Leave) -> None:
        await leave(new(byline=Byline.NICKNAME, byline_name="草原之星", is_over_14=False, guardian=PARENT))
        rows = await connection().execute_query_dict("SELECT byline_name, guardian FROM greeting")
        stored = bytes(rows[0]["byline_name"]) + bytes(rows[0]["guardian"])
        for canary in ("草原之星", PARENT.name, PARENT.phone):
            assert canary.encode() not in stored

    async def test_stores_a_consent_for_each_channel_once(self, leave: Leave) -> None:
        left = await leave(new(channels=[Channel.WALL, Channel.TV, Channel.WALL]))
        assert sorted(each.channel for each in left.consents) == [Channel.TV, Channel.WALL]

    async def test_takes_a_suggestion_that_is_shown_nowhere(self, leave: Leave, office: Office, cast: Cast) -> None:
        left = await leave(suggestion())
        assert (await accept(office, cast, left)).status is GreetingStatus.ACCEPTED
        assert await on_the_wall() == []


class TestRefusalToStore:
    """Whatever is refused leaves no row behind, and WeChat is not asked."""

    @pytest.mark.parametrize(
        ("what", "refusal", "field"),
        [
            (new(is_over_14=False), GuardianNeeded, "guardian"),
            (new(is_over_14=False, guardian=Guardian(" ", " ", "     ")), GuardianNeeded, "guardian"),
            (new(topic="events"), GreetingInvalid, "topic"),
            (new(" \n\t　"), GreetingInvalid, "text"),
            (new(byline=Byline.NICKNAME), GreetingInvalid, "byline_name"),
            (new(byline=Byline.NICKNAME, byline_name="  "), GreetingInvalid, "byline_name"),
            (new(byline=Byline.REAL_NAME), GreetingInvalid, "byline"),
            (suggestion(topic="motherland"), GreetingInvalid, "topic"),
            (suggestion(channels=[Channel.WALL]), GreetingInvalid, "channels"),
        ],
    )
    async def test_names_the_field(
        self, what: NewGreeting, refusal: type[GreetingInvalid], field: str, leave: Leave, wechat: FakeWeChat
    ) -> None:
        with pytest.raises(refusal) as refused:
            await leave(what)
        assert list(refused.value.fields) == [field]
        assert await written() == (0, 0, 0, 0)
        assert wechat.checked == []

    async def test_needs_the_policy(self, office: Office, cast: Cast) -> None:
        visitor = await cast.visitor()
        with pytest.raises(ConsentNeeded) as refused:
            await greeting.leave(office, await visitor.caller(), new())
        assert refused.value.facts["scopes"] == ["policy"]
        assert await written() == (0, 0, 0, 0)

    async def test_needs_a_campaign(self, office: Office) -> None:
        writer = await Cast(office).scientist()
        with pytest.raises(NoCampaign):
            await greeting.leave(office, await writer.caller(), new())
        assert await written() == (0, 0, 0, 0)


class TestByline:
    async def test_is_the_registered_name(self, office: Office, cast: Cast) -> None:
        volunteer = await (await cast.volunteer("斯琴·高娃")).caller()
        left = await greeting.leave(office, volunteer, new(byline=Byline.REAL_NAME, byline_name="冒名者"))
        assert byline_of(left) == "斯琴·高娃"

    @pytest.mark.parametrize("status", [VolunteerStatus.DRAFT, VolunteerStatus.SUBMITTED, VolunteerStatus.REJECTED])
    async def test_is_no_name_that_nobody_has_approved(
        self, status: VolunteerStatus, office: Office, cast: Cast
    ) -> None:
        pretender = await cast.volunteer("院士某某")
        await Volunteer.filter(person_id=pretender.id).update(status=status)
        with pytest.raises(GreetingInvalid):
            await greeting.leave(office, await pretender.caller(), new(byline=Byline.REAL_NAME))
        assert (await written())[0] == 0

    async def test_is_the_nickname(self, leave: Leave) -> None:
        assert byline_of(await leave(new(byline=Byline.NICKNAME, byline_name=" 草原之星 "))) == "草原之星"

    async def test_is_anonymous_whatever_name_came_with_it(self, leave: Leave) -> None:
        left = await leave(new(byline=Byline.ANONYMOUS, byline_name="张三"))
        assert (left.byline_name, byline_of(left)) == (None, "匿名")


class TestGuardian:
    async def test_is_kept_for_a_child(self, leave: Leave) -> None:
        left = await leave(new(is_over_14=False, guardian=PARENT, topic="children"))
        assert PARENT.phone in (await Greeting.get(id=left.id)).guardian

    async def test_is_not_kept_for_who_needs_none(self, leave: Leave) -> None:
        assert (await leave(new(is_over_14=True, guardian=PARENT))).guardian is None

    async def test_is_forgotten_when_the_writer_turns_out_older(
        self, leave: Leave, office: Office, writer: Someone
    ) -> None:
        left = await leave(new(is_over_14=False, guardian=PARENT))
        changed = await greeting.change(office, await writer.caller(), left.id, words())
        assert changed.guardian is None

    async def test_is_needed_for_a_change_too(self, leave: Leave, office: Office, writer: Someone) -> None:
        left = await leave()
        with pytest.raises(GuardianNeeded):
            await greeting.change(office, await writer.caller(), left.id, words(is_over_14=False))
        assert (await Greeting.get(id=left.id)).version == 1


class TestWall:
    async def test_shows_what_a_person_accepted(self, leave: Leave, office: Office, cast: Cast) -> None:
        await accept(office, cast, await leave())
        assert await on_the_wall() == ["祝福祖国"]

    async def test_shows_nothing_without_a_consent_for_the_wall(self, leave: Leave, office: Office, cast: Cast) -> None:
        await accept(office, cast, await leave(new(channels=[Channel.NEWSPAPER, Channel.TV])))
        assert await on_the_wall() == []

    async def test_shows_each_once_whatever_else_was_consented_to(
        self, leave: Leave, office: Office, cast: Cast
    ) -> None:
        await accept(office, cast, await leave(new(channels=list(Channel))))
        assert await on_the_wall() == ["祝福祖国"]

    async def test_goes_page_by_page_from_the_newest(self, leave: Leave, office: Office, cast: Cast) -> None:
        rows = [await accept(office, cast, await leave(new(f"第{number}条"))) for number in range(3)]
        first = await greeting.wall(today=TODAY, cursor=None, limit=1)
        assert [row.id for row in first] == [rows[2].id, rows[1].id]


class TestGiveUpChecks:
    async def test_hands_stranded_ones_to_people(self, leave: Leave, office: Office, clock: StandingClock) -> None:
        left = await leave()
        await Greeting.filter(id=left.id).update(status=GreetingStatus.SUBMITTED, machine_suggest=None)
        clock.advance(CHECK_GIVEN_UP + timedelta(seconds=1))
        assert await give_up_checks(office) == 1
        row = await Greeting.get(id=left.id)
        assert (row.status, row.machine_suggest) == (GreetingStatus.PENDING_REVIEW, "undecided")
        assert (await steps_of(left))[-1] == ("submitted", "pending_review")

    async def test_leaves_those_that_wechat_may_still_answer(
        self, leave: Leave, office: Office, clock: StandingClock
    ) -> None:
        left = await leave()
        await Greeting.filter(id=left.id).update(status=GreetingStatus.SUBMITTED)
        clock.advance(CHECK_GIVEN_UP - timedelta(seconds=1))
        assert await give_up_checks(office) == 0

    async def test_brings_nothing_back_that_is_settled(
        self, leave: Leave, office: Office, clock: StandingClock, writer: Someone
    ) -> None:
        withdrawn, refused = await leave(), await leave(new("RISKY"))
        await greeting.withdraw(office, await writer.caller(), withdrawn.id)
        clock.advance(CHECK_GIVEN_UP * 2)
        assert await give_up_checks(office) == 0
        states = [(await Greeting.get(id=row.id)).status for row in (withdrawn, refused)]
        assert states == [GreetingStatus.WITHDRAWN, GreetingStatus.REJECTED]


class TestMine:
    async def test_lists_the_callers_own(self, leave: Leave, cast: Cast, writer: Someone) -> None:
        left = await leave()
        assert [row.id for row in await greeting.mine(await writer.caller())] == [left.id]
        assert await greeting.mine(await (await cast.scientist()).caller()) == []


def test_longest_text_is_what_the_rules_say() -> None:
    assert LONGEST == 500
