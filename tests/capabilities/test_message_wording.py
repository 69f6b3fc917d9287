"""What messages say, whether WeChat takes it, and when a reminder may ring."""

import re
from datetime import datetime, time

import pytest

from capabilities.message.quiet_hours import next_waking
from capabilities.message.wording import INBOX, WORDINGS, render
from kit.clock import LOCAL
from models.message import Message, MessageKind
from tests.conftest import MORNING
from wechat.reminder import FIELDS, fit

# More than any template shows and with everything that a text can hold.
EVERY_FACT = ("title", "reason", "place", "unit", "hours", "team", "outcome", "until", "volunteer_no")
LONG = dict.fromkeys(EVERY_FACT, "北京中关村科技志愿服务总队（第二分队）举办的科普讲座与义诊活动")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2019-05-{text}").replace(tzinfo=LOCAL)


class TestRender:
    @pytest.mark.parametrize("kind", MessageKind)
    def test_has_words_for_every_kind(self, kind: MessageKind) -> None:
        told = render(kind, LONG | {"event_id": "e", "team_id": "t", "time": "2019年5月30日 09:00"}, MORNING)
        assert told.title
        assert told.words
        assert set(told.values) == FIELDS
        assert len(told.title) <= Message._meta.fields_map["title"].max_length
        assert "{" not in told.words + told.page + "".join(told.values.values())

    @pytest.mark.parametrize("kind", MessageKind)
    def test_leaves_no_field_of_a_template_empty_where_facts_are_missing(self, kind: MessageKind) -> None:
        told = render(kind, {}, MORNING)
        assert all(told.values.values())
        assert told.title
        assert told.page == INBOX or "?" not in told.page
        assert "{" not in told.words

    @pytest.mark.parametrize("kind", MessageKind)
    def test_fits_the_narrow_fields_of_a_template(self, kind: MessageKind) -> None:
        fixed = WORDINGS[kind].outcome
        assert "{" in fixed or fit("phrase", fixed) == fixed
        assert fit("thing", WORDINGS[kind].note) == WORDINGS[kind].note
        assert re.fullmatch(r"\d{4}年\d{1,2}月\d{1,2}日 \d\d:\d\d", render(kind, {}, MORNING).values["time"])

    @pytest.mark.parametrize("kind", MessageKind)
    def test_hands_wechat_no_reason_that_somebody_wrote(self, kind: MessageKind) -> None:
        told = render(kind, {"title": "讲座", "outcome": "未通过", "reason": "canary"}, MORNING)
        assert "canary" not in "".join(told.values.values())

    def test_leaves_out_the_line_whose_fact_is_missing(self) -> None:
        told = render(MessageKind.EVENT_CANCELLED, {"title": "讲座", "reason": " "}, MORNING)
        assert told.words == "您报名的「讲座」已取消，请不要前往，感谢您的支持。"

    def test_takes_braces_in_a_fact_for_text(self) -> None:
        told = render(MessageKind.EVENT_CANCELLED, {"title": "{reason}", "reason": "{0.__class__}"}, MORNING)
        assert told.words.splitlines() == [
            "您报名的「{reason}」已取消，请不要前往，感谢您的支持。",
            "说明：{0.__class__}",
        ]


NINE, EIGHT = time(21), time(8)


class TestNextWaking:
    @pytest.mark.parametrize(
        ("moment", "waking"),
        [
            ("30T08:00", "30T08:00"),
            ("30T20:59", "30T20:59"),
            ("30T21:00", "31T08:00"),
            ("30T23:59", "31T08:00"),
            ("30T00:00", "30T08:00"),
            ("30T07:59", "30T08:00"),
        ],
    )
    def test_passes_over_a_night_with_midnight_in_it(self, moment: str, waking: str) -> None:
        assert next_waking(at(moment), NINE, EIGHT) == at(waking)

    @pytest.mark.parametrize(
        ("moment", "waking"),
        [("30T21:30", "30T21:30"), ("30T22:00", "31T07:00"), ("30T06:59", "30T07:00"), ("30T07:10", "30T07:10")],
    )
    def test_has_a_shorter_night_for_what_cannot_wait(self, moment: str, waking: str) -> None:
        assert next_waking(at(moment), NINE, EIGHT, is_urgent=True) == at(waking)

    def test_never_holds_the_urgent_longer_than_the_rest(self) -> None:
        late = at("30T22:30")
        assert next_waking(late, time(23), time(6), is_urgent=True) == late

    @pytest.mark.parametrize(
        ("moment", "waking"), [("30T12:30", "30T14:00"), ("30T11:59", "30T11:59"), ("30T14:00",) * 2]
    )
    def test_knows_quiet_hours_within_a_day(self, moment: str, waking: str) -> None:
        assert next_waking(at(moment), time(12), time(14)) == at(waking)

    def test_is_never_quiet_where_both_ends_are_the_same(self) -> None:
        assert next_waking(at("30T03:00"), time(8), time(8)) == at("30T03:00")
