"""The parts of the walk-through: its ledger, its report, and what it knows of tickets, queues and identities."""

import json
import os
import secrets
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from stdnum.iso7064 import mod_11_2

from capabilities.message.quiet_hours import next_waking
from capabilities.sign_in_code import personal_code
from kit.clock import LOCAL
from kit.ids import uuid7
from kit.seals import encode
from scripts.demo_settings import demo_environment, settings_of_server
from scripts.walkthrough.ledger import Ledger, Surprise
from scripts.walkthrough.made_up import identity
from scripts.walkthrough.programme import Enrolment, Event, Fate, Shift, TicketKey
from scripts.walkthrough.report import write_json
from scripts.walkthrough.story import Options, Outcome
from server.settings import SettingsFaulty, load_settings
from tests.scripts.planted import shown


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


class TestDemonstration:
    @pytest.mark.parametrize("hour", range(24))
    def test_sends_reminders_at_every_hour_so_that_the_walk_sees_them(
        self, hour: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        for name, value in demo_environment().items():
            monkeypatch.setenv(name, value)
        settings, moment = load_settings(), datetime(2019, 5, 30, hour, 59, tzinfo=LOCAL)
        for is_urgent in (True, False):
            waking = next_waking(moment, settings.quiet_from, settings.quiet_until, is_urgent=is_urgent)
            assert waking == moment


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
