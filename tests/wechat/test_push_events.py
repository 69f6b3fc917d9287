"""What pushes say, in every shape in which they have been seen."""

import pytest

from wechat.push_events import MediaVerdictPush, OtherPush, SubscribePush, UnreadableEvent, push_from

TRACE = "60ae120f-371d5872-7941a05b"
CHECKED = {"MsgType": "event", "Event": "wxa_media_check", "trace_id": TRACE, "version": 2}
DETAIL = {"strategy": "content_model", "errcode": 0, "suggest": "risky", "label": 20002, "prob": 90}
SENT = {"TemplateId": "t1", "MsgID": "7", "ErrorCode": "0", "ErrorStatus": "success"}
POPUP = {"MsgType": "event", "Event": "subscribe_msg_popup_event", "FromUserName": "o1"}


class TestMediaVerdict:
    @pytest.mark.parametrize("label", [20002, "20002"])
    @pytest.mark.parametrize("detail", [DETAIL, [DETAIL], [DETAIL, DETAIL], [], ""], ids=str)
    def test_is_what_the_result_says(self, label, detail):
        told = {**CHECKED, "result": {"suggest": "risky", "label": label}, "detail": detail}
        assert push_from(told) == MediaVerdictPush(TRACE, "risky", 20002, None)

    @pytest.mark.parametrize("errcode", [0, "0", None, ""])
    def test_may_come_with_an_errcode_that_says_nothing(self, errcode):
        told = {**CHECKED, "errcode": errcode, "result": {"suggest": "pass", "label": 100}}
        assert push_from(told) == MediaVerdictPush(TRACE, "pass", 100, None)

    @pytest.mark.parametrize("errcode", [-1008, "-1008", 4294966288])
    def test_is_missing_where_wechat_could_not_fetch(self, errcode):
        told = {**CHECKED, "detail": [], "errcode": errcode, "errmsg": "cannot download"}
        assert push_from(told) == MediaVerdictPush(TRACE, None, None, -1008)

    def test_is_never_a_pass_beside_a_failure(self):
        told = {**CHECKED, "errcode": -1, "result": {"suggest": "pass", "label": 100}}
        assert push_from(told) == MediaVerdictPush(TRACE, None, None, -1)

    @pytest.mark.parametrize("errcode", ["x", 10**40, [], {"a": 1}, "9" * 5_000], ids=lambda each: str(each)[:10])
    def test_fails_on_an_errcode_that_is_no_number(self, errcode):
        told = {**CHECKED, "errcode": errcode, "result": {"suggest": "pass", "label": 100}}
        assert push_from(told).suggest is None or errcode == []

    @pytest.mark.parametrize("result", [{}, [], "pass", {"label": 100}], ids=str)
    def test_is_missing_without_a_suggestion(self, result):
        assert push_from({**CHECKED, "result": result}) == MediaVerdictPush(TRACE, None, None, None)

    def test_sends_an_unknown_suggestion_to_a_person(self):
        told = {**CHECKED, "result": {"suggest": ["pass"], "label": "many"}}
        assert push_from(told) == MediaVerdictPush(TRACE, "review", None, None)

    @pytest.mark.parametrize(
        ("told", "suggest", "errcode"),
        [
            ({"isrisky": 0, "status_code": 0}, "pass", None),
            ({"isrisky": "1", "status_code": "0"}, "risky", None),
            ({"isrisky": "?", "status_code": 0}, "review", None),
            ({"isrisky": 0, "status_code": 4294966288}, None, -1008),
            ({"isrisky": 0, "status_code": "4294966287"}, None, -1009),
        ],
        ids=str,
    )
    def test_is_read_in_its_first_version(self, told, suggest, errcode):
        first = {"MsgType": "event", "Event": "wxa_media_check", "trace_id": TRACE, "extra_info_json": "", **told}
        assert push_from(first) == MediaVerdictPush(TRACE, suggest, None, errcode)

    @pytest.mark.parametrize("trace_id", [None, "", 7, "x" * 81, "a b", "\ud800", "追踪"], ids=ascii)
    def test_needs_a_trace_id(self, trace_id):
        with pytest.raises(UnreadableEvent):
            push_from({**CHECKED, "trace_id": trace_id, "result": {"suggest": "pass"}})


class TestSubscription:
    def test_lists_what_was_chosen(self):
        entries = [
            {"TemplateId": "t1", "SubscribeStatusString": "accept", "PopupScene": "0"},
            {"TemplateId": "t2", "SubscribeStatusString": "reject", "PopupScene": "0"},
        ]
        chosen = SubscribePush("popup", "o1", [("t1", "accept"), ("t2", "reject")])
        assert push_from({**POPUP, "List": entries}) == chosen
        assert push_from({**POPUP, "SubscribeMsgPopupEvent": {"List": entries}}) == chosen

    def test_takes_a_lone_entry(self):
        told = {"MsgType": "event", "Event": "subscribe_msg_sent_event", "FromUserName": "o1"}
        sent = SubscribePush("sent", "o1", [("t1", "success")])
        assert push_from({**told, "List": SENT}) == sent
        assert push_from({**told, "SubscribeMsgSentEvent": {"List": SENT}}) == sent

    def test_hides_the_person_in_its_repr(self):
        assert "canary" not in repr(push_from({**POPUP, "FromUserName": "canary", "List": SENT}))

    @pytest.mark.parametrize("told", [{}, {"List": []}, {"List": ["t1"]}, {"List": [{}]}, {"List": "t1"}], ids=str)
    def test_needs_entries(self, told):
        with pytest.raises(UnreadableEvent):
            push_from({**POPUP, **told})

    def test_needs_a_person(self):
        with pytest.raises(UnreadableEvent):
            push_from({**POPUP, "FromUserName": "", "List": SENT})


class TestPushFrom:
    @pytest.mark.parametrize(
        ("told", "kind"),
        [
            ({"MsgType": "text", "Content": "canary"}, "text"),
            ({"MsgType": "event", "Event": "user_authorization_revoke"}, "user_authorization_revoke"),
            ({"MsgType": "event", "Event": "x" * 1_000}, "x" * 40),
        ],
        ids=["text", "event", "long"],
    )
    def test_names_what_nobody_waits_for(self, told, kind):
        assert push_from(told) == OtherPush(kind)

    @pytest.mark.parametrize("told", [{}, {"MsgType": ""}, {"MsgType": ["event"]}, {"MsgType": "event"}], ids=str)
    def test_needs_a_type(self, told):
        with pytest.raises(UnreadableEvent):
            push_from(told)
