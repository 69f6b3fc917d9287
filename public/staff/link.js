// The way to the server: one call at a time with an end, and a state that says in one word whether it goes through.

export class Unreachable extends Error {
  constructor(retryAfterMs = 0) {
    super("unreachable");
    this.retryAfterMs = retryAfterMs;
  }
}

export class Ended extends Error {}

const PATIENCE_MS = 15_000;
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;

export class Link {
  token = null;
  isConnected = navigator.onLine;
  #pause = FIRST_PAUSE_MS;
  #timer = 0;
  #onState;
  #onTry;

  /** `onState` hears of every change; `onTry` is called when it is time to try again. */
  constructor({ onState, onTry }) {
    this.#onState = onState;
    this.#onTry = onTry;
    addEventListener("online", () => this.tryNow());
    addEventListener("offline", () => this.#lost());
    document.addEventListener("visibilitychange", () => document.hidden || this.tryNow());
  }

  /** The answer, of whatever status below 500. Raises `Unreachable`, or `Ended` where the session is over. */
  async ask(method, path, { body, timeout = PATIENCE_MS } = {}) {
    const headers = { accept: "application/json" };
    if (this.token) headers.authorization = `Bearer ${this.token}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    let response;
    let told;
    try {
      response = await fetch(`/api/v1${path}`, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(timeout),
        cache: "no-store",
        credentials: "omit",
      });
      told = await read(response);
    } catch {
      this.#lost();
      throw new Unreachable();
    }
    // A page of the hotel's network is no answer of ours.
    const isOurs = told !== undefined;
    if (response.status >= 500 || response.status === 429 || !isOurs) {
      const seconds = Number(response.headers.get("retry-after")) || 0;
      this.#lost(seconds * 1000);
      throw new Unreachable(seconds * 1000);
    }
    this.#found();
    if (response.status === 401) throw new Ended();
    return { status: response.status, body: told };
  }

  tryNow() {
    clearTimeout(this.#timer);
    this.#onTry();
  }

  #found() {
    this.#pause = FIRST_PAUSE_MS;
    clearTimeout(this.#timer);
    this.#set(true);
  }

  #lost(atLeastMs = 0) {
    this.#set(false);
    // Spread, so that a hall of phones does not come back in one moment.
    const pause = Math.max(this.#pause * (0.75 + Math.random() / 2), atLeastMs);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#onTry(), pause);
  }

  #set(isConnected) {
    if (this.isConnected === isConnected) return;
    this.isConnected = isConnected;
    this.#onState(isConnected);
  }
}

async function read(response) {
  const kind = response.headers.get("content-type") ?? "";
  if (response.status === 204) return null;
  if (kind.startsWith("image/svg+xml")) return response.text();
  return /^application\/(problem\+)?json/.test(kind) ? response.json() : undefined;
}
