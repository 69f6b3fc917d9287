"""Reminders from the change that causes them to the phone that they lie on, over a simulated WeChat's real wire."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from capabilities import event, message
from capabilities.enrolment import enrol
from capabilities.office import Office
from kit.clock import StandingClock
from kit.shared_memory import ProcessMemory
from models.event import Event
from models.fields import blind
from models.message import Delivery, Message, ReminderKind
from models.person import Person
from tests.cast import Cast, Someone
from tests.reminders import KEYS, allow, left, run
from tests.stage import NINE, published, shift_of
from wechat.mini_program import MiniProgram
from wechat.push_events import SubscribePush
from wechat.reminder import ReminderTemplate
from wechat.simulator.app import create_simulator
from wechat.simulator.reminder_values import Template, keys_of
from wechat.simulator.reminders import SEND, accept
from wechat.simulator.serving import listening
from wechat.simulator.state import Account, Fault, World

TEMPLATE = "template-event"
EVENT = ReminderKind.EVENT


@dataclass
class Stage:
    office: Office
    world: World
    what: Event
    someone: Someone
    organizer: Someone

    def fail(self, **how: Any) -> None:
        self.world.faults.append(Fault(SEND, **how))

    async def accept(self, *, in_wechat: int = 1) -> None:
        """The person taps "allow"; WeChat counts it and the mini-program reports it."""
        accept(self.world, self.world.user(self.someone.id.hex), self.world.templates[TEMPLATE], in_wechat)
        await allow(self.someone, EVENT)

    async def cancel(self) -> Message:
        """The event is called off, and every job is done."""
        await event.cancel(self.office, await self.organizer.caller(), self.what.id, "大风预警")
        await run(self.office)
        return await Message.get()


@pytest.fixture
async def world(office: Office, clock: StandingClock) -> AsyncIterator[World]:
    account = Account("wx0000000000000001", "mini-secret", pages=frozenset({"pages/event/show"}))
    app = create_simulator(accounts=[account], clock=clock, seed=7)
    async with listening(app) as base:
        client = MiniProgram(account.app_id, account.app_secret, base, clock, ProcessMemory())
        office.wechat = client
        office.templates = {EVENT: ReminderTemplate(TEMPLATE, KEYS)}
        world: World = app.ctx.world
        world.templates[TEMPLATE] = Template(TEMPLATE, account.app_id, keys_of(list(KEYS.values())))
        yield world
        await client.close()


@pytest.fixture
async def stage(office: Office, cast: Cast, world: World) -> Stage:
    what = await published(starts_at=NINE + timedelta(days=1), title="科普大讲堂走进社区暨全国科技工作者日专场第一场")
    someone = await cast.volunteer()
    await enrol(office, await someone.caller(), shift_of(what).id)
    openid = world.openid(world.account().app_id, world.create_user(key=someone.id.hex))
    await Person.filter(id=someone.id).update(openid=openid, openid_index=blind(openid, kind="openid"))
    return Stage(office, world, what, someone, await cast.organizer(what.unit.code))


class TestReminder:
    async def test_lies_on_the_phone_once(self, stage: Stage) -> None:
        await stage.accept()
        told = await stage.cancel()
        await message.send(stage.office, {"message_id": str(told.id)})
        (sent,) = stage.world.sent
        assert sent.user == stage.someone.id.hex
        assert sent.page == f"pages/event/show?id={stage.what.id}"
        assert sent.values == {
            "thing1": "科普大讲堂走进社区暨全国科技工作者日专…",
            "phrase2": "已取消",
            "time3": "2019年5月31日 09:00",
            "thing4": "活动已取消，请不要前往",
        }
        assert ((await Message.get()).delivery, await left(stage.someone, EVENT)) == (Delivery.SENT, 0)
        assert stage.world.credits[stage.someone.id.hex, TEMPLATE] == 0

    async def test_is_not_sent_again_where_the_answer_was_lost(self, stage: Stage, clock: StandingClock) -> None:
        await stage.accept(in_wechat=2)
        await allow(stage.someone, EVENT)
        stage.fail(drop=True)
        assert (await stage.cancel()).delivery is Delivery.UNKNOWN
        for _ in range(3):
            clock.advance(timedelta(minutes=10))
            await run(stage.office)
        assert (len(stage.world.sent), await left(stage.someone, EVENT)) == (1, 1)

    async def test_is_known_at_last_by_wechats_push(self, stage: Stage) -> None:
        await stage.accept()
        stage.fail(drop=True)
        await stage.cancel()
        openid = (await Person.get(id=stage.someone.id)).openid
        await message.note_subscription(stage.office, SubscribePush("sent", openid, [(TEMPLATE, "success")]))
        assert (await Message.get()).delivery is Delivery.SENT

    async def test_is_not_asked_for_again_where_the_person_refused(self, stage: Stage, clock: StandingClock) -> None:
        await stage.accept(in_wechat=0)
        assert (await stage.cancel()).delivery is Delivery.REFUSED
        clock.advance(timedelta(hours=1))
        await run(stage.office)
        assert (len(stage.world.list_calls(SEND)), stage.world.sent) == (1, [])
        assert await left(stage.someone, EVENT) == 0

    @pytest.mark.parametrize("how", [{"errcode": 45009}, {"errcode": 43108}])
    async def test_comes_later_where_wechat_did_nothing(
        self, stage: Stage, clock: StandingClock, how: dict[str, Any]
    ) -> None:
        await stage.accept()
        stage.fail(**how)
        assert (await stage.cancel()).delivery is Delivery.WAITING
        clock.advance(timedelta(minutes=5))
        await run(stage.office)
        assert ((await Message.get()).delivery, len(stage.world.sent)) == (Delivery.SENT, 1)

    async def test_is_unknown_where_wechats_door_fails(self, stage: Stage) -> None:
        await stage.accept()
        stage.fail(http_status=502)
        assert (await stage.cancel()).delivery is Delivery.UNKNOWN

    async def test_is_refused_for_good_where_wechat_does_not_know_the_template(self, stage: Stage) -> None:
        await stage.accept()
        stage.world.templates[TEMPLATE] = Template(TEMPLATE, uuid4().hex, {})
        told = await stage.cancel()
        assert (told.delivery, told.reason) == (Delivery.REFUSED, "WeChatMisconfigured 40037")
        # WeChat did not spend it.
        assert await left(stage.someone, EVENT) == 1

    async def test_comes_later_where_nobody_listens(self, stage: Stage, office: Office, clock: StandingClock) -> None:
        await stage.accept()
        there = office.wechat
        office.wechat = nobody = MiniProgram("wx", "secret", "http://127.0.0.1:9", clock, ProcessMemory())
        assert (await stage.cancel()).delivery is Delivery.WAITING
        await nobody.close()
        office.wechat = there
        clock.advance(timedelta(minutes=5))
        await run(office)
        assert ((await Message.get()).delivery, len(stage.world.sent)) == (Delivery.SENT, 1)
