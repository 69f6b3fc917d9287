// A hardware scanner is a keyboard that types fast and ends with Enter. People type slowly, or into a field.

import { readCode } from "./codes.js";

// On average: a busy phone handles single keys late and the next ones together.
const SLOWEST_SCANNER_MS = 90;
const FORGOTTEN_MS = 500;
const SHORTEST = 6;

export function listenForScanner(target, onText) {
  let typed = "";
  let first = 0;
  let last = 0;
  target.addEventListener("keydown", (event) => {
    if (event.target.closest?.("input, textarea, select")) return;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.timeStamp - last > FORGOTTEN_MS) typed = "";
    if (!typed) first = event.timeStamp;
    last = event.timeStamp;
    if (event.key === "Enter") {
      const text = typed;
      typed = "";
      const isFast = text.length >= SHORTEST && last - first <= text.length * SLOWEST_SCANNER_MS;
      if (!isFast && readCode(text).kind === "unknown") return;
      // Otherwise it would also press whatever button has the focus.
      event.preventDefault();
      onText(text);
    } else if (event.key.length === 1) {
      typed += event.key;
    }
  });
}
