"""The one judgement at the door, as a table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from capabilities.check_in import REFUSALS
from capabilities.judging import DoorPolicy, RosterEntry, ScannedCode, Verdict, judge
from models.enrolment import EnrolmentStatus
from models.event import EventStatus
from models.scan import Direction

NINE = datetime(2019, 5, 30, 1, 0, tzinfo=UTC)
NOON = NINE + timedelta(hours=3)
ONE = NOON + timedelta(hours=1)
HALF_PAST_EIGHT = NINE - timedelta(minutes=30)
A_MOMENT = timedelta(microseconds=1)
HERE, ELSEWHERE = UUID(int=1), UUID(int=2)

CODE = ScannedCode()
DOOR = DoorPolicy(HERE, EventStatus.PUBLISHED, timedelta(minutes=30))
EXPECTED = RosterEntry(HERE, UUID(int=3), EnrolmentStatus.CONFIRMED, NINE, NOON)
INSIDE = replace(EXPECTED, checked_in_at=NINE)
GONE = replace(INSIDE, checked_out_at=NOON)
ENDED = replace(DOOR, event_status=EventStatus.ENDED)
IN, OUT = Direction.IN, Direction.OUT

CASES = {
    "lets_in_who_is_expected": (EXPECTED, DOOR, CODE, IN, NINE, Verdict.CHECKED_IN),
    "opens_thirty_minutes_before_the_shift": (EXPECTED, DOOR, CODE, IN, HALF_PAST_EIGHT, Verdict.CHECKED_IN),
    "opens_not_a_moment_sooner": (EXPECTED, DOOR, CODE, IN, HALF_PAST_EIGHT - A_MOMENT, Verdict.TOO_EARLY),
    "opens_when_the_event_says": (
        EXPECTED, replace(DOOR, opens_before=timedelta(0)), CODE, IN, NINE - A_MOMENT, Verdict.TOO_EARLY,
    ),
    "lets_in_until_the_end": (EXPECTED, DOOR, CODE, IN, NOON - A_MOMENT, Verdict.CHECKED_IN),
    "lets_nobody_in_at_the_end": (EXPECTED, DOOR, CODE, IN, NOON, Verdict.TOO_LATE),
    "lets_nobody_into_what_was_ended": (EXPECTED, ENDED, CODE, IN, NINE, Verdict.TOO_LATE),
    "knows_who_is_in": (INSIDE, DOOR, CODE, IN, NINE, Verdict.ALREADY_CHECKED_IN),
    "knows_who_is_in_before_the_doors_close": (INSIDE, ENDED, CODE, IN, ONE, Verdict.ALREADY_CHECKED_IN),
    "lets_nobody_in_twice_after_leaving": (GONE, DOOR, CODE, IN, NOON, Verdict.ALREADY_CHECKED_IN),
    "lets_out_who_is_in": (INSIDE, DOOR, CODE, OUT, NOON, Verdict.CHECKED_OUT),
    "lets_out_at_once": (INSIDE, DOOR, CODE, OUT, NINE, Verdict.CHECKED_OUT),
    "lets_out_for_an_hour_after_the_end": (INSIDE, DOOR, CODE, OUT, ONE - A_MOMENT, Verdict.CHECKED_OUT),
    "lets_nobody_out_after_that_hour": (INSIDE, DOOR, CODE, OUT, ONE, Verdict.TOO_LATE),
    "lets_nobody_out_of_what_was_ended": (INSIDE, ENDED, CODE, OUT, NOON, Verdict.TOO_LATE),
    "lets_nobody_out_who_never_came": (EXPECTED, DOOR, CODE, OUT, NOON, Verdict.NOT_CHECKED_IN),
    "lets_nobody_out_twice": (GONE, DOOR, CODE, OUT, NOON, Verdict.ALREADY_CHECKED_OUT),
    "knows_who_has_left_after_the_doors_close": (GONE, ENDED, CODE, OUT, ONE, Verdict.ALREADY_CHECKED_OUT),
    "refuses_what_we_never_made": (EXPECTED, DOOR, ScannedCode(is_known=False), IN, NINE, Verdict.UNKNOWN_CODE),
    "refuses_an_unknown_point": (EXPECTED, None, CODE, IN, NINE, Verdict.UNKNOWN_CODE),
    "refuses_an_old_code": (EXPECTED, DOOR, ScannedCode(is_fresh=False), IN, NINE, Verdict.CODE_EXPIRED),
    "refuses_an_old_code_on_the_way_out": (INSIDE, DOOR, ScannedCode(is_fresh=False), OUT, NOON, Verdict.CODE_EXPIRED),
    "refuses_a_revoked_ticket": (EXPECTED, DOOR, ScannedCode(is_revoked=True), IN, NINE, Verdict.TICKET_REVOKED),
    "refuses_another_events_code": (
        replace(EXPECTED, event_id=ELSEWHERE), DOOR, CODE, IN, NINE, Verdict.WRONG_EVENT,
    ),
    "refuses_who_is_not_enrolled": (None, DOOR, CODE, IN, NINE, Verdict.NOT_ENROLLED),
    "refuses_at_an_event_that_is_off": (
        EXPECTED, replace(DOOR, event_status=EventStatus.CANCELLED), CODE, IN, NINE, Verdict.EVENT_CANCELLED,
    ),
    "refuses_who_waits": (
        replace(EXPECTED, status=EnrolmentStatus.WAITLISTED), DOOR, CODE, IN, NINE, Verdict.WAITLISTED,
    ),
    "refuses_who_has_not_accepted": (
        replace(EXPECTED, status=EnrolmentStatus.OFFERED), DOOR, CODE, IN, NINE, Verdict.WAITLISTED,
    ),
    "refuses_who_cancelled": (
        replace(EXPECTED, status=EnrolmentStatus.CANCELLED), DOOR, CODE, IN, NINE, Verdict.ENROLMENT_CANCELLED,
    ),
    "refuses_whose_offer_lapsed": (
        replace(EXPECTED, status=EnrolmentStatus.LAPSED), DOOR, CODE, IN, NINE, Verdict.ENROLMENT_CANCELLED,
    ),
    "refuses_whom_the_organizer_cancelled": (
        replace(EXPECTED, status=EnrolmentStatus.CANCELLED_BY_ORGANIZER), DOOR, CODE, IN, NINE,
        Verdict.ENROLMENT_CANCELLED,
    ),
}  # fmt: skip


class TestJudge:
    @pytest.mark.parametrize(("entry", "door", "code", "direction", "now", "verdict"), CASES.values(), ids=CASES.keys())
    def test_as_the_table_says(
        self,
        entry: RosterEntry | None,
        door: DoorPolicy | None,
        code: ScannedCode,
        direction: Direction,
        now: datetime,
        verdict: Verdict,
    ) -> None:
        assert judge(entry, door, code, direction, now) is verdict

    def test_names_first_what_must_change_first(self) -> None:
        """Everything is wrong at once; each fault is mended in turn, and the next one is told."""
        entry: RosterEntry | None = replace(EXPECTED, event_id=ELSEWHERE, status=EnrolmentStatus.WAITLISTED)
        door = replace(DOOR, event_status=EventStatus.CANCELLED)
        code = ScannedCode(is_known=False, is_fresh=False, is_revoked=True)
        told = []

        def ask() -> None:
            told.append(judge(entry, door, code, IN, NOON))

        ask()
        code = replace(code, is_known=True)
        ask()
        code = replace(code, is_revoked=False)
        ask()
        entry = replace(EXPECTED, status=EnrolmentStatus.WAITLISTED)
        ask()
        code = replace(code, is_fresh=True)
        ask()
        door = DOOR
        ask()
        entry = EXPECTED
        ask()
        assert told == [
            Verdict.UNKNOWN_CODE,
            Verdict.TICKET_REVOKED,
            Verdict.WRONG_EVENT,
            Verdict.CODE_EXPIRED,
            Verdict.EVENT_CANCELLED,
            Verdict.WAITLISTED,
            Verdict.TOO_LATE,
        ]

    def test_has_every_verdict_in_its_table(self) -> None:
        assert {case[-1] for case in CASES.values()} == set(Verdict)


class TestRefusals:
    def test_has_a_refusal_for_every_verdict_that_refuses(self) -> None:
        assert set(REFUSALS) == {verdict for verdict in Verdict if not verdict.is_accepted}

    @pytest.mark.parametrize("verdict", sorted(REFUSALS))
    def test_is_named_as_the_verdict(self, verdict: Verdict) -> None:
        assert REFUSALS[verdict].__name__ == verdict.value
