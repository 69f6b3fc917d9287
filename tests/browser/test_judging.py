"""The scanning page's own judgement, on the table that the server's is held to."""

import json
import subprocess
from typing import Any

import pytest

from tests.browser.node import ROOT, node

TABLE = ROOT / "capabilities" / "judging_cases.json"
CASES: list[dict[str, Any]] = json.loads(TABLE.read_text(encoding="utf-8"))["cases"]

# Turns the table's words into the page's, judges, and prints one verdict a case.
RUN = """
import { readFileSync } from "node:fs";
const [modulePath, tablePath] = process.argv.slice(1);
const { judge } = await import(modulePath);
const { base, cases } = JSON.parse(readFileSync(tablePath, "utf8"));
const whole = (part, said) => (said === null ? null : { ...base[part], ...said });
const passage = (said) => ({
  direction: said.direction, at: Date.parse(said.at), pointId: said.point, isEntrance: said.is_entrance,
});
const entry = (said) => said && {
  eventId: said.event, status: said.status, shiftStartsAt: Date.parse(said.starts_at),
  shiftEndsAt: Date.parse(said.ends_at), passages: said.passages.map(passage),
};
const door = (said) => said && {
  eventId: said.event, eventStatus: said.event_status, opensBeforeMinutes: said.opens_before_minutes,
  pointId: said.point, policy: said.policy, isEntrance: said.is_entrance, allowsReEntry: said.allows_re_entry,
};
const code = (said) => ({ isKnown: said.is_known, isFresh: said.is_fresh, isRevoked: said.is_revoked });
console.log(JSON.stringify(cases.map((each) => judge(
  entry(whole("entry", each.entry)), door(whole("door", each.door)), code(whole("code", each.code)),
  { ...each.attempt, at: Date.parse(each.attempt.at) },
))));
"""


@pytest.fixture(scope="module")
def told() -> list[dict[str, Any]]:
    module = (ROOT / "public" / "staff" / "judging.js").as_uri()
    command = [node(), "--input-type=module", "-e", RUN, module, str(TABLE)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    answers: list[dict[str, Any]] = json.loads(ran.stdout)
    assert len(answers) == len(CASES)
    return answers


class TestJudge:
    @pytest.mark.parametrize("number", range(len(CASES)), ids=[case["name"] for case in CASES])
    def test_as_the_table_says(self, number: int, told: list[dict[str, Any]]) -> None:
        case = CASES[number]
        assert told[number] == {"verdict": case["verdict"], "isAdmitted": case["is_admitted"]}
