"""One token for all questions and processes, and a new one when it is refused."""

import asyncio
import json
from datetime import timedelta

import httpx
import pytest

from kit.shared_memory import ProcessMemory
from wechat.answers import TextScene
from wechat.errors import WeChatMisconfigured, WeChatUnavailable

CHECK = "/wxa/msg_sec_check"
TOKEN = "/cgi-bin/stable_token"
GOOD = {"result": {"suggest": "pass", "label": 100}}


async def ask(mini_program, openid):
    return await mini_program.check_text("好", openid=openid, scene=TextScene.COMMENT)


async def ask_at_once(mini_programs, openid, number=50):
    return await asyncio.gather(*(ask(each, openid) for each in mini_programs for _ in range(number)))


class StubbornWeChat:
    """Refuses the first token, and hands it out again unless it is forced to make another."""

    def __init__(self, *, yields_to_force):
        self.yields_to_force = yields_to_force
        self.forces = []
        self.questions = 0

    def __call__(self, request):
        if request.url.path == TOKEN:
            force = json.loads(request.content)["force_refresh"]
            self.forces.append(force)
            fresh = force and self.yields_to_force
            return httpx.Response(200, json={"access_token": "new" if fresh else "old", "expires_in": 7200})
        self.questions += 1
        good = request.url.params["access_token"] == "new"
        return httpx.Response(200, json=GOOD if good else {"errcode": 40001, "errmsg": "rid: 1"})


class ForgetfulMemory(ProcessMemory):
    """What a frozen Redis is like: everything is a miss."""

    async def get(self, key):
        return None


class NeverContent:
    """Gives another token each time and refuses them all."""

    def __init__(self):
        self.tokens = 0
        self.questions = 0

    def __call__(self, request):
        if request.url.path == TOKEN:
            self.tokens += 1
            return httpx.Response(200, json={"access_token": f"token-{self.tokens}", "expires_in": 7200})
        self.questions += 1
        return httpx.Response(200, json={"errcode": 40001, "errmsg": ""})


class TestUsable:
    async def test_is_fetched_once_for_fifty_first_questions(self, simulated, mini_program):
        await ask_at_once([mini_program], simulated.visitor())
        assert len(simulated.calls(TOKEN)) == 1

    async def test_is_fetched_once_without_a_shared_memory(self, simulated, connect):
        await ask_at_once([connect(memory=ForgetfulMemory())], simulated.visitor())
        assert len(simulated.calls(TOKEN)) == 1

    async def test_is_fetched_once_by_each_of_two_processes_that_start_together(self, simulated, connect):
        await ask_at_once([connect(memory=ProcessMemory()), connect(memory=ProcessMemory())], simulated.visitor(), 25)
        assert len(simulated.calls(TOKEN)) == 2
        assert all(call["errcode"] == 0 for call in simulated.calls(CHECK))

    async def test_is_taken_from_the_process_that_has_it(self, simulated, connect):
        openid = simulated.visitor()
        await ask(connect(), openid)
        await ask(connect(), openid)
        assert len(simulated.calls(TOKEN)) == 1

    async def test_is_renewed_a_minute_before_its_end(self, simulated, mini_program, clock):
        await ask(mini_program, simulated.visitor())
        clock.advance(timedelta(seconds=7_139))
        await ask(mini_program, simulated.visitor())
        assert len(simulated.calls(TOKEN)) == 1
        clock.advance(timedelta(seconds=1))
        await ask(mini_program, simulated.visitor())
        assert len(simulated.calls(TOKEN)) == 2

    async def test_is_replaced_without_force_when_another_ended_it(self, simulated, mini_program):
        openid = simulated.visitor()
        await ask(mini_program, openid)
        simulated.world.tokens.revoke(simulated.mini.app_id)
        await ask_at_once([mini_program], openid, 10)
        assert [call["fields"]["force_refresh"] for call in simulated.calls(TOKEN)] == [False, False]

    async def test_is_taken_from_the_process_that_replaced_it(self, simulated, connect):
        first, second, openid = connect(), connect(), simulated.visitor()
        await ask_at_once([first, second], openid, 1)
        simulated.world.tokens.revoke(simulated.mini.app_id)
        await ask(first, openid)
        fetched = len(simulated.calls(TOKEN))
        await ask(second, openid)
        assert len(simulated.calls(TOKEN)) == fetched

    async def test_is_forced_once_when_wechat_insists_on_a_dead_one(self, connect):
        stubborn = StubbornWeChat(yields_to_force=True)
        await ask_at_once([connect(transport=httpx.MockTransport(stubborn))], "o", 10)
        assert stubborn.forces == [False, False, True]

    async def test_is_not_forced_twice_within_thirty_seconds(self, connect, clock):
        stubborn = StubbornWeChat(yields_to_force=False)
        mini_program = connect(transport=httpx.MockTransport(stubborn))
        for seconds in (0, 29, 1):
            clock.advance(timedelta(seconds=seconds))
            with pytest.raises(WeChatMisconfigured):
                await ask(mini_program, "o")
        assert stubborn.forces.count(True) == 2

    async def test_ends_after_one_more_question_when_every_token_is_refused(self, simulated, mini_program, events):
        simulated.fail(CHECK, errcode=40001, times=99)
        with pytest.raises(WeChatMisconfigured):
            await ask(mini_program, simulated.visitor())
        assert len(simulated.calls(CHECK)) == 2
        assert "wechat_new_token_refused" in [event["event"] for event in events]

    async def test_ends_after_one_more_question_when_each_new_token_is_refused(self, connect):
        never = NeverContent()
        with pytest.raises(WeChatMisconfigured):
            await ask(connect(transport=httpx.MockTransport(never)), "o")
        assert (never.questions, never.tokens) == (2, 2)

    @pytest.mark.parametrize("errcode", [40014, 42001])
    async def test_is_replaced_for_the_other_numbers_too(self, simulated, mini_program, errcode):
        simulated.fail(CHECK, errcode=errcode)
        assert (await ask(mini_program, simulated.visitor())).suggest == "pass"

    async def test_is_denied_loudly_for_a_wrong_secret(self, simulated, connect, events):
        with pytest.raises(WeChatMisconfigured):
            await ask(connect(secret="wrong"), "o")
        assert ("wechat_token_denied", 40125) in [(event["event"], event.get("errcode")) for event in events]

    @pytest.mark.parametrize("answer", [{}, {"access_token": "t"}, {"access_token": "t", "expires_in": "x"}], ids=str)
    async def test_is_not_made_of_half_an_answer(self, connect, answer):
        transport = httpx.MockTransport(lambda _: httpx.Response(200, json=answer))
        with pytest.raises(WeChatUnavailable):
            await ask(connect(transport=transport), "o")

    async def test_keeps_nobody_waiting_behind_a_slow_fetch(self, simulated, connect):
        simulated.fail(TOKEN, delay_seconds=5, times=99)
        answers = await asyncio.wait_for(
            asyncio.gather(
                *(ask(mini, "o") for mini in [connect(timeout_seconds=0.2)] for _ in range(20)), return_exceptions=True
            ),
            timeout=2,
        )
        assert {type(answer) for answer in answers} == {WeChatUnavailable}


class TestSharedCopy:
    async def test_shows_nothing_to_who_reads_the_memory(self, simulated, mini_program, memory):
        await ask(mini_program, simulated.visitor())
        shared = await memory.get(f"wechat_token:{simulated.mini.app_id}")
        token = simulated.world.tokens.stable(simulated.mini.app_id, force=False).value
        assert token not in shared
        assert simulated.mini.app_secret not in shared

    @pytest.mark.parametrize("damage", ["", "nonsense", "gAAAAA", "汉字"])
    async def test_is_passed_over_when_damaged(self, simulated, mini_program, memory, damage):
        await memory.put(f"wechat_token:{simulated.mini.app_id}", damage, seconds=60)
        assert (await ask(mini_program, simulated.visitor())).suggest == "pass"
