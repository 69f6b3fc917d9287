"""Who may tell us something in WeChat's name, and how often it counts."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sanic import Sanic
from structlog.testing import capture_logs

from kit.clock import StandingClock
from models.media_verdict import MediaVerdict
from public import wechat_push
from server.settings import Settings
from tests.conftest import settings_for
from tests.letters import ADDRESS, AES_KEY, TOKEN, Letters, verdict
from tests.stage import code_of
from wechat.push import FRESH_FOR, MAX_BYTES
from wechat.simulator.pushes import sign

RISKY = verdict("trace-1", "risky", label=20002)


@pytest.fixture
def settings(database_url: str) -> Settings:
    return settings_for(database_url, wechat_push_token=TOKEN, wechat_push_aes_key=AES_KEY)


@pytest.fixture
def letters(browser: httpx.AsyncClient, clock: StandingClock) -> Letters:
    return Letters(browser, clock)


async def heard() -> list[tuple[str, str | None, int | None]]:
    return [(row.trace_id, row.suggest, row.label) for row in await MediaVerdict.all().order_by("id")]


def asked(clock: StandingClock, token: str = TOKEN, echo: str = "4375120948345356249") -> dict[str, str]:
    stamp = str(int(clock.now().timestamp()))
    return {"timestamp": stamp, "nonce": "n1", "signature": sign(token, stamp, "n1"), "echostr": echo}


class TestEcho:
    async def test_proves_that_the_address_is_ours(self, browser: httpx.AsyncClient, clock: StandingClock) -> None:
        answer = await browser.get(ADDRESS, params=asked(clock))
        assert (answer.status_code, answer.text) == (200, "4375120948345356249")
        assert answer.headers["content-type"].startswith("text/plain")

    async def test_is_given_to_nobody_else(self, browser: httpx.AsyncClient, clock: StandingClock) -> None:
        for query in (asked(clock, "otherToken"), {}, asked(clock, echo=""), asked(clock, echo="<script>\n")):
            assert code_of(await browser.get(ADDRESS, params=query)) == (403, "PushRefused")


class TestReceive:
    @pytest.mark.parametrize("form", ["xml", "json"])
    @pytest.mark.parametrize("mode", ["safe", "compatible"])
    async def test_takes_a_sealed_verdict(self, mode: Any, form: Any, letters: Letters) -> None:
        answer = await letters.tell(RISKY, mode=mode, form=form)
        assert (answer.status_code, answer.text) == (200, "success")
        assert await heard() == [("trace-1", "risky", 20002)]

    async def test_takes_word_that_wechat_could_not_check(self, letters: Letters) -> None:
        await letters.tell(verdict("trace-1", None, errcode=-1008))
        row = await MediaVerdict.get(trace_id="trace-1")
        assert (row.suggest, row.errcode) == (None, -1008)

    async def test_takes_what_nothing_of_ours_waits_for(self, letters: Letters) -> None:
        told = {"ToUserName": "gh_1", "FromUserName": "o1", "MsgType": "text", "Content": "你好"}
        assert (await letters.tell(told)).text == "success"
        assert await heard() == []

    async def test_counts_a_repeated_verdict_once(self, letters: Letters) -> None:
        """Also where the second says something else, in another format: the first word stands."""
        await letters.tell(RISKY)
        for again in (RISKY, verdict("trace-1", "pass")):
            assert (await letters.tell(again, form="xml")).text == "success"
        assert await heard() == [("trace-1", "risky", 20002)]

    async def test_counts_two_at_once_as_one(self, letters: Letters) -> None:
        answers = await asyncio.gather(*(letters.tell(RISKY) for _ in range(8)))
        assert {(answer.status_code, answer.text) for answer in answers} == {(200, "success")}
        assert len(await heard()) == 1


def altered(letters: Letters) -> Any:
    letter = letters.write(RISKY)
    place = letter.body.find(b"Encrypt") + 40
    other = b"A" if letter.body[place : place + 1] != b"A" else b"B"
    return replace(letter, body=letter.body[:place] + other + letter.body[place + 1 :])


FALSE: dict[str, Callable[[Letters], Any]] = {
    "another token": lambda letters: letters.write(RISKY, token="otherToken"),
    "another app": lambda letters: letters.write(RISKY, app_id="wxffff"),
    "an altered body": altered,
    "kept for ten minutes": lambda letters: letters.write(RISKY, age=600),
    "from ten minutes ahead": lambda letters: letters.write(RISKY, age=-600),
    "not sealed": lambda letters: letters.write(RISKY, mode="plain"),
    "not signed": lambda letters: replace(letters.write(RISKY), query={}),
}


class TestRefusal:
    @pytest.mark.parametrize("how", FALSE)
    async def test_meets_a_delivery_that_is_not_wechats(self, how: str, letters: Letters) -> None:
        answer = await letters.bring(FALSE[how](letters))
        assert code_of(answer) == (403, "PushRefused")
        assert await heard() == []

    async def test_sounds_the_same_whatever_was_wrong(self, letters: Letters) -> None:
        said = set()
        for write in FALSE.values():
            answer = (await letters.bring(write(letters))).json()
            said.add(str({name: value for name, value in answer.items() if name != "request_id"}))
        assert len(said) == 1

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"[]", b"<xml>", b"<!DOCTYPE x [<!ENTITY a 'b'>]><xml>&a;</xml>", b"\xff"]
    )
    async def test_meets_what_cannot_be_read(self, body: bytes, letters: Letters) -> None:
        answer = await letters.bring(replace(letters.write(RISKY), body=body))
        assert code_of(answer) == (400, "PushUnreadable")

    async def test_meets_what_is_too_large(self, letters: Letters) -> None:
        answer = await letters.bring(replace(letters.write(RISKY), body=b" " * (MAX_BYTES + 1)))
        assert code_of(answer) == (413, "PushTooLarge")

    async def test_meets_a_replay_of_the_very_bytes(self, letters: Letters, clock: StandingClock) -> None:
        letter = letters.write(RISKY)
        await letters.bring(letter)
        await MediaVerdict.all().delete()
        clock.advance(FRESH_FOR * 1.1)
        assert code_of(await letters.bring(letter)) == (403, "PushRefused")
        assert await heard() == []

    async def test_says_the_cause_in_the_log_only(self, letters: Letters) -> None:
        with capture_logs() as lines:
            await letters.tell(RISKY, age=600)
        assert ("wechat_push_refused", "PushStale") in [(line["event"], line.get("reason")) for line in lines]


class TestPatience:
    async def test_ends_before_wechats(self, letters: Letters, monkeypatch: pytest.MonkeyPatch) -> None:
        """A database that stands still costs WeChat an answer in time, and it delivers again."""
        monkeypatch.setattr(wechat_push, "PATIENCE_SECONDS", 0.2)

        async def stand_still(*_: object) -> None:
            await asyncio.sleep(30)

        monkeypatch.setattr(wechat_push, "take", stand_still)
        answer = await letters.tell(RISKY)
        assert code_of(answer) == (503, "PushNotTaken")

    def test_is_shorter_than_wechats(self) -> None:
        assert wechat_push.PATIENCE_SECONDS < 5


class TestPlainDeliveries:
    @pytest.fixture
    def settings(self, database_url: str) -> Settings:
        return settings_for(database_url, wechat_push_token=TOKEN, wechat_push_aes_key=AES_KEY, wechat_push_plain=True)

    async def test_are_taken_where_the_operator_allows_them(self, letters: Letters) -> None:
        assert (await letters.tell(RISKY, mode="plain")).text == "success"
        assert await heard() == [("trace-1", "risky", 20002)]


class TestWithoutSettings:
    @pytest.fixture
    def settings(self, database_url: str) -> Settings:
        return settings_for(database_url)

    async def test_there_is_nothing_here(self, app: Sanic, letters: Letters, clock: StandingClock) -> None:
        assert code_of(await letters.tell(RISKY)) == (404, "NotFound")
        assert code_of(await letters.client.get(ADDRESS, params=asked(clock))) == (404, "NotFound")
