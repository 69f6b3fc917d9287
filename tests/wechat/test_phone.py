"""A tap on the phone button becomes a number, once."""

from datetime import timedelta

import pytest

from wechat.errors import LoginCodeRefused, PhoneCodeRefused, WeChatMisconfigured, WeChatQuotaUsedUp, WeChatUnavailable
from wechat.mini_program import PHONE_UNFINISHED

PHONE = "/wxa/business/getuserphonenumber"


@pytest.fixture
def user(simulated):
    return simulated.world.create_user("陈思远", key="chen")


@pytest.fixture
def tap(simulated, user):
    return lambda **how: simulated.world.issue_phone_code(user, simulated.mini, **how)


class TestExchangePhoneCode:
    async def test_gives_the_number_without_its_prefix(self, mini_program, tap):
        phone = await mini_program.exchange_phone_code(tap(number="13800001234"), openid=None)
        assert (phone.number, phone.country_code) == ("13800001234", "86")

    @pytest.mark.parametrize("country_code", [852, "852"])
    async def test_takes_a_country_as_number_or_text(self, mini_program, tap, country_code):
        phone = await mini_program.exchange_phone_code(tap(number="51234567", country_code=country_code), openid=None)
        assert (phone.number, phone.country_code) == ("51234567", "852")

    async def test_takes_the_code_of_the_person_who_is_named(self, simulated, mini_program, tap, user):
        assert await mini_program.exchange_phone_code(tap(), openid=simulated.openid(user))

    async def test_refuses_the_code_of_somebody_else(self, simulated, mini_program, tap):
        with pytest.raises(PhoneCodeRefused):
            await mini_program.exchange_phone_code(tap(), openid=simulated.visitor("李静"))

    async def test_refuses_a_spent_code_in_words_about_the_phone(self, mini_program, tap):
        code = tap()
        await mini_program.exchange_phone_code(code, openid=None)
        with pytest.raises(PhoneCodeRefused) as refusal:
            await mini_program.exchange_phone_code(code, openid=None)
        assert (refusal.value.status, refusal.value.detail) == (409, "手机号授权已失效，请重新点击授权。")

    async def test_refuses_a_code_older_than_five_minutes(self, mini_program, tap, clock):
        code = tap()
        clock.advance(timedelta(minutes=5))
        with pytest.raises(PhoneCodeRefused):
            await mini_program.exchange_phone_code(code, openid=None)

    async def test_refuses_a_log_in_code(self, simulated, mini_program, user):
        with pytest.raises(PhoneCodeRefused):
            await mini_program.exchange_phone_code(simulated.code(user), openid=None)

    async def test_gives_no_log_in_for_a_phone_code(self, mini_program, tap):
        with pytest.raises(LoginCodeRefused):
            await mini_program.exchange_login_code(tap())

    async def test_counts_a_code_as_spent_when_its_answer_was_lost(self, simulated, mini_program, tap):
        code = tap()
        simulated.fail(PHONE, drop=True)
        with pytest.raises(WeChatUnavailable, match=PHONE_UNFINISHED):
            await mini_program.exchange_phone_code(code, openid=None)
        with pytest.raises(PhoneCodeRefused):
            await mini_program.exchange_phone_code(code, openid=None)

    @pytest.mark.parametrize("fault", [{"errcode": -1}, {"http_status": 500}, {"html": True}, {"empty": True}], ids=str)
    async def test_asks_once_whatever_comes_of_it(self, simulated, mini_program, tap, fault):
        simulated.fail(PHONE, **fault)
        with pytest.raises(WeChatUnavailable):
            await mini_program.exchange_phone_code(tap(), openid=None)
        assert len(simulated.calls(PHONE)) == 1

    @pytest.mark.parametrize(("errcode", "kind"), [(45011, WeChatQuotaUsedUp), (48001, WeChatMisconfigured)])
    async def test_tells_refusals_apart(self, simulated, mini_program, tap, errcode, kind):
        simulated.fail(PHONE, errcode=errcode)
        with pytest.raises(kind):
            await mini_program.exchange_phone_code(tap(), openid=None)

    @pytest.mark.parametrize("told", [None, [], {}, {"purePhoneNumber": ""}, {"purePhoneNumber": 138}], ids=str)
    async def test_takes_no_answer_without_a_number(self, canned, told):
        with pytest.raises(WeChatUnavailable):
            await canned({"errcode": 0, "phone_info": told}).exchange_phone_code("any", openid=None)

    async def test_fails_apart_from_log_ins(self, simulated, mini_program, tap, user):
        simulated.fail(PHONE, http_status=502, times=5)
        for _ in range(5):
            with pytest.raises(WeChatUnavailable):
                await mini_program.exchange_phone_code(tap(), openid=None)
        assert mini_program.is_resting
        assert await mini_program.exchange_login_code(simulated.code(user))


class TestTapPhone:
    async def test_gives_a_code_for_a_made_up_number(self, mini_program, hand, user):
        tapped = await hand("tap-phone", user="chen")
        phone = await mini_program.exchange_phone_code(tapped["code"], openid=None)
        assert phone.number == tapped["phone"]
        assert phone.number.startswith("1380000")

    async def test_gives_none_when_the_paid_calls_are_used_up(self, mini_program, hand, user):
        await hand("phone-budget", left=1)
        tapped = await hand("tap-phone", user="chen", phone="13800009999")
        assert (await mini_program.exchange_phone_code(tapped["code"], openid=None)).number == "13800009999"
        assert (await hand("tap-phone", user="chen"))["errno"] == 1400001
