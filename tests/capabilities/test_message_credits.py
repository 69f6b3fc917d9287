"""One tap on "allow" is one credit; who said no is remembered; WeChat's pushes take credits away."""

import asyncio
from datetime import timedelta

import pytest

from capabilities.message import Answers, note_answers, note_subscription, standing
from capabilities.office import Office
from kit.clock import StandingClock
from models.message import Credit, Delivery, Message, ReminderKind
from tests.cast import Cast, Someone
from tests.doubles import FakeWeChat
from tests.reminders import TEMPLATES, again, allow, left, run, tell
from wechat.errors import ReminderOutcomeUnknown
from wechat.push_events import SubscribePush

RESULT, EVENT = ReminderKind.RESULT, ReminderKind.EVENT


@pytest.fixture(autouse=True)
def templates(office: Office) -> None:
    office.templates = TEMPLATES


@pytest.fixture
async def someone(cast: Cast) -> Someone:
    return await cast.volunteer()


class TestNoteAnswers:
    async def test_gives_one_credit_for_each_acceptance(self, office: Office, someone: Someone) -> None:
        given = await note_answers(office, await someone.caller(), Answers(accepted=[RESULT, EVENT]))
        assert {each.reminder: each.left for each in given if each.left} == {RESULT: 1, EVENT: 1}

    async def test_counts_a_kind_once_in_one_answer(self, office: Office, someone: Someone) -> None:
        await note_answers(office, await someone.caller(), Answers(accepted=[RESULT, RESULT]))
        assert await left(someone) == 1

    async def test_gives_no_more_than_five(self, someone: Someone) -> None:
        await allow(someone, times=7)
        assert await left(someone) == 5

    async def test_gives_no_more_than_five_where_reports_race(self, office: Office, someone: Someone) -> None:
        who = await someone.caller()
        await asyncio.gather(*(note_answers(office, who, Answers(accepted=[RESULT])) for _ in range(12)))
        assert await left(someone) == 5

    async def test_remembers_the_last_no_once(self, office: Office, someone: Someone, clock: StandingClock) -> None:
        who = await someone.caller()
        await note_answers(office, who, Answers(rejected=[EVENT]))
        clock.advance(timedelta(days=1))
        (event,) = [
            each for each in await note_answers(office, who, Answers(rejected=[EVENT])) if each.reminder is EVENT
        ]
        assert (event.left, event.rejected_at) == (0, clock.now())
        assert await Credit.all().count() == 1

    async def test_keeps_what_was_accepted_before_a_no(self, office: Office, someone: Someone) -> None:
        await allow(someone)
        await note_answers(office, await someone.caller(), Answers(rejected=[RESULT]))
        assert await left(someone) == 1


class TestStanding:
    async def test_names_only_what_can_be_asked_for(self, office: Office, someone: Someone) -> None:
        office.templates = {RESULT: TEMPLATES[RESULT]}
        (only,) = await standing(office, await someone.caller())
        assert (only.reminder, only.template_id, only.left) == (RESULT, "template-result", 0)

    async def test_is_each_persons_own(self, office: Office, cast: Cast, someone: Someone) -> None:
        await allow(someone, times=2)
        other = await standing(office, await (await cast.volunteer()).caller())
        assert {each.left for each in other} == {0}


def push(someone: Someone, event: str, status: str, template_id: str = "template-result") -> SubscribePush:
    return SubscribePush(event, someone.person.openid, [(template_id, status)])  # type: ignore[arg-type]


class TestNoteSubscription:
    async def test_gives_no_credit_for_a_popup(self, office: Office, someone: Someone) -> None:
        """The mini-program reports the same tap."""
        await note_subscription(office, push(someone, "popup", "accept"))
        assert await left(someone) == 0

    @pytest.mark.parametrize("status", ["reject", "ban"])
    async def test_takes_the_credits_of_a_kind_that_was_switched_off(
        self, office: Office, someone: Someone, status: str
    ) -> None:
        await allow(someone, times=2)
        await allow(someone, EVENT)
        for _ in range(3):
            await note_subscription(office, push(someone, "change", status))
        assert (await left(someone), await left(someone, EVENT)) == (0, 1)

    async def test_takes_nothing_where_a_kind_was_switched_on(self, office: Office, someone: Someone) -> None:
        await allow(someone)
        await note_subscription(office, push(someone, "change", "accept"))
        assert await left(someone) == 1

    async def test_passes_over_unknown_people_and_templates(self, office: Office, someone: Someone) -> None:
        await allow(someone)
        await note_subscription(office, SubscribePush("change", "nobody", [("template-result", "reject")]))
        await note_subscription(office, push(someone, "change", "reject", "unheard-of"))
        assert await left(someone) == 1

    @pytest.fixture
    async def sent(self, office: Office, someone: Someone) -> Message:
        await allow(someone)
        told = await tell(someone)
        await run(office)
        return told

    async def test_corrects_what_did_not_arrive(self, office: Office, someone: Someone, sent: Message) -> None:
        for _ in range(3):
            await note_subscription(office, push(someone, "sent", "user refused"))
        now = await again(sent)
        assert (now.delivery, now.reason) == (Delivery.REFUSED, "Pushed user refused")

    async def test_leaves_what_arrived(self, office: Office, someone: Someone, sent: Message) -> None:
        await note_subscription(office, push(someone, "sent", "success"))
        assert (await again(sent)).delivery is Delivery.SENT

    async def test_clears_up_what_was_unknown(self, office: Office, someone: Someone, wechat: FakeWeChat) -> None:
        await allow(someone)
        wechat.reminder_answers = [ReminderOutcomeUnknown()]
        told = await tell(someone)
        await run(office)
        await note_subscription(office, push(someone, "sent", "success"))
        assert (await again(told)).delivery is Delivery.SENT

    async def test_leaves_two_at_once_as_they_are(self, office: Office, someone: Someone, sent: Message) -> None:
        await allow(someone)
        await tell(someone, "2")
        await run(office)
        await note_subscription(office, push(someone, "sent", "user refused"))
        assert {each.delivery for each in await Message.all()} == {Delivery.SENT}

    async def test_says_nothing_about_what_was_sent_long_ago(
        self, office: Office, someone: Someone, sent: Message, clock: StandingClock
    ) -> None:
        clock.advance(timedelta(hours=1))
        await note_subscription(office, push(someone, "sent", "user refused"))
        assert (await again(sent)).delivery is Delivery.SENT
