"""The table from WeChat's numbers to what they mean for a person."""

import logging

import pytest

from wechat import errors
from wechat.errors import is_known, loudness, refusal_for

TABLE = [
    (errors.WeChatUnavailable, 503, [-1]),
    (errors.ReminderCollided, 503, [43108]),
    (errors.LoginCodeRefused, 401, [40029, 40163]),
    (errors.LoginKeyReplaced, 401, [87008, 87009]),
    (errors.AccountRestricted, 403, [40226]),
    (errors.ReminderNotAccepted, 409, [43101]),
    (errors.PersonMustDecide, 409, [61010]),
    (errors.WeChatQuotaUsedUp, 503, [45009, 45011, 48006]),
    (errors.WeChatMisconfigured, 503, [40001, 40014, 42001, 40013, 40125, 40164, 43104, 47001, 48001, 12345]),
]
CASES = [(errcode, kind, status) for kind, status, errcodes in TABLE for errcode in errcodes]


class TestRefusalFor:
    @pytest.mark.parametrize(("errcode", "kind", "status"), CASES)
    def test_gives_the_class_of_the_table(self, errcode, kind, status):
        refusal = refusal_for(errcode)
        assert (type(refusal), refusal.status) == (kind, status)

    @pytest.mark.parametrize(
        ("errcode", "seconds"), [(43108, 1), (45011, 60), (45009, 60), (48006, 86_400), (-1, None)]
    )
    def test_says_when_to_come_back(self, errcode, seconds):
        assert refusal_for(errcode).retry_after == seconds

    @pytest.mark.parametrize("errcode", [40029, 40163])
    def test_gives_the_meaning_of_one_call_before_that_of_the_table(self, errcode):
        refusal = refusal_for(errcode, errors.OF_PHONE_CODES)
        assert (type(refusal), refusal.status) == (errors.PhoneCodeRefused, 409)
        assert refusal.detail == "手机号授权已失效，请重新点击授权。"


class TestIsAboutUs:
    @pytest.mark.parametrize(
        ("errcode", "is_about_us"),
        [(40001, True), (40125, True), (40164, True), (47003, False), (40037, False), (40003, False), (12345, False)],
    )
    def test_tells_our_account_from_the_question(self, errcode, is_about_us):
        refusal = refusal_for(errcode)
        assert (refusal.errcode, refusal.is_about_us) == (errcode, is_about_us)


class TestLoudness:
    @pytest.mark.parametrize(
        ("errcode", "level"),
        [(0, logging.INFO), (40029, logging.WARNING), (40001, logging.WARNING), (40125, logging.ERROR)],
    )
    def test_is_an_error_only_for_what_an_operator_mends(self, errcode, level):
        assert loudness(errcode) == level

    def test_is_an_error_for_what_nobody_knows(self):
        assert loudness(12345) == logging.ERROR
        assert not is_known(12345)
