"""A reminder is cut to what fits, sent once, and never sent again when nobody knows what became of it."""

import asyncio

import pytest

from tests.clients import client_of
from wechat.circuit import FAILURES
from wechat.errors import (
    ReminderCollided,
    ReminderNotAccepted,
    ReminderOutcomeUnknown,
    WeChatMisconfigured,
    WeChatQuotaUsedUp,
    WeChatUnavailable,
)
from wechat.reminder import fit, kind_of
from wechat.simulator.reminder_values import Template, keys_of, wrong_value

SEND = "/cgi-bin/message/subscribe/send"
TOKEN = "/cgi-bin/stable_token"
TEMPLATE = "template-1"
PAGE = "pages/event/show"
DATA = {"thing1": "全国科技工作者日志愿服务", "time2": "2026年12月5日 09:00", "name3": "陈思远"}

FITTING = [
    ("thing", "科技馆", "科技馆"),
    ("thing", "一二三四五六七八九十" * 2, "一二三四五六七八九十" * 2),
    ("thing", "一二三四五六七八九十" * 3, "一二三四五六七八九十一二三四五六七八九…"),
    ("thing", " 上午\n九点 ", "上午 九点"),
    ("number", "约120人", "120"),
    ("number", "1" * 40, "1" * 32),
    ("letter", "A-1b", "Ab"),
    ("letter", "a" * 40, "a" * 32),
    ("symbol", "a★★好!!!!", "★★!!!"),
    ("character_string", "编号 LZ-2026", "LZ-2026"),
    ("character_string", "x" * 40, "x" * 32),
    ("time", "2026年12月5日 09:00~11:30", "2026年12月5日 09:00~11:30"),
    ("date", "2026年12月5日", "2026年12月5日"),
    ("amount", "¥100元", "¥100元"),
    ("phone_number", "电话：+86 138-0000-1234", "+86 138-0000-1234"),
    ("phone_number", "1" * 20, "1" * 17),
    ("car_number", "蒙A 12345678", "蒙A123456"),
    ("name", "陈思远", "陈思远"),
    ("name", "用户410774", "用户"),
    ("name", "一二三四五六七八九十百", "一二三四五六七八九十"),
    ("name", "Anna-Maria 2", "Anna-Maria"),
    ("name", "A" * 30, "A" * 20),
    ("phrase", "已通过审核了", "已通过审核"),
    ("phrase", "通过 OK", "通过"),
    ("enum", "已签到", "已签到"),
]


class TestFit:
    @pytest.mark.parametrize(("kind", "text", "fitting"), FITTING)
    def test_cuts_to_what_the_kind_takes(self, kind, text, fitting):
        assert fit(kind, text) == fitting

    @pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, text, _ in FITTING])
    def test_yields_what_the_simulated_wechat_takes(self, kind, text):
        template = Template(TEMPLATE, "wx", keys_of([f"{kind}1"]))
        assert wrong_value(template, {f"{kind}1": {"value": fit(kind, text)}}) is None

    @pytest.mark.parametrize(
        ("kind", "text"), [("phrase", "OK"), ("letter", "一二"), ("number", "无"), ("name", "123")]
    )
    def test_leaves_nothing_where_nothing_is_allowed(self, kind, text):
        assert fit(kind, text) == ""


class TestKindOf:
    @pytest.mark.parametrize(("key", "kind"), [("thing1", "thing"), ("character_string12", "character_string")])
    def test_is_the_key_without_its_number(self, key, kind):
        assert kind_of(key) == kind


@pytest.fixture
def template(simulated):
    template = Template(TEMPLATE, simulated.mini.app_id, keys_of(list(DATA)))
    simulated.world.templates[TEMPLATE] = template
    simulated.world.released[simulated.mini.app_id].add(PAGE)
    return template


@pytest.fixture
def openid(simulated, template):
    """Somebody who accepted one reminder."""
    user = simulated.world.create_user("陈思远", key="chen")
    simulated.world.credits[("chen", TEMPLATE)] = 1
    return simulated.openid(user)


async def send(mini_program, openid, **changes):
    wanted = {"template_id": TEMPLATE, "page": f"{PAGE}?id=7", "data": DATA, "state": "formal", **changes}
    await mini_program.send_reminder(openid, **wanted)


class TestSendReminder:
    async def test_reaches_the_person(self, simulated, mini_program, openid):
        await send(mini_program, openid)
        sent = simulated.world.sent
        assert [(message.user, message.page, message.values) for message in sent] == [("chen", f"{PAGE}?id=7", DATA)]

    async def test_spends_the_acceptance(self, simulated, mini_program, openid):
        await send(mini_program, openid)
        with pytest.raises(ReminderNotAccepted) as refusal:
            await send(mini_program, openid)
        assert refusal.value.status == 409
        assert len(simulated.world.sent) == 1

    async def test_cuts_what_is_too_long(self, simulated, mini_program, openid):
        await send(mini_program, openid, data={**DATA, "thing1": "好" * 50})
        assert simulated.world.sent[0].values["thing1"] == "好" * 19 + "…"

    @pytest.mark.parametrize("fault", [{"drop": True}, {"delay_seconds": 3}], ids=str)
    async def test_says_unknown_when_the_answer_to_a_sent_message_was_lost(self, simulated, connect, openid, fault):
        simulated.fail(SEND, **fault)
        with pytest.raises(ReminderOutcomeUnknown):
            await send(connect(timeout_seconds=0.3), openid)
        assert len(simulated.world.sent) == 1
        assert len(simulated.calls(SEND)) == 1

    @pytest.mark.parametrize("fault", [{"http_status": 500}, {"html": True}, {"empty": True}, {"errcode": -1}], ids=str)
    async def test_says_unknown_to_any_answer_that_settles_nothing(self, simulated, mini_program, openid, fault):
        simulated.fail(SEND, **fault)
        with pytest.raises(ReminderOutcomeUnknown):
            await send(mini_program, openid)
        assert len(simulated.calls(SEND)) == 1

    async def test_may_be_sent_later_when_no_token_was_to_be_had(self, simulated, mini_program, openid):
        simulated.fail(TOKEN, drop=True)
        with pytest.raises(WeChatUnavailable):
            await send(mini_program, openid)
        await send(mini_program, openid)
        assert len(simulated.world.sent) == 1

    async def test_may_be_sent_later_when_nobody_listened(self, connect, unused_tcp_port, simulated, openid, memory):
        await connect().check_text("好", openid=simulated.visitor(), scene=2)
        simulated.base = f"http://127.0.0.1:{unused_tcp_port}"
        with pytest.raises(WeChatUnavailable):
            await send(connect(memory=memory), openid)

    async def test_may_be_sent_later_while_wechat_is_spared(self, simulated, mini_program, openid):
        simulated.fail(SEND, http_status=502, times=FAILURES)
        for _ in range(FAILURES):
            with pytest.raises(ReminderOutcomeUnknown):
                await send(mini_program, openid)
        with pytest.raises(WeChatUnavailable):
            await send(mini_program, openid)
        assert len(simulated.calls(SEND)) == FAILURES

    async def test_survives_a_token_that_another_server_replaced(self, simulated, mini_program, openid):
        await mini_program.check_text("好", openid=simulated.visitor(), scene=2)
        simulated.world.tokens.revoke(simulated.mini.app_id)
        await send(mini_program, openid)
        assert len(simulated.world.sent) == 1

    async def test_collides_with_another_to_the_same_person(self, simulated, mini_program, openid):
        simulated.world.credits[("chen", TEMPLATE)] = 2
        simulated.fail(SEND, delay_seconds=0.3)
        results = await asyncio.gather(send(mini_program, openid), send(mini_program, openid), return_exceptions=True)
        assert sorted(type(result) for result in results if result) == [ReminderCollided]
        await send(mini_program, openid)
        assert len(simulated.world.sent) == 2

    async def test_is_not_spared_for_collisions(self, simulated, mini_program, openid):
        simulated.fail(SEND, errcode=43108, times=FAILURES + 1)
        for _ in range(FAILURES + 1):
            with pytest.raises(ReminderCollided):
                await send(mini_program, openid)
        await send(mini_program, openid)

    async def test_names_the_wrong_field_in_the_log_and_nowhere_else(self, mini_program, openid, events):
        with pytest.raises(WeChatMisconfigured) as refusal:
            await send(mini_program, openid, data={**DATA, "time2": "value-canary"})
        assert [event["field"] for event in events if event.get("errcode") == 47003] == ["time2"]
        assert "time2" not in f"{refusal.value} {refusal.value.facts}"
        assert "value-canary" not in str(events)

    @pytest.mark.parametrize(
        ("changes", "errcode"),
        [
            ({"template_id": "unknown"}, 40037),
            ({"page": "pages/unreleased"}, 41030),
            ({"data": {"thing1": "只有一项"}}, 47003),
            ({"data": {**DATA, "thing9": "多一项"}}, 47003),
            ({"data": {**DATA, "name3": "12345"}}, 47003),
            ({"state": "unheard-of"}, 47003),
        ],
        ids=str,
    )
    async def test_blames_our_settings_and_spends_nothing(self, simulated, mini_program, openid, changes, errcode):
        with pytest.raises(WeChatMisconfigured):
            await send(mini_program, openid, **changes)
        assert [call["errcode"] for call in simulated.calls(SEND)] == [errcode]
        await send(mini_program, openid)

    async def test_blames_our_settings_for_another_accounts_openid(self, simulated, mini_program, openid, official):
        user = simulated.world.user("chen")
        with pytest.raises(WeChatMisconfigured):
            await send(mini_program, simulated.world.openid(official.app_id, user))

    async def test_says_when_to_come_back_after_too_many(self, simulated, mini_program, openid):
        simulated.fail(SEND, errcode=45009)
        with pytest.raises(WeChatQuotaUsedUp) as refusal:
            await send(mini_program, openid)
        assert refusal.value.retry_after == 60

    async def test_is_read_as_empty_where_data_is_a_string(self, simulated, openid):
        token = simulated.world.tokens.stable(simulated.mini.app_id, force=False).value
        told = {"touser": openid, "template_id": TEMPLATE, "data": '{"thing1": {"value": "好"}}'}
        async with client_of(simulated.base) as client:
            answer = (await client.post(SEND, params={"access_token": token}, json=told)).json()
        assert (answer["errcode"], "data.thing1.value is empty" in answer["errmsg"]) == (47003, True)


class TestAccept:
    async def test_adds_acceptances_that_messages_spend(self, simulated, mini_program, hand):
        await hand("users", name="李静", user="li")
        await hand("templates", template_id="t", keys=["thing1"])
        assert (await hand("accept", user="li", template_id="t", count=2)) == {"credits": 2}
        openid = simulated.openid(simulated.world.user("li"))
        await send(mini_program, openid, template_id="t", page=None, data={"thing1": "好"})
        messages = simulated.world.sent
        assert [(message.template_id, message.values) for message in messages] == [("t", {"thing1": "好"})]
        await hand("decline", user="li", template_id="t")
        with pytest.raises(ReminderNotAccepted):
            await send(mini_program, openid, template_id="t", page=None, data={"thing1": "好"})

    async def test_needs_a_template_whose_keys_have_known_kinds(self, hand):
        assert "no such keys" in str(await hand("templates", template_id="t", keys=["thing1", "word2"]))
        assert (await hand("accept", user="nobody", template_id="t"))["error"] == "no such user"
