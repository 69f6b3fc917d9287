// Judge a scan with no network: the rules of capabilities/judging.py once more. Both are held to one table of cases,
// capabilities/judging_cases.json; whoever changes one changes the other.
//
// All moments are milliseconds since 1970, by the server's clock as well as the phone knows it.

const MINUTE = 60_000;
// Asia/Shanghai has kept +08:00 all year round since 1991.
const LOCAL_OFFSET = 8 * 60 * MINUTE;
const DAY = 24 * 60 * MINUTE;
const CHECK_OUT_GRACE = 60 * MINUTE;

/**
 * What this scan means. `entry` is null where the person has no enrolment, `door` where the point is unknown.
 * Answers { verdict, isAdmitted }; admitted is what nothing but an earlier or missing passage speaks against.
 */
export function judge(entry, door, code, attempt) {
  const refused = judgeCode(entry, door, code, attempt);
  if (refused || !entry || !door) return { verdict: refused || "NotEnrolled", isAdmitted: false };
  const wrongTime = judgeTime(entry, door, attempt);
  const earlier = judgeEarlier(entry, door, attempt);
  const accepted = attempt.direction === "in" ? "CheckedIn" : "CheckedOut";
  return { verdict: earlier || wrongTime || accepted, isAdmitted: !wrongTime };
}

function judgeCode(entry, door, code, attempt) {
  if (!code.isKnown || !door) return "UnknownCode";
  if (code.isRevoked) return "TicketRevoked";
  if (entry && entry.eventId !== door.eventId) return "WrongEvent";
  if (!code.isFresh) return "CodeExpired";
  if (door.eventStatus === "cancelled") return "EventCancelled";
  if (!entry) return "NotEnrolled";
  return judgeStatus(entry) || (attempt.place === "outside" ? "OutOfArea" : null);
}

function judgeStatus(entry) {
  if (entry.status === "confirmed") return null;
  return entry.status === "waitlisted" || entry.status === "offered" ? "Waitlisted" : "EnrolmentCancelled";
}

function judgeTime(entry, door, attempt) {
  const isIn = attempt.direction === "in";
  if (isIn && attempt.at < entry.shiftStartsAt - door.opensBeforeMinutes * MINUTE) return "TooEarly";
  const closesAt = entry.shiftEndsAt + (isIn ? 0 : CHECK_OUT_GRACE);
  return attempt.at >= closesAt || door.eventStatus === "ended" ? "TooLate" : null;
}

function judgeEarlier(entry, door, attempt) {
  const untilNow = entry.passages.filter((each) => each.at <= attempt.at);
  const stands = standing(untilNow, door, door.policy === "daily" ? dayOf(attempt.at) : null);
  if (attempt.direction === "out") {
    if (!stands.lastIn) return "NotCheckedIn";
    return stands.left ? "AlreadyCheckedOut" : null;
  }
  if (!stands.lastIn || door.policy === "many") return null;
  return stands.left && door.allowsReEntry ? null : "AlreadyCheckedIn";
}

/** Fold passages in the order of time; `on` looks at one local day only. */
export function standing(passages, door, on = null) {
  let came = null;
  let lastIn = null;
  let left = null;
  for (const each of [...passages].filter((one) => counts(one, door, on)).sort(byTime)) {
    if (each.direction === "in") {
      if (!lastIn || (left && beginsAnew(each, lastIn, door))) [came, lastIn, left] = [came || each, each, null];
    } else if (lastIn && !left) {
      left = each;
    }
  }
  return { came, lastIn, left };
}

function counts(passage, door, on) {
  const isHere = door.isEntrance ? passage.isEntrance : passage.pointId === door.pointId;
  return isHere && (on === null || dayOf(passage.at) === on);
}

function beginsAnew(each, lastIn, door) {
  const isAnotherDay = door.policy === "daily" && dayOf(each.at) !== dayOf(lastIn.at);
  return isAnotherDay || door.allowsReEntry || door.policy === "many";
}

// In before out, as on the server: "in" sorts before "out".
function byTime(one, other) {
  return one.at - other.at || compare(one.direction, other.direction) || compare(one.mark || "", other.mark || "");
}

function compare(one, other) {
  return one < other ? -1 : Number(one > other);
}

export function dayOf(at) {
  return Math.floor((at + LOCAL_OFFSET) / DAY);
}
