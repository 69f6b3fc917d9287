// The roster on this phone: who is expected, by the tickets that their codes name, and what they have passed so far.

import { isFresh, readCode } from "./codes.js";
import { judge } from "./judging.js";

export class Roster {
  /** `kept` is what `toKeep` gave, or nothing. */
  constructor(kept) {
    this.answer = kept?.answer ?? null;
    this.loadedAt = kept?.loadedAt ?? null;
    this.entries = new Map(kept?.entries ?? []);
    this.byTicket = new Map();
    for (const entry of this.entries.values()) this.#index(entry);
  }

  get isLoaded() {
    return this.answer !== null;
  }

  get points() {
    return this.answer?.points ?? [];
  }

  get size() {
    return this.entries.size;
  }

  toKeep() {
    return { answer: this.answer, loadedAt: this.loadedAt, entries: [...this.entries] };
  }

  /** Take the server's answer, the whole roster or what has changed. */
  take(answer, now) {
    if (answer.is_full) {
      this.entries.clear();
      this.byTicket.clear();
    }
    for (const entry of answer.entries) {
      this.entries.set(entry[0], entry);
      this.#index(entry);
    }
    this.answer = { ...answer, entries: [] };
    this.loadedAt = now;
  }

  #index(entry) {
    const [, , , , live, revoked] = entry;
    for (const ticket of live) this.byTicket.set(ticket, { entry, isRevoked: false });
    for (const ticket of revoked) this.byTicket.set(ticket, { entry, isRevoked: true });
  }

  point(id) {
    return this.points.find((each) => each.id === id) ?? null;
  }

  /** What this scan means by all that the phone knows. `own` are this phone's scans, which the server may not have. */
  judge(text, { direction, pointId, at, own }) {
    const code = readCode(text);
    const found = code.kind === "personal" ? this.byTicket.get(code.ticket) : undefined;
    const shown = {
      isKnown: code.kind === "personal",
      isFresh: code.kind === "personal" && isFresh(code.madeAt, at),
      isRevoked: Boolean(found?.isRevoked),
    };
    const entry = found ? this.#asEntry(found.entry, own) : null;
    const { verdict } = judge(entry, this.#door(pointId), shown, { direction, at, place: "unknown" });
    return {
      verdict,
      enrolment: found?.entry[0] ?? null,
      name: found?.entry[3] ?? "",
      role: found ? this.answer.shifts[found.entry[1]].role : "",
      // A new enrolment may have come after the roster: not listed is a question, not a refusal.
      isListed: Boolean(found),
    };
  }

  #door(pointId) {
    const point = this.point(pointId);
    const event = this.answer?.event;
    if (!point || !event) return null;
    return {
      eventId: event.id,
      eventStatus: event.status,
      opensBeforeMinutes: event.opens_before_minutes,
      pointId: point.id,
      policy: point.policy,
      isEntrance: point.is_entrance,
      allowsReEntry: event.allows_re_entry,
    };
  }

  #asEntry([enrolment, shiftNo, statusNo, , , , passages], own) {
    const shift = this.answer.shifts[shiftNo];
    const passed = passages.map(([direction, at, pointNo]) => this.#passage(direction, at, this.points[pointNo]?.id));
    for (const scan of own) {
      const hasPassed = scan.verdict === "CheckedIn" || scan.verdict === "CheckedOut";
      if (scan.enrolment === enrolment && hasPassed && !scan.annulReason) {
        passed.push(this.#passage(scan.direction, scan.at, scan.pointId, scan.nonce));
      }
    }
    return {
      eventId: this.answer.event.id,
      status: this.answer.statuses[statusNo],
      shiftStartsAt: Date.parse(shift.starts_at),
      shiftEndsAt: Date.parse(shift.ends_at),
      passages: passed,
    };
  }

  #passage(direction, at, pointId, mark = "") {
    return { direction, at, pointId, isEntrance: this.point(pointId)?.is_entrance ?? true, mark };
  }
}
