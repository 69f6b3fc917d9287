// The scanning page put together.

import { Book } from "./book.js";
import { Camera } from "./camera.js";
import { random, readCode, secretIn } from "./codes.js";
import { Ended, Link, Unreachable } from "./link.js";
import { Roster } from "./roster.js";
import { openStore } from "./store.js";
import { Sounds, isAccepted } from "./verdicts.js";
import { VerdictPanel, byId, clockOf, dayOf, element, say, show, showQueue, showRecent, tick } from "./view.js";
import { listenForScanner } from "./wedge.js";

const REFRESH_MS = 20_000;
// The camera sees one code many times.
const SAME_CODE_MS = 3_000;
const CLOCK_LIMIT_S = 60;

const state = {
  session: null, device: null, hasEnded: false, direction: "in", pointId: null, gate: "", offset: 0, isClockKnown: false,
  testCodeAt: null, reported: "",
};
const names = new Map();
const sounds = new Sounds();
const panel = new VerdictPanel();
let store, book, roster, link, camera;
let turn = Promise.resolve();

const serverNow = () => Date.now() + state.offset;

async function start() {
  await keepPage();
  store = await openStore();
  link = new Link({ onState: draw, onTry: () => void exchange() });
  book = new Book(store, link, draw);
  await book.open();
  await recall();
  camera = new Camera(byId("video"), (text) => seen(text), cameraFault);
  wire();
  const secret = secretIn(location.hash);
  // Out of the address at once: it must not stay in the history or in a screenshot.
  if (location.hash) history.replaceState(null, "", location.pathname);
  draw();
  if (secret) await signIn(secret);
  await exchange();
  setInterval(() => document.hidden || void exchange(), REFRESH_MS);
}

async function keepPage() {
  if (!("serviceWorker" in navigator)) return;
  try {
    const kept = await navigator.serviceWorker.register("/staff/sw.js", { scope: "/staff/", type: "classic" });
    if (kept.waiting && navigator.serviceWorker.controller) {
      navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
      kept.waiting.postMessage("activate");
    }
  } catch {
    // Opened with no network: the one that is installed serves this page.
  }
}

async function recall() {
  const [session, device, keptRoster, choices, test] = await Promise.all(
    ["session", "device", "roster", "choices", "test"].map((key) => store.get(key)),
  );
  state.session = session ?? null;
  state.device = device ?? random();
  if (!device) await store.put("device", state.device);
  roster = new Roster(session && keptRoster?.answer?.event.id === session.eventId ? keptRoster : null);
  Object.assign(state, choices ?? {});
  state.testCodeAt = test?.eventId === session?.eventId ? test?.at ?? null : null;
  link.token = session?.token ?? null;
  sounds.isOn = state.isSilent !== true;
  document.documentElement.dataset.theme = state.isDark ? "dark" : "light";
}

const keepChoices = () =>
  store.put("choices", {
    direction: state.direction, pointId: state.pointId, gate: state.gate, isSilent: !sounds.isOn,
    isDark: state.isDark === true, cameraId: state.cameraId ?? null, offset: state.offset, isClockKnown: state.isClockKnown,
  });

// ── signing in ────────────────────────────────────────────

async function signIn(secret) {
  show("sign-in-fault", false);
  try {
    const { status, body } = await link.ask("POST", "/staff/sessions", { body: { secret, device: state.device } });
    if (status !== 201) return fault(body.detail);
    state.session = {
      token: body.token, eventId: body.event_id, title: body.event_title, label: body.label, endsAt: body.ends_at,
    };
    state.hasEnded = false;
    link.token = body.token;
    await store.put("session", state.session);
    if (roster.answer?.event.id !== body.event_id) roster = new Roster(null);
    draw();
    await exchange();
  } catch (error) {
    fault(error instanceof Unreachable ? "没有连上网络，请连接网络后再试。" : "登录没有成功，请再试一次。");
  }
}

function fault(words) {
  say("sign-in-fault", words);
  show("sign-in-fault", true);
  draw();
}

// ── with the server ───────────────────────────────────────

let exchanging = false;

/** Hand over what waits, fetch what has changed, say how this phone stands. Quiet where there is no network. */
async function exchange() {
  if (!state.session || exchanging || state.hasEnded) return;
  exchanging = true;
  try {
    await book.handOver(state.session.eventId, state.device);
    await refresh();
    await report();
  } catch (error) {
    if (error instanceof Ended) await ended();
    else if (!(error instanceof Unreachable)) throw error;
  } finally {
    exchanging = false;
    draw();
  }
}

async function refresh() {
  const since = roster.isLoaded ? `?since=${encodeURIComponent(roster.answer.version)}` : "";
  const asked = Date.now();
  const { status, body } = await link.ask("GET", `/events/${state.session.eventId}/roster${since}`);
  if (status !== 200) return;
  state.offset = Math.round(Date.parse(body.server_time) - (asked + Date.now()) / 2);
  state.isClockKnown = true;
  const hasChanged = body.is_full || body.entries.length > 0 || !roster.isLoaded;
  roster.take(body, serverNow());
  if (hasChanged) await store.put("roster", roster.toKeep());
  if (!roster.point(state.pointId)) state.pointId = roster.points.length === 1 ? roster.points[0].id : null;
  await keepChoices();
}

async function report() {
  const said = {
    event_id: state.session.eventId,
    roster_loaded_at: roster.loadedAt ? new Date(roster.loadedAt - state.offset).toISOString() : null,
    roster_size: roster.isLoaded ? roster.size : null,
    test_code_at: state.testCodeAt ? new Date(state.testCodeAt - state.offset).toISOString() : null,
    waiting_scans: book.waiting().length,
  };
  const whole = { ...said, sent_at: new Date().toISOString() };
  await link.ask("PUT", `/staff/devices/${state.device}`, { body: whole });
}

async function ended() {
  state.hasEnded = true;
  camera.stop();
}

// ── scanning ──────────────────────────────────────────────

let lastText = "";
let lastAt = 0;

/** By the camera: the same code again and again is one scan while it is held there. */
function seen(text) {
  const now = performance.now();
  const isSame = text === lastText && now - lastAt < SAME_CODE_MS;
  lastText = text;
  lastAt = now;
  if (!isSame) scan(text);
}

/** One after the other, in the order in which they were read. */
function scan(text) {
  turn = turn.then(() => scanned(text.trim().slice(0, 300))).catch(trouble);
  return turn;
}

async function scanned(text) {
  if (!text || !state.session) return;
  const code = readCode(text);
  if (code.kind === "test") return testCode(code);
  if (!state.pointId) return choosePoint();
  const at = serverNow();
  const { eventId } = state.session;
  const judged = roster.judge(text, { direction: state.direction, pointId: state.pointId, at, own: book.of(eventId) });
  const wasOffline = !link.isConnected || state.hasEnded;
  const written = await book.add({
    eventId, pointId: state.pointId, code: text, direction: state.direction, gate: state.gate, at,
    scannedAt: Date.now(), seen: judged.verdict, verdict: judged.verdict, enrolment: judged.enrolment, wasOffline,
  });
  const answer = wasOffline ? null : await book.askNow(written, state.device);
  if (answer) {
    names.set(written.nonce, answer.name ?? "");
    return told(written, { ...answer, verdict: answer.verdict ?? written.verdict }, false, judged);
  }
  await book.note(written.nonce, { wasOffline: true });
  told(written, { verdict: judged.verdict, name: judged.name }, true, judged);
  if (!link.isConnected) return;
  void exchange();
}

function told(written, answer, isOffline, judged) {
  const { verdict } = answer;
  const look = panel.show({
    nonce: written.nonce,
    verdict,
    isOffline,
    name: answer.name || judged.name,
    detail: detailOf(answer, isOffline, judged),
    at: written.at,
    mayUndo: isAccepted(verdict),
  });
  sounds.play(look.how);
  draw();
}

function detailOf(answer, isOffline, judged) {
  if (answer.verdict === "AlreadyCheckedIn" && answer.checked_in_at) {
    return `${clockOf(Date.parse(answer.checked_in_at))} 已在${answer.checked_in_at_point ?? "入口"}签到，可以放行`;
  }
  if (isAccepted(answer.verdict)) return judged.role;
  // The server's words are for whose code it is; those of the table are for who stands at the door.
  return isOffline && answer.verdict === "NotEnrolled" && !judged.isListed ? "本机名册中没有，请到服务台核对" : "";
}

async function testCode(code) {
  if (code.eventId !== state.session.eventId) return toast("这是另一场活动的测试码。");
  state.testCodeAt = serverNow();
  await store.put("test", { eventId: code.eventId, at: state.testCodeAt });
  sounds.play("ok");
  toast("测试码已读出，这台手机可以扫码。");
  draw();
  void exchange();
}

function choosePoint() {
  toast("请先选择签到点。");
  openSettings();
}

// ── what is shown ─────────────────────────────────────────

function draw() {
  if (!book) return;
  const { session } = state;
  const isOn = Boolean(session);
  show("scanning", isOn);
  show("hand", isOn);
  show("open-settings", isOn);
  show("signing-in", !isOn || state.hasEnded);
  const waiting = book.waiting();
  showQueue(waiting.length);
  say("point-name", isOn ? roster.point(state.pointId)?.name ?? "请选择签到点" : "现场扫码");
  for (const way of ["in", "out"]) byId(`direction-${way}`).setAttribute("aria-checked", String(state.direction === way));
  drawNetwork(waiting.length);
  const own = isOn ? book.of(session.eventId) : [];
  showRecent(own, nameOf);
  say("counted", `本机已扫 ${own.length}`);
  say("roster-age", roster?.loadedAt ? `名册 ${roster.size} 人　${clockOf(roster.loadedAt)}` : "名册未下载");
  const elsewhere = waiting.filter((scan) => scan.eventId !== session?.eventId).length;
  show("left-behind", (!isOn || state.hasEnded) && waiting.length > 0);
  say("left-behind-words", `本机还有 ${waiting.length} 条记录待上传，登录后自动上传，请勿清除浏览数据。`);
  if (isOn && elsewhere) alarm(`另有 ${elsewhere} 条其他活动的记录待上传，请用该活动的二维码登录后上传。`);
  drawReady();
}

function nameOf(scan) {
  return names.get(scan.nonce) || roster?.entries.get(scan.enrolment)?.[3] || "";
}

function drawNetwork(count) {
  show("network", !link.isConnected && !state.hasEnded);
  say("network-words", "网络已断开，扫码继续保存，恢复后自动上传。请勿清除浏览数据。");
  show("trouble", state.hasEnded || Boolean(state.alarm));
  const over = `登录已结束或被收回${count ? `，${count} 条记录仍保存在本机` : ""}。请向组织者重新索取二维码。`;
  say("trouble-words", state.hasEnded ? over : state.alarm ?? "");
}

function drawReady() {
  const off = Math.round(-state.offset / 1000);
  const isClockRight = state.isClockKnown && Math.abs(off) <= CLOCK_LIMIT_S;
  const clockWords = Math.abs(off) <= 2 ? "准确" : `${off > 0 ? "快" : "慢"} ${Math.abs(off)} 秒${isClockRight ? "" : "，请校准"}`;
  tick("ready-roster", Boolean(roster?.isLoaded), roster?.loadedAt ? `${roster.size} 人，${dayOf(roster.loadedAt)}` : "未下载");
  tick("ready-clock", isClockRight, state.isClockKnown ? clockWords : "未核对");
  tick("ready-test", Boolean(state.testCodeAt), state.testCodeAt ? dayOf(state.testCodeAt) : "未扫描");
  const isReady = Boolean(roster?.isLoaded && isClockRight && state.testCodeAt);
  byId("ready").className = `chip ${isReady ? "is-ok" : "is-wait"}`;
  say("ready", isReady ? "已就绪" : "待检查");
}

function alarm(words) {
  state.alarm = words;
  show("trouble", true);
  say("trouble-words", words);
}

function trouble(error) {
  const isFull = error?.name === "QuotaExceededError";
  alarm(isFull ? "手机存储已满，刚才的扫码没有保存，请腾出空间后重扫。" : "刚才的扫码没有保存，请重扫；多次出现请改用服务台。");
}

let toastTimer = 0;
function toast(words) {
  document.querySelector(".toast")?.remove();
  const shown = element("div", { class: "toast", role: "status", text: words });
  document.body.append(shown);
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => shown.remove(), 2_500);
}

// ── hands ─────────────────────────────────────────────────

function wire() {
  const press = (id, act) => byId(id).addEventListener("click", act);
  press("start-camera", startCamera);
  press("direction-in", () => turnTo("in"));
  press("direction-out", () => turnTo("out"));
  press("open-settings", openSettings);
  press("point-name", () => state.session && openSettings());
  press("open-typing", () => (byId("typed").value = "", byId("typing").showModal()));
  press("undo", openUndoing);
  press("torch", toggleTorch);
  press("show-test-code", showTestCode);
  for (const button of document.querySelectorAll("[data-closes]")) {
    button.addEventListener("click", () => button.closest("dialog").close());
  }
  byId("typed-form").addEventListener("submit", () => (sounds.wake(), scan(byId("typed").value)));
  byId("undo-form").addEventListener("submit", undo);
  byId("sign-in").addEventListener("submit", (event) => {
    event.preventDefault();
    const secret = secretIn(byId("secret").value);
    byId("secret").value = "";
    if (secret) void signIn(secret);
    else fault("链接不完整，请重新扫描二维码。");
  });
  byId("gate").addEventListener("change", (event) => (state.gate = event.target.value.trim(), keepChoices()));
  byId("sound").addEventListener("change", (event) => (sounds.isOn = event.target.checked, keepChoices()));
  byId("dark").addEventListener("change", darken);
  byId("camera").addEventListener("change", (event) => (state.cameraId = event.target.value, keepChoices(), startCamera()));
  listenForScanner(document, (text) => (sounds.wake(), scan(text)));
  document.addEventListener("pointerdown", () => sounds.wake(), { once: true });
}

function turnTo(direction) {
  state.direction = direction;
  void keepChoices();
  draw();
}

function darken(event) {
  state.isDark = event.target.checked;
  document.documentElement.dataset.theme = state.isDark ? "dark" : "light";
  void keepChoices();
}

async function startCamera() {
  sounds.wake();
  try {
    await camera.start(state.cameraId ?? null);
    show("start-camera", false);
    show("lens-words", true);
    show("torch", camera.hasTorch);
    state.alarm = null;
    await listCameras();
    draw();
  } catch (error) {
    cameraFault(error.name);
  }
}

const CAMERA_FAULTS = {
  NotAllowedError: "没有摄像头权限：请在浏览器设置中允许，或用扫码枪、输入签到码。",
  NotFoundError: "没有找到摄像头：可用扫码枪，或输入签到码。",
  NotReadableError: "摄像头被其他应用占用：请关闭后再试。",
  OverconstrainedError: "所选摄像头不可用：请在设置中另选。",
  NotSupportedError: "此浏览器不能使用摄像头：请在手机自带浏览器中打开。",
  NoReader: "扫码组件没有下载完整：请连接网络后刷新本页。",
};

function cameraFault(name) {
  camera.stop();
  show("start-camera", true);
  show("lens-words", false);
  if (name === "OverconstrainedError") state.cameraId = null;
  alarm(CAMERA_FAULTS[name] ?? "摄像头没有打开：可用扫码枪，或输入签到码。");
}

async function listCameras() {
  const found = await camera.cameras();
  show("camera-field", found.length > 1);
  const options = found.map((each, number) => element("option", { value: each.deviceId, text: each.label || `摄像头 ${number + 1}` }));
  byId("camera").replaceChildren(...options);
  if (state.cameraId) byId("camera").value = state.cameraId;
}

async function toggleTorch() {
  const isOn = byId("torch").getAttribute("aria-pressed") !== "true";
  await camera.light(isOn);
  byId("torch").setAttribute("aria-pressed", String(isOn));
}

function openSettings() {
  const choices = roster.points.map((point) => {
    const input = element("input", { type: "radio", name: "point", value: point.id });
    input.checked = point.id === state.pointId;
    input.addEventListener("change", () => (state.pointId = point.id, keepChoices(), draw()));
    return element("label", { class: "check" }, input, point.name);
  });
  byId("points").replaceChildren(...choices);
  byId("gate").value = state.gate;
  byId("sound").checked = sounds.isOn;
  byId("dark").checked = state.isDark === true;
  say("event-title", state.session.title);
  say("phone-label", state.session.label);
  say("session-end", dayOf(Date.parse(state.session.endsAt)));
  show("test-code", false);
  byId("settings").showModal();
}

async function showTestCode() {
  try {
    const { status, body } = await link.ask("GET", `/events/${state.session.eventId}/test-code.svg`);
    if (status !== 200) return;
    byId("test-code-picture").src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(body)}`;
    show("test-code", true);
  } catch (error) {
    if (error instanceof Ended) await ended();
    toast("没有连上网络，请连接后再试。");
  }
}

function openUndoing() {
  panel.hold();
  const scan = book.scans.get(panel.nonce);
  if (!scan) return;
  say("undo-words", `${nameOf(scan) || "这次扫码"}　${clockOf(scan.at)}　${scan.direction === "in" ? "签到" : "签退"}`);
  byId("undoing").showModal();
}

async function undo() {
  const reason = new FormData(byId("undo-form")).get("reason");
  panel.hide();
  await book.annul(panel.nonce, String(reason));
  toast("已撤销。");
  void exchange();
}

void start();
