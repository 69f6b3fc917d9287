"""Many senders reach for the same reminders, credits and places among the two per event."""

import asyncio
from collections import Counter

import pytest

from capabilities import message
from capabilities.job import run_due
from capabilities.office import Office
from models.message import Credit, Delivery, Message, MessageKind, ReminderKind
from server.works import WORKS
from tests.cast import Cast, Someone
from tests.doubles import FakeWeChat
from tests.reminders import TEMPLATES, allow, tell
from tests.stage import published
from wechat.errors import refusal_for

PEOPLE, ROUNDS = 20, 5


@pytest.fixture(autouse=True)
def templates(office: Office, wechat: FakeWeChat) -> None:
    office.templates = TEMPLATES
    # Long enough for everybody to come while the first is still under way.
    wechat.while_reminding = lambda: asyncio.sleep(0.02)


async def naive_send(office: Office, told: Message) -> None:
    """Looks first and writes afterwards: what the claim is there to prevent."""
    if (await Message.get(id=told.id)).delivery is Delivery.WAITING:
        await office.wechat.send_reminder("someone", template_id="t", page=None, data={})
        await Message.filter(id=told.id).update(delivery=Delivery.SENT)


class TestSend:
    async def test_sends_each_once_with_two_workers(
        self, office: Office, beside: Office, wechat: FakeWeChat, cast: Cast
    ) -> None:
        people = [await cast.visitor() for _ in range(PEOPLE)]
        for someone in people:
            await allow(someone, times=3)
            await tell(someone)

        async def work(at: Office) -> None:
            while await run_due(at, WORKS):
                pass

        by_hand = (message.send(beside, {"message_id": str(each.id)}) for each in await Message.all())
        await asyncio.gather(work(office), work(beside), *by_hand)
        assert Counter(each.openid for each in wechat.reminded) == Counter(each.person.openid for each in people)
        assert {each.delivery for each in await Message.all()} == {Delivery.SENT}
        assert await Credit.filter(spent_by_id__isnull=False).count() == PEOPLE

    async def test_spends_one_credit_on_one_of_many(self, office: Office, wechat: FakeWeChat, cast: Cast) -> None:
        for _ in range(ROUNDS):
            wechat.reminded.clear()
            someone = await cast.visitor()
            await allow(someone)
            told = [await tell(someone, str(n)) for n in range(6)]
            await asyncio.gather(*(message.send(office, {"message_id": str(each.id)}) for each in told))
            assert len(wechat.reminded) == 1
            assert await ends_of(someone) == {Delivery.SENT: 1, Delivery.INBOX_ONLY: 5}

    async def test_sends_two_of_many_for_one_event(self, office: Office, wechat: FakeWeChat, cast: Cast) -> None:
        what = await published()
        for _ in range(ROUNDS):
            wechat.reminded.clear()
            someone = await cast.visitor()
            await allow(someone, ReminderKind.EVENT, times=5)
            told = [await tell(someone, str(n), MessageKind.EVENT_CANCELLED, what.id) for n in range(6)]
            await asyncio.gather(*(message.send(office, {"message_id": str(each.id)}) for each in told))
            assert len(wechat.reminded) == 2
            assert await ends_of(someone) == {Delivery.SENT: 2, Delivery.INBOX_ONLY: 4}
            slots = await Message.filter(person_id=someone.id, slot__isnull=False).order_by("slot")
            assert [each.slot for each in slots] == [1, 2]
            assert await Credit.filter(person_id=someone.id, spent_by_id__isnull=False).count() == 2

    async def test_loses_no_credit_where_wechat_says_later(
        self, office: Office, beside: Office, wechat: FakeWeChat, cast: Cast
    ) -> None:
        wechat.reminder_answers = [refusal_for(43108)]
        someone = await cast.visitor()
        await allow(someone, times=2)
        told = [await tell(someone, str(n)) for n in range(2)]
        sends = (message.send(at, {"message_id": str(each.id)}) for each in told for at in (office, beside))
        refusals = await asyncio.gather(*sends, return_exceptions=True)
        assert sum(isinstance(each, Exception) for each in refusals) == 1
        assert await ends_of(someone) in ({Delivery.SENT: 1, Delivery.WAITING: 1}, {Delivery.SENT: 2})
        spent = await Credit.filter(spent_by_id__isnull=False).count()
        assert spent == len(wechat.reminded)


class TestControl:
    async def test_sees_a_sender_that_looks_first(self, office: Office, wechat: FakeWeChat, cast: Cast) -> None:
        someone = await cast.visitor()
        await allow(someone)
        told = await tell(someone)
        await asyncio.gather(*(naive_send(office, told) for _ in range(3)))
        assert len(wechat.reminded) > 1


async def ends_of(someone: Someone) -> dict[Delivery, int]:
    return dict(Counter([each.delivery for each in await Message.filter(person_id=someone.id)]))
