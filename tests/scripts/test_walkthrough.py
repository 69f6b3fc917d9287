"""The walk-through walks the real application with the real client of a simulated WeChat, and sees what goes wrong."""

import asyncio
import io
import json
import os
import re
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console
from rich.progress import Progress
from sanic import Sanic
from stdnum.iso7064 import mod_11_2

from capabilities.campaign_file import load, read_file
from capabilities.invitation import write_invitation
from capabilities.office import Office
from capabilities.sign_in_code import personal_code
from kit.clock import LOCAL, SystemClock
from kit.ids import uuid7
from kit.seals import encode
from models.attendance import Attendance
from models.campaign import Campaign
from models.role import RoleName
from scripts.demo_settings import demo_environment, settings_of_server
from scripts.load_campaign import HOHHOT_2019
from scripts.walkthrough.ledger import Ledger, Surprise
from scripts.walkthrough.made_up import identity
from scripts.walkthrough.programme import Enrolment, Event, Fate, Shift, TicketKey
from scripts.walkthrough.report import show, write_json
from scripts.walkthrough.story import OFFICIALS, STAFF, Options, Outcome, walk
from server.settings import Settings, SettingsFaulty
from tests.conftest import settings_for
from tests.scripts.command import environment, run
from wechat.simulator.app import create_simulator
from wechat.simulator.serving import listening
from wechat.simulator.state import Account, World

LOGIN = "/sns/jscode2session"


@pytest.fixture
def clock() -> SystemClock:
    """Codes and doors are a matter of the real time here."""
    return SystemClock()


@pytest.fixture
async def simulated() -> AsyncIterator[tuple[str, World]]:
    app = create_simulator(accounts=[Account("wx-test", "app-secret")], clock=SystemClock())
    async with listening(app) as base:
        yield base, app.ctx.world


@pytest.fixture
def wechat() -> None:
    """No double: the application gets the client of the settings."""


@pytest.fixture
def settings(database_url: str, simulated: tuple[str, World]) -> Settings:
    return settings_for(database_url, wechat_api_base=simulated[0])


@pytest.fixture
async def campaign(office: Office) -> Campaign:
    return await load(read_file(HOHHOT_2019), now=office.now(), rehearse_on=datetime.now(LOCAL).date())


@pytest.fixture
async def options(app: Sanic, campaign: Campaign, simulated: tuple[str, World]) -> Options:
    made = await write_invitation(datetime.now(UTC), RoleName.CITY_ADMIN)
    return Options(app.ctx.base_url, simulated[0], made.code, volunteers=12, events=4, at_once=20)


async def played(options: Options, transport: httpx.AsyncBaseTransport | None = None) -> Outcome:
    return await walk(options, read_file(HOHHOT_2019), Progress(console=Console(file=io.StringIO())), transport)


def shown(outcome: Outcome) -> str:
    console = Console(file=io.StringIO(), width=200)
    show(outcome, console)
    return console.file.getvalue()


class KeepsWithdrawnGreetings(httpx.AsyncHTTPTransport):
    """Says that it withdrew, and does not."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE" and "/greetings/" in request.url.path:
            return httpx.Response(200, json={"copies": []})
        return await super().handle_async_request(request)


class LosesASignIn(httpx.AsyncHTTPTransport):
    """Forgets one acknowledged sign-in before anybody reads the roster."""

    lost: Attendance | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/counts") and self.lost is None:
            self.lost = await Attendance.all().first()
            assert self.lost is not None
            await self.lost.delete()
        return await super().handle_async_request(request)


class LosesKeys(httpx.AsyncHTTPTransport):
    """Lets no idempotency key through, so that everything is done as often as it is asked."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.headers.pop("idempotency-key", None)
        return await super().handle_async_request(request)


class TellsOtherwise(httpx.AsyncHTTPTransport):
    """Changes what the answers of one kind of path say."""

    def __init__(self, path: str, change: Callable[[Any], None]) -> None:
        super().__init__()
        self.path, self.change = re.compile(f"/api/v1{path}"), change

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        if not self.path.fullmatch(request.url.path) or answer.status_code >= 400:
            return answer
        told = json.loads(await answer.aread())
        self.change(told)
        return httpx.Response(answer.status_code, json=told)


def oversell(event: Any) -> None:
    event["shifts"][0]["seats_left"] = -1


def jump_the_queue(enrolled: Any) -> None:
    if enrolled["place"]:
        enrolled["place"] += 1


class TestWalk:
    async def test_agrees_with_the_server(self, options: Options, simulated: tuple[str, World]) -> None:
        outcome = await played(options)
        assert outcome.ledger.is_clean, shown(outcome)
        exchanged = [call for call in simulated[1].list_calls(LOGIN) if call["errcode"] == 0]
        assert len(exchanged) == options.volunteers + STAFF + OFFICIALS

    async def test_can_be_repeated_after_a_restart_of_the_simulator(
        self, options: Options, simulated: tuple[str, World]
    ) -> None:
        first = await played(options)
        simulated[1].reset()
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


class TestCommand:
    @pytest.mark.parametrize(("is_invited", "code", "words"), [(True, 0, "全部一致"), (False, 1, "InvitationInvalid")])
    async def test_tells_by_its_exit_code(
        self, options: Options, tmp_path: Path, is_invited: bool, code: int, words: str
    ) -> None:
        invitation = options.invitation if is_invited else "no-such-invitation"
        where = ["--url", options.url, "--wechat", options.wechat, "--invitation", invitation]
        size = ["--volunteers", "12", "--events", "4", "--json", "outcome.json"]
        # The server that it talks to lives in this event loop.
        ran = await asyncio.to_thread(run, "walkthrough", *where, *size, env=environment(), cwd=tmp_path)
        assert ran.code == code, ran.said
        assert words in ran.said
        assert json.loads((tmp_path / "outcome.json").read_text(encoding="utf-8"))["is_clean"] is is_invited

    async def test_asks_for_the_simulator(self, options: Options, tmp_path: Path) -> None:
        nobody = ["--url", options.url, "--wechat", "http://127.0.0.1:1", "--invitation", "unused"]
        ran = await asyncio.to_thread(run, "walkthrough", *nobody, env=environment(), cwd=tmp_path)
        assert ran.code == 2
        assert "scripts/run" in ran.complained


def faulty(outcome: Outcome) -> set[str]:
    return {line.name for line in outcome.ledger.lines.values() if not line.is_same}


class TestLedger:
    def test_is_clean_where_both_sides_say_the_same(self) -> None:
        ledger = Ledger()
        ledger.compare("签到", "名册", {"a", "b"}, {"b", "a"})
        ledger.hold("座位不超额", True, "")
        assert ledger.is_clean

    def test_tells_apart_sets_of_one_size(self) -> None:
        ledger = Ledger()
        ledger.compare("签到", "名册", {"a", "b"}, {"a", "c"})
        assert ledger.differences == ["签到：名册：只在走查中 1 项：b，只在接口中 1 项：c"]

    def test_tells_apart_counts_that_add_up_to_one_total(self) -> None:
        ledger = Ledger()
        ledger.compare("签退", "counts", Counter({"event-1": 2, "event-2": 1}), Counter({"event-1": 1, "event-2": 2}))
        assert not ledger.is_clean

    def test_is_not_clean_after_one_of_many_did_not_hold(self) -> None:
        ledger = Ledger()
        for is_so in (True, False, True):
            ledger.hold("座位不超额", is_so, "剩余 -1")
        assert ledger.differences == ["座位不超额：剩余 -1"]


class TestReport:
    def test_shows_each_source_of_a_difference(self) -> None:
        outcome = Outcome(Options("http://server", "http://wechat", "one-time-code"), Ledger())
        outcome.ledger.compare("签到", "counts", 3, 3)
        outcome.ledger.compare("签到", "名册", 3, 2)
        assert "counts 3 · 名册 2" in shown(outcome)
        assert "✗" in shown(outcome)

    def test_writes_a_file_without_the_invitation(self, tmp_path: Path) -> None:
        outcome = Outcome(Options("http://server", "http://wechat", "one-time-code"), Ledger())
        outcome.ledger.surprises.append(Surprise("GET", "/me", "200", 500, "InternalError", "系统出错了"))
        write_json(outcome, tmp_path / "outcome.json")
        written = (tmp_path / "outcome.json").read_text(encoding="utf-8")
        assert json.loads(written)["is_clean"] is False
        assert "one-time-code" not in written


class TestTicketKey:
    def test_makes_the_code_that_the_server_would_make(self) -> None:
        ticket_id, key, now = uuid7(), secrets.token_bytes(16), datetime.now(UTC)
        shown = {"ticket_id": str(ticket_id), "key": encode(key), "period_seconds": 30, "server_time": now.isoformat()}
        # This phone's clock is four minutes slow, and it knows.
        here = now - timedelta(minutes=4)
        assert TicketKey.of(shown, here).code(here) == personal_code(ticket_id, key, now)


class TestShift:
    def test_gives_a_free_seat_to_the_head_of_the_queue(self) -> None:
        event = Event("e", 0, "义诊", "1501X1", Fate.ORDINARY, None, "p")
        shift = Shift("s", event, seats=2)
        for number, (status, place) in enumerate([("confirmed", None), ("waitlisted", 2), ("waitlisted", 1)]):
            shift.enrolments.append(Enrolment(str(number), None, shift, status, place))
        assert [each.id for each in shift.next_in] == ["2"]


class TestIdentity:
    def test_is_another_one_each_time_with_a_right_check_digit(self) -> None:
        people = [identity(number) for number in range(5000)]
        assert len({each.number for each in people}) == 5000
        assert all(mod_11_2.is_valid(each.number) for each in people)


class TestSettingsOfServer:
    def test_are_those_that_the_demonstration_left(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        for name in [name for name in os.environ if name.startswith("LIZAN_")]:
            monkeypatch.delenv(name)
        with pytest.raises(SettingsFaulty):
            settings_of_server()
        left = demo_environment()
        for name, value in left.items():
            # Known to pytest, so that nothing of it stays behind in the environment.
            monkeypatch.setenv(name, value)
            monkeypatch.delenv(name)
        assert settings_of_server().index_key.get_secret_value() == left["LIZAN_INDEX_KEY"]
