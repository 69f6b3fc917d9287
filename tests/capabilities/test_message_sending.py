"""Sending reminders: at most once each, within what was allowed, by day; and what WeChat's answers make of them."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from capabilities import message
from capabilities.office import Office
from kit.clock import StandingClock
from models.event import Event
from models.job import Job, JobStatus
from models.message import Credit, Delivery, Message, MessageKind, ReminderKind
from models.person import Person
from models.transition import Transition
from tests.cast import Cast, Someone
from tests.doubles import FakeWeChat
from tests.reminders import TEMPLATES, again, allow, left, run, tell
from tests.stage import published
from wechat.errors import ReminderOutcomeUnknown, refusal_for

HOUR = timedelta(hours=1)
CANCELLED = MessageKind.EVENT_CANCELLED


@pytest.fixture(autouse=True)
def templates(office: Office) -> None:
    office.templates = TEMPLATES


@pytest.fixture
async def someone(cast: Cast) -> Someone:
    return await cast.volunteer()


@pytest.fixture
async def told(someone: Someone) -> Message:
    """A message that waits, with the one consent that there is."""
    await allow(someone)
    return await tell(someone)


class Killed(BaseException):
    """What stops a process without letting it clean up."""


class TestSend:
    async def test_sends_what_the_template_takes_and_spends_the_credit(
        self, office: Office, wechat: FakeWeChat, someone: Someone, told: Message
    ) -> None:
        await run(office)
        (sent,) = wechat.reminded
        assert (sent.openid, sent.template_id, sent.page) == (
            someone.person.openid,
            "template-result",
            "pages/message/list",
        )
        assert sent.data == {
            "thing1": "您的申诉",
            "phrase2": "已支持",
            "time3": "2019年5月30日 08:50",
            "thing4": "点击查看详情",
        }
        assert ((await again(told)).delivery, await left(someone)) == (Delivery.SENT, 0)
        assert (await Credit.get(is_accepted=True)).spent_by_id == told.id
        assert (await Transition.filter(subject="message").get()).after == "sent"

    async def test_sends_once_however_often_it_is_asked(
        self, office: Office, wechat: FakeWeChat, someone: Someone, told: Message
    ) -> None:
        await allow(someone, times=3)
        for _ in range(3):
            await message.send(office, {"message_id": str(told.id)})
        assert (len(wechat.reminded), await left(someone)) == (1, 3)

    async def test_spends_one_consent_on_one_message(
        self, office: Office, wechat: FakeWeChat, someone: Someone
    ) -> None:
        await allow(someone)
        first, second = await tell(someone, "1"), await tell(someone, "2")
        await run(office)
        ends = sorted([(await again(first)).delivery, (await again(second)).delivery])
        assert (ends, len(wechat.reminded)) == ([Delivery.INBOX_ONLY, Delivery.SENT], 1)

    async def test_sends_nothing_that_was_read_meanwhile(
        self, office: Office, wechat: FakeWeChat, someone: Someone, told: Message
    ) -> None:
        await message.read(office, await someone.caller(), told.id)
        await run(office)
        now = await again(told)
        assert (now.delivery, now.reason, wechat.asked_to_remind, await left(someone)) == (
            Delivery.INBOX_ONLY,
            "AlreadyRead",
            0,
            1,
        )

    async def test_sends_nothing_to_a_closed_account(
        self, office: Office, wechat: FakeWeChat, someone: Someone, told: Message
    ) -> None:
        await Person.filter(id=someone.id).update(closed_at=office.now())
        await run(office)
        assert ((await again(told)).delivery, wechat.asked_to_remind) == (Delivery.EXPIRED, 0)

    async def test_sends_nothing_where_the_consent_was_withdrawn_meanwhile(
        self, office: Office, wechat: FakeWeChat, someone: Someone, told: Message
    ) -> None:
        await Credit.all().update(withdrawn_at=office.now())
        await run(office)
        assert ((await again(told)).reason, wechat.asked_to_remind) == ("NoCreditLeft", 0)

    async def test_sends_nothing_where_the_template_is_gone(
        self, office: Office, wechat: FakeWeChat, told: Message
    ) -> None:
        office.templates = {}
        await run(office)
        assert ((await again(told)).delivery, wechat.asked_to_remind) == (Delivery.INBOX_ONLY, 0)

    async def test_sends_an_event_no_older_news_than_the_newest(
        self, office: Office, wechat: FakeWeChat, someone: Someone
    ) -> None:
        what = await published()
        await allow(someone, ReminderKind.EVENT, times=3)
        changed = [await tell(someone, key, MessageKind.EVENT_CHANGED, what.id) for key in ("1", "2")]
        cancelled = await tell(someone, "3", CANCELLED, what.id)
        await run(office)
        assert {(await again(each)).reason for each in changed} == {"Superseded"}
        assert ((await again(cancelled)).delivery, len(wechat.reminded)) == (Delivery.SENT, 1)


class TestTwoPerEvent:
    @pytest.fixture
    async def what(self, someone: Someone) -> Event:
        await allow(someone, ReminderKind.EVENT, times=5)
        return await published()

    async def test_sends_the_third_to_the_inbox_only(
        self, office: Office, wechat: FakeWeChat, someone: Someone, what: Event
    ) -> None:
        waiting = [await tell(someone, str(n), CANCELLED, what.id) for n in range(3)]
        await run(office)
        ends = sorted([(await again(each)).delivery for each in waiting])
        assert ends == [Delivery.INBOX_ONLY, Delivery.SENT, Delivery.SENT]
        assert (await tell(someone, "late", CANCELLED, what.id)).delivery is Delivery.INBOX_ONLY
        assert (len(wechat.reminded), await left(someone, ReminderKind.EVENT)) == (2, 3)

    async def test_keeps_the_last_one_from_changes(
        self, office: Office, wechat: FakeWeChat, someone: Someone, what: Event
    ) -> None:
        for key in ("1", "2"):
            await tell(someone, key, MessageKind.EVENT_CHANGED, what.id)
            await run(office)
        assert len(wechat.reminded) == 1
        await tell(someone, "3", CANCELLED, what.id)
        await run(office)
        assert [each.data["phrase2"] for each in wechat.reminded] == ["有变动", "已取消"]

    async def test_counts_each_event_and_each_person_for_itself(
        self, office: Office, wechat: FakeWeChat, cast: Cast, someone: Someone, what: Event
    ) -> None:
        other = await cast.volunteer()
        await allow(other, ReminderKind.EVENT, times=2)
        elsewhere = await published(title="另一场")
        for n, (who, where) in enumerate([(someone, what), (someone, what), (someone, elsewhere), (other, what)]):
            await tell(who, str(n), CANCELLED, where.id)
        await run(office)
        assert len(wechat.reminded) == 4

    async def test_gives_the_place_back_where_nothing_was_sent(
        self, office: Office, wechat: FakeWeChat, someone: Someone, what: Event
    ) -> None:
        wechat.reminder_answers = [refusal_for(47003)]
        for n in range(3):
            await tell(someone, str(n), CANCELLED, what.id)
            await run(office)
        assert len(wechat.reminded) == 2


class TestAnswers:
    @pytest.mark.parametrize("errcode", [43101, 47003, 40037, 41030, 40003, 45168])
    async def test_never_asks_again_after_a_final_refusal(
        self, office: Office, wechat: FakeWeChat, someone: Someone, told: Message, clock: StandingClock, errcode: int
    ) -> None:
        await allow(someone, times=2)
        wechat.reminder_answers = [refusal_for(errcode)]
        await run(office)
        clock.advance(2 * HOUR)
        await run(office)
        assert ((await again(told)).delivery, wechat.asked_to_remind) == (Delivery.REFUSED, 1)
        assert (await Job.get()).status is JobStatus.DONE
        # 43101: WeChat has no acceptance left at all. Else it was not spent.
        assert await left(someone) == (0 if errcode == 43101 else 3)

    @pytest.mark.parametrize("errcode", [45009, 43108, 40001, 40164])
    async def test_asks_again_later_where_nothing_was_sent(
        self, office: Office, wechat: FakeWeChat, someone: Someone, told: Message, clock: StandingClock, errcode: int
    ) -> None:
        wechat.reminder_answers = [refusal_for(errcode)]
        await run(office)
        assert ((await again(told)).delivery, await left(someone)) == (Delivery.WAITING, 1)
        clock.advance(HOUR)
        await run(office)
        assert ((await again(told)).delivery, await left(someone)) == (Delivery.SENT, 0)
        assert (wechat.asked_to_remind, len(wechat.reminded)) == (2, 1)

    async def test_never_asks_again_where_nobody_knows(
        self, office: Office, wechat: FakeWeChat, someone: Someone, told: Message, clock: StandingClock
    ) -> None:
        await allow(someone)
        wechat.reminder_answers = [ReminderOutcomeUnknown()]
        await run(office)
        assert ((await again(told)).delivery, (await Job.get()).status) == (Delivery.UNKNOWN, JobStatus.UNKNOWN)
        clock.advance(2 * HOUR)
        await Job.all().update(status=JobStatus.WAITING)
        await run(office)
        assert (wechat.asked_to_remind, await left(someone)) == (1, 1)

    async def test_expires_what_waited_too_long(
        self, office: Office, wechat: FakeWeChat, told: Message, clock: StandingClock
    ) -> None:
        wechat.reminder_answers = [refusal_for(45009)]
        await run(office)
        assert await message.expire_unsent(office) == 0
        clock.advance(49 * HOUR)
        assert await message.expire_unsent(office) == 1
        await run(office)
        assert ((await again(told)).delivery, wechat.asked_to_remind) == (Delivery.EXPIRED, 1)


class TestKilled:
    """A process that ends midway, at each step; the next one finds the job again and must not send twice."""

    async def ended_at(self, office: Office, told: Message, clock: StandingClock) -> Message:
        """What becomes of it after the kill: the job is taken up again, and the rounds are made."""
        for _ in range(3):
            clock.advance(timedelta(minutes=6))
            await run(office)
            await message.give_up_unanswered(office)
        return await again(told)

    async def killed(self, office: Office, doing: Callable[[], Awaitable[object]]) -> None:
        with pytest.raises(Killed):
            await doing()
        # The job's own end was never written either.
        await Job.all().update(status=JobStatus.RUNNING, held_until=office.now(), ended_at=None)

    async def test_before_the_claim_sends_it_then(
        self, office: Office, wechat: FakeWeChat, told: Message, clock: StandingClock
    ) -> None:
        await Job.all().update(status=JobStatus.RUNNING, held_until=office.now())
        assert (await self.ended_at(office, told, clock)).delivery is Delivery.SENT
        assert len(wechat.reminded) == 1

    async def test_after_the_claim_it_is_unknown(
        self, office: Office, wechat: FakeWeChat, told: Message, clock: StandingClock
    ) -> None:
        def die() -> None:
            raise Killed

        wechat.while_reminding = die
        await self.killed(office, lambda: message.send(office, {"message_id": str(told.id)}))
        wechat.while_reminding = None
        ended = await self.ended_at(office, told, clock)
        assert (ended.delivery, ended.reason, len(wechat.reminded)) == (Delivery.UNKNOWN, "Stopped", 0)

    async def test_after_the_call_and_before_the_commit_it_is_unknown_and_sent_once(
        self,
        office: Office,
        wechat: FakeWeChat,
        someone: Someone,
        told: Message,
        clock: StandingClock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        await allow(someone)

        async def die(*_: object) -> None:
            raise Killed

        with monkeypatch.context() as patched:
            patched.setattr("capabilities.message.outbox.note", die)
            await self.killed(office, lambda: message.send(office, {"message_id": str(told.id)}))
        ended = await self.ended_at(office, told, clock)
        assert (ended.delivery, len(wechat.reminded), await left(someone)) == (Delivery.UNKNOWN, 1, 1)

    async def test_an_answer_that_comes_after_it_was_given_up_changes_nothing(
        self, office: Office, told: Message, clock: StandingClock, wechat: FakeWeChat
    ) -> None:
        async def give_up() -> None:
            clock.advance(timedelta(minutes=6))
            assert await message.give_up_unanswered(office) == 1

        wechat.while_reminding = give_up
        await message.send(office, {"message_id": str(told.id)})
        assert (await again(told)).delivery is Delivery.UNKNOWN

    async def test_a_living_sender_is_not_given_up(self, office: Office, told: Message, clock: StandingClock) -> None:
        await Message.filter(id=told.id).update(delivery=Delivery.SENDING, claimed_at=clock.now())
        clock.advance(timedelta(minutes=4))
        assert await message.give_up_unanswered(office) == 0


class TestNight:
    async def test_keeps_what_is_late_for_the_morning(
        self, office: Office, wechat: FakeWeChat, told: Message, clock: StandingClock
    ) -> None:
        """The jobs stood still until nine in the evening."""
        clock.advance(13 * HOUR)
        await run(office)
        assert ((await again(told)).delivery, wechat.asked_to_remind) == (Delivery.WAITING, 0)
        clock.advance(10 * HOUR)
        await run(office)
        assert wechat.asked_to_remind == 0
        clock.advance(HOUR)
        await run(office)
        assert ((await again(told)).delivery, len(wechat.reminded)) == (Delivery.SENT, 1)

    async def test_lets_what_cannot_wait_come_until_ten(
        self, office: Office, wechat: FakeWeChat, someone: Someone, clock: StandingClock
    ) -> None:
        clock.advance(12.5 * HOUR)
        await allow(someone, ReminderKind.PLACE)
        await tell(someone, "1", MessageKind.PLACE_OFFERED)
        await run(office)
        assert len(wechat.reminded) == 1
