"""The walk-through walks the real application with the real client of a simulated WeChat, and sees what goes wrong."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from sanic import Sanic

from capabilities.campaign_file import load, read_file
from capabilities.invitation import write_invitation
from capabilities.message import pages
from capabilities.office import Office
from kit.clock import LOCAL, SystemClock
from models.campaign import Campaign
from models.role import RoleName
from scripts.load_campaign import HOHHOT_2019
from scripts.walkthrough.story import OFFICIALS, STAFF, Options
from server.settings import Settings
from tests.conftest import settings_for
from tests.reminders import TEMPLATES
from tests.scripts.command import environment, run
from tests.scripts.planted import (
    DoesThingsTwice,
    IsTooKind,
    KeepsWithdrawnGreetings,
    LosesASignIn,
    LosesKeys,
    TellsOtherwise,
    faulty,
    jump_the_queue,
    oversell,
    played,
    shown,
)
from wechat.simulator.app import create_simulator
from wechat.simulator.pushes import PushSettings
from wechat.simulator.reminder_values import Template, keys_of
from wechat.simulator.serving import listening
from wechat.simulator.state import Account, World

LOGIN = "/sns/jscode2session"
PUSH_TOKEN, PUSH_AES_KEY = "walkPushToken", "a" * 43


@pytest.fixture
def clock() -> SystemClock:
    """Codes and doors are a matter of the real time here."""
    return SystemClock()


@pytest.fixture
async def simulated() -> AsyncIterator[tuple[str, World]]:
    templates = tuple(
        Template(each.template_id, "wx-test", keys_of(list(each.keys.values()))) for each in TEMPLATES.values()
    )
    account = Account("wx-test", "app-secret", pages=pages(), templates=templates)
    app = create_simulator(accounts=[account], clock=SystemClock(), judges_media_after=0.3)
    async with listening(app) as base:
        yield base, app.ctx.world


@pytest.fixture
def wechat() -> None:
    """No double: the application gets the client of the settings."""


@pytest.fixture
def settings(database_url: str, simulated: tuple[str, World]) -> Settings:
    return settings_for(
        database_url,
        wechat_api_base=simulated[0],
        wechat_templates=TEMPLATES,
        wechat_push_token=PUSH_TOKEN,
        wechat_push_aes_key=PUSH_AES_KEY,
        run_jobs=True,
        # Whatever the hour at which the tests run.
        quiet_from=time(0),
        quiet_until=time(0),
    )


@pytest.fixture
async def campaign(office: Office) -> Campaign:
    return await load(read_file(HOHHOT_2019), now=office.now(), rehearse_on=datetime.now(LOCAL).date())


def set_push(world: World, url: str) -> None:
    world.push_settings["wx-test"] = PushSettings(f"{url}/wechat/push", PUSH_TOKEN, PUSH_AES_KEY)


@pytest.fixture
async def options(app: Sanic, campaign: Campaign, simulated: tuple[str, World]) -> Options:
    # Each finds the other only now that both have a port.
    app.ctx.office.public_url = app.ctx.base_url
    set_push(simulated[1], app.ctx.base_url)
    made = await write_invitation(datetime.now(UTC), RoleName.CITY_ADMIN)
    return Options(app.ctx.base_url, simulated[0], made.code, volunteers=12, events=4, at_once=20)


class TestWalk:
    async def test_agrees_with_the_server(self, options: Options, simulated: tuple[str, World]) -> None:
        outcome = await played(options)
        assert outcome.ledger.is_clean, shown(outcome)
        exchanged = [call for call in simulated[1].list_calls(LOGIN) if call["errcode"] == 0]
        # Who was erased comes back as somebody new.
        assert len(exchanged) == options.volunteers + STAFF + OFFICIALS + 1

    async def test_can_be_repeated_after_a_restart_of_the_simulator(
        self, options: Options, simulated: tuple[str, World]
    ) -> None:
        first = await played(options)
        simulated[1].reset()
        set_push(simulated[1], options.url)
        again = await write_invitation(datetime.now(UTC), RoleName.CITY_ADMIN)
        second = await played(replace(options, invitation=again.code, seed=1))
        assert first.ledger.is_clean, shown(first)
        assert second.ledger.is_clean, shown(second)

    async def test_ends_in_words_without_a_way_in(self, options: Options) -> None:
        outcome = await played(replace(options, invitation="no-such-invitation"))
        assert [each.code for each in outcome.ledger.surprises] == ["InvitationInvalid"]
        assert "意外的应答" in shown(outcome)

    async def test_sees_a_lost_sign_in(self, options: Options) -> None:
        outcome = await played(options, LosesASignIn())
        assert faulty(outcome) >= {"名册中的签到时间", "签到恰好一次"}

    async def test_sees_an_oversold_shift(self, options: Options) -> None:
        outcome = await played(options, TellsOtherwise("/events/[0-9a-f-]{36}", oversell))
        assert "座位不超额" in faulty(outcome)

    async def test_sees_a_queue_with_a_gap(self, options: Options) -> None:
        outcome = await played(options, TellsOtherwise("/shifts/[0-9a-f-]{36}/enrolments", jump_the_queue))
        assert "候补按次序" in faulty(outcome)

    async def test_sees_a_withdrawn_greeting_on_the_wall(self, options: Options) -> None:
        outcome = await played(options, KeepsWithdrawnGreetings())
        assert faulty(outcome) >= {"祝福墙即时更新", "祝福撤回"}

    async def test_sees_a_write_that_was_done_twice(self, options: Options) -> None:
        outcome = await played(options, LosesKeys())
        assert "同一请求只办理一次" in faulty(outcome)

    async def test_sees_what_came_twice(self, options: Options, simulated: tuple[str, World]) -> None:
        outcome = await played(options, DoesThingsTwice(simulated[1]))
        assert faulty(outcome) >= {"重复提交得到同一应答", "扫码 AlreadyCheckedIn", "提醒恰好发送一次"}

    async def test_sees_what_should_have_been_refused(self, options: Options) -> None:
        outcome = await played(options, IsTooKind())
        assert faulty(outcome) >= {"撤回后图片不可看", "至多五支队伍", "作者看到答复", "申诉仅一次", "注销后查无此人"}

    async def test_sees_a_conflict_that_is_not_shown(self, options: Options) -> None:
        outcome = await played(options, TellsOtherwise("/events/[0-9a-f-]{36}/conflicts", list.clear))
        assert "补传冲突" in faulty(outcome)


class TestCommand:
    @pytest.mark.parametrize(("is_invited", "code", "words"), [(True, 0, "全部一致"), (False, 1, "InvitationInvalid")])
    async def test_tells_by_its_exit_code(
        self, options: Options, tmp_path: Path, is_invited: bool, code: int, words: str
    ) -> None:
        invitation = options.invitation if is_invited else "no-such-invitation"
        where = ["--url", options.url, "--wechat", options.wechat, "--invitation", invitation]
        size = ["--volunteers", "12", "--events", "4", "--json", "outcome.json"]
        # The server that it talks to lives in this event loop.
        ran = await asyncio.to_thread(run, "walkthrough", *where, *size, env=environment(), cwd=tmp_path, seconds=240)
        assert ran.code == code, ran.said
        assert words in ran.said
        assert json.loads((tmp_path / "outcome.json").read_text(encoding="utf-8"))["is_clean"] is is_invited

    async def test_asks_for_the_simulator(self, options: Options, tmp_path: Path) -> None:
        nobody = ["--url", options.url, "--wechat", "http://127.0.0.1:1", "--invitation", "unused"]
        ran = await asyncio.to_thread(run, "walkthrough", *nobody, env=environment(), cwd=tmp_path)
        assert ran.code == 2
        assert "scripts/run" in ran.complained
