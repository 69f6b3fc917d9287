// What a scanned text is, as far as it shows without a key: which ticket it names and when it was made. Whether it is
// genuine only the server can tell, when the scan is uploaded.

const PERSONAL = "LZ1.";
const TEST = "LZ0.";
const ID_BYTES = 16;
const SLOT_BYTES = 4;
const MAC_BYTES = 16;
const PERIOD = 30_000;
// A phone's clock may be off by this much either way before its code is refused.
const SKEW = 60_000;

export function readCode(text) {
  if (text.startsWith(TEST)) {
    const bytes = decode(text.slice(TEST.length));
    return bytes?.length === ID_BYTES ? { kind: "test", eventId: asUuid(bytes) } : { kind: "unknown" };
  }
  const bytes = text.startsWith(PERSONAL) ? decode(text.slice(PERSONAL.length)) : null;
  if (bytes?.length !== ID_BYTES + SLOT_BYTES + MAC_BYTES) return { kind: "unknown" };
  const slot = new DataView(bytes.buffer).getUint32(ID_BYTES);
  return { kind: "personal", ticket: encode(bytes.slice(ID_BYTES / 2, ID_BYTES)), madeAt: slot * PERIOD };
}

export function isFresh(madeAt, at) {
  return madeAt - SKEW <= at && at < madeAt + PERIOD + SKEW;
}

/** What the link of an organizer carries behind its `#`; a scanner or a chat may hand over the whole address. */
export function secretIn(text) {
  const secret = text.trim().split("#").pop();
  return /^[A-Za-z0-9_-]{16,100}$/.test(secret) ? secret : null;
}

function decode(text) {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) return null;
  try {
    const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(raw, (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

function encode(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function asUuid(bytes) {
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export function random(bytes = 16) {
  return encode(crypto.getRandomValues(new Uint8Array(bytes)));
}
