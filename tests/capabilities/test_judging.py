"""The one judgement at the door, as a table that the scanning page runs too."""

import json
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest

from capabilities import judging
from capabilities.check_in import REFUSALS
from capabilities.judging import Attempt, DoorPolicy, Judgement, Passage, RosterEntry, ScannedCode, Verdict, judge
from models.enrolment import EnrolmentStatus
from models.event import EventStatus, PointPolicy
from models.scan import Direction, Place

TABLE = json.loads((Path(judging.__file__).parent / "judging_cases.json").read_text(encoding="utf-8"))
CASES = {case["name"]: case for case in TABLE["cases"]}
Said = dict[str, Any]


def named(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, name)


def whole(case: Said, part: str) -> Said | None:
    """What the case says of this part, over what the base says."""
    return None if case[part] is None else TABLE["base"][part] | case[part]


def entry_of(said: Said | None) -> RosterEntry | None:
    if said is None:
        return None
    return RosterEntry(
        named(said["event"]),
        named("enrolment"),
        EnrolmentStatus(said["status"]),
        datetime.fromisoformat(said["starts_at"]),
        datetime.fromisoformat(said["ends_at"]),
        tuple(passage_of(each) for each in said["passages"]),
    )


def passage_of(said: Said) -> Passage:
    at = datetime.fromisoformat(said["at"])
    return Passage(Direction(said["direction"]), at, named(said["point"]), said["is_entrance"])


def door_of(said: Said | None) -> DoorPolicy | None:
    if said is None:
        return None
    return DoorPolicy(
        named(said["event"]),
        EventStatus(said["event_status"]),
        timedelta(minutes=said["opens_before_minutes"]),
        named(said["point"]),
        PointPolicy(said["policy"]),
        said["is_entrance"],
        said["allows_re_entry"],
    )


def attempt_of(said: Said) -> Attempt:
    return Attempt(Direction(said["direction"]), datetime.fromisoformat(said["at"]), Place(said["place"]))


def judged(case: Said) -> Judgement:
    code = whole(case, "code")
    assert code is not None
    entry, door = entry_of(whole(case, "entry")), door_of(whole(case, "door"))
    return judge(entry, door, ScannedCode(**code), attempt_of(case["attempt"]))


class TestJudge:
    @pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
    def test_as_the_table_says(self, case: Said) -> None:
        assert judged(case) == Judgement(Verdict(case["verdict"]), case["is_admitted"])

    def test_has_one_name_for_each_case(self) -> None:
        assert len(CASES) == len(TABLE["cases"])

    def test_names_first_what_must_change_first(self) -> None:
        """Everything is wrong at once; each fault is mended in turn, and the next one is told."""
        case: Said = {
            "entry": {"event": "elsewhere", "status": "waitlisted"},
            "door": {"event_status": "cancelled"},
            "code": {"is_known": False, "is_fresh": False, "is_revoked": True},
            "attempt": {"direction": "in", "at": TABLE["base"]["entry"]["ends_at"], "place": "outside"},
        }
        mended = [
            lambda: case["code"].update(is_known=True),
            lambda: case["code"].update(is_revoked=False),
            lambda: case["entry"].update(event="here"),
            lambda: case["code"].update(is_fresh=True),
            lambda: case["door"].update(event_status="published"),
            lambda: case["entry"].update(status="confirmed"),
            lambda: case["attempt"].update(place="inside"),
        ]
        told = [judged(case).verdict]
        for mend in mended:
            mend()
            told.append(judged(case).verdict)
        assert told == [
            Verdict.UNKNOWN_CODE,
            Verdict.TICKET_REVOKED,
            Verdict.WRONG_EVENT,
            Verdict.CODE_EXPIRED,
            Verdict.EVENT_CANCELLED,
            Verdict.WAITLISTED,
            Verdict.OUT_OF_AREA,
            Verdict.TOO_LATE,
        ]

    def test_has_every_verdict_in_its_table(self) -> None:
        assert {case["verdict"] for case in CASES.values()} == set(Verdict)


class TestStanding:
    def test_is_the_same_in_whatever_order_passages_come(self) -> None:
        door = door_of(TABLE["base"]["door"] | {"allows_re_entry": True})
        assert door is not None
        nine = datetime.fromisoformat(TABLE["base"]["entry"]["starts_at"])
        way = (Direction.IN, Direction.OUT, Direction.IN, Direction.IN, Direction.OUT)
        passages = [Passage(each, nine + timedelta(minutes=n), door.point_id) for n, each in enumerate(way)]
        found = {judging.standing(each, door) for each in permutations(passages)}
        assert found == {judging.Standing(passages[0], passages[2], passages[4])}


class TestRefusals:
    def test_has_a_refusal_for_every_verdict_that_refuses(self) -> None:
        assert set(REFUSALS) == {verdict for verdict in Verdict if not verdict.is_accepted}

    @pytest.mark.parametrize("verdict", sorted(REFUSALS))
    def test_is_named_as_the_verdict(self, verdict: Verdict) -> None:
        assert REFUSALS[verdict].__name__ == verdict.value
