"""A suggestion goes its way: taken in, accepted, given to a unit, replied to in time, rated by its sender."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from capabilities import greeting, moderation, suggestion
from capabilities.caller import RoleNeeded
from capabilities.greeting import GreetingNotChangeable, withdraw_all_of
from capabilities.moderation import Decision
from capabilities.office import Office
from capabilities.suggestion import (
    CLOSES_AFTER,
    FROM,
    POINTERS,
    AlreadyExtended,
    AlreadyReopened,
    NoSuchSuggestion,
    NotAtThisStage,
    OwnRefusal,
    RatedWell,
    Step,
    SuggestionChanged,
    SuggestionInvalid,
    close_replied,
    open_missing_cases,
)
from kit.clock import LOCAL, StandingClock
from models.database import transaction
from models.greeting import Greeting, GreetingStatus
from models.message import Message, MessageKind
from models.suggestion_case import CaseResult, CaseSource, CaseStatus, SuggestionCase
from models.transition import Transition
from tests.cast import Cast
from tests.doubles import FakeWeChat
from tests.greetings import words
from tests.stage import refused
from tests.suggestions import OTHER_UNIT, UNIT, Stages, heard, stages


@pytest.fixture
async def story(office: Office, cast: Cast) -> Stages:
    return await stages(office, cast)


async def again(case: SuggestionCase) -> SuggestionCase:
    return await SuggestionCase.get(id=case.id)


async def take(story: Stages, step: Step, case: SuggestionCase) -> None:
    """One step by who may take it, well-formed, whatever the stage."""
    office, desk = story.office, await story.desk.caller()
    unit, sender = await story.organizer.caller(), await story.sender.caller()
    if step is Step.MERGE:
        parent = await story.at(CaseStatus.ACCEPTED)
        await suggestion.merge(office, desk, case.id, parent.id, None)
    elif step is Step.REFUSE:
        await suggestion.refuse(office, desk, case.id, "not_ours", None, None)
    elif step is Step.ROUTE:
        await story.route(case.id, reason="更合适")
    elif step is Step.EXTEND:
        await suggestion.extend(office, unit, case.id, "需要会商", None)
    elif step is Step.REOPEN:
        await suggestion.reopen(office, sender, case.id, "没有解决")
    else:
        await getattr(story, step.value)(case.id)


class TestStages:
    """Every stage × every step: either the step is taken, or it is refused and nothing is changed."""

    # What one does not own, or cannot see, at a stage is not found there; withdrawing never fails and is tested below.
    @pytest.mark.parametrize("status", CaseStatus)
    async def test_allow_what_the_table_says(self, status: CaseStatus, story: Stages) -> None:
        for step in [each for each in Step if each is not Step.WITHDRAW]:
            case = await story.at(status)
            if case.unit_id is None and step in (Step.START, Step.EXTEND, Step.REPLY):
                # No unit has it, so no unit finds it.
                assert status not in FROM[step]
                with pytest.raises(NoSuchSuggestion):
                    await take(story, step, case)
            elif status in FROM[step]:
                await take(story, step, case)
                assert (await again(case)).version > case.version
                continue
            else:
                with pytest.raises(NotAtThisStage) as caught:
                    await take(story, step, case)
                assert (caught.value.status, caught.value.facts["suggestion_status"]) == (409, status.value)
            after = await again(case)
            assert (after.status, after.version) == (status, case.version)

    async def test_are_all_noted(self, story: Stages) -> None:
        case = await story.at(CaseStatus.CLOSED)
        steps = await Transition.filter(subject_id=case.id).order_by("id").values_list("after", flat=True)
        way = ["submitted", "received", "accepted", "routed", "in_progress", "replied", "rated"]
        assert list(steps) == way

    async def test_are_left_once_by_two_at_once(self, story: Stages) -> None:
        case = await story.at(CaseStatus.RECEIVED)
        outcomes = await asyncio.gather(*(story.accept(case.id) for _ in range(3)), return_exceptions=True)
        assert sum(isinstance(each, SuggestionCase) for each in outcomes) == 1
        assert all(isinstance(each, SuggestionCase | SuggestionChanged | NotAtThisStage) for each in outcomes)

    async def test_are_left_as_they_were_read(self, story: Stages) -> None:
        case = await story.at(CaseStatus.ROUTED)
        await story.route(case.id, OTHER_UNIT, reason="更合适")
        late = story.route(case.id, UNIT, reason="更合适", version=case.version)
        await refused(SuggestionChanged, late)


class TestTakingIn:
    async def test_waits_for_the_desk_after_the_machine(self, story: Stages) -> None:
        case = await story.at(CaseStatus.RECEIVED)
        # Thursday, 30 May 2019: Friday, Monday, Tuesday.
        assert (case.source, case.accept_by, case.received_at) == (
            CaseSource.ONLINE,
            date(2019, 6, 4),
            story.office.now(),
        )

    async def test_ends_where_the_machine_calls_it_risky(self, story: Stages) -> None:
        left = await greeting.leave(story.office, await story.sender.caller(), words_of_kind("RISKY"))
        case = await SuggestionCase.get(greeting_id=left.id)
        assert (case.status, case.reason_code) == (CaseStatus.NOT_ACCEPTED, "machine_risky")

    async def test_follows_a_moderators_decision(self, story: Stages) -> None:
        for decision, status in (
            (Decision(GreetingStatus.ACCEPTED), CaseStatus.ACCEPTED),
            (Decision(GreetingStatus.RETURNED, "facts"), CaseStatus.RECEIVED),
            (Decision(GreetingStatus.REJECTED, "improper"), CaseStatus.NOT_ACCEPTED),
        ):
            case = await story.at(CaseStatus.RECEIVED)
            assert case.greeting_id is not None
            await moderation.decide(story.office, await story.desk.caller(), case.greeting_id, decision, version=None)
            assert (await again(case)).status is status

    async def test_goes_back_with_an_acceptance_until_a_unit_has_it(self, story: Stages) -> None:
        who = await story.desk.caller()
        for status in (CaseStatus.ACCEPTED, CaseStatus.ROUTED):
            case = await story.at(status)
            assert case.greeting_id is not None
            back = moderation.reopen(story.office, who, case.greeting_id, "facts", None)
            if status is CaseStatus.ROUTED:
                await refused(NotAtThisStage, back)
            else:
                await back
                assert (await again(case)).status is CaseStatus.RECEIVED

    async def test_takes_new_words_until_it_is_accepted(self, story: Stages) -> None:
        who, changed = await story.sender.caller(), words("换个说法", topic="titles", channels=[])
        case = await story.at(CaseStatus.RECEIVED)
        await greeting.change(story.office, who, case.greeting_id, changed)
        assert ((await again(case)).topic, (await again(case)).status) == ("titles", CaseStatus.RECEIVED)
        case = await story.at(CaseStatus.ACCEPTED)
        await refused(GreetingNotChangeable, greeting.change(story.office, who, case.greeting_id, changed))

    async def test_gives_a_case_to_what_is_older_than_cases(self, story: Stages) -> None:
        waiting, taken = await story.at(CaseStatus.RECEIVED), await story.at(CaseStatus.ACCEPTED)
        await SuggestionCase.all().delete()
        assert await open_missing_cases(story.office) == 2
        assert await open_missing_cases(story.office) == 0
        found = {case.greeting_id: case.status for case in await SuggestionCase.all()}
        assert found == {waiting.greeting_id: CaseStatus.RECEIVED, taken.greeting_id: CaseStatus.ACCEPTED}


def words_of_kind(text: str) -> Any:
    form = words(text, topic="events", channels=[])
    return greeting.NewGreeting(form.topic, text, form.byline, True, kind="suggestion")  # type: ignore[arg-type]


class TestEnter:
    async def test_keeps_what_was_said_and_nobodys_name(self, story: Stages) -> None:
        case = await suggestion.enter(story.office, await story.organizer.caller(), heard())
        assert (case.greeting_id, case.words, case.status) == (None, "多办基层的科普活动", CaseStatus.RECEIVED)
        await story.accept(case.id)
        await story.route(case.id)
        await story.start(case.id)
        assert (await story.reply(case.id)).status is CaseStatus.REPLIED
        assert await Message.all().count() == 0

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"source": CaseSource.ONLINE}, "source"),
            ({"topic": "motherland"}, "topic"),
            ({"heard_on": date(2019, 5, 31)}, "heard_on"),
            ({"text": " "}, "text"),
            ({"text": "请联系13912345678"}, "text"),
            ({"occasion": "15010219800101001X来访"}, "occasion"),
        ],
    )
    async def test_needs_what_is_filled_in(self, more: dict[str, Any], field: str, story: Stages) -> None:
        who = await story.organizer.caller()
        fault = await refused(SuggestionInvalid, suggestion.enter(story.office, who, heard(**more)))
        assert list(fault.fields) == [field]

    async def test_is_for_organizers(self, story: Stages) -> None:
        await refused(RoleNeeded, suggestion.enter(story.office, await story.sender.caller(), heard()))


class TestRefuse:
    async def test_says_where_to_turn(self, story: Stages) -> None:
        case = await story.at(CaseStatus.RECEIVED)
        desk = await story.desk.caller()
        await suggestion.refuse(story.office, desk, case.id, "discipline", None, None)
        after = await again(case)
        assert (after.status, after.pointer) == (CaseStatus.NOT_ACCEPTED, POINTERS["discipline"])
        assert (await Greeting.get(id=case.greeting_id)).status is GreetingStatus.REJECTED
        told = await Message.get(person_id=story.sender.id)
        assert "12388" in told.words

    async def test_needs_a_reason_from_the_list(self, story: Stages) -> None:
        case, desk = await story.at(CaseStatus.RECEIVED), await story.desk.caller()
        for code in (None, "off_topic", "machine_risky"):
            await refused(SuggestionInvalid, suggestion.refuse(story.office, desk, case.id, code, None, None))


class TestAppeal:
    async def test_brings_it_back_to_another_of_the_desk(self, story: Stages, cast: Cast) -> None:
        case = await story.at(CaseStatus.NOT_ACCEPTED)
        assert case.greeting_id is not None
        await greeting.appeal(story.office, await story.sender.caller(), case.greeting_id, "这不是信访事项")
        assert (await again(case)).status is CaseStatus.RECEIVED
        await refused(OwnRefusal, story.accept(case.id))
        other = await (await cast.moderator()).caller()
        assert (await suggestion.accept(story.office, other, case.id, None)).status is CaseStatus.ACCEPTED


class TestRoute:
    async def test_gives_a_unit_a_day_and_tells_the_sender(self, story: Stages) -> None:
        case = await story.at(CaseStatus.ACCEPTED)
        # 15 working days after 30 May 2019, over 端午.
        assert case.reply_by == date(2019, 6, 21)
        routed = await story.route(case.id, handle_by=date(2019, 6, 10))
        assert (routed.handle_by, routed.due_on, routed.unit.code) == (date(2019, 6, 10), date(2019, 6, 10), UNIT)
        told = await Message.get(person_id=story.sender.id)
        assert (told.kind, routed.unit.name in told.words) == (MessageKind.SUGGESTION_ROUTED, True)

    async def test_to_another_unit_needs_a_reason(self, story: Stages) -> None:
        case = await story.at(CaseStatus.ROUTED)
        fault = await refused(SuggestionInvalid, story.route(case.id, OTHER_UNIT, reason=" "))
        assert list(fault.fields) == ["reason"]
        await story.route(case.id, OTHER_UNIT, reason="属于该学会")
        step = await Transition.filter(subject_id=case.id).order_by("-id").first()
        assert step is not None
        assert (step.before, step.after, step.reason) == ("routed", "routed", "属于该学会")
        await refused(NoSuchSuggestion, story.start(case.id))

    @pytest.mark.parametrize("day", [date(2019, 5, 29), date(2019, 6, 22)])
    async def test_takes_no_day_past_or_beyond_the_citys_clock(self, day: date, story: Stages) -> None:
        case = await story.at(CaseStatus.ACCEPTED)
        assert list((await refused(SuggestionInvalid, story.route(case.id, handle_by=day))).fields) == ["handle_by"]

    async def test_knows_its_units(self, story: Stages) -> None:
        case = await story.at(CaseStatus.ACCEPTED)
        assert list((await refused(SuggestionInvalid, story.route(case.id, "9999"))).fields) == ["unit_code"]

    async def test_is_the_desks(self, story: Stages) -> None:
        case, unit = await story.at(CaseStatus.ACCEPTED), await story.organizer.caller()
        more: dict[str, Any] = {"handle_by": None, "reason": None, "version": None}
        await refused(RoleNeeded, suggestion.route(story.office, unit, case.id, unit_code=UNIT, **more))


class TestExtend:
    async def test_gives_fifteen_working_days_once(self, story: Stages) -> None:
        case, who = await story.at(CaseStatus.IN_PROGRESS), await story.organizer.caller()
        after = await suggestion.extend(story.office, who, case.id, "需要会商", None)
        assert (after.reply_by, after.handle_by) == (date(2019, 7, 12), date(2019, 7, 12))
        await refused(AlreadyExtended, suggestion.extend(story.office, who, case.id, "再等等", None))
        other = await story.at(CaseStatus.IN_PROGRESS)
        await refused(SuggestionInvalid, suggestion.extend(story.office, who, other.id, " ", None))


class TestOverdue:
    async def test_lists_what_nobody_accepted_or_replied_to(self, story: Stages, clock: StandingClock) -> None:
        received, routed = await story.at(CaseStatus.RECEIVED), await story.at(CaseStatus.ROUTED)
        await story.at(CaseStatus.REPLIED)
        desk, unit = await story.desk.caller(), await story.organizer.caller()

        async def late(who: Any) -> set[Any]:
            return {each.id for each in await suggestion.overdue(story.office, who, cursor=None, limit=None)}

        clock.set(datetime(2019, 6, 4, 23, 59, tzinfo=LOCAL))
        assert await late(desk) == set()
        clock.set(datetime(2019, 6, 5, 0, 0, tzinfo=LOCAL))
        assert await late(desk) == {received.id}
        clock.set(datetime(2019, 6, 22, 0, 0, tzinfo=LOCAL))
        assert await late(desk) == {received.id, routed.id}
        assert await late(unit) == {routed.id}


class TestReply:
    async def test_reaches_the_sender(self, story: Stages) -> None:
        case = await story.at(CaseStatus.REPLIED)
        (mine,) = await suggestion.mine(await story.sender.caller())
        assert (mine.id, mine.reply, mine.result) == (case.id, "已采纳，谢谢您。", CaseResult.ADOPTED)
        assert await Message.filter(person_id=story.sender.id, kind=MessageKind.REPLY_ARRIVED).count() == 1

    async def test_is_for_the_unit_that_has_it(self, story: Stages, cast: Cast) -> None:
        case = await story.at(CaseStatus.IN_PROGRESS)
        other = await (await cast.organizer(OTHER_UNIT)).caller()
        said = suggestion.reply(story.office, other, case.id, "好", CaseResult.EXPLAINED, None)
        await refused(NoSuchSuggestion, said)
        stranger = await story.sender.caller()
        said = suggestion.reply(story.office, stranger, case.id, "好", CaseResult.EXPLAINED, None)
        await refused(RoleNeeded, said)

    async def test_needs_words(self, story: Stages) -> None:
        case = await story.at(CaseStatus.IN_PROGRESS)
        await refused(SuggestionInvalid, story.reply(case.id, " \n"))


class TestMerge:
    async def test_brings_each_sender_the_reply(self, story: Stages, office: Office, cast: Cast) -> None:
        others = [await stages(office, cast) for _ in range(2)]
        children = [await each.at(CaseStatus.ACCEPTED) for each in others]
        parent, desk = await story.at(CaseStatus.ACCEPTED), await story.desk.caller()
        await suggestion.merge(office, desk, children[1].id, children[0].id, None)
        # What followed the child follows the child's new parent.
        await suggestion.merge(office, desk, children[0].id, parent.id, None)
        await story.route(parent.id)
        await story.start(parent.id)
        await story.reply(parent.id)
        for each in others:
            (mine,) = await suggestion.mine(await each.sender.caller())
            assert (mine.status, mine.reply, mine.unit.code) == (CaseStatus.REPLIED, "已采纳，谢谢您。", UNIT)
            kinds = await Message.filter(person_id=each.sender.id).order_by("id").values_list("kind", flat=True)
            assert list(kinds) == [MessageKind.SUGGESTION_ROUTED, MessageKind.REPLY_ARRIVED]
        rated = await others[0].rate(children[0].id, 5)
        assert (rated.status, (await again(parent)).status) == (CaseStatus.CLOSED, CaseStatus.REPLIED)

    async def test_takes_no_parent_that_is_answered_or_itself(self, story: Stages) -> None:
        case, desk = await story.at(CaseStatus.ACCEPTED), await story.desk.caller()
        answered = await story.at(CaseStatus.REPLIED)
        await refused(NotAtThisStage, suggestion.merge(story.office, desk, case.id, answered.id, None))
        await refused(SuggestionInvalid, suggestion.merge(story.office, desk, case.id, case.id, None))

    async def test_of_a_withdrawn_parent_ends(self, story: Stages, office: Office, cast: Cast) -> None:
        other = await stages(office, cast)
        child, parent = await other.at(CaseStatus.ACCEPTED), await story.at(CaseStatus.ACCEPTED)
        await suggestion.merge(office, await story.desk.caller(), child.id, parent.id, None)
        await greeting.withdraw(office, await story.sender.caller(), parent.greeting_id)
        after = await again(child)
        assert (after.status, after.merged_into_id) == (CaseStatus.ACCEPTED, None)


class TestRate:
    async def test_closes_where_it_is_good(self, story: Stages) -> None:
        case = await story.at(CaseStatus.REPLIED)
        after = await story.rate(case.id, 3)
        assert (after.status, after.rating, after.closed_at) == (CaseStatus.CLOSED, 3, story.office.now())

    async def test_is_the_senders(self, story: Stages) -> None:
        case = await story.at(CaseStatus.REPLIED)
        for other in (story.desk, story.organizer):
            said = suggestion.rate(story.office, await other.caller(), case.id, 5, None)
            await refused(NoSuchSuggestion, said)


class TestReopen:
    async def test_happens_once_after_a_bad_rating(self, story: Stages, clock: StandingClock) -> None:
        case, sender = await story.at(CaseStatus.RATED), await story.sender.caller()
        clock.advance(timedelta(days=1))
        after = await suggestion.reopen(story.office, sender, case.id, "没有解决")
        assert (after.status, after.first_reply, after.reopen_reason) == (
            CaseStatus.IN_PROGRESS,
            "已采纳，谢谢您。",
            "没有解决",
        )
        assert after.reply_by == date(2019, 6, 24)
        await story.reply(case.id, "已另行安排。")
        rated = await story.rate(case.id, 1)
        assert (rated.status, rated.reply) == (CaseStatus.CLOSED, "已另行安排。")
        await refused(AlreadyReopened, suggestion.reopen(story.office, sender, case.id, "还是没有"))

    async def test_needs_a_bad_rating(self, story: Stages) -> None:
        case = await story.at(CaseStatus.RATED)
        await SuggestionCase.filter(id=case.id).update(rating=3)
        await refused(RatedWell, suggestion.reopen(story.office, await story.sender.caller(), case.id, "再看看"))


class TestCloseReplied:
    async def test_closes_after_half_a_month(self, story: Stages, clock: StandingClock) -> None:
        replied, rated = await story.at(CaseStatus.REPLIED), await story.at(CaseStatus.RATED)
        await story.at(CaseStatus.IN_PROGRESS)
        clock.advance(CLOSES_AFTER)
        assert await close_replied(story.office) == 0
        clock.advance(timedelta(seconds=1))
        assert await close_replied(story.office) == 2
        assert {(await again(each)).status for each in (replied, rated)} == {CaseStatus.CLOSED}


class TestWithdraw:
    @pytest.mark.parametrize("status", CaseStatus)
    async def test_stops_what_nobody_has_answered(self, status: CaseStatus, story: Stages) -> None:
        case = await story.at(status)
        await greeting.withdraw(story.office, await story.sender.caller(), case.greeting_id)
        expected = CaseStatus.WITHDRAWN if status in FROM[Step.WITHDRAW] else status
        assert (await again(case)).status is expected

    async def test_of_everything_that_a_person_wrote(self, story: Stages) -> None:
        cases = [await story.at(CaseStatus.ROUTED) for _ in range(2)]
        async with transaction():
            await withdraw_all_of(story.sender.id, story.office.now())
        assert {(await again(each)).status for each in cases} == {CaseStatus.WITHDRAWN}


class TestListed:
    async def test_shows_a_unit_what_it_was_given(self, story: Stages, cast: Cast, wechat: FakeWeChat) -> None:
        everything: dict[str, Any] = dict.fromkeys(("status", "topic", "unit_code", "result", "cursor", "limit"))
        given = await story.at(CaseStatus.ROUTED)
        received = await story.at(CaseStatus.RECEIVED)
        await story.at(CaseStatus.SUBMITTED)
        await story.at(CaseStatus.WITHDRAWN)
        other = await (await cast.organizer(OTHER_UNIT)).caller()
        for who, ids in (
            (await story.desk.caller(), [given.id, received.id]),
            (await story.organizer.caller(), [given.id]),
            (other, []),
        ):
            assert [each.id for each in await suggestion.listed(who, **everything)] == ids
        only = everything | {"status": CaseStatus.RECEIVED}
        assert [each.id for each in await suggestion.listed(await story.desk.caller(), **only)] == [received.id]
        await refused(RoleNeeded, suggestion.listed(await story.sender.caller(), **everything))
        await refused(NoSuchSuggestion, suggestion.one(other, given.id))
