// What is shown. Words go in as text, never as markup.

import { SOUND_NAMES, isAccepted, lookOf } from "./verdicts.js";

const SHOWN = 20;
const CLOCK = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", hour: "numeric", minute: "2-digit", hour12: false });
const DAY = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", month: "numeric", day: "numeric", hour: "numeric", minute: "2-digit", hour12: false });

export const byId = (id) => document.getElementById(id);
export const clockOf = (at) => CLOCK.format(at);
export const dayOf = (at) => DAY.format(at);

export function show(id, isShown) {
  byId(id).hidden = !isShown;
}

export function say(id, words) {
  const part = byId(id);
  if (part.textContent !== words) part.textContent = words;
}

export function element(name, { text, ...attributes } = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

function shape(symbol) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 100 100");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#${symbol}`);
  svg.append(use);
  return svg;
}

export function showQueue(count) {
  const badge = byId("queue");
  badge.classList.toggle("is-held", count > 0);
  badge.classList.toggle("ok", count === 0);
  badge.querySelector("use").setAttribute("href", count ? "#i-upload" : "#i-check");
  say("queue-words", `待上传 ${count} 条`);
}

/** The panel: stays until the next scan or eight seconds. `name` is shown and not kept. */
export class VerdictPanel {
  #timer = 0;
  nonce = null;

  show({ nonce, verdict, isOffline, name, detail, at, mayUndo }) {
    const look = lookOf(verdict, { isOffline });
    const panel = byId("verdict");
    panel.className = `verdict is-${look.how}${isOffline ? " is-held" : ""}`;
    panel.dataset.verdict = verdict;
    panel.dataset.offline = String(Boolean(isOffline));
    byId("verdict-shape").setAttribute("href", `#${look.symbol}`);
    say("verdict-word", look.word);
    say("verdict-name", name || "");
    say("verdict-advice", detail || look.advice);
    show("held-words", Boolean(isOffline));
    say("verdict-note", `${SOUND_NAMES[look.how]}　${clockOf(at)}`);
    show("undo", mayUndo);
    panel.hidden = false;
    this.nonce = nonce;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.hide(), 8_000);
    return look;
  }

  /** While somebody chooses a reason it stays. */
  hold() {
    clearTimeout(this.#timer);
  }

  hide() {
    clearTimeout(this.#timer);
    byId("verdict").hidden = true;
  }
}

export function showRecent(scans, nameOf) {
  const last = scans.slice(-SHOWN).reverse();
  byId("recent").replaceChildren(...last.map((scan) => row(scan, nameOf(scan))));
  show("recent", last.length > 0);
  show("recent-none", last.length === 0);
}

function row(scan, name) {
  const isHeld = scan.state === "waiting";
  const look = lookOf(scan.verdict, { isOffline: isHeld });
  const line = element("li", { class: `row dense${isHeld ? " is-held" : ""}`, "data-state": scan.state });
  const mark = element("span", { class: `mini ${isHeld && look.how === "ok" ? "held" : look.how}` });
  mark.append(shape(look.symbol));
  const words = element("span", { class: "grow" }, element("span", { class: "name", text: name || "未知" }), "　");
  words.append(element("span", { class: "note", text: noteOf(scan, look) }));
  line.append(mark, words, element("span", { class: "note num keep", text: clockOf(scan.at) }));
  return line;
}

function noteOf(scan, look) {
  if (scan.annulReason) return scan.isAnnulled ? "已撤销" : "已撤销，待上传";
  if (scan.state === "refused") return `未被接受：${scan.said || "请联系组织者"}`;
  const way = scan.direction === "out" && isAccepted(scan.verdict) ? "已签退" : look.word;
  if (scan.state === "waiting") return `${way}，离线预判，待上传`;
  return scan.differs ? `${way}（与离线预判不同，请核对）` : way;
}

export function tick(id, isDone, words) {
  const line = byId(id);
  line.classList.toggle("is-done", isDone);
  const told = line.querySelector(".note");
  told.textContent = words;
  line.setAttribute("aria-label", `${line.querySelector(".grow").textContent}：${isDone ? "已完成" : "未完成"}，${words}`);
}
