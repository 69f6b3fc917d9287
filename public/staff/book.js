// The book of this phone's scans: written down before anything else is done with them, handed over when there is a
// network, each under its own nonce, so that twice handed over is once counted.

import { random } from "./codes.js";
import { Ended, Unreachable } from "./link.js";
import { isAccepted } from "./verdicts.js";

const AT_ONCE = 200;
const KEPT_AFTER = 200;
// Longer, and a queue forms at the door; the phone then judges by itself and hands over later.
const AT_THE_DOOR_MS = 2_000;

export class Book {
  /** `scans` by nonce, in the order in which they happened. */
  scans = new Map();
  #store;
  #link;
  #onChange;
  #isHandingOver = false;
  #underWay = new Set();

  constructor(store, link, onChange) {
    this.#store = store;
    this.#link = link;
    this.#onChange = onChange;
  }

  async open() {
    const found = await this.#store.scans();
    found.sort((one, other) => one.at - other.at);
    for (const scan of found) this.scans.set(scan.nonce, scan);
  }

  of(eventId) {
    return [...this.scans.values()].filter((scan) => scan.eventId === eventId);
  }

  /** What the server does not have yet: scans, and annulments of scans. */
  waiting(eventId = null) {
    const all = [...this.scans.values()].filter((scan) => scan.state === "waiting" || scan.state === "annul");
    return eventId === null ? all : all.filter((scan) => scan.eventId === eventId);
  }

  /** Write a scan down; resolved when it is on the disk. */
  async add(scan) {
    const whole = { ...scan, nonce: random(), state: "waiting" };
    await this.#keep(whole);
    return whole;
  }

  /** Ask the server for its verdict while somebody stands there. Answers its name and words, or null: judge yourself. */
  async askNow(scan, device) {
    this.#underWay.add(scan.nonce);
    try {
      const { status, body } = await this.#link.ask("POST", "/scans", {
        timeout: AT_THE_DOOR_MS,
        body: {
          point_id: scan.pointId,
          code: scan.code,
          nonce: scan.nonce,
          direction: scan.direction,
          scanned_at: new Date(scan.scannedAt).toISOString(),
          device,
          ...(scan.gate ? { gate: scan.gate } : {}),
        },
      });
      const verdict = status === 200 ? body.verdict : body.verdict ?? null;
      // Refused before it was judged (not on duty here, no such point): it stays in the book for a person to see.
      if (!verdict) return await this.#close(scan, { state: "refused", said: body.detail ?? "" }), body;
      await this.#settle(scan, { ...body, verdict });
      return body;
    } catch (error) {
      if (error instanceof Unreachable || error instanceof Ended) return null;
      throw error;
    } finally {
      this.#underWay.delete(scan.nonce);
    }
  }

  /** Take a scan back, with the reason; handed over like a scan. */
  async annul(nonce, reason) {
    const scan = this.scans.get(nonce);
    if (!scan || scan.annulReason) return;
    const state = scan.state === "waiting" ? "waiting" : "annul";
    await this.#close(scan, { annulReason: reason, state });
  }

  /** Hand over everything of this event. Raises `Unreachable` or `Ended` where it stops half-way. */
  async handOver(eventId, device) {
    if (this.#isHandingOver) return;
    this.#isHandingOver = true;
    try {
      await this.#handOverScans(eventId, device);
      for (const scan of this.waiting(eventId).filter((each) => each.state === "annul")) await this.#handOverAnnulment(scan);
      await this.#forgetOldest();
    } finally {
      this.#isHandingOver = false;
    }
  }

  async #handOverScans(eventId, device) {
    let atOnce = AT_ONCE;
    for (;;) {
      const scans = this.waiting(eventId)
        .filter((each) => each.state === "waiting" && !this.#underWay.has(each.nonce))
        .slice(0, atOnce);
      if (!scans.length) return;
      const { status, body } = await this.#link.ask("POST", "/scans/batch", { body: lateScans(scans, device) });
      if (status === 200) {
        for (const answer of body.answers) await this.#settleLate(answer);
      } else if (scans.length > 1) {
        // One that cannot be read must not hold up the others: look for it one by one.
        atOnce = 1;
      } else {
        await this.#close(scans[0], { state: "refused", said: body?.detail ?? "" });
      }
    }
  }

  async #settleLate(answer) {
    const scan = this.scans.get(answer.nonce);
    if (!scan) return;
    if (answer.verdict) await this.#settle(scan, answer);
    else await this.#close(scan, { state: "refused", said: answer.detail ?? "" });
  }

  async #handOverAnnulment(scan) {
    const { status } = await this.#link.ask("POST", `/scans/${scan.scanId}/annulment`, { body: { reason: scan.annulReason } });
    // 409: it let nobody in, or is annulled already. Either way there is nothing left to take back.
    const isDone = status < 300 || status === 409;
    await this.#close(scan, { state: isDone ? "done" : "refused", isAnnulled: isDone });
  }

  async #settle(scan, { verdict, scan_id: scanId }) {
    const differs = scan.seen && isAccepted(scan.seen) !== isAccepted(verdict) && Boolean(scan.wasOffline);
    const mayBeAnnulled = Boolean(scan.annulReason) && Boolean(scanId);
    await this.#close(scan, { state: mayBeAnnulled ? "annul" : "done", verdict, scanId, differs, code: undefined });
  }

  async note(nonce, change) {
    const scan = this.scans.get(nonce);
    if (scan) await this.#close(scan, change);
  }

  async #close(scan, change) {
    const now = this.scans.get(scan.nonce) ?? scan;
    await this.#keep(Object.assign(now, change));
  }

  async #keep(scan) {
    // The code goes when the server has it; a name never goes to the disk, masked ones stand in the roster.
    await this.#store.putScan(structuredClone(scan));
    this.scans.set(scan.nonce, scan);
    this.#onChange();
  }

  async #forgetOldest() {
    const done = [...this.scans.values()].filter((scan) => scan.state === "done");
    for (const scan of done.slice(0, Math.max(0, done.length - KEPT_AFTER))) {
      await this.#store.dropScan(scan.nonce);
      this.scans.delete(scan.nonce);
    }
  }
}

function lateScans(scans, device) {
  return {
    device_id: device,
    sent_at: new Date().toISOString(),
    scans: scans.map((scan) => ({
      point_id: scan.pointId,
      code: scan.code,
      nonce: scan.nonce,
      scanned_at: new Date(scan.scannedAt).toISOString(),
      direction: scan.direction,
      seen: scan.seen,
      ...(scan.gate ? { gate: scan.gate } : {}),
    })),
  };
}
