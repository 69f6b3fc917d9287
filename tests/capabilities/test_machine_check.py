"""Pictures and sounds are judged by WeChat, later and by a push; a person decides where it stays silent."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from capabilities import greeting, machine_check
from capabilities.greeting import GreetingWords
from capabilities.machine_check import GIVEN_UP_AFTER, NEVER_CAME, Part
from capabilities.office import Office
from kit.clock import StandingClock
from kit.errors import NotFound, Refusal
from models.greeting import Byline, Greeting, GreetingStatus
from models.job import Job
from models.media_check import MediaCheck, MediaCheckState
from models.media_verdict import MediaVerdict
from models.transition import Transition
from tests.cast import Cast, Someone
from tests.doubles import FakeWeChat
from tests.judged import address_of, do_jobs, picture, push, states_of, submitted, video, voice
from tests.stage import everything
from wechat.answers import MediaKind
from wechat.errors import PersonMustDecide, WeChatMisconfigured, WeChatQuotaUsedUp, WeChatUnavailable
from wechat.push_events import MediaVerdictPush

REVIEWED = (GreetingStatus.PENDING_REVIEW, None)
REFUSED = (GreetingStatus.REJECTED, "machine_risky")


@pytest.fixture
async def writer(cast: Cast) -> Someone:
    return await cast.scientist()


async def outcome_of(row: Greeting) -> tuple[GreetingStatus, str | None]:
    now = await Greeting.get(id=row.id)
    return now.status, now.reason_code


async def check_of(row: Greeting) -> MediaCheck:
    return await MediaCheck.get(subject_id=row.id)


class TestHear:
    async def test_lets_the_first_word_stand(self, office: Office) -> None:
        assert await machine_check.hear(office, MediaVerdictPush("trace-1", "risky", 20002, None))
        assert not await machine_check.hear(office, MediaVerdictPush("trace-1", "pass", 100, None))
        assert (await MediaVerdict.get(trace_id="trace-1")).suggest == "risky"
        assert await Job.all().count() == 1

    async def test_moves_nothing_that_was_not_asked(self, office: Office, writer: Someone) -> None:
        row = await submitted(office, writer, [picture()])
        await do_jobs(office)
        before = await everything(but=["media_verdict", "job"])
        await push(office, "trace-of-nobody", "risky")
        assert await everything(but=["media_verdict", "job"]) == before
        assert (await outcome_of(row))[0] is GreetingStatus.SUBMITTED


class TestAsk:
    async def test_asks_about_each_part_by_its_kind(self, office: Office, writer: Someone, wechat: FakeWeChat) -> None:
        parts = [picture(), voice(), *video(frames=2)]
        await submitted(office, writer, parts)
        await do_jobs(office)
        kinds = [MediaKind.IMAGE, MediaKind.VOICE, MediaKind.IMAGE, MediaKind.IMAGE, MediaKind.VOICE]
        addresses = [await address_of(office, part) for part in parts]
        wanted = [(address, kind, writer.person.openid) for address, kind in zip(addresses, kinds, strict=True)]
        assert sorted(wechat.media_asked) == sorted(wanted)

    async def test_takes_a_verdict_that_was_faster_than_our_row(
        self, office: Office, writer: Someone, wechat: FakeWeChat
    ) -> None:
        async def push_first(trace_id: str) -> None:
            await machine_check.hear(office, MediaVerdictPush(trace_id, "risky", 20002, None))
            await machine_check.weigh_job(office, {"trace_id": trace_id})

        wechat.before_trace = push_first
        row = await submitted(office, writer, [picture()])
        await do_jobs(office)
        assert await outcome_of(row) == REFUSED
        assert (await check_of(row)).label == 20002

    async def test_finds_the_verdict_that_a_dead_process_left(
        self, office: Office, writer: Someone, wechat: FakeWeChat
    ) -> None:
        """Killed between its commit and its look for the verdict: the job comes again and does not ask again."""
        row = await submitted(office, writer, [picture()])
        check = await check_of(row)
        await MediaCheck.filter(id=check.id).update(state=MediaCheckState.ASKED, trace_id="trace-7")
        await MediaVerdict.create(trace_id="trace-7", suggest="pass", heard_at=office.now())
        await do_jobs(office)
        assert await outcome_of(row) == REVIEWED
        assert wechat.media_asked == []

    @pytest.mark.parametrize("refusal", [PersonMustDecide(), WeChatMisconfigured()])
    async def test_leaves_to_a_person_what_wechat_cannot_judge(
        self, refusal: Refusal, office: Office, writer: Someone, wechat: FakeWeChat
    ) -> None:
        wechat.refusal = refusal
        row = await submitted(office, writer, [picture()])
        await do_jobs(office)
        check = await check_of(row)
        assert (check.state, check.fault) == (MediaCheckState.UNANSWERED, refusal.code)
        assert await outcome_of(row) == REVIEWED

    @pytest.mark.parametrize("refusal", [WeChatUnavailable(), WeChatQuotaUsedUp(retry_after=60)])
    async def test_comes_again_for_what_may_pass(
        self, refusal: Refusal, office: Office, writer: Someone, wechat: FakeWeChat, clock: StandingClock
    ) -> None:
        wechat.refusal = refusal
        row = await submitted(office, writer, [picture()])
        await do_jobs(office)
        assert ((await check_of(row)).state, (await outcome_of(row))[0]) == (
            MediaCheckState.TO_ASK,
            GreetingStatus.SUBMITTED,
        )
        wechat.refusal = None
        clock.advance(timedelta(minutes=2))
        await do_jobs(office)
        assert (await check_of(row)).state is MediaCheckState.ASKED

    async def test_leaves_to_a_person_what_is_gone(self, office: Office, writer: Someone) -> None:
        async def nowhere(office: Office, part: Part) -> str:
            raise NotFound

        row = await submitted(office, writer, [picture()])
        await machine_check.ask(office, {"check_id": str((await check_of(row)).id)}, address_of=nowhere)
        assert (await check_of(row)).state is MediaCheckState.UNANSWERED

    async def test_asked_twice_waits_for_one_verdict(self, office: Office, writer: Someone, wechat: FakeWeChat) -> None:
        row = await submitted(office, writer, [picture()])
        about = {"check_id": str((await check_of(row)).id)}
        await asyncio.gather(*(machine_check.ask(office, about, address_of=address_of) for _ in range(3)))
        asked = (await check_of(row)).trace_id
        others = {f"trace-{number}" for number in range(1, len(wechat.media_asked) + 1)} - {asked}
        for trace_id in others:
            await push(office, trace_id, "risky")
        await push(office, str(asked), "pass")
        assert await outcome_of(row) == REVIEWED


class TestWeigh:
    async def test_waits_for_the_last_verdict(self, office: Office, writer: Someone) -> None:
        row = await submitted(office, writer, [picture(), voice()])
        await do_jobs(office)
        await push(office, "trace-1")
        assert (await outcome_of(row))[0] is GreetingStatus.SUBMITTED
        await push(office, "trace-2", "review")
        assert await outcome_of(row) == REVIEWED

    async def test_waits_for_the_word_on_the_text(self, office: Office, writer: Someone) -> None:
        row = await submitted(office, writer, [picture()], words=None)
        await do_jobs(office)
        await push(office, "trace-1")
        assert (await outcome_of(row))[0] is GreetingStatus.SUBMITTED

    async def test_refuses_at_once_what_is_risky(self, office: Office, writer: Someone) -> None:
        row = await submitted(office, writer, video(frames=3))
        await do_jobs(office)
        await push(office, "trace-3", "risky")
        assert await outcome_of(row) == REFUSED
        [step] = await Transition.filter(subject_id=row.id)
        assert (step.before, step.after, step.actor_id, step.reason) == ("submitted", "rejected", None, "machine_risky")

    async def test_leaves_to_a_person_what_wechat_could_not_fetch(self, office: Office, writer: Someone) -> None:
        row = await submitted(office, writer, [picture()])
        await do_jobs(office)
        await push(office, "trace-1", None, -1008)
        assert (await check_of(row)).fault == "wechat -1008"
        assert await outcome_of(row) == REVIEWED

    async def test_counts_two_last_verdicts_at_once(self, office: Office, writer: Someone) -> None:
        for _ in range(5):
            row = await submitted(office, writer, [picture(), picture()])
            await do_jobs(office)
            asked = [each.trace_id for each in await MediaCheck.filter(subject_id=row.id)]
            await asyncio.gather(*(push(office, str(trace_id)) for trace_id in asked))
            assert await outcome_of(row) == REVIEWED
            assert await Transition.filter(subject_id=row.id).count() == 1

    async def test_is_done_once(self, office: Office, writer: Someone) -> None:
        row = await submitted(office, writer, [picture()])
        await do_jobs(office)
        await push(office, "trace-1")
        before = await everything()
        await machine_check.weigh_job(office, {"trace_id": "trace-1"})
        await greeting.settle(office, {"id": str(row.id), "version": 1})
        assert await everything() == before


class TestVersion:
    async def test_is_what_a_verdict_holds_for(self, office: Office, writer: Someone) -> None:
        """Whoever changes the words after the machine looked is not helped, nor hurt, by what it said before."""
        row = await submitted(office, writer, [picture()])
        await do_jobs(office)
        words = GreetingWords("hometown", "祝福家乡", Byline.ANONYMOUS, True)
        await greeting.change(office, await writer.caller(), row.id, words)
        await push(office, "trace-1", "risky")
        now = await Greeting.get(id=row.id)
        assert (now.version, now.status) == (2, GreetingStatus.PENDING_REVIEW)

    async def test_is_asked_about_no_more_when_it_is_gone(
        self, office: Office, writer: Someone, wechat: FakeWeChat
    ) -> None:
        row = await submitted(office, writer, [picture()])
        await greeting.withdraw(office, await writer.caller(), row.id)
        await do_jobs(office)
        assert wechat.media_asked == []
        assert (await outcome_of(row))[0] is GreetingStatus.WITHDRAWN


class TestGiveUp:
    async def test_hands_to_a_person_what_never_came(
        self, office: Office, writer: Someone, clock: StandingClock
    ) -> None:
        row = await submitted(office, writer, [picture(), voice()])
        await do_jobs(office)
        await push(office, "trace-1")
        clock.advance(GIVEN_UP_AFTER)
        assert await machine_check.give_up_media_checks(office) == 0
        clock.advance(timedelta(seconds=1))
        assert await machine_check.give_up_media_checks(office) == 1
        await do_jobs(office)
        assert await outcome_of(row) == REVIEWED
        assert await states_of(row.id) == [("picture", "answered", "pass"), ("voice", "unanswered", None)]
        assert await MediaCheck.filter(fault=NEVER_CAME).count() == 1

    async def test_waits_for_no_question_that_could_not_be_asked(
        self, office: Office, writer: Someone, wechat: FakeWeChat, clock: StandingClock
    ) -> None:
        wechat.refusal = WeChatUnavailable()
        row = await submitted(office, writer, [picture()])
        await do_jobs(office)
        clock.advance(GIVEN_UP_AFTER * 1.1)
        assert await machine_check.give_up_media_checks(office) == 1
        wechat.refusal = None
        await do_jobs(office)
        assert await outcome_of(row) == REVIEWED
        assert wechat.media_asked == []

    async def test_writes_a_late_verdict_down_and_leaves_the_decision_to_the_person(
        self, office: Office, writer: Someone, clock: StandingClock
    ) -> None:
        row = await submitted(office, writer, [picture()])
        await do_jobs(office)
        clock.advance(GIVEN_UP_AFTER * 1.1)
        await machine_check.give_up_media_checks(office)
        await do_jobs(office)
        await push(office, "trace-1", "risky")
        assert await states_of(row.id) == [("picture", "answered", "risky")]
        assert await outcome_of(row) == REVIEWED


class TestForgetVerdicts:
    async def test_keeps_them_for_a_day(self, office: Office, clock: StandingClock) -> None:
        await machine_check.hear(office, MediaVerdictPush(str(uuid4()), "pass", 100, None))
        clock.advance(timedelta(hours=23))
        assert await machine_check.forget_verdicts(office) == 0
        clock.advance(timedelta(hours=2))
        assert await machine_check.forget_verdicts(office) == 1
