"""Who logs in and what a text is worth, asked of a WeChat that answers, refuses, stalls and lies."""

import time
from datetime import timedelta

import pytest

from wechat.answers import TextScene
from wechat.errors import (
    AccountRestricted,
    LoginCodeRefused,
    PersonMustDecide,
    WeChatMisconfigured,
    WeChatQuotaUsedUp,
    WeChatUnavailable,
)
from wechat.mini_program import LOGIN_UNFINISHED

LOGIN = "/sns/jscode2session"
CHECK = "/wxa/msg_sec_check"
TOKEN = "/cgi-bin/stable_token"
SILENT = [{"http_status": 500}, {"http_status": 404}, {"html": True}, {"empty": True}, {"drop": True}]


class TestExchangeLoginCode:
    async def test_gives_the_openid(self, simulated, mini_program):
        user = simulated.world.create_user("陈思远")
        identity = await mini_program.exchange_login_code(simulated.code(user))
        assert identity.openid == simulated.openid(user)
        assert identity.unionid is None

    async def test_gives_the_unionid_where_there_is_one(self, simulated, connect, official):
        user = simulated.world.create_user()
        identity = await connect(official).exchange_login_code(simulated.code(user, official))
        assert identity.unionid == simulated.world.unionid(user)

    async def test_needs_no_token(self, simulated, mini_program):
        await mini_program.exchange_login_code(simulated.code(simulated.world.create_user()))
        assert simulated.calls(TOKEN) == []

    async def test_refuses_a_spent_code(self, simulated, mini_program):
        code = simulated.code(simulated.world.create_user())
        await mini_program.exchange_login_code(code)
        with pytest.raises(LoginCodeRefused) as refusal:
            await mini_program.exchange_login_code(code)
        assert (refusal.value.status, refusal.value.detail) == (401, "登录凭证已失效，请重新进入小程序。")

    async def test_refuses_a_code_that_nobody_issued(self, mini_program):
        with pytest.raises(LoginCodeRefused):
            await mini_program.exchange_login_code("made-up")

    async def test_refuses_a_code_older_than_five_minutes(self, simulated, mini_program, clock):
        code = simulated.code(simulated.world.create_user())
        clock.advance(timedelta(minutes=5))
        with pytest.raises(LoginCodeRefused):
            await mini_program.exchange_login_code(code)

    async def test_refuses_somebody_whom_wechat_restricts(self, simulated, mini_program):
        user = simulated.world.create_user(is_blocked=True)
        with pytest.raises(AccountRestricted) as refusal:
            await mini_program.exchange_login_code(simulated.code(user))
        assert refusal.value.status == 403

    async def test_says_when_to_come_back_after_too_many(self, simulated, mini_program):
        simulated.fail(LOGIN, errcode=45011)
        with pytest.raises(WeChatQuotaUsedUp) as refusal:
            await mini_program.exchange_login_code("any")
        assert (refusal.value.status, refusal.value.retry_after) == (503, 60)

    async def test_blames_our_settings_for_a_wrong_secret(self, simulated, connect, events):
        with pytest.raises(WeChatMisconfigured):
            await connect(secret="wrong").exchange_login_code("any")
        assert [(event["log_level"], event["errcode"]) for event in events] == [("error", 40125)]

    async def test_asks_a_busy_wechat_only_once(self, simulated, mini_program):
        simulated.fail(LOGIN, errcode=-1)
        with pytest.raises(WeChatUnavailable):
            await mini_program.exchange_login_code(simulated.code(simulated.world.create_user()))
        assert len(simulated.calls(LOGIN)) == 1

    @pytest.mark.parametrize("fault", SILENT, ids=str)
    async def test_asks_to_try_again_when_no_answer_came(self, simulated, mini_program, fault):
        simulated.fail(LOGIN, **fault)
        with pytest.raises(WeChatUnavailable) as refusal:
            await mini_program.exchange_login_code(simulated.code(simulated.world.create_user()))
        assert refusal.value.detail == LOGIN_UNFINISHED

    async def test_counts_a_code_as_spent_when_its_answer_was_lost(self, simulated, mini_program):
        code = simulated.code(simulated.world.create_user())
        simulated.fail(LOGIN, drop=True)
        with pytest.raises(WeChatUnavailable):
            await mini_program.exchange_login_code(code)
        with pytest.raises(LoginCodeRefused):
            await mini_program.exchange_login_code(code)

    async def test_does_not_wait_for_a_slow_wechat(self, simulated, connect):
        simulated.fail(LOGIN, delay_seconds=5)
        code = simulated.code(simulated.world.create_user())
        started = time.monotonic()
        with pytest.raises(WeChatUnavailable, match=LOGIN_UNFINISHED):
            await connect(timeout_seconds=0.2).exchange_login_code(code)
        assert time.monotonic() - started < 1

    @pytest.mark.parametrize("answer", [{}, {"openid": ""}, {"openid": 7}, [], "text", {"errcode": "x"}], ids=str)
    async def test_takes_no_answer_without_an_openid(self, canned, answer):
        with pytest.raises(WeChatUnavailable):
            await canned(answer).exchange_login_code("any")


async def check(mini_program, content, openid):
    return await mini_program.check_text(content, openid=openid, scene=TextScene.COMMENT)


class TestCheckText:
    @pytest.mark.parametrize(
        ("content", "suggest", "label"),
        [("祝科学家节日快乐", "pass", 100), ("【待审】", "review", 10001), ("一段【违规】的话", "risky", 20003)],
    )
    async def test_gives_wechats_verdict_on_unescaped_chinese(self, simulated, mini_program, content, suggest, label):
        verdict = await check(mini_program, content, simulated.visitor())
        assert (verdict.suggest, verdict.label) == (suggest, label)
        assert verdict.trace_id

    async def test_reads_a_label_written_as_text(self, canned):
        answer = {"errcode": 0, "result": {"suggest": "risky", "label": "20001"}, "trace_id": "t"}
        assert (await check(canned(answer), "话", "o")).label == 20001

    async def test_takes_an_absent_errcode_for_success(self, canned):
        verdict = await check(canned({"result": {"suggest": "pass", "label": None}}), "话", "o")
        assert (verdict.suggest, verdict.label) == ("pass", None)

    async def test_sends_an_unknown_suggestion_to_a_person(self, canned):
        assert (await check(canned({"result": {"suggest": "block"}}), "话", "o")).suggest == "review"

    async def test_never_passes_an_answer_without_a_verdict(self, canned):
        with pytest.raises(WeChatUnavailable):
            await check(canned({"errcode": 0, "errmsg": "ok"}), "话", "o")

    async def test_hands_a_person_who_was_not_here_lately_to_a_person(self, simulated, mini_program, clock):
        openid = simulated.visitor()
        clock.advance(timedelta(hours=2, seconds=1))
        with pytest.raises(PersonMustDecide):
            await check(mini_program, "你好", openid)

    async def test_reads_a_long_text_to_its_end(self, simulated, mini_program):
        verdict = await check(mini_program, "好" * 6_000 + "RISKY", simulated.visitor())
        assert verdict.suggest == "risky"
        assert len(simulated.calls(CHECK)) == 3

    async def test_hides_no_phrase_in_a_cut(self, simulated, mini_program):
        for before in range(2_494, 2_502):
            verdict = await check(mini_program, "好" * before + "RISKY" + "好" * 100, simulated.visitor())
            assert verdict.suggest == "risky"

    async def test_sends_the_nickname(self, simulated, mini_program):
        await mini_program.check_text("好", openid=simulated.visitor(), scene=TextScene.PROFILE, nickname="小陈")
        assert "nickname" in simulated.calls(CHECK)[0]["fields"]

    async def test_asks_a_busy_wechat_once_more(self, simulated, mini_program):
        simulated.fail(CHECK, errcode=-1)
        assert (await check(mini_program, "好", simulated.visitor())).suggest == "pass"

    async def test_gives_up_on_a_wechat_that_stays_busy(self, simulated, mini_program):
        simulated.fail(CHECK, errcode=-1, times=99)
        with pytest.raises(WeChatUnavailable):
            await check(mini_program, "好", simulated.visitor())
        assert len(simulated.calls(CHECK)) == 2

    async def test_says_when_to_come_back_after_too_many(self, simulated, mini_program):
        simulated.fail(CHECK, errcode=45009)
        with pytest.raises(WeChatQuotaUsedUp) as refusal:
            await check(mini_program, "好", simulated.visitor())
        assert refusal.value.retry_after == 60

    async def test_complains_of_a_number_that_nobody_knows(self, simulated, mini_program, events):
        simulated.fail(CHECK, errcode=99999)
        with pytest.raises(WeChatMisconfigured):
            await check(mini_program, "好", simulated.visitor())
        loud = [event for event in events if event["log_level"] == "error"]
        assert [(event["event"], event["errcode"], bool(event["rid"])) for event in loud] == [
            ("wechat_errcode_unknown", 99999, True)
        ]

    async def test_blames_our_settings_for_the_official_accounts_token(self, simulated, connect, official):
        with pytest.raises(WeChatMisconfigured):
            await check(connect(official), "好", simulated.visitor())

    @pytest.mark.parametrize("fault", SILENT, ids=str)
    async def test_is_unavailable_when_no_answer_came(self, simulated, mini_program, fault):
        simulated.fail(CHECK, **fault)
        with pytest.raises(WeChatUnavailable):
            await check(mini_program, "好", simulated.visitor())


class TestIsResting:
    async def test_begins_after_five_silences_and_ends_with_an_answer(self, simulated, connect):
        mini_program = connect(rest_seconds=0.3)
        simulated.fail(LOGIN, http_status=502, times=5)
        for _ in range(7):
            with pytest.raises(WeChatUnavailable):
                await mini_program.exchange_login_code("any")
        assert mini_program.is_resting
        assert len(simulated.calls(LOGIN)) == 5
        time.sleep(0.35)  # noqa: ASYNC251 # nothing else runs, and the wall clock must pass
        assert not mini_program.is_resting
        assert await mini_program.exchange_login_code(simulated.code(simulated.world.create_user()))

    async def test_leaves_the_other_questions_alone(self, simulated, mini_program):
        simulated.fail(CHECK, html=True, times=5)
        for _ in range(5):
            with pytest.raises(WeChatUnavailable):
                await check(mini_program, "好", simulated.visitor())
        assert mini_program.is_resting
        assert await mini_program.exchange_login_code(simulated.code(simulated.world.create_user()))

    async def test_does_not_begin_after_refusals(self, simulated, mini_program):
        for _ in range(9):
            with pytest.raises(LoginCodeRefused):
                await mini_program.exchange_login_code("made-up")
        assert not mini_program.is_resting

    async def test_begins_when_wechat_stays_busy(self, simulated, mini_program):
        simulated.fail(LOGIN, errcode=-1, times=5)
        for _ in range(5):
            with pytest.raises(WeChatUnavailable):
                await mini_program.exchange_login_code("any")
        assert mini_program.is_resting
