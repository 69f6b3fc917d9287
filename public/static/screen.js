// The hall's screen: the door's code by the server's clock, live counts, the wall; and plain words when the network is gone.

const POINT = location.pathname.split("/").pop();
const TOKEN = `lizan-screen-${POINT}`;
const DEVICE = "lizan-screen-device";
const PATIENCE_MS = 8_000;
const RETRY_MS = 2_000;
// The server beats every 15 s; a stream that is silent for longer is dead.
const SILENT_MS = 40_000;
const TICK_MS = 200;
// A computer that slept has a clock of its own idea; the code is hidden until the server was asked again.
const JUMP_MS = 2_000;
const WISH_MS = 8_000;
const WISHES_AT_ONCE = 3;
const WISH_ROOM = 130;
const WALL_EVERY_MS = 60_000;
const MOST_LINES = 8;

class Ended extends Error {}
class Unreachable extends Error {}

const byId = (id) => document.getElementById(id);
const show = (id, isShown) => (byId(id).hidden = !isShown);
const say = (id, words) => { if (byId(id).textContent !== words) byId(id).textContent = words; };
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

const state = { token: null, eventId: null, offset: null, codes: [], asksAt: 0, isAsking: false, isStreaming: false, wall: null, wishes: [], turn: 0 };
const serverNow = () => performance.now() + state.offset;

async function start() {
  const secret = location.hash.slice(1);
  // Out of the address at once: it must not stay in the history or be read from the wall.
  if (location.hash) history.replaceState(null, "", location.pathname);
  state.token = localStorage.getItem(TOKEN);
  byId("full-screen").addEventListener("click", () => void document.documentElement.requestFullscreen().catch(() => show("full-screen", false)));
  if (secret && !(await signIn(secret))) return closed("链接无效、已被使用或已过期", "请活动组织者重新生成");
  if (!state.token) return closed("请用一次性链接打开", "链接由活动组织者为此签到点生成，24 小时内有效，只能使用一次");
  await first();
  setInterval(tick, TICK_MS);
  setInterval(() => turnWall(), WISH_MS);
  setInterval(() => void readWall(), WALL_EVERY_MS);
  void stayAwake();
  document.addEventListener("visibilitychange", () => document.hidden || void stayAwake());
  void stream();
}

async function signIn(secret) {
  const device = localStorage.getItem(DEVICE) ?? [...crypto.getRandomValues(new Uint8Array(8))].map((each) => each.toString(16).padStart(2, "0")).join("");
  localStorage.setItem(DEVICE, device);
  for (;;) {
    try {
      const { status, body } = await ask("POST", "/staff/screen-sessions", { point_id: POINT, secret, device });
      if (status === 201) localStorage.setItem(TOKEN, (state.token = body.token));
      // Opened here before and pressed again: the session that is kept goes on.
      return state.token !== null;
    } catch {
      closed("没有连上网络", "连接后自动继续");
      await pause(RETRY_MS);
    }
  }
}

async function first() {
  for (;;) {
    try {
      await readCodes();
      show("closed", false);
      show("door", true);
      return tick();
    } catch (error) {
      if (error instanceof Ended) return ended();
      closed("没有连上网络", "连接后自动继续");
      await pause(RETRY_MS);
    }
  }
}

/** The answer, of whatever status below 500. Raises `Unreachable`, or `Ended` where the session is over. */
async function ask(method, path, body) {
  const headers = { accept: "application/json" };
  if (state.token && method === "GET") headers.authorization = `Bearer ${state.token}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  let response;
  let told;
  try {
    response = await fetch(`/api/v1${path}`, {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS), cache: "no-store", credentials: "omit",
    });
    if (!/json/.test(response.headers.get("content-type") ?? "")) throw new Unreachable();
    told = await response.json();
  } catch {
    throw new Unreachable();
  }
  if (response.status >= 500 || response.status === 429) throw new Unreachable();
  if (method === "GET" && [401, 403, 404].includes(response.status)) throw new Ended();
  return { status: response.status, body: told };
}

// ── the code ──────────────────────────────────────────────

async function readCodes() {
  if (state.isAsking) return;
  state.isAsking = true;
  try {
    const asked = performance.now();
    const { body } = await ask("GET", `/points/${POINT}/screen`);
    // Half-way through the question and its answer the server looked at its clock.
    state.offset = Date.parse(body.server_time) - (asked + performance.now()) / 2;
    state.drift = Date.now() - performance.now();
    state.eventId = body.event_id;
    state.period = body.period_seconds;
    say("event-title", body.event_title);
    say("point-name", body.point_name);
    document.title = `${body.point_name} · ${body.event_title}`;
    state.shows_wall = body.shows_wall;
    byId("both").classList.toggle("has-wall", body.shows_wall);
    show("wall", body.shows_wall);
    await Promise.all(body.codes.map(keep));
    const last = state.codes.at(-1);
    // Soon after the change, but not all screens at once.
    state.asksAt = body.period_seconds ? last.from + 500 + Math.random() * 5_000 : serverNow() + 60_000;
    state.hasNews = true;
  } catch (error) {
    state.hasNews = false;
    state.asksAt = state.offset === null ? 0 : serverNow() + RETRY_MS;
    throw error;
  } finally {
    state.isAsking = false;
  }
}

/** Drawn before it is due, so that the change is a change of visibility only. */
async function keep(given) {
  // A printed code is good for as long as the server says nothing else.
  const until = state.period ? Date.parse(given.valid_until) : Infinity;
  if (state.codes.some((each) => each.text === given.code && each.until === until)) return;
  const picture = new Image();
  picture.alt = "签到二维码";
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(given.qr_svg)}`;
  await picture.decode().catch(() => {});
  byId("codes").append(picture);
  state.codes.push({ text: given.code, until, from: Date.parse(given.valid_from), digits: given.six_digits, picture });
  state.codes.sort((one, other) => one.from - other.from);
}

function tick() {
  if (state.offset === null) return;
  const hasSlept = Math.abs(Date.now() - performance.now() - state.drift) > JUMP_MS;
  if (hasSlept) state.hasNews = false;
  const now = serverNow();
  if (hasSlept || now >= state.asksAt) void readCodes().catch((error) => error instanceof Ended && ended());
  const due = hasSlept ? undefined : state.codes.findLast((each) => each.from <= now && now < each.until);
  for (const code of state.codes) {
    code.picture.classList.toggle("is-now", code === due);
    if (code.until <= now - 60_000) code.picture.remove();
  }
  state.codes = state.codes.filter((each) => each.until > now - 60_000);
  show("gone", due === undefined);
  say("gone-word", hasSlept ? "正在更新" : "网络已断开");
  show("under", due !== undefined);
  show("period", state.period > 0);
  const seconds = due ? Math.ceil((due.until - now) / 1000) : 0;
  say("seconds", String(seconds));
  byId("ring").classList.toggle("is-off", !due || !state.period);
  if (state.period) byId("ring").setAttribute("stroke-dasharray", `${Math.min(100, Math.round((seconds / state.period) * 100))} 100`);
  say("digits", due?.digits ? `${due.digits.slice(0, 3)} ${due.digits.slice(3)}` : "");
  show("digits-line", Boolean(due?.digits));
  tellOfCut(due, seconds);
}

function tellOfCut(due, seconds) {
  const isCut = !state.hasNews || !state.isStreaming;
  state.cutSince = isCut ? state.cutSince ?? performance.now() : null;
  // A stream that ends and comes back at once, as when the server is renewed, frightens nobody.
  const isTold = isCut && performance.now() - state.cutSince > 1_500;
  show("cut", isTold && due !== undefined);
  say("cut", state.period ? `网络已断开，正在重新连接；当前签到码 ${seconds} 秒后失效` : "网络已断开，正在重新连接");
  byId("both").querySelector(".counts").classList.toggle("is-old", isTold);
}

// ── counts ────────────────────────────────────────────────

async function stream() {
  for (;;) {
    try {
      await listen();
    } catch (error) {
      if (error instanceof Ended) return ended();
    }
    state.isStreaming = false;
    await pause(RETRY_MS * (0.5 + Math.random()));
  }
}

/** By fetch, because an EventSource cannot say who is asking but in its address. */
async function listen() {
  const cut = new AbortController();
  let silence = setTimeout(() => cut.abort(), SILENT_MS);
  try {
    const response = await fetch(`/api/v1/events/${state.eventId}/live`, {
      headers: { authorization: `Bearer ${state.token}`, accept: "text/event-stream" }, signal: cut.signal, cache: "no-store", credentials: "omit",
    });
    if ([401, 403, 404].includes(response.status)) throw new Ended();
    if (!response.ok || !response.headers.get("content-type")?.startsWith("text/event-stream")) throw new Unreachable();
    let kept = "";
    for await (const text of pieces(response.body)) {
      clearTimeout(silence);
      silence = setTimeout(() => cut.abort(), SILENT_MS);
      state.isStreaming = true;
      const messages = (kept + text).split("\n\n");
      kept = messages.pop();
      messages.forEach(take);
    }
  } finally {
    clearTimeout(silence);
    cut.abort();
  }
}

async function* pieces(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    yield value;
  }
}

function take(message) {
  const lines = message.split("\n");
  if (lines.includes("event: over")) throw new Ended();
  const data = lines.find((line) => line.startsWith("data: "));
  if (lines.includes("event: counts") && data) drawCounts(JSON.parse(data.slice(6)));
}

function drawCounts(now) {
  for (const [id, value] of [["checked-in", now.checked_in], ["enrolled", now.enrolled], ["present", now.present]]) say(id, String(value));
  byId("gates").replaceChildren(...groupsOf(now.points));
  if (state.wall !== now.wall) {
    state.wall = now.wall;
    setTimeout(() => void readWall(), Math.random() * 500);
  }
}

/** Each point with its gates, as far as there is room; nothing is cut off unsaid. */
function groupsOf(points) {
  const shown = points.length > MOST_LINES ? points.slice(0, MOST_LINES - 1) : points;
  const hasGates = points.length + points.reduce((sum, each) => sum + each.gates.length, 0) <= MOST_LINES;
  const groups = shown.map((point) => element("div", "point", lineOf(point), ...(hasGates ? point.gates : []).map(gateOf)));
  const others = points.length - shown.length;
  return others ? [...groups, element("div", "point", element("div", "gate", `另有 ${others} 处`))] : groups;
}

function lineOf(point) {
  return point.is_entrance ? line("gate", point.name, point.checked_in, " 人") : line("gate", point.name, point.present, " 人在内");
}

const gateOf = (each) => line("gate within", each.gate, each.checked_in, " 人");

function line(kind, name, count, unit) {
  return element("div", kind, element("span", "", name), element("span", "num", element("b", "", String(count)), element("span", "soft small", unit)));
}

function element(tag, kind, ...content) {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  made.append(...content);
  return made;
}

// ── the wall ──────────────────────────────────────────────

async function readWall() {
  if (!state.shows_wall) return;
  try {
    state.wishes = (await ask("GET", "/greetings?limit=30")).body.items;
    turnWall(true);
  } catch {
    // What is on it stays: it was accepted, and the next look follows.
  }
}

function turnWall(isNew = false) {
  const all = state.wishes;
  if (!state.shows_wall || (!isNew && all.length <= byId("wishes").childElementCount)) return;
  if (isNew) state.turn = 0;
  const chosen = [];
  let room = WISH_ROOM;
  while (chosen.length < Math.min(WISHES_AT_ONCE, all.length)) {
    const wish = all[(state.turn + chosen.length) % all.length];
    room -= wish.text.length + 20;
    if (chosen.length && room < 0) break;
    chosen.push(wish);
  }
  state.turn = all.length ? (state.turn + chosen.length) % all.length : 0;
  byId("wishes").replaceChildren(...chosen.map((wish) => element("div", "wish", element("p", "", wish.text), element("p", "", wish.byline))));
}

// ── the end ───────────────────────────────────────────────

function ended() {
  localStorage.removeItem(TOKEN);
  state.codes = [];
  byId("codes").querySelectorAll("img").forEach((picture) => picture.remove());
  closed("此屏幕已关闭", "活动已结束，或组织者已收回。如需继续使用，请组织者重新生成链接");
}

function closed(title, words) {
  show("door", false);
  show("closed", true);
  say("closed-title", title);
  say("closed-words", words);
}

async function stayAwake() {
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // Not allowed by this computer: its own settings decide when it sleeps.
  }
}

void start();
